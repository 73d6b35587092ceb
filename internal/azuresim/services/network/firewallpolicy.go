package network

import (
	"net/netip"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var firewallPolicyKind = &arm.Kind{
	Token: "network:FirewallPolicy", Path: networking.Provider + "/firewallPolicies/{firewallPolicyName}",
	Name: networking.NamePattern, Located: true, Create: 10 * time.Second, Update: 60 * time.Second, Remove: 10 * time.Second,
	Immutable: []arm.Immutable{{Paths: []string{"sku.tier"}}},
	Rules:     []func(*arm.Operation) error{checkFirewallPolicy, checkBasePolicy}, Busy: policyBusy, Returned: withUsersOfPolicy,
}

const ruleCollectionGroupToken = "network:FirewallPolicyRuleCollectionGroup"

var ruleCollectionGroupKind = &arm.Kind{
	Token: ruleCollectionGroupToken,
	Path:  networking.Provider + "/firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}",
	Name:  networking.NamePattern, Create: time.Minute, Update: time.Minute, Remove: time.Minute,
	Rules: []func(*arm.Operation) error{checkRuleCollectionGroup},
	Locks: func(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID)} }, Busy: policyBusy,
}

// policyBusy is how a change of a policy ends that meets another one of it, of its firewall or of an IP group in it; the client does not
// ask again (terraform-provider-azurerm issues 19843, 2023-01, and 15440, 2022-02).
func policyBusy(op *arm.Operation, locked, holder string) error {
	return arm.BadRequest("FirewallPolicyUpdateFailed", "put on firewall policy %s failed with 1 faulted referenced firewalls: the operation on "+
		"%s meets the one on %s", resourceid.Name(locked), op.ID, holder)
}

func checkFirewallPolicy(op *arm.Operation) error {
	tier := tree.Text(op.Inputs, "sku", "tier")
	if tree.At(op.Inputs, "intrusionDetection") != nil && tier != "Premium" {
		return arm.BadRequest("FirewallPolicyIntrusionDetectionNotSupported", "%s: intrusion detection needs the Premium tier, not %q",
			op.ID, tier)
	}
	// Azure document "Firewall Manager policy overview", 2023-02-10; the code is the simulator's.
	if tier == "Basic" && tree.At(op.Inputs, "dnsSettings") != nil {
		return arm.BadRequest("FirewallPolicyDnsSettingsNotSupported", "%s: a policy of tier Basic has neither custom DNS nor a DNS proxy", op.ID)
	}
	return nil
}

// checkBasePolicy demands the region of the base policy (Azure/terraform-azurerm-avm-ptn-alz-connectivity-hub-and-spoke-vnet issue 84).
func checkBasePolicy(op *arm.Operation) error {
	base := op.Sub.Find(tree.Text(op.Inputs, "basePolicy", "id"))
	if base == nil || arm.SameLocation(tree.Text(base.Inputs, "location"), tree.Text(op.Inputs, "location")) {
		return nil
	}
	return arm.BadRequest("FirewallPolicyBasePolicyDoesnotExist", "%s: base policy %s does not exist in same region", op.ID, base.ID)
}

// withUsersOfPolicy adds to a policy what is in it and what uses it, as a GET lists it (REST document "Firewall Policies - Get").
func withUsersOfPolicy(s *arm.Subscription, r *arm.Record, outputs map[string]any) {
	listed := func(records []*arm.Record, uses func(*arm.Record) bool) []any {
		found := []any{}
		for _, user := range records {
			if uses(user) {
				found = append(found, map[string]any{"id": user.ID})
			}
		}
		return found
	}
	outputs["ruleCollectionGroups"] = listed(s.ChildrenOf(r.ID, ruleCollectionGroupToken), func(*arm.Record) bool { return true })
	outputs["firewalls"] = listed(s.OfToken("network:AzureFirewall"), func(user *arm.Record) bool {
		return resourceid.Equal(tree.Text(user.Inputs, "firewallPolicy", "id"), r.ID)
	})
	outputs["childPolicies"] = listed(s.OfToken("network:FirewallPolicy"), func(user *arm.Record) bool {
		return resourceid.Equal(tree.Text(user.Inputs, "basePolicy", "id"), r.ID)
	})
}

// hasProxy reports whether a firewall with a policy is a DNS proxy: by its own settings, or else by those of its base.
func hasProxy(s *arm.Subscription, policy *arm.Record) bool {
	for range 5 { // a base may have one in turn
		if policy == nil || tree.At(policy.Inputs, "dnsSettings") != nil {
			break
		}
		policy = s.Find(tree.Text(policy.Inputs, "basePolicy", "id"))
	}
	return policy != nil && tree.Truth(policy.Inputs, "dnsSettings", "enableProxy")
}

