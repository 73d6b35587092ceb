package azuresim

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// supportedVersions are the minor versions of Kubernetes in support by AKS in November 2026, with the newest patch of each.
var supportedVersions = map[string]int{"1.34": 8, "1.35": 5, "1.36": 3, "1.37": 1}

// defaultVersion is what AKS gives a cluster that asks for none.
const defaultVersion = "1.35"

var kubernetesVersion = regexp.MustCompile(`^(1\.(\d+))(\.(\d+))?$`)

// fullVersion turns a supported version into one with a patch; ok is false for any other.
func fullVersion(version string) (full string, ok bool) {
	match := kubernetesVersion.FindStringSubmatch(version)
	if match == nil {
		return "", false
	}
	newest, supported := supportedVersions[match[1]]
	if !supported {
		return "", false
	}
	if match[4] == "" {
		return match[1] + "." + strconv.Itoa(newest), true
	}
	patch, err := strconv.Atoi(match[4])
	return version, err == nil && patch <= newest
}

// currentVersion is what a cluster runs: the version that it asks for with a patch, the one that it has, or the default. checkClusterVersion
// lets no other pass.
func currentVersion(op *operation) string {
	version := tree.Text(op.inputs, "kubernetesVersion")
	if version == "" && op.old != nil {
		return tree.Text(op.old.Outputs, "currentKubernetesVersion")
	}
	full, supported := fullVersion(cmp.Or(version, defaultVersion))
	if !supported {
		panic("a cluster of unsupported version " + version)
	}
	return full
}

// minorOf is the minor version in a version such as 1.35.2, or 0.
func minorOf(version string) int {
	match := kubernetesVersion.FindStringSubmatch(version)
	if match == nil {
		return 0
	}
	minor, err := strconv.Atoi(match[2])
	if err != nil {
		return 0
	}
	return minor
}

func checkClusterVersion(op *operation) error {
	version := tree.Text(op.inputs, "kubernetesVersion")
	if _, ok := fullVersion(version); version != "" && !ok {
		return badRequest("K8sVersionNotSupported", "managed cluster %s is on version %s, which is not supported in this region; supported are %s",
			op.id, version, strings.Join(slices.Sorted(maps.Keys(supportedVersions)), ", "))
	}
	if op.old != nil {
		before, after := minorOf(tree.Text(op.old.Outputs, "currentKubernetesVersion")), minorOf(version)
		if after != 0 && (after < before || after > before+1) {
			return badRequest("OperationNotAllowed",
				"%s: upgrading Kubernetes from 1.%d to 1.%d is not allowed; go one minor version at a time", op.id, before, after)
		}
	}
	runs := currentVersion(op)
	for _, pool := range tree.List(op.inputs, "agentPoolProfiles") {
		wanted := tree.Text(pool, "orchestratorVersion")
		if wanted == "" || wanted == version {
			continue
		}
		if _, ok := fullVersion(wanted); !ok || minorOf(wanted) > minorOf(runs) {
			return badRequest("NodePoolMcVersionIncompatible", "pool %s of %s cannot run version %s with a control plane of %s",
				tree.Text(pool, "name"), op.id, wanted, runs)
		}
	}
	return nil
}

