package aks

import (
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// addons are those that AKS knows, in its own spelling; retired ones have a successor.
var addons = []struct{ name, successor string }{
	{"omsagent", ""}, {"azurepolicy", ""}, {"azureKeyvaultSecretsProvider", ""}, {"ingressApplicationGateway", ""}, {"aciConnectorLinux", ""},
	{"openServiceMesh", ""}, {"httpApplicationRouting", "ingressProfile.webAppRouting"}, {"kubeDashboard", "the Azure portal"},
}

// Addon returns an enabled add-on, whatever the case of its name, or nil.
func Addon(inputs map[string]any, name string) map[string]any {
	profiles, _ := tree.At(inputs, "addonProfiles").(map[string]any)
	for known, value := range profiles {
		if profile, ok := value.(map[string]any); ok && strings.EqualFold(known, name) && tree.Truth(profile, "enabled") {
			return profile
		}
	}
	return nil
}

func checkAddons(op *arm.Operation) error {
	profiles, _ := tree.At(op.Inputs, "addonProfiles").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		at := slices.IndexFunc(addons, func(a struct{ name, successor string }) bool { return strings.EqualFold(a.name, name) })
		if at < 0 {
			return arm.BadRequest("AddonInvalid", "%s: there is no add-on %q", op.ID, name)
		}
		if successor := addons[at].successor; successor != "" && tree.Truth(profiles, name, "enabled") {
			return arm.BadRequest("AddonRetired", "%s: add-on %s was retired; use %s", op.ID, name, successor)
		}
	}
	if Addon(op.Inputs, "openServiceMesh") != nil && tree.Text(op.Inputs, "serviceMeshProfile", "mode") == "Istio" {
		return arm.BadRequest("OsmAddonEnabledWithIstio", "%s: the Open Service Mesh and Istio add-ons exclude each other", op.ID)
	}
	if agent := Addon(op.Inputs, "omsagent"); agent != nil && workspaceOf(agent) == "" {
		return arm.BadRequest("InvalidOmsagentConfig", "%s: add-on omsagent needs logAnalyticsWorkspaceResourceID in its config", op.ID)
	}
	for what, id := range map[string]string{
		"add-on omsagent": workspaceOf(Addon(op.Inputs, "omsagent")),
		"Defender":        tree.Text(op.Inputs, "securityProfile", "defender", "logAnalyticsWorkspaceResourceId"),
	} {
		if workspace := op.Sub.Find(id); id != "" && (workspace == nil || workspace.ARMType != "Microsoft.OperationalInsights/workspaces") {
			return arm.BadRequest("InvalidLogAnalyticsWorkspace", "%s: %s sends to %s, which is not a Log Analytics workspace",
				op.ID, what, id)
		}
	}
	if tree.Truth(op.Inputs, "securityProfile", "defender", "securityMonitoring", "enabled") &&
		tree.Text(op.Inputs, "securityProfile", "defender", "logAnalyticsWorkspaceResourceId") == "" {
		return arm.BadRequest("InvalidDefenderConfig", "%s: Defender needs logAnalyticsWorkspaceResourceId", op.ID)
	}
	return nil
}

// workspaceOf is the workspace in the configuration of the add-on omsagent, whose keys ignore case.
func workspaceOf(agent map[string]any) string {
	config, _ := tree.At(agent, "config").(map[string]any)
	for name, value := range config {
		if id, ok := value.(string); ok && strings.EqualFold(name, "logAnalyticsWorkspaceResourceID") {
			return id
		}
	}
	return ""
}

// workspaceNameOf is the name under which the workspace of a cluster's logs gets data; any name if there is none.
func workspaceNameOf(s *arm.Subscription, inputs map[string]any) string {
	if workspace := s.Find(workspaceOf(Addon(inputs, "omsagent"))); workspace != nil {
		return tree.Text(workspace.Outputs, "customerId")
	}
	return "*"
}