// checkRuleCollectionGroup checks a group by the rules of Azure Firewall Policy that a preview cannot see.
func checkRuleCollectionGroup(op *arm.Operation) error {
	priority, _ := tree.Number(op.Inputs, "priority")
	if priority < 100 || priority > 65000 {
		return arm.BadRequest("FirewallPolicyRuleCollectionGroupInvalidPriority", "%s: priority must be 100 to 65000", op.ID)
	}
	for _, sibling := range op.Others() {
		taken, _ := tree.Number(sibling.Inputs, "priority")
		if resourceid.Equal(resourceid.Parent(sibling.ID), resourceid.Parent(op.ID)) && taken == priority {
			return arm.BadRequest("FirewallPolicyRuleCollectionGroupSamePriority", "%s has the priority of %s", op.ID, sibling.ID)
		}
	}
	priorities, names := map[float64]string{}, map[string]bool{}
	for _, collection := range tree.List(op.Inputs, "ruleCollections") {
		name := tree.Text(collection, "name")
		at, _ := tree.Number(collection, "priority")
		if at < 100 || at > 65000 {
			return arm.BadRequest("FirewallPolicyRuleCollectionInvalidPriority", "collection %s of %s: priority must be 100 to 65000", name, op.ID)
		}
		if other, taken := priorities[at]; taken || names[name] {
			return arm.BadRequest("FirewallPolicyRuleCollectionInvalid", "collections %s and %s of %s share priority or name", other, name, op.ID)
		}
		priorities[at], names[name] = name, true
		if err := checkRules(op, collection); err != nil {
			return err
		}
	}
	return nil
}

// validDestination recognizes what a network rule can name: addresses, also from one to another, and service tags.
func validDestination(value string) bool {
	if tag, known := azurefacts.FindServiceTag(value); known {
		return tag.Firewall
	}
	first, last, isRange := strings.Cut(value, "-")
	if !isRange {
		return validPeer(value)
	}
	from, err := netip.ParseAddr(first)
	to, toErr := netip.ParseAddr(last)
	return err == nil && toErr == nil && from.Compare(to) <= 0
}

func checkRules(op *arm.Operation, collection any) error {
	policy := op.Sub.Find(resourceid.Parent(op.ID))
	seen, first := map[string]bool{}, ""
	for _, rule := range tree.List(collection, "rules") {
		name := tree.Text(rule, "name")
		if first == "" {
			first = tree.Text(rule, "ruleType")
		}
		if tree.Text(rule, "ruleType") != first {
			return arm.BadRequest("FirewallPolicyRuleCollectionInvalid", "collection %s mixes rules of types %s and %s",
				tree.Text(collection, "name"), first, tree.Text(rule, "ruleType"))
		}
		if seen[name] {
			return arm.BadRequest("FirewallPolicyRuleDuplicateName", "two rules of collection %s are named %s", tree.Text(collection, "name"), name)
		}
		seen[name] = true
		switch tree.Text(rule, "ruleType") {
		case "NetworkRule":
			for _, address := range tree.Texts(rule, "destinationAddresses") {
				if !validDestination(address) {
					return arm.BadRequest("FirewallPolicyNetworkRuleInvalidDestination", "network rule %s: %q is no address, no range of them, and no "+
						"service tag that Azure Firewall knows", name, address)
				}
			}
			for _, host := range tree.Texts(rule, "destinationFqdns") {
				if strings.Contains(host, "*") {
					return arm.BadRequest("FirewallPolicyNetworkRuleWildcardFqdn",
						"network rule %s: %s is a wildcard, which only an application rule can carry", name, host)
				}
				if !hasProxy(op.Sub, policy) {
					return arm.BadRequest("FirewallPolicyNetworkRuleFqdnNeedsDnsProxy",
						"network rule %s names hosts, so the policy must enable the DNS proxy", name)
				}
			}
		case "ApplicationRule":
			if len(tree.List(rule, "targetFqdns"))+len(tree.List(rule, "fqdnTags"))+len(tree.List(rule,
				"webCategories"))+len(tree.List(rule, "targetUrls")) == 0 {
				return arm.BadRequest("FirewallPolicyApplicationRuleNoTarget", "application rule %s names no target", name)
			}
			if len(tree.List(rule, "protocols")) == 0 {
				return arm.BadRequest("FirewallPolicyApplicationRuleNoProtocol", "application rule %s names no protocol", name)
			}
		}
		if len(tree.List(rule, "sourceAddresses"))+len(tree.List(rule, "sourceIpGroups")) == 0 {
			return arm.BadRequest("FirewallPolicyRuleNoSource", "rule %s names no source", name)
		}
	}
	return nil
}
