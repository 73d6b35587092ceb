package image

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// How long the parts of an image build take; a whole one takes over half an hour.
const (
	placementTime    = 4 * time.Minute
	bootTime         = 5 * time.Minute
	customizerTime   = 2 * time.Minute
	distributionTime = 12 * time.Minute
)

// proxyPort is where the proxy VM serves SSH to Azure Image Builder (Azure document "Azure VM Image Builder networking options").
const proxyPort = 60001

// trustedLaunchOnly is what Azure says where a machine with Trusted Launch is to become a managed image (Azure document "Trusted Launch for
// Azure virtual machines", unsupported features; the text is that of hashicorp/packer issue 13189).
const trustedLaunchOnly = "Creation of managed images are not supported for virtual machine with TrustedLaunch security type."

// imageBuild is one run of an image template: it walks through the run and stops at the first thing that does not work.
type imageBuild struct {
	sub       *arm.Subscription
	template  *arm.Record
	principal string
	subnet    string
	net       *flow.Network
	// trusted means that the build VM runs with Trusted Launch.
	trusted bool
	elapsed time.Duration
}

// Builds is the image builder service of a subscription.
type Builds struct {
	Started int // in the life of the subscription
	// TrustedLaunch gives build VMs Trusted Launch, as subscriptions with the feature TrustedLaunchByDefaultPreview do.
	TrustedLaunch bool
}

// Section is what the state file keeps of the service.
func (b *Builds) Section() arm.Section {
	return arm.Section{
		Name: "builds", Save: func() any { return b.Started }, Load: func(raw json.RawMessage) error { return json.Unmarshal(raw, &b.Started) },
	}
}

// Start runs a template. What fails is known at once, but shows only when the run gets there.
func (b *Builds) Start(s *arm.Subscription, template *arm.Record) error {
	if template.Run != nil && s.Clock.Now().Before(template.Run.Ends) {
		return arm.Conflict("Conflict", "image template %s is already running", template.ID)
	}
	run, err := b.New(s, template)
	if err != nil {
		return err
	}
	b.Started++
	// Clients tell a run from the one before by the second in which it started.
	s.Clock.Advance(time.Second)
	failure := run.Walk()
	template.Run = &arm.Run{Started: s.Clock.Now(), Ends: s.Clock.Now().Add(s.Clock.Span(run.elapsed))}
	if failure != "" {
		template.Run.Failure = fmt.Sprintf("%s Image Build log location: https://%s.blob.core.windows.net/packerlogs/%s/customization.log.",
			failure, logAccount(template.ID), arm.GUID(template.ID, run.template.Run.Started.String()))
	}
	s.Touch(template)
	return s.Save()
}

// New prepares a run on the network as it is now.
func (b *Builds) New(s *arm.Subscription, template *arm.Record) (*imageBuild, error) {
	principal, err := authz.PrincipalOf(s, template.Inputs)
	if err != nil {
		return nil, err
	}
	net, err := s.Network(flow.Options{})
	if err != nil {
		return nil, err
	}
	return &imageBuild{
		sub: s, template: template, principal: principal, net: net, trusted: b.TrustedLaunch, subnet: tree.Text(template.Inputs, "vmProfile", "vnetConfig", "subnetId"),
	}, nil
}

// Walk returns what stops the build, or nothing.
func (b *imageBuild) Walk() string {
	steps := []func() string{b.place, b.boot}
	for _, step := range tree.List(b.template.Inputs, "customize") {
		steps = append(steps, func() string { return b.customize(step) })
	}
	for _, step := range append(steps, b.distribute) {
		if failure := step(); failure != "" {
			return failure
		}
		if limit, _ := tree.Number(b.template.Inputs, "buildTimeoutInMinutes"); limit > 0 && b.elapsed > time.Duration(limit)*time.Minute {
			return fmt.Sprintf("The build took longer than buildTimeoutInMinutes (%v).", limit)
		}
	}
	return ""
}

// place is where the service sets up its load balancer, private link and proxy VM in the subnet.
func (b *imageBuild) place() string {
	b.elapsed += placementTime
	if b.subnet == "" {
		return ""
	}
	if free := networking.FreeAddresses(b.sub, b.subnet, 4); len(free) < 4 {
		return fmt.Sprintf("Subnet %s has %d free addresses; an image build needs 4.", b.subnet, len(free))
	}
	if policy := b.net.PrivateLinkServiceAllowed(b.subnet); !policy.Allowed {
		return fmt.Sprintf("The private link to the proxy VM cannot be made. Layer %s: %s.", policy.Layer, policy.Reason)
	}
	proxy, vm := flow.SubnetHost(b.subnet, 1), flow.SubnetHost(b.subnet, 2)
	for _, attempt := range []struct {
		what     string
		from, to flow.Endpoint
		port     uint16
	}{
		{"The load balancer cannot probe the proxy VM", flow.Tag("AzureLoadBalancer"), proxy, proxyPort},
		{"Azure Image Builder cannot reach the proxy VM through its private link", flow.PrivateLinkNIC(b.subnet), proxy, proxyPort},
		{"The proxy VM cannot open SSH to the build VM", proxy, vm, 22},
	} {
		result := b.net.Check(flow.Flow{From: attempt.from, To: attempt.to, Protocol: flow.TCP, Port: attempt.port})
		if result.Blocked() {
			return fmt.Sprintf("%s. Layer %s, %s: %s.", attempt.what, result.Layer, result.By, result.Reason)
		}
	}
	return ""
}

// boot is where the two VMs start and report to Azure.
func (b *imageBuild) boot() string {
	b.elapsed += bootTime
	return b.reach("the proxy VM", flow.SubnetHost(b.subnet, 1), contactsOfComponent("Azure Image Builder", logAccount(b.template.ID)))
}

