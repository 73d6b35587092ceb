// Package image has Azure Image Builder: templates and their runs.
package image

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const imageTemplateToken = "virtualmachineimages:VirtualMachineImageTemplate"

// Kinds are the image template.
func (b *Builds) Kinds() []*arm.Kind {
	return []*arm.Kind{{
		Token: imageTemplateToken,
		Path:  arm.GroupPath + "/providers/Microsoft.VirtualMachineImages/imageTemplates/{imageTemplateName}",
		Name:  regexp.MustCompile(`^[A-Za-z0-9-_.]{1,64}$`), Located: true,
		Create: 2 * time.Minute, Update: time.Minute, Remove: 2 * time.Minute,
		WeakReferences: []string{"distribute"},
		Rules:          []func(*arm.Operation) error{checkImageTemplate},
		// What is refused here leaves a template in state Failed.
		CheckStartup: checkSubmission,
		Compute:      imageTemplateOutputs, CreateImplicit: makeStagingGroup, CleanUp: removeStagingGroup,
		// The build's machines are in the subnet only while it runs.
		JoinsOnRun: true, CompleteDue: completeBuild, Observe: lastRunStatus,
		Actions: map[string]func(*arm.Subscription, *arm.Record) error{"run": b.Start},
	},
	}
}

// platformImages are marketplace images in support from which jump boxes can be made.
var platformImages = map[string][]string{
	"canonical:ubuntu-24_04-lts":             {"server", "minimal", "server-gen1"},
	"canonical:ubuntu-26_04-lts":             {"server", "minimal"},
	"canonical:0001-com-ubuntu-server-jammy": {"22_04-lts-gen2", "22_04-lts"},
}

func checkImageTemplate(op *arm.Operation) error {
	if op.Old != nil {
		return arm.Conflict("Conflict", "%s: update or upgrade of image templates is not supported", op.ID)
	}
	if _, err := authz.PrincipalOf(op.Sub, op.Inputs); err != nil {
		return err
	}
	if source := tree.At(op.Inputs, "source"); tree.Text(source, "type") == "PlatformImage" {
		offer := strings.ToLower(tree.Text(source, "publisher") + ":" + tree.Text(source, "offer"))
		if !slices.Contains(platformImages[offer], tree.Text(source, "sku")) {
			return arm.BadRequest("PlatformImageNotFound", "%s: there is no supported image %s:%s", op.ID, offer, tree.Text(source, "sku"))
		}
	}
	if minutes, _ := tree.Number(op.Inputs, "buildTimeoutInMinutes"); minutes != 0 && (minutes < 6 || minutes > 960) {
		return arm.BadRequest("InvalidTemplate", "%s: buildTimeoutInMinutes must be 0 or 6 to 960", op.ID)
	}
	for _, step := range tree.List(op.Inputs, "customize") {
		inline, uri := len(tree.List(step, "inline")), tree.Text(step, "scriptUri")
		if tree.Text(step, "type") == "Shell" && (inline == 0) == (uri == "") {
			return arm.BadRequest("InvalidTemplate", "%s: customizer %q needs either inline or scriptUri", op.ID, tree.Text(step, "name"))
		}
	}
	return checkBuildNetwork(op)
}

func checkBuildNetwork(op *arm.Operation) error {
	subnet := tree.Text(op.Inputs, "vmProfile", "vnetConfig", "subnetId")
	if subnet == "" {
		return nil
	}
	vnet := op.Sub.Find(resourceid.Parent(subnet))
	if vnet == nil || tree.Text(vnet.Inputs, "location") != tree.Text(op.Inputs, "location") {
		return arm.BadRequest("InvalidTemplate", "%s: the network of %s must be in region %s", op.ID, subnet, tree.Text(op.Inputs, "location"))
	}
	return nil
}