var dnsPrefix = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?$`)

// checkClusterAccess holds who may do what in a cluster, and how pods sign in, against each other.
func checkClusterAccess(op *operation) error {
	prefix, subdomain := tree.Text(op.inputs, "dnsPrefix"), tree.Text(op.inputs, "fqdnSubdomain")
	if (prefix == "") == (subdomain == "") || !dnsPrefix.MatchString(prefix+subdomain) {
		return badRequest("InvalidParameter", "%s: exactly one of dnsPrefix and fqdnSubdomain must be set, and match %s",
			op.id, dnsPrefix)
	}
	if tier := tree.Text(op.inputs, "sku", "tier"); tree.Text(op.inputs, "sku", "name") != "Base" && tier != "" {
		return badRequest("InvalidParameter", "%s: a sku of tier %s must have name Base", op.id, tier)
	}
	aad := tree.Truth(op.inputs, "aadProfile", "managed")
	if tree.Truth(op.inputs, "disableLocalAccounts") && !aad {
		return badRequest("DisableLocalAccountsRequiresAAD", "%s: disableLocalAccounts needs an aadProfile that is managed", op.id)
	}
	for _, group := range tree.Texts(op.inputs, "aadProfile", "adminGroupObjectIDs") {
		if !guidName.MatchString(strings.ToLower(group)) {
			return badRequest("InvalidParameter", "%s: admin group %q is not an object id", op.id, group)
		}
	}
	issuer := tree.Truth(op.inputs, "oidcIssuerProfile", "enabled")
	if tree.Truth(op.inputs, "securityProfile", "workloadIdentity", "enabled") && !issuer {
		return badRequest("WorkloadIdentityRequiresOIDCIssuer", "%s: workload identity needs the OIDC issuer enabled", op.id)
	}
	if op.old != nil && tree.Truth(op.old.Inputs, "oidcIssuerProfile", "enabled") && !issuer {
		return badRequest("OIDCIssuerFeatureCannotBeDisabled", "%s: the OIDC issuer cannot be disabled once it is enabled", op.id)
	}
	if tree.Truth(op.inputs, "podIdentityProfile", "enabled") {
		return badRequest("PodIdentityAddonRetired", "%s: pod identity was retired; use workload identity", op.id)
	}
	return nil
}

// checkNodeResourceGroup: AKS takes no group over.
func checkNodeResourceGroup(op *operation) error {
	group := nodeResourceGroup(op.id, op.inputs)
	if len(resourceid.Name(group)) > 80 {
		return badRequest("InvalidParameter", "%s: the name of node resource group %s has over 80 characters",
			op.id, resourceid.Name(group))
	}
	if existing := op.sub.find(group); existing != nil && !resourceid.Equal(tree.Text(existing.Outputs, "managedBy"), op.id) {
		return conflict("NodeResourceGroupAlreadyExists", "node resource group %s of %s exists already", group, op.id)
	}
	return nil
}

// addons are those that AKS knows, in its own spelling; retired ones have a successor.
var addons = []struct{ name, successor string }{
	{"omsagent", ""}, {"azurepolicy", ""}, {"azureKeyvaultSecretsProvider", ""}, {"ingressApplicationGateway", ""}, {"aciConnectorLinux", ""},
	{"openServiceMesh", ""}, {"httpApplicationRouting", "ingressProfile.webAppRouting"}, {"kubeDashboard", "the Azure portal"},
}

// addon returns an enabled add-on, whatever the case of its name, or nil.
func addon(inputs map[string]any, name string) map[string]any {
	profiles, _ := tree.At(inputs, "addonProfiles").(map[string]any)
	for known, value := range profiles {
		if profile, ok := value.(map[string]any); ok && strings.EqualFold(known, name) && tree.Truth(profile, "enabled") {
			return profile
		}
	}
	return nil
}

func checkAddons(op *operation) error {
	profiles, _ := tree.At(op.inputs, "addonProfiles").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		at := slices.IndexFunc(addons, func(a struct{ name, successor string }) bool { return strings.EqualFold(a.name, name) })
		if at < 0 {
			return badRequest("AddonInvalid", "%s: there is no add-on %q", op.id, name)
		}
		if successor := addons[at].successor; successor != "" && tree.Truth(profiles, name, "enabled") {
			return badRequest("AddonRetired", "%s: add-on %s was retired; use %s", op.id, name, successor)
		}
	}
	if addon(op.inputs, "openServiceMesh") != nil && tree.Text(op.inputs, "serviceMeshProfile", "mode") == "Istio" {
		return badRequest("OsmAddonEnabledWithIstio", "%s: the Open Service Mesh and Istio add-ons exclude each other", op.id)
	}
	if agent := addon(op.inputs, "omsagent"); agent != nil && workspaceOf(agent) == "" {
		return badRequest("InvalidOmsagentConfig", "%s: add-on omsagent needs logAnalyticsWorkspaceResourceID in its config", op.id)
	}
	for what, id := range map[string]string{
		"add-on omsagent": workspaceOf(addon(op.inputs, "omsagent")),
		"Defender":        tree.Text(op.inputs, "securityProfile", "defender", "logAnalyticsWorkspaceResourceId"),
	} {
		if workspace := op.sub.find(id); id != "" && (workspace == nil || workspace.ARMType != "Microsoft.OperationalInsights/workspaces") {
			return badRequest("InvalidLogAnalyticsWorkspace", "%s: %s sends to %s, which is not a Log Analytics workspace",
				op.id, what, id)
		}
	}
	if tree.Truth(op.inputs, "securityProfile", "defender", "securityMonitoring", "enabled") &&
		tree.Text(op.inputs, "securityProfile", "defender", "logAnalyticsWorkspaceResourceId") == "" {
		return badRequest("InvalidDefenderConfig", "%s: Defender needs logAnalyticsWorkspaceResourceId", op.id)
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
