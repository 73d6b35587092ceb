package policy

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// policyAliases are the properties that policy rules can name, by resource type (command az provider list --expand
// resourceTypes/aliases). The list has what rules on regulated clusters look at.
var policyAliases = map[string][]string{
	// Azure has an alias for the scope, too, but people report that rules on it match nothing (such as Azure/azure-policy issue 1051).
	"Microsoft.Authorization/roleAssignments": {"roleDefinitionId", "principalId", "principalType", "description"},
	"Microsoft.Compute/virtualMachineScaleSets": {
		"sku.name", "virtualMachineProfile.securityProfile.encryptionAtHost",
		"virtualMachineProfile.osProfile.linuxConfiguration.disablePasswordAuthentication",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*]",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*].name",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*].ipConfigurations[*]",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*].ipConfigurations[*].subnet.id",
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*].ipConfigurations[*].publicIPAddressConfiguration.name",
	},
	"Microsoft.ContainerRegistry/registries": {
		"sku.name", "adminUserEnabled", "publicNetworkAccess", "zoneRedundancy", "networkRuleSet.defaultAction",
	},
	"Microsoft.ContainerService/managedClusters": {
		"kubernetesVersion", "enableRBAC", "disableLocalAccounts", "diskEncryptionSetID", "sku.tier",
		"apiServerAccessProfile.enablePrivateCluster", "apiServerAccessProfile.disableRunCommand",
		"securityProfile.defender.securityMonitoring.enabled", "securityProfile.workloadIdentity.enabled",
		"addonProfiles.azurePolicy.enabled", "networkProfile.networkPlugin", "networkProfile.networkPolicy", "networkProfile.outboundType",
		"agentPoolProfiles[*]", "agentPoolProfiles[*].name", "agentPoolProfiles[*].mode", "agentPoolProfiles[*].enableEncryptionAtHost",
		"agentPoolProfiles[*].enableNodePublicIP", "agentPoolProfiles[*].vnetSubnetID",
	},
	"Microsoft.KeyVault/vaults": {
		"enablePurgeProtection", "enableSoftDelete", "enableRbacAuthorization", "publicNetworkAccess", "networkAcls.defaultAction",
	},
	"Microsoft.Network/applicationGateways": {
		"sku.name", "sku.tier", "firewallPolicy", "firewallPolicy.id", "webApplicationFirewallConfiguration",
		"webApplicationFirewallConfiguration.enabled", "webApplicationFirewallConfiguration.firewallMode",
	},
	"Microsoft.Network/networkInterfaces": {
		"enableIpForwarding", "networkSecurityGroup.id", "ipconfigurations[*]", "ipconfigurations[*].subnet.id",
		"ipconfigurations[*].publicIpAddress.id",
	},
	"Microsoft.Security/pricings": {"pricingTier"},
}

// plainFields are those that every resource has.
var plainFields = []string{"type", "name", "fullname", "id", "location", "kind", "tags"}

func isTag(field string) bool {
	return strings.HasPrefix(field, "tags.") || strings.HasPrefix(field, "tags[") && strings.HasSuffix(field, "]")
}

func checkAlias(field string) error {
	if slices.Contains(plainFields, strings.ToLower(field)) || isTag(field) {
		return nil
	}
	armType, path := splitAlias(field)
	for known, paths := range policyAliases {
		if strings.EqualFold(known, armType) && slices.ContainsFunc(paths, func(p string) bool { return strings.EqualFold(p, path) }) {
			return nil
		}
	}
	return fmt.Errorf("the field property %q doesn't exist as an alias", field)
}

// splitAlias takes an alias apart: its resource type has one slash, and the property follows the next.
func splitAlias(alias string) (armType, path string) {
	provider, rest, _ := strings.Cut(alias, "/")
	name, path, _ := strings.Cut(rest, "/")
	return provider + "/" + name, path
}

// field is what a resource has in a field: one value, nil if it is not there, or the elements that [*] stands for.
func (s *evaluation) field(name string) []any {
	lower := strings.ToLower(name)
	switch {
	case lower == "type":
		return []any{s.resource.Type}
	case lower == "id":
		return []any{s.resource.ID}
	case lower == "name" || lower == "fullname":
		return []any{resourceid.Name(s.resource.ID)}
	case slices.Contains(plainFields, lower):
		return []any{s.resource.Properties[lower]}
	case isTag(lower):
		tag := strings.Trim(name[len("tags"):], ".[]'")
		return []any{tree.At(s.resource.Properties, "tags", tag)}
	}
	// In a count the field starts at the element.
	start, rest := any(nil), ""
	longest := -1
	for counted, element := range s.current {
		if after, ok := strings.CutPrefix(lower, counted); ok && len(counted) > longest && (after == "" || after[0] == '.' || after[0] == '[') {
			start, rest, longest = element, strings.TrimPrefix(name[len(counted):], "."), len(counted)
		}
	}
	if longest < 0 {
		armType, path := splitAlias(name)
		if !strings.EqualFold(armType, s.resource.Type) {
			return []any{nil}
		}
		start, rest = s.resource.Properties, path
		// Some SDK types keep the properties level.
		if first := strings.SplitN(strings.SplitN(path, ".", 2)[0], "[", 2)[0]; PropertyOf(start, first) == nil {
			if inner := tree.At(start, "properties"); inner != nil {
				start = inner
			}
		}
	}
	if rest == "" {
		return []any{start}
	}
	return follow([]any{start}, strings.Split(rest, "."))
}

// follow follows a path from every one of some values.
func follow(from []any, path []string) []any {
	if len(path) == 0 {
		return from
	}
	property, each := strings.CutSuffix(path[0], "[*]")
	next := []any{}
	for _, value := range from {
		inner := PropertyOf(value, property)
		if !each {
			next = append(next, inner)
			continue
		}
		items, _ := inner.([]any)
		next = append(next, items...)
	}
	return follow(next, path[1:])
}

// PropertyOf is a property of an object without regard to case.
func PropertyOf(value any, property string) any {
	object, _ := value.(map[string]any)
	if found, ok := object[property]; ok {
		return found
	}
	for name, found := range object {
		if strings.EqualFold(name, property) {
			return found
		}
	}
	return nil
}