func (b *imageBuild) customize(step any) string {
	b.elapsed += customizerTime
	name := fmt.Sprintf("customizer %q", tree.Text(step, "name"))
	if failure := b.reach(name, flow.SubnetHost(b.subnet, 2), contactsOf(tree.Texts(step, "inline"))); failure != "" {
		return failure
	}
	return ""
}

// distribute writes the image, which is when Azure checks the image role.
func (b *imageBuild) distribute() string {
	b.elapsed += distributionTime
	for _, target := range tree.List(b.template.Inputs, "distribute") {
		if b.trusted && tree.Text(target, "type") == "ManagedImage" {
			return trustedLaunchOnly
		}
		id, actions := tree.Text(target, "imageId"), []string{"Microsoft.Compute/images/read", "Microsoft.Compute/images/write"}
		if tree.Text(target, "type") == "SharedImage" {
			id = tree.Text(target, "galleryImageId")
			actions = append(actions, "Microsoft.Compute/galleries/read", "Microsoft.Compute/galleries/images/read",
				"Microsoft.Compute/galleries/images/versions/read", "Microsoft.Compute/galleries/images/versions/write")
			if definition, _, _ := strings.Cut(id, "/versions/"); !b.sub.IsReady(definition) {
				return fmt.Sprintf("Image definition %s does not exist.", definition)
			}
		}
		group := arm.ParentGroupID(id)
		if b.sub.Find(group) == nil {
			return fmt.Sprintf("Resource group %s of the image does not exist.", group)
		}
		image := flow.Resource{ID: id, Type: imageType(target), Properties: map[string]any{"location": tree.Text(b.template.Inputs, "location")}}
		if err := b.sub.Admit(image, true); err != nil {
			return fmt.Sprintf("The image cannot be distributed: %s.", err)
		}
		for _, action := range actions {
			if !authz.Allows(b.sub, b.principal, action, group) {
				return fmt.Sprintf("The image cannot be distributed: the builder's identity lacks permission %s at %s.", action, group)
			}
		}
	}
	return ""
}

// reach tries connections in turn and says which layer stops the first that fails.
func (b *imageBuild) reach(who string, from flow.Endpoint, contacts []contact) string {
	if b.subnet == "" {
		return ""
	}
	for _, c := range contacts {
		app := flow.HTTPS
		if c.plain {
			app = flow.HTTP
		}
		result := b.net.Check(flow.Flow{From: from, To: flow.Host(c.host), Protocol: flow.TCP, Port: c.port, App: app})
		if result.Blocked() {
			return fmt.Sprintf("%s cannot reach %s on port %d. Layer %s, %s: %s.", who, c.host, c.port, result.Layer, result.By, result.Reason)
		}
	}
	return ""
}

// completeBuild lets the image of a build that has ended appear.
func completeBuild(s *arm.Subscription, template *arm.Record, now time.Time) {
	if template.Run == nil || now.Before(template.Run.Ends) || template.Run.Settled {
		return
	}
	template.Run.Settled = true
	s.Touch(template)
	if template.Run.Failure == "" {
		makeImages(s, template)
	}
}

func makeImages(s *arm.Subscription, template *arm.Record) {
	for _, target := range tree.List(template.Inputs, "distribute") {
		id := tree.Text(target, "imageId")
		if tree.Text(target, "type") == "SharedImage" {
			id = tree.Text(target, "galleryImageId")
		}
		if s.Find(id) != nil {
			continue
		}
		s.PutImplicit(id, imageType(target), map[string]any{
			"location": tree.Text(template.Inputs, "location"), "storageProfile": imageDisk(template, target),
		})
		if rootWithoutPassword(template) {
			s.Find(id).Contents = map[string]any{PasswordlessRoot: "packer"}
		}
	}
}

// PasswordlessRoot is what an image contains whose user named there is root without a password.
const PasswordlessRoot = "passwordlessRoot"

// sourceDiskGiB is the disk of Ubuntu's images, for a template that names no size.
const sourceDiskGiB = 30.0

// imageDisk is the disk of an image: managed images and gallery versions name it differently.
func imageDisk(template *arm.Record, target any) map[string]any {
	size, _ := tree.Number(template.Inputs, "vmProfile", "osDiskSizeGB")
	if size == 0 {
		size = sourceDiskGiB
	}
	if tree.Text(target, "type") == "SharedImage" {
		return map[string]any{"osDiskImage": map[string]any{"sizeInGB": size}}
	}
	return map[string]any{"osDisk": map[string]any{"diskSizeGB": size}}
}

// rootWithoutPassword reports whether an image keeps the rule by which the user that built it is root: cloud-init writes
// /etc/sudoers.d/90-cloud-init-users, and waagent -deprovision+user deletes the user only (Azure/WALinuxAgent issue 3663). A step has to
// delete it, or to have the service's last script do that: deleted before, no later step could sudo.
func rootWithoutPassword(template *arm.Record) bool {
	for _, step := range tree.List(template.Inputs, "customize") {
		text := strings.Join(tree.Texts(step, "inline"), "\n")
		if strings.Contains(text, "/etc/sudoers.d/90-cloud-init-users") && strings.Contains(text, "/tmp/DeprovisioningScript.sh") &&
			strings.Contains(text, "waagent -force -deprovision+user") {
			return false
		}
	}
	return true
}

// imageType is the ARM type of what a distribution target makes.
func imageType(target any) string {
	if tree.Text(target, "type") == "SharedImage" {
		return "Microsoft.Compute/galleries/images/versions"
	}
	return "Microsoft.Compute/images"
}