// checkSubmission is what Azure looks at while it takes a template: whether the identity may join the network, and read the gallery that
// the image goes to (Azure documents "Troubleshoot Azure VM Image Builder", submission errors, and "Configure Azure VM Image Builder
// permissions", 2026). It looks at a managed image only when it writes it.
func checkSubmission(op *arm.Operation) error {
	principal, err := authz.PrincipalOf(op.Sub, op.Inputs)
	if err != nil {
		return err
	}
	for _, needed := range neededAtSubmission(op.Inputs) {
		if !authz.Allows(op.Sub, principal, needed.action, needed.at) {
			return arm.BadRequest("ValidationFailed",
				"Not authorized to access the resource: %s. The identity of image template %s lacks permission %s there",
				needed.at, op.ID, needed.action)
		}
	}
	return nil
}

type permission struct{ action, at string }

func neededAtSubmission(template map[string]any) []permission {
	var needed []permission
	if subnet := tree.Text(template, "vmProfile", "vnetConfig", "subnetId"); subnet != "" {
		vnet := resourceid.Parent(subnet)
		needed = append(needed, permission{"Microsoft.Network/virtualNetworks/read", vnet},
			permission{"Microsoft.Network/virtualNetworks/subnets/join/action", vnet})
	}
	for _, target := range tree.List(template, "distribute") {
		definition, _, _ := strings.Cut(tree.Text(target, "galleryImageId"), "/versions/")
		if definition == "" {
			continue
		}
		needed = append(needed, permission{"Microsoft.Compute/galleries/read", resourceid.Parent(definition)},
			permission{"Microsoft.Compute/galleries/images/read", definition},
			permission{"Microsoft.Compute/galleries/images/versions/read", definition})
	}
	return needed
}

// stagingGroup is where Azure Image Builder keeps what a build of this template needs, and its logs. A later template of the same name has
// another one: Azure Image Builder picks the GUID at its end ("Azure Image Builder networking options", 2026-06-03).
func stagingGroup(template *arm.Record) string {
	if known := tree.Text(template.Outputs, "exactStagingResourceGroup"); known != "" {
		return known
	}
	name := resourceid.Group(template.ID) + "_" + resourceid.Name(template.ID)
	return arm.GroupBeside(template.ID, "IT_"+name+"_"+arm.GUID(template.ID, fmt.Sprint(template.Made)))
}

func makeStagingGroup(op *arm.Operation) {
	group := stagingGroup(op.Record)
	op.Sub.PutImplicit(group, "Microsoft.Resources/resourceGroups", map[string]any{"location": tree.Text(op.Inputs, "location")})
	op.Sub.PutImplicit(group+"/providers/Microsoft.Storage/storageAccounts/"+logAccount(op.ID), "Microsoft.Storage/storageAccounts",
		map[string]any{"location": tree.Text(op.Inputs, "location")})
}

func removeStagingGroup(s *arm.Subscription, template *arm.Record) {
	s.DropWithin(stagingGroup(template))
}

func logAccount(templateID string) string {
	return strings.ReplaceAll(arm.GUID(templateID, "logs"), "-", "")[:24]
}

func imageTemplateOutputs(op *arm.Operation) map[string]any {
	return map[string]any{"exactStagingResourceGroup": stagingGroup(op.Record)}
}

// lastRunStatus is what the template reports of its last run; nothing before the first one.
func lastRunStatus(s *arm.Subscription, template *arm.Record) map[string]any {
	run := template.Run
	if run == nil {
		return nil
	}
	status := map[string]any{"startTime": run.Started.Format(time.RFC3339), "runState": "Running", "runSubState": "Building", "message": ""}
	if s.Clock.Now().Before(run.Ends) {
		return map[string]any{"lastRunStatus": status}
	}
	status["endTime"] = run.Ends.Format(time.RFC3339)
	status["runState"], status["runSubState"] = "Succeeded", ""
	if run.Failure != "" {
		status["runState"], status["message"] = "Failed", run.Failure
	}
	return map[string]any{"lastRunStatus": status}
}
