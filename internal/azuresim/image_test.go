package azuresim

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const (
	templateID  = groupID + "/providers/Microsoft.VirtualMachineImages/imageTemplates/imgt"
	imageID     = groupID + "/providers/Microsoft.Compute/images/img"
	scriptID    = groupID + "/providers/Microsoft.Resources/deploymentScripts/run"
	snetID      = netID + "virtualNetworks/spoke/subnets/snet"
	apiVersion  = "2024-02-01"
	toolVersion = "https://get.helm.sh/helm-v3.16.4-linux-amd64.tar.gz"
)

// bench is what an image build needs; each field can be changed before deploy.
type bench struct {
	rules     []any  // of the subnet's security group
	subnet    object // more properties of the subnet
	prefix    string
	inline    []any
	minutes   float64
	noRole    bool // leave out the builder's role
	noNetwork bool // build outside of any network
	target    object
}

func newBench() *bench {
	return &bench{
		prefix: "10.9.0.0/28", inline: array{"curl -fsSL " + toolVersion, "apt-get install -y jq"},
		subnet: object{"privateLinkServiceNetworkPolicies": "Disabled", "defaultOutboundAccess": true},
		target: object{"type": "ManagedImage", "imageId": imageID, "runOutputName": "img", "location": "eastus2"},
	}
}

