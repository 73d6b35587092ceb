package azuresim

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// platformImages are marketplace images in support from which jump boxes can be made.
var platformImages = map[string][]string{
	"canonical:ubuntu-24_04-lts":             {"server", "minimal", "server-gen1"},
	"canonical:ubuntu-26_04-lts":             {"server", "minimal"},
	"canonical:0001-com-ubuntu-server-jammy": {"22_04-lts-gen2", "22_04-lts"},
}

func checkImageTemplate(op *operation) error {
	if op.old != nil {
		return conflict("Conflict", "%s: update or upgrade of image templates is not supported", op.id)
	}
	principal, err := op.sub.principalOf(op.inputs)
	if err != nil {
		return err
	}
	if source := tree.At(op.inputs, "source"); tree.Text(source, "type") == "PlatformImage" {
		offer := strings.ToLower(tree.Text(source, "publisher") + ":" + tree.Text(source, "offer"))
		if !slices.Contains(platformImages[offer], tree.Text(source, "sku")) {
			return badRequest("PlatformImageNotFound", "%s: there is no supported image %s:%s", op.id, offer, tree.Text(source, "sku"))
		}
	}
	if minutes, _ := tree.Number(op.inputs, "buildTimeoutInMinutes"); minutes != 0 && (minutes < 6 || minutes > 960) {
		return badRequest("InvalidTemplate", "%s: buildTimeoutInMinutes must be 0 or 6 to 960", op.id)
	}
	for _, step := range tree.List(op.inputs, "customize") {
		inline, uri := len(tree.List(step, "inline")), tree.Text(step, "scriptUri")
		if tree.Text(step, "type") == "Shell" && (inline == 0) == (uri == "") {
			return badRequest("InvalidTemplate", "%s: customizer %q needs either inline or scriptUri", op.id, tree.Text(step, "name"))
		}
	}
	return checkBuildNetwork(op, principal)
}

// checkBuildNetwork is the check that Azure makes when a template is submitted: the identity may join the subnet.
func checkBuildNetwork(op *operation, principal string) error {
	subnet := tree.Text(op.inputs, "vmProfile", "vnetConfig", "subnetId")
	if subnet == "" {
		return nil
	}
	vnet := op.sub.find(resourceid.Parent(subnet))
	if vnet == nil || tree.Text(vnet.Inputs, "location") != tree.Text(op.inputs, "location") {
		return badRequest("InvalidTemplate", "%s: the network of %s must be in region %s", op.id, subnet, tree.Text(op.inputs, "location"))
	}
	for _, needed := range []struct{ action, at string }{
		{"Microsoft.Network/virtualNetworks/read", vnet.ID},
		{"Microsoft.Network/virtualNetworks/subnets/join/action", vnet.ID},
	} {
		if !op.sub.allows(principal, needed.action, needed.at) {
			return badRequest("ValidationFailed", "not authorized to access the resource: %s. The identity of image template %s lacks permission %s there",
				needed.at, op.id, needed.action)
		}
	}
	return nil
}

// stagingGroup is where Azure Image Builder keeps what a build needs, and its logs.
func stagingGroup(templateID string) string {
	return groupNamed("IT_" + resourceid.Group(templateID) + "_" + resourceid.Name(templateID) + "_" + guid(templateID))
}

func makeStagingGroup(op *operation) {
	group := stagingGroup(op.id)
	op.sub.putImplicit(group, "Microsoft.Resources/resourceGroups", map[string]any{"location": tree.Text(op.inputs, "location")})
	op.sub.putImplicit(group+"/providers/Microsoft.Storage/storageAccounts/"+logAccount(op.id), "Microsoft.Storage/storageAccounts",
		map[string]any{"location": tree.Text(op.inputs, "location")})
}

func removeStagingGroup(s *subscription, template *record) { s.dropWithin(stagingGroup(template.ID)) }

func logAccount(templateID string) string {
	return strings.ReplaceAll(guid(templateID, "logs"), "-", "")[:24]
}

func imageTemplateOutputs(op *operation) map[string]any {
	return map[string]any{"exactStagingResourceGroup": stagingGroup(op.id)}
}

// lastRunStatus is what the template reports of its last run; nothing before the first one.
func lastRunStatus(s *subscription, template *record) map[string]any {
	run := template.Run
	if run == nil {
		return nil
	}
	status := map[string]any{"startTime": run.Started.Format(time.RFC3339), "runState": "Running", "runSubState": "Building", "message": ""}
	if s.clock.now().Before(run.Ends) {
		return map[string]any{"lastRunStatus": status}
	}
	status["endTime"] = run.Ends.Format(time.RFC3339)
	status["runState"], status["runSubState"] = "Succeeded", ""
	if run.Failure != "" {
		status["runState"], status["message"] = "Failed", run.Failure
	}
	return map[string]any{"lastRunStatus": status}
}
