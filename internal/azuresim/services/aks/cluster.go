package aks

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// ClusterToken is the token of clusters.
const ClusterToken = "containerservice:ManagedCluster"

// defaultVersion is what AKS gives a cluster that asks for none.
const defaultVersion = "1.35"

// currentVersion is what a cluster runs: the version that it asks for with a patch, the one that it has, or the default.
// checkClusterVersion lets no other pass.
func currentVersion(op *arm.Operation) string {
	version := tree.Text(op.Inputs, "kubernetesVersion")
	if version == "" && op.Old != nil {
		return tree.Text(op.Old.Outputs, "currentKubernetesVersion")
	}
	full, supported := fullVersion(cmp.Or(version, defaultVersion))
	if !supported {
		panic("a cluster of unsupported version " + version)
	}
	return full
}

var clusterKind = &arm.Kind{
	Token: ClusterToken, Path: arm.GroupPath + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9]([\w-]{0,61}[a-zA-Z0-9])?$`), Located: true,
	Create: 12 * time.Minute, Update: 5 * time.Minute, Remove: 8 * time.Minute, ExtraTime: poolTime,
	// Azure refuses to change these in a cluster that exists.
	ReplaceOn: []string{
		"dnsPrefix", "fqdnSubdomain", "nodeResourceGroup", "identity.type", "diskEncryptionSetID",
		"networkProfile.networkPlugin", "networkProfile.networkMode", "networkProfile.serviceCidr", "networkProfile.dnsServiceIP",
		"networkProfile.podCidr", "networkProfile.outboundType", "networkProfile.loadBalancerSku", "networkProfile.networkDataplane",
		"networkProfile.networkPolicy", "apiServerAccessProfile.enablePrivateCluster", "apiServerAccessProfile.privateDNSZone",
	},
	JoinsSubnets: true, Busy: clusterBusy,
	Rules: []func(*arm.Operation) error{
		checkClusterVersion, checkClusterAccess, checkNodeResourceGroup, checkLockdown, checkAddons, checkPools, checkPoolChanges,
		checkClusterNetwork, checkClusterAddresses, checkPrivateCluster, checkControlPlaneIdentity,
	},
	CheckStartup: startCluster, Compute: clusterOutputs, CleanUp: removeClusterInfrastructure, DenyAssignment: lockdown,
	UnknownInPreview: []string{"addonProfiles", "identityProfile", "oidcIssuerProfile"},
	WriteOnly:        []string{"secret", "serverAppSecret", "adminPassword"},
}

// supportedVersions are the minor versions of Kubernetes in support by AKS in November 2026, with the newest patch of each.
var supportedVersions = map[string]int{"1.34": 8, "1.35": 5, "1.36": 3, "1.37": 1}

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

// MinorOf is the minor version in a version such as 1.35.2, or 0.
func MinorOf(version string) int {
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

func checkClusterVersion(op *arm.Operation) error {
	version := tree.Text(op.Inputs, "kubernetesVersion")
	if _, ok := fullVersion(version); version != "" && !ok {
		return arm.BadRequest("K8sVersionNotSupported",
			"managed cluster %s is on version %s, which is not supported in this region; supported are %s",
			op.ID, version, strings.Join(slices.Sorted(maps.Keys(supportedVersions)), ", "))
	}
	if op.Old != nil {
		before, after := MinorOf(tree.Text(op.Old.Outputs, "currentKubernetesVersion")), MinorOf(version)
		if after != 0 && (after < before || after > before+1) {
			return arm.BadRequest("OperationNotAllowed",
				"%s: upgrading Kubernetes from 1.%d to 1.%d is not allowed; go one minor version at a time", op.ID, before, after)
		}
	}
	runs := currentVersion(op)
	for _, pool := range tree.List(op.Inputs, "agentPoolProfiles") {
		wanted := tree.Text(pool, "orchestratorVersion")
		if wanted == "" || wanted == version {
			continue
		}
		if _, ok := fullVersion(wanted); !ok || MinorOf(wanted) > MinorOf(runs) {
			return arm.BadRequest("NodePoolMcVersionIncompatible", "pool %s of %s cannot run version %s with a control plane of %s",
				tree.Text(pool, "name"), op.ID, wanted, runs)
		}
	}
	return nil
}

var dnsPrefix = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?$`)

