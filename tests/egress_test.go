package tests

import (
	"net/netip"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/network"
)

var (
	ipGroupID = armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-Testers")

	https = object{"protocolType": "Https", "port": 443}
	http  = object{"protocolType": "Http", "port": 80}
)

// applicationRule is an application rule that lets an IP group reach hosts.
func applicationRule(name, why, source string, protocols, fqdns, tags list) object {
	return object{
		"ruleType": "ApplicationRule", "name": name, "description": why, "sourceIpGroups": list{source},
		"protocols": protocols, "targetFqdns": fqdns, "fqdnTags": tags,
	}
}

// filterCollection is a rule collection that allows.
func filterCollection(name string, priority int, rules ...any) object {
	return object{
		"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": name, "priority": priority,
		"action": object{"type": "Allow"}, "rules": rules,
	}
}

func deployEgress(t *testing.T) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, nil)
	return deploy(t, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		egress, err := network.NewEgress(ctx, "testers", &network.EgressArgs{
			Config: cfg, Hub: hub, Sources: "Testers", Priority: 700,
			Addresses: []netip.Prefix{netip.MustParsePrefix("10.240.1.0/28"), netip.MustParsePrefix("10.240.8.0/22")},
			Collections: []network.RuleCollection{
				{Name: "first", Priority: 710, ApplicationRules: []network.ApplicationRule{
					{Name: "secure", Why: "TLS only.", FQDNs: []string{"a.example.com", "*.b.example.com"}},
					{Name: "plain", Why: "Packages.", FQDNs: []string{"c.example.com"}, PlainHTTP: true},
				}},
				{Name: "second", Priority: 720, ApplicationRules: []network.ApplicationRule{
					{Name: "tagged", Why: "Azure's list.", FQDNTags: []string{"AzureKubernetesService"}},
				}},
			},
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"ipGroupId": egress.IPGroupID})
		return nil
	})
}

// A spoke's sources are an IP group in the hub, so that rules name who may, not which addresses.
func TestEgressIPGroup(t *testing.T) {
	m := deployEgress(t)
	assertFamily(t, m, "aksregulated:network:Egress", "testers", typeIPGroup+" testers", typeRuleGroup+" testers")
	assertInputs(t, m.one(t, typeIPGroup, "testers"), object{
		"ipGroupsName": "ipg-eastus2-Testers", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"ipAddresses": list{"10.240.1.0/28", "10.240.8.0/22"},
	})
	assert.Equal(t, map[string]any{"ipGroupId": ipGroupID}, m.exports)
}

// The rules are a group of their own on the hub's policy: HTTPS everywhere, plain HTTP only where a rule asks for it.
func TestEgressRules(t *testing.T) {
	assertInputs(t, deployEgress(t).one(t, typeRuleGroup, "testers"), object{
		"ruleCollectionGroupName": "rcg-Testers", "firewallPolicyName": "fw-policies-eastus2",
		"resourceGroupName": hubGroup, "priority": 700,
		"ruleCollections": list{
			filterCollection("first", 710,
				applicationRule("secure", "TLS only.", ipGroupID, list{https}, list{"a.example.com", "*.b.example.com"}, list{}),
				applicationRule("plain", "Packages.", ipGroupID, list{https, http}, list{"c.example.com"}, list{})),
			filterCollection("second", 720,
				applicationRule("tagged", "Azure's list.", ipGroupID, list{https}, list{}, list{"AzureKubernetesService"})),
		},
	})
}

// Azure refuses to change a policy while its firewall is being made, so the rules wait for the firewall itself.
func TestEgressWaitsForFirewall(t *testing.T) {
	m := deployEgress(t)
	rules := m.one(t, typeRuleGroup, "testers")
	assert.Contains(t, rules.Dependencies, m.one(t, typeFirewall, firewallName).URN)
	assertWaits(t, m, rules, m.one(t, typePolicy, firewallName))
	assertWaits(t, m, rules, m.one(t, typeIPGroup, "testers"))
}
