package azuresim

import (
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

func checkFirewallPolicy(op *operation) error {
	tier := tree.Text(op.inputs, "sku", "tier")
	if tree.At(op.inputs, "intrusionDetection") != nil && tier != "Premium" {
		return badRequest("FirewallPolicyIntrusionDetectionNotSupported", "%s: intrusion detection needs the Premium tier, not %q", op.id, tier)
	}
	return nil
}

func checkFirewall(op *operation) error {
	if policy := op.sub.find(tree.Text(op.inputs, "firewallPolicy", "id")); policy != nil {
		if ours, theirs := tree.Text(op.inputs, "sku", "tier"), tree.Text(policy.Inputs, "sku", "tier"); ours != theirs {
			return badRequest("AzureFirewallPolicyTierMismatch", "%s of tier %s cannot use a policy of tier %s", op.id, ours, theirs)
		}
	}
	subnets := 0
	for i, configuration := range tree.List(op.inputs, "ipConfigurations") {
		subnet := tree.Text(configuration, "subnet", "id")
		if subnet != "" {
			subnets++
			if resourceid.Name(subnet) != "AzureFirewallSubnet" {
				return badRequest("AzureFirewallSubnetNameInvalid", "%s must be in a subnet named AzureFirewallSubnet, not %s", op.id, subnet)
			}
		}
		if (i == 0) != (subnet != "") {
			return badRequest("AzureFirewallIpConfigurationInvalid", "%s: exactly the first IP configuration carries the subnet", op.id)
		}
		if err := checkAddressFree(op, tree.Text(configuration, "publicIPAddress", "id")); err != nil {
			return err
		}
		if occupant := op.sub.occupantOf(subnet, op.id); subnet != "" && occupant != "" {
			return badRequest("SubnetAlreadyInUse", "subnet %s is in use by %s", subnet, occupant)
		}
	}
	if subnets != 1 {
		return badRequest("AzureFirewallIpConfigurationInvalid", "%s needs one IP configuration with a subnet", op.id)
	}
	return nil
}

func checkIPGroup(op *operation) error {
	for _, address := range tree.Texts(op.inputs, "ipAddresses") {
		if _, err := netip.ParseAddr(address); err == nil {
			continue
		}
		if _, err := prefixes(op.id, []string{address}); err != nil {
			return err
		}
	}
	return nil
}

// checkRuleCollectionGroup holds a group against the rules of Azure Firewall Policy that a plan cannot see.
func checkRuleCollectionGroup(op *operation) error {
	priority, _ := tree.Number(op.inputs, "priority")
	if priority < 100 || priority > 65000 {
		return badRequest("FirewallPolicyRuleCollectionGroupInvalidPriority", "%s: priority must be 100 to 65000", op.id)
	}
	for _, sibling := range op.others() {
		taken, _ := tree.Number(sibling.Inputs, "priority")
		if resourceid.Equal(resourceid.Parent(sibling.ID), resourceid.Parent(op.id)) && taken == priority {
			return badRequest("FirewallPolicyRuleCollectionGroupSamePriority", "%s has the priority of %s", op.id, sibling.ID)
		}
	}
	priorities, names := map[float64]string{}, map[string]bool{}
	for _, collection := range tree.List(op.inputs, "ruleCollections") {
		name := tree.Text(collection, "name")
		at, _ := tree.Number(collection, "priority")
		if at < 100 || at > 65000 {
			return badRequest("FirewallPolicyRuleCollectionInvalidPriority", "collection %s of %s: priority must be 100 to 65000", name, op.id)
		}
		if other, taken := priorities[at]; taken || names[name] {
			return badRequest("FirewallPolicyRuleCollectionInvalid", "collections %s and %s of %s share priority or name", other, name, op.id)
		}
		priorities[at], names[name] = name, true
		if err := checkRules(op, collection); err != nil {
			return err
		}
	}
	return nil
}

func checkRules(op *operation, collection any) error {
	policy := op.sub.find(resourceid.Parent(op.id))
	seen, first := map[string]bool{}, ""
	for _, rule := range tree.List(collection, "rules") {
		name := tree.Text(rule, "name")
		if first == "" {
			first = tree.Text(rule, "ruleType")
		}
		if tree.Text(rule, "ruleType") != first {
			return badRequest("FirewallPolicyRuleCollectionInvalid", "collection %s mixes rules of types %s and %s",
				tree.Text(collection, "name"), first, tree.Text(rule, "ruleType"))
		}
		if seen[name] {
			return badRequest("FirewallPolicyRuleDuplicateName", "two rules of collection %s are named %s", tree.Text(collection, "name"), name)
		}
		seen[name] = true
		switch tree.Text(rule, "ruleType") {
		case "NetworkRule":
			for _, host := range tree.Texts(rule, "destinationFqdns") {
				if strings.Contains(host, "*") {
					return badRequest("FirewallPolicyNetworkRuleWildcardFqdn", "network rule %s: %s is a wildcard, which only an application rule can carry", name, host)
				}
				if policy == nil || !tree.Truth(policy.Inputs, "dnsSettings", "enableProxy") {
					return badRequest("FirewallPolicyNetworkRuleFqdnNeedsDnsProxy", "network rule %s names hosts, so the policy must enable the DNS proxy", name)
				}
			}
		case "ApplicationRule":
			if len(tree.List(rule, "targetFqdns"))+len(tree.List(rule, "fqdnTags"))+len(tree.List(rule,
				"webCategories"))+len(tree.List(rule, "targetUrls")) == 0 {
				return badRequest("FirewallPolicyApplicationRuleNoTarget", "application rule %s names no target", name)
			}
			if len(tree.List(rule, "protocols")) == 0 {
				return badRequest("FirewallPolicyApplicationRuleNoProtocol", "application rule %s names no protocol", name)
			}
		}
		if len(tree.List(rule, "sourceAddresses"))+len(tree.List(rule, "sourceIpGroups")) == 0 {
			return badRequest("FirewallPolicyRuleNoSource", "rule %s names no source", name)
		}
	}
	return nil
}