// checkClusterAccess checks how users and pods sign in to a cluster.
func checkClusterAccess(op *arm.Operation) error {
	prefix, subdomain := tree.Text(op.Inputs, "dnsPrefix"), tree.Text(op.Inputs, "fqdnSubdomain")
	if (prefix == "") == (subdomain == "") || !dnsPrefix.MatchString(prefix+subdomain) {
		return arm.BadRequest("InvalidParameter", "%s: exactly one of dnsPrefix and fqdnSubdomain must be set, and match %s",
			op.ID, dnsPrefix)
	}
	if tier := tree.Text(op.Inputs, "sku", "tier"); tree.Text(op.Inputs, "sku", "name") != "Base" && tier != "" {
		return arm.BadRequest("InvalidParameter", "%s: a sku of tier %s must have name Base", op.ID, tier)
	}
	aad := tree.Truth(op.Inputs, "aadProfile", "managed")
	if tree.Truth(op.Inputs, "disableLocalAccounts") && !aad {
		return arm.BadRequest("DisableLocalAccountsRequiresAAD", "%s: disableLocalAccounts needs an aadProfile that is managed", op.ID)
	}
	for _, group := range tree.Texts(op.Inputs, "aadProfile", "adminGroupObjectIDs") {
		if !arm.GUIDPattern.MatchString(strings.ToLower(group)) {
			return arm.BadRequest("InvalidParameter", "%s: admin group %q is not an object id", op.ID, group)
		}
	}
	issuer := tree.Truth(op.Inputs, "oidcIssuerProfile", "enabled")
	if tree.Truth(op.Inputs, "securityProfile", "workloadIdentity", "enabled") && !issuer {
		return arm.BadRequest("WorkloadIdentityRequiresOIDCIssuer", "%s: workload identity needs the OIDC issuer enabled", op.ID)
	}
	if op.Old != nil && tree.Truth(op.Old.Inputs, "oidcIssuerProfile", "enabled") && !issuer {
		return arm.BadRequest("OIDCIssuerFeatureCannotBeDisabled", "%s: the OIDC issuer cannot be disabled once it is enabled", op.ID)
	}
	if tree.Truth(op.Inputs, "podIdentityProfile", "enabled") {
		return arm.BadRequest("PodIdentityAddonRetired", "%s: pod identity was retired; use workload identity", op.ID)
	}
	return nil
}

// checkNodeResourceGroup: AKS takes no group over.
func checkNodeResourceGroup(op *arm.Operation) error {
	group := NodeResourceGroup(op.ID, op.Inputs)
	if len(resourceid.Name(group)) > 80 {
		return arm.BadRequest("InvalidParameter", "%s: the name of node resource group %s has over 80 characters",
			op.ID, resourceid.Name(group))
	}
	if existing := op.Sub.Find(group); existing != nil && !resourceid.Equal(tree.Text(existing.Outputs, "managedBy"), op.ID) {
		return arm.Conflict("NodeResourceGroupAlreadyExists", "node resource group %s of %s exists already", group, op.ID)
	}
	return nil
}

// clusterOutputs are what AKS reports of a cluster. Counts stay as they were set: the autoscaler's work shows elsewhere.
func clusterOutputs(op *arm.Operation) map[string]any {
	label, domain := apiServerName(op)
	location := strings.ToLower(tree.Text(op.Inputs, "location"))
	outputs := map[string]any{
		"currentKubernetesVersion": currentVersion(op), "nodeResourceGroup": resourceid.Name(NodeResourceGroup(op.ID, op.Inputs)),
		"powerState": map[string]any{"code": "Running"}, "resourceUID": op.GUID(), "maxAgentPools": 100.0,
		"azurePortalFQDN": label + ".portal.hcp." + location + ".azmk8s.io",
		"identityProfile": map[string]any{"kubeletidentity": identityOutputs(op.Sub, kubeletIdentity(op))},
	}
	if tree.Truth(op.Inputs, "apiServerAccessProfile", "enablePrivateCluster") {
		outputs["privateFQDN"] = label + "." + domain
	}
	if !tree.Truth(op.Inputs, "apiServerAccessProfile", "enablePrivateCluster") ||
		tree.Truth(op.Inputs, "apiServerAccessProfile", "enablePrivateClusterPublicFQDN") {
		outputs["fqdn"] = label + ".hcp." + location + ".azmk8s.io"
	}
	if tree.Truth(op.Inputs, "oidcIssuerProfile", "enabled") {
		outputs["oidcIssuerProfile"] = map[string]any{
			"enabled": true, "issuerURL": fmt.Sprintf("https://%s.oic.prod-aks.azure.com/%s/%s/", location, arm.TenantID, op.GUID("issuer")),
		}
	}
	if profiles, ok := tree.Clone(tree.At(op.Inputs, "addonProfiles")).(map[string]any); ok {
		for _, name := range addonIdentities {
			for known, profile := range profiles {
				if object, ok := profile.(map[string]any); ok && strings.EqualFold(known, name) && tree.Truth(object, "enabled") {
					object["identity"] = identityOutputs(op.Sub, addonIdentity(op, name))
				}
			}
		}
		outputs["addonProfiles"] = profiles
	}
	return outputs
}
