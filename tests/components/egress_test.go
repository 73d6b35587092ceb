package components

import (
	"net/netip"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

var (
	testersID = armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-Testers")
	buildsID  = armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-Builds")

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

// networkRule is a network rule that lets an IP group reach addresses.
func networkRule(name, why, source string, protocols, destinations, ports list) object {
	return object{
		"ruleType": "NetworkRule", "name": name, "description": why, "sourceIpGroups": list{source},
		"ipProtocols": protocols, "destinationAddresses": destinations, "destinationPorts": ports,
	}
}

// filterCollection is a rule collection that allows.
func filterCollection(name string, priority int, rules ...any) object {
	return object{
		"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": name, "priority": priority,
		"action": object{"type": "Allow"}, "rules": rules,
	}
}

// testEgress is an egress of two source groups with rules of both kinds.
func testEgress(cfg *config.Config, hub *network.Hub) *network.EgressArgs {
	return &network.EgressArgs{
		Placement: cfg.Placement, Hub: hub, Name: "Testers", Priority: 700,
		Sources: []network.SourceGroup{
			{Name: "people", IPGroup: "ipg-eastus2-Testers",
				Addresses: []netip.Prefix{netip.MustParsePrefix("10.240.1.0/28"), netip.MustParsePrefix("10.240.8.0/22")}},
			{Name: "builds", IPGroup: "ipg-eastus2-Builds", Addresses: []netip.Prefix{netip.MustParsePrefix("10.240.2.0/26")}},
		},
		Collections: []network.RuleCollection{
			{Name: "first", Priority: 710, Sources: "people", ApplicationRules: []network.ApplicationRule{
				{Name: "secure", Why: "TLS only.", FQDNs: []string{"a.example.com", "*.b.example.com"}},
				{Name: "plain", Why: "Packages.", FQDNs: []string{"c.example.com"}, PlainHTTP: true},
			}},
			{Name: "second", Priority: 720, Sources: "builds", ApplicationRules: []network.ApplicationRule{
				{Name: "tagged", Why: "Azure's list.", FQDNTags: []string{"AzureKubernetesService"}},
			}},
			{Name: "third", Priority: 730, Sources: "builds", NetworkRules: []network.NetworkRule{
				{Name: "queues", Why: "Messages.", Protocols: []string{"TCP", "UDP"}, Destinations: []string{"EventHub", "192.0.2.0/24"},
					Ports: []string{"5671", "9000-9100"}},
			}},
		},
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
		egress, err := network.NewEgress(ctx, "testers", testEgress(cfg, hub))
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"ruleCollectionGroupId": egress.RuleCollectionGroupID})
		return nil
	})
}

// A spoke's sources are IP groups in the hub, so that rules name who may, not which addresses.
func TestEgressIPGroups(t *testing.T) {
	m := deployEgress(t)
	assertFamily(t, m, "aksregulated:network:Egress", "testers",
		typetoken.IPGroup+" testers-people", typetoken.IPGroup+" testers-builds", typetoken.RuleGroup+" testers")
	assertInputs(t, m.one(t, typetoken.IPGroup, "testers-people"), object{
		"ipGroupsName": "ipg-eastus2-Testers", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"ipAddresses": list{"10.240.1.0/28", "10.240.8.0/22"},
	})
	assertInputs(t, m.one(t, typetoken.IPGroup, "testers-builds"), object{
		"ipGroupsName": "ipg-eastus2-Builds", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"ipAddresses": list{"10.240.2.0/26"},
	})
	assert.Equal(t, map[string]any{"ruleCollectionGroupId": armPath(hubGroup,
		"Microsoft.Network/firewallPolicies/fw-policies-eastus2/ruleCollectionGroups/rcg-Testers")}, m.Exports)
}

