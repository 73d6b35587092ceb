package aks

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// ClusterToken is the token of clusters.
const ClusterToken = "containerservice:ManagedCluster"

// spelled is an id as AKS returns it, with the word resourcegroups in lower case (as in Azure/AKS#2766).
func spelled(id string) string { return strings.Replace(id, "/resourceGroups/", "/resourcegroups/", 1) }

var clusterKind = &arm.Kind{
	Token: ClusterToken, Path: arm.GroupPath + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9]([\w-]{0,61}[a-zA-Z0-9])?$`), Located: true, Spelling: spelled,
	Create: 12 * time.Minute, Update: 5 * time.Minute, Remove: 8 * time.Minute, ExtraTime: poolTime,
	Immutable: []arm.Immutable{{Paths: []string{
		"dnsPrefix", "fqdnSubdomain", "nodeResourceGroup", "identity.type", "diskEncryptionSetID",
		"networkProfile.networkPlugin", "networkProfile.networkMode", "networkProfile.serviceCidr", "networkProfile.dnsServiceIP",
		"networkProfile.podCidr", "networkProfile.outboundType", "networkProfile.loadBalancerSku", "networkProfile.networkDataplane",
		"networkProfile.networkPolicy", "apiServerAccessProfile.enablePrivateCluster", "apiServerAccessProfile.privateDNSZone",
	}}},
	JoinsSubnets: true, Busy: clusterBusy,
	Rules: []func(*arm.Operation) error{
		checkClusterVersion, checkClusterAccess, checkNodeResourceGroup, checkLockdown, checkAddons, checkPools, checkPoolChanges,
		checkClusterNetwork, checkClusterAddresses, checkPrivateCluster, checkControlPlaneIdentity,
	},
	CheckStartup: startCluster, Compute: clusterOutputs, CleanUp: removeClusterInfrastructure, DenyAssignment: lockdown,
	UnknownInPreview: []string{"addonProfiles", "identityProfile", "oidcIssuerProfile"},
	WriteOnly:        []string{"secret", "serverAppSecret", "adminPassword"},
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

// clusterDefaults are what AKS returns of a cluster that asked for none of it (REST reference of Managed Clusters - Get, 2024-09-01;
// Azure/AKS#1545 has the profile for Windows of a cluster without).
var clusterDefaults = map[string]any{
	"windowsProfile":          map[string]any{"adminUsername": "azureuser", "enableCSIProxy": true},
	"servicePrincipalProfile": map[string]any{"clientId": "msi"},
	"storageProfile": map[string]any{
		"diskCSIDriver": map[string]any{"enabled": true}, "fileCSIDriver": map[string]any{"enabled": true},
		"snapshotController": map[string]any{"enabled": true},
	},
	"metricsProfile": map[string]any{"costAnalysis": map[string]any{"enabled": false}},
}

// clusterOutputs are what AKS reports of a cluster.
func clusterOutputs(op *arm.Operation) map[string]any {
	label, domain := apiServerName(op)
	location := strings.ToLower(tree.Text(op.Inputs, "location"))
	outputs := map[string]any{
		"kubernetesVersion": reportedVersion(op), "currentKubernetesVersion": currentVersion(op), "agentPoolProfiles": poolsAfter(op),
		"nodeResourceGroup": resourceid.Name(NodeResourceGroup(op.ID, op.Inputs)), "powerState": map[string]any{"code": "Running"},
		"resourceUID": op.GUID(), "maxAgentPools": 100.0,
		"azurePortalFQDN": label + ".portal.hcp." + location + ".azmk8s.io",
		"identityProfile": map[string]any{"kubeletidentity": identityOutputs(op.Sub, kubeletIdentity(op))},
	}
	maps.Copy(outputs, tree.CloneObject(clusterDefaults))
	if asked := tree.Object(op.Inputs, "windowsProfile"); len(asked) > 0 {
		outputs["windowsProfile"] = asked
	}
	network := tree.CloneObject(tree.Object(op.Inputs, "networkProfile"))
	if services := tree.Text(network, "serviceCidr"); services != "" {
		network["serviceCidrs"] = []any{services}
	}
	network["ipFamilies"] = []any{"IPv4"}
	outputs["networkProfile"] = network
	if tree.Truth(op.Inputs, "apiServerAccessProfile", "enablePrivateCluster") && !withoutZone(op.Inputs) {
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