func (b *bench) template() object {
	template := in(object{
		"imageTemplateName": "imgt", "identity": object{"userAssignedIdentities": array{groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-build"}},
		"source":                object{"type": "PlatformImage", "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
		"customize":             array{object{"type": "Shell", "name": "tools", "inline": array(b.inline)}},
		"distribute":            array{b.target},
		"buildTimeoutInMinutes": b.minutes,
		"vmProfile":             object{"vnetConfig": object{"subnetId": snetID}},
	})
	if b.noNetwork {
		delete(template, "vmProfile")
	}
	return template
}

// deploy makes everything up to, but not including, the template.
func (b *bench) deploy(l *lab) *lab {
	l.t.Helper()
	l.group()
	l.must("network:NetworkSecurityGroup", nsg("nsg", b.rules...))
	l.must("network:VirtualNetwork", vnet("spoke", "10.9.0.0/16", subnet("snet", b.prefix, b.subnet, object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/nsg")})))
	_, builder := l.identity("mi-build")
	if !b.noRole {
		l.must("authorization:RoleAssignment", assignment(builder, contributor, groupID))
	}
	return l
}

func denyOut(name string, port string, to string) object {
	return nsgRule(name, 200, object{"direction": "Outbound", "access": "Deny", "protocol": "*", "destinationPortRange": port, "destinationAddressPrefix": to})
}

// A build fails at the first thing that does not work, and says what: placing its machines, starting them, each customizer,
// or writing the image.
func TestImageBuildFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bench)
		says   []string
	}{
		{"nothing", func(*bench) {}, nil},
		{"no network at all", func(b *bench) { b.noNetwork = true }, nil},
		{"private link policies", func(b *bench) { delete(b.subnet, "privateLinkServiceNetworkPolicies") }, []string{"private link", "snet"}},
		{"too small a subnet", func(b *bench) { b.prefix = "10.9.0.0/29" }, []string{"3 free addresses"}},
		{"no probe", func(b *bench) {
			b.rules = array{nsgRule("no-probe", 100, object{"access": "Deny", "destinationPortRange": "60001", "sourceAddressPrefix": "AzureLoadBalancer"})}
		}, []string{"load balancer cannot probe", "no-probe"}},
		{"no way in", func(b *bench) {
			b.rules = array{nsgRule("no-link", 100, object{"access": "Deny", "destinationPortRange": "60001", "sourceAddressPrefix": "VirtualNetwork"})}
		}, []string{"through its private link", "no-link"}},
		{"no SSH", func(b *bench) { b.rules = array{denyOut("no-ssh", "22", "VirtualNetwork")} }, []string{"cannot open SSH", "no-ssh"}},
		{"no Azure", func(b *bench) { b.rules = array{denyOut("no-https", "443", "*")} }, []string{"management.azure.com", "no-https"}},
		{"no packages", func(b *bench) { b.rules = array{denyOut("no-http", "80", "*")} }, []string{`customizer "tools"`, "azure.archive.ubuntu.com", "port 80", "no-http"}},
		{"no way out", func(b *bench) { b.subnet["defaultOutboundAccess"] = false }, []string{"management.azure.com", "Layer route"}},
		{"no time", func(b *bench) { b.minutes = 8 }, []string{"buildTimeoutInMinutes (8)"}},
		{"no group for the image", func(b *bench) { b.target["imageId"] = strings.Replace(imageID, "/rg/", "/none/", 1) }, []string{"none of the image does not exist"}},
		{"no image definition", func(b *bench) { b.target = toGallery() }, []string{"galleries/g/images/i does not exist"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench()
			c.change(b)
			l := b.deploy(start(t, Options{}))
			l.must("virtualmachineimages:VirtualMachineImageTemplate", b.template())
			said, err := l.server.TryImageBuild(templateID)
			require.NoError(t, err)
			if c.says == nil {
				assert.Empty(t, said)
			}
			for _, part := range c.says {
				assert.Contains(t, said, part)
			}
			assert.Zero(t, l.server.ImageBuilds(), "trying is not building")
		})
	}
	t.Run("a subnet that others fill", func(t *testing.T) {
		l := newBench().deploy(start(t, Options{}))
		for last := 4; last <= 11; last++ {
			l.plant(fmt.Sprintf("%snetworkInterfaces/nic%d", netID, last), "Microsoft.Network/networkInterfaces", object{
				"ipConfigurations": array{object{"privateIPAddress": fmt.Sprintf("10.9.0.%d", last), "subnet": ref(snetID)}},
			})
		}
		l.must("virtualmachineimages:VirtualMachineImageTemplate", newBench().template())
		said, err := l.server.TryImageBuild(templateID)
		require.NoError(t, err)
		assert.Contains(t, said, "3 free addresses")
	})
	t.Run("no image role", func(t *testing.T) {
		b := newBench()
		b.noRole = true
		l := b.deploy(start(t, Options{}))
		principal := tree.Text(l.read(tree.Texts(b.template(), "identity", "userAssignedIdentities")[0]).Outputs, "principalId")
		l.must("authorization:RoleAssignment", assignment(principal, contributor, netID+"virtualNetworks/spoke"))
		l.must("virtualmachineimages:VirtualMachineImageTemplate", b.template())
		said, err := l.server.TryImageBuild(templateID)
		require.NoError(t, err)
		assert.Contains(t, said, "lacks permission Microsoft.Compute/images/read at "+groupID)
	})
}

// toGallery is a target in a gallery that does not exist.
func toGallery() object {
	return object{"type": "SharedImage", "galleryImageId": groupID + "/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0"}
}

// The service looks at network and gallery while it takes a template. One that it refuses stays in state Failed, and the only way on is to
// delete it: no update mends it, not even with the right role.
func TestImageTemplateRefusedForGood(t *testing.T) {
	b := newBench()
	b.noRole, b.target = true, toGallery()
	l := b.deploy(start(t, Options{}))
	principal := tree.Text(l.read(tree.Texts(b.template(), "identity", "userAssignedIdentities")[0]).Outputs, "principalId")
	const token = "virtualmachineimages:VirtualMachineImageTemplate"
	refused := func(says string) {
		t.Helper()
		_, _, err := l.create(token, b.template())
		require.ErrorContains(t, err, "Not authorized to access the resource")
		require.ErrorContains(t, err, says)
		require.Equal(t, arm.StateFailed, l.read(templateID).State)
		require.ErrorContains(t, l.update(token, templateID, b.template()), "not supported")
		require.NoError(t, l.delete(token, templateID))
	}
	refused("lacks permission Microsoft.Network/virtualNetworks/read")
	l.must("authorization:RoleAssignment", assignment(principal, contributor, netID+"virtualNetworks/spoke"))
	refused("lacks permission Microsoft.Compute/galleries/read")
	l.must("authorization:RoleAssignment", assignment(principal, contributor, groupID))
	l.must(token, b.template())
}

// Azure makes no managed image of a machine with Trusted Launch, and says so at the end of the build.
func TestNoManagedImageOfTrustedLaunch(t *testing.T) {
	b := newBench()
	l := b.deploy(start(t, Options{TrustedLaunch: true}))
	l.must("virtualmachineimages:VirtualMachineImageTemplate", b.template())
	said, err := l.server.TryImageBuild(templateID)
	require.NoError(t, err)
	assert.Contains(t, said, "Creation of managed images are not supported")
}

// A template that cannot work is refused when it is submitted.
func TestImageTemplateRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		bench  func(*bench)
		change func(object)
		says   string
	}{
		{"no network role", func(b *bench) { b.noRole = true }, nil, "lacks permission Microsoft.Network/virtualNetworks/read"},
		{"an image out of support", nil, func(o object) { o["source"].(object)["offer"] = "UbuntuServer" }, "PlatformImageNotFound"},
		{"a minute of time", nil, func(o object) { o["buildTimeoutInMinutes"] = 5.0 }, "InvalidTemplate"},
		{"a customizer of nothing", nil, func(o object) { o["customize"] = array{object{"type": "Shell", "name": "x"}} }, "InvalidTemplate"},
		{"no identity", nil, func(o object) { o["identity"] = object{} }, "InvalidIdentity"},
		{"another region", nil, func(o object) { o["location"] = "westus" }, "must be in region westus"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench()
			if c.bench != nil {
				c.bench(b)
			}
			l := b.deploy(start(t, Options{}))
			template := b.template()
			if c.change != nil {
				c.change(template)
			}
			_, _, err := l.create("virtualmachineimages:VirtualMachineImageTemplate", template)
			assert.ErrorContains(t, err, c.says)
		})
	}
	b := newBench()
	l := b.deploy(start(t, Options{}))
	l.must("virtualmachineimages:VirtualMachineImageTemplate", b.template())
	assert.ErrorContains(t, l.update("virtualmachineimages:VirtualMachineImageTemplate", templateID, b.template()), "not supported")
	staged := 0
	for _, id := range l.server.Left() {
		if strings.Contains(id, "/IT_rg_imgt_") {
			staged++
		}
	}
	assert.Equal(t, 2, staged, "a staging group with an account for logs")
	require.NoError(t, l.delete("virtualmachineimages:VirtualMachineImageTemplate", templateID))
	for _, id := range l.server.Left() {
		assert.NotContains(t, id, "/IT_", "the staging group goes with the template")
	}
}