// The rules are a group of their own on the hub's policy, each for its sources only: HTTPS everywhere, plain HTTP only where a
// rule asks for it, other ports only in network rules.
func TestEgressRules(t *testing.T) {
	assertInputs(t, deployEgress(t).one(t, typetoken.RuleGroup, "testers"), object{
		"ruleCollectionGroupName": "rcg-Testers", "firewallPolicyName": "fw-policies-eastus2",
		"resourceGroupName": hubGroup, "priority": 700,
		"ruleCollections": list{
			filterCollection("first", 710,
				applicationRule("secure", "TLS only.", testersID, list{https}, list{"a.example.com", "*.b.example.com"}, list{}),
				applicationRule("plain", "Packages.", testersID, list{http}, list{"c.example.com"}, list{})),
			filterCollection("second", 720,
				applicationRule("tagged", "Azure's list.", buildsID, list{https}, list{}, list{"AzureKubernetesService"})),
			filterCollection("third", 730,
				networkRule("queues", "Messages.", buildsID, list{"TCP", "UDP"}, list{"EventHub", "192.0.2.0/24"},
					list{"5671", "9000-9100"})),
		},
	})
}

// Azure refuses to change a policy while its firewall is being made, so the rules wait for the firewall itself.
func TestEgressWaitsForFirewall(t *testing.T) {
	m := deployEgress(t)
	rules := m.one(t, typetoken.RuleGroup, "testers")
	people, builds := m.one(t, typetoken.IPGroup, "testers-people"), m.one(t, typetoken.IPGroup, "testers-builds")
	assert.Contains(t, rules.Dependencies, m.one(t, typetoken.Firewall, firewallName).URN)
	assertWaits(t, m, rules, m.one(t, typetoken.FirewallPolicy, firewallName))
	assertWaits(t, m, rules, people)
	assertWaits(t, m, rules, builds)
	assertWaits(t, m, builds, people)
}

// A policy takes one change at a time, and a changed IP group is one: what comes later waits for the rules before it.
func TestEgressOneAfterAnother(t *testing.T) {
	cfg := loadConfig(t, nil)
	m := deploy(t, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		for _, name := range []string{"one", "two", "three"} {
			args := testEgress(cfg, hub)
			args.Name, args.Sources = name, args.Sources[:1]
			args.Collections = args.Collections[:1]
			if _, err := network.NewEgress(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	})
	for _, pair := range [][2]string{{"one", "two"}, {"two", "three"}} {
		earlier := m.one(t, typetoken.RuleGroup, pair[0])
		assertWaits(t, m, m.one(t, typetoken.RuleGroup, pair[1]), earlier)
		assertWaits(t, m, m.one(t, typetoken.IPGroup, pair[1]), earlier)
	}
	assert.False(t, m.WaitsFor(m.one(t, typetoken.IPGroup, "one"), m.one(t, typetoken.RuleGroup, "two")))
}

// What Azure would refuse after minutes, or what would silently allow nothing, is an error of the program.
func TestEgressRefusesBadCollections(t *testing.T) {
	application := []network.ApplicationRule{{Name: "a", Why: "TLS.", FQDNs: []string{"example.com"}}}
	addresses := []network.NetworkRule{{
		Name: "n", Why: "TCP.", Protocols: []string{"TCP"}, Destinations: []string{"Storage"}, Ports: []string{"443"},
	}}
	for want, collection := range map[string]network.RuleCollection{
		`rule collection x: no source group "nobody"`: {Name: "x", Sources: "nobody", ApplicationRules: application},
		"rule collection x: it must have application rules or network rules": {
			Name: "x", Sources: "people", ApplicationRules: application, NetworkRules: addresses,
		},
		"rule collection y: it must have application rules or network rules": {Name: "y", Sources: "people"},
	} {
		cfg := loadConfig(t, nil)
		err := (&recordingMonitor{}).run(t, nil, func(ctx *pulumi.Context) error {
			hub, err := newHub(ctx, cfg)
			if err != nil {
				return err
			}
			args := testEgress(cfg, hub)
			args.Collections = []network.RuleCollection{collection}
			_, err = network.NewEgress(ctx, "testers", args)
			return err
		})
		assert.ErrorContains(t, err, want)
	}
}
