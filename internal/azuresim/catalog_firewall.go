package azuresim

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var firewallKinds = []*kind{
	{
		token: "network:FirewallPolicy", path: networkProvider + "/firewallPolicies/{firewallPolicyName}",
		name: networkName, located: true, create: 10 * time.Second, update: 60 * time.Second, remove: 10 * time.Second,
		replaceOn: []string{"sku"},
		rules:     []func(*operation) error{checkFirewallPolicy},
	},
	{
		token: "network:FirewallPolicyRuleCollectionGroup",
		path:  networkProvider + "/firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}",
		name:  networkName, create: time.Minute, update: time.Minute, remove: time.Minute,
		rules: []func(*operation) error{checkRuleCollectionGroup},
		locks: func(op *operation) []string { return []string{resourceid.Parent(op.id)} },
	},
	{
		token: "network:IpGroup", path: networkProvider + "/ipGroups/{ipGroupsName}",
		name: networkName, located: true, create: 10 * time.Second, update: 30 * time.Second, remove: 10 * time.Second,
		rules: []func(*operation) error{checkIPGroup},
		locks: policiesOfIPGroup,
	},
	{
		token: "network:AzureFirewall", path: networkProvider + "/azureFirewalls/{azureFirewallName}",
		name: networkName, located: true, create: 8 * time.Minute, update: 5 * time.Minute, remove: 6 * time.Minute,
		replaceOn: []string{"zones"}, joinsSubnets: true,
		rules:   []func(*operation) error{checkFirewall},
		locks:   func(op *operation) []string { return []string{tree.Text(op.inputs, "firewallPolicy", "id")} },
		compute: firewallOutputs, unknownInPreview: []string{"ipConfigurations"},
	},
}

// policiesOfIPGroup are the firewall policies whose rules name an IP group: Azure deploys them along with it.
func policiesOfIPGroup(op *operation) []string {
	var policies []string
	for _, r := range op.sub.sorted() {
		if r.Token == "network:FirewallPolicyRuleCollectionGroup" && r.refersTo(op.id) && !slices.Contains(policies, resourceid.Parent(r.ID)) {
			policies = append(policies, resourceid.Parent(r.ID))
		}
	}
	return policies
}

// firewallOutputs give the configuration that carries the subnet the first address that Azure leaves usable there.
func firewallOutputs(op *operation) map[string]any {
	configurations, _ := tree.Clone(tree.List(op.inputs, "ipConfigurations")).([]any)
	for _, configuration := range configurations {
		object, ok := configuration.(map[string]any)
		if !ok {
			continue
		}
		object["id"] = op.id + "/azureFirewallIpConfigurations/" + tree.Text(object, "name")
		object["provisioningState"] = stateSucceeded
		object["privateIPAddress"] = ""
		if subnet := tree.Text(object, "subnet", "id"); subnet != "" {
			object["privateIPAddress"] = op.sub.firstAddress(subnet)
		}
	}
	return map[string]any{"ipConfigurations": configurations}
}

// firstAddress is the first usable address of an inline subnet: Azure keeps the first four.
func (s *subscription) firstAddress(subnetID string) string {
	vnet := s.find(resourceid.Parent(subnetID))
	if vnet == nil {
		return ""
	}
	for _, subnet := range tree.List(vnet.Inputs, "subnets") {
		prefix, err := netip.ParsePrefix(tree.Text(subnet, "addressPrefix"))
		if err != nil || !strings.EqualFold(tree.Text(subnet, "name"), resourceid.Name(subnetID)) {
			continue
		}
		address := prefix.Addr()
		for range 4 {
			address = address.Next()
		}
		return address.String()
	}
	return ""
}