// script deploys the builder's script with an identity that may run the template.
func (l *lab) script(change func(object)) object {
	l.t.Helper()
	id, runner := l.identity("mi-run")
	l.must("authorization:RoleAssignment", assignment(runner, contributor, templateID))
	script := in(object{
		"scriptName": "run", "kind": "AzureCLI", "azCliVersion": "2.88.0", "timeout": "PT90M", "retentionInterval": "PT26H",
		"scriptContent": readFile(l.t, filepath.Join("..", "..", "imagebuilder", "runtemplate.sh")),
		"identity":      object{"type": "UserAssigned", "userAssignedIdentities": array{id}},
		"environmentVariables": array{
			object{"name": "TEMPLATE_ID", "value": templateID}, object{"name": "API_VERSION", "value": apiVersion},
		},
	})
	if change != nil {
		change(script)
	}
	return script
}

// The program's own script builds the image, once, and waits for it; the image appears at the end and
// outlives script and template, and Azure drops the script's record after its retention.
func TestImageBuild(t *testing.T) {
	const scale = 2000
	b := newBench()
	file := filepath.Join(t.TempDir(), "azure.json")
	quick := b.deploy(start(t, Options{StateFile: file}))
	quick.must("virtualmachineimages:VirtualMachineImageTemplate", b.template())
	script := quick.script(nil)
	require.NoError(t, quick.server.Close())

	l := start(t, Options{StateFile: file, Scale: scale})
	clock := l.server.subscription.Clock
	began, real := clock.Now(), time.Now()
	ended := make(chan error)
	go func() { _, _, err := l.create("resources:AzureCliScript", script); ended <- err }()
	eventually(t, "the build runs", func() bool { return l.server.ImageBuilds() == 1 })
	assert.Nil(t, l.read(imageID), "no image yet")
	require.NoError(t, <-ended)
	assert.Greater(t, clock.Now().Sub(began), 21*time.Minute)
	assert.Greater(t, time.Since(real), time.Duration(float64(20*time.Minute)/scale))
	l.server.Resources() // lets images appear
	assert.NotNil(t, l.read(imageID))
	assert.Equal(t, "Succeeded", tree.Text(l.read(scriptID).Outputs, "outputs", "runState"))

	require.NoError(t, l.update("resources:AzureCliScript", scriptID, with(script, "tags", object{"a": "b"})))
	require.NoError(t, l.update("resources:AzureCliScript", scriptID, with(script, "forceUpdateTag", "again")))
	assert.Equal(t, 1, l.server.ImageBuilds(), "the script leaves a built template alone")
	l.server.Advance(25 * time.Hour)
	assert.Contains(t, l.server.Left(), scriptID)
	l.server.Advance(2 * time.Hour)
	assert.NotContains(t, l.server.Left(), scriptID, "expired")
	require.NoError(t, l.delete("resources:AzureCliScript", scriptID), "what expired counts as deleted")
	for _, token := range []string{"authorization:RoleAssignment", "virtualmachineimages:VirtualMachineImageTemplate"} {
		for _, r := range l.server.subscription.Sorted() {
			if r.Token == token && resourceid.Within(r.ID, templateID) {
				require.NoError(t, l.delete(token, r.ID))
			}
		}
	}
	assert.Nil(t, l.read(templateID))
	assert.NotNil(t, l.read(imageID))
}

// A jump box image with the customizers of the program takes over half an hour.
func TestImageBuildTakesLong(t *testing.T) {
	b := newBench()
	l := b.deploy(start(t, Options{Scale: 1e4}))
	template := b.template()
	var steps array
	for _, name := range []string{"updates", "azcli", "kubectl", "helm", "terraform", "sshd"} {
		steps = append(steps, object{"type": "Shell", "name": name, "inline": array{"true"}})
	}
	template["customize"] = steps
	l.must("virtualmachineimages:VirtualMachineImageTemplate", template)
	s := l.server.subscription
	s.Lock()
	defer s.Unlock()
	require.NoError(t, l.server.builds.Start(s, s.Find(templateID)))
	run := s.Find(templateID).Run
	assert.Greater(t, run.Ends.Sub(run.Started), 30*time.Minute)
	assert.ErrorContains(t, l.server.builds.Start(s, s.Find(templateID)), "already running")
}
