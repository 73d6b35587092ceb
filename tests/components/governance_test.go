package components

import (
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/governance"
	"aks-regulated-pulumi/internal/typetoken"
)

const (
	builtInPolicies = "/providers/Microsoft.Authorization/policyDefinitions/"
	builtInSets     = "/providers/Microsoft.Authorization/policySetDefinitions/"
)

// deployGovernance registers a hub and the governance of its subscription.
func deployGovernance(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	return deploy(t, func(ctx *pulumi.Context) error {
		_, err := newGovernance(ctx, loadConfig(t, s))
		return err
	})
}

// newGovernance registers a hub and the governance, and closes the inventory.
func newGovernance(ctx *pulumi.Context, cfg *config.Config) (governed *governance.Governance, err error) {
	inventory, err := governance.NewInventory(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = inventory.Close(err) }()
	return governanceWith(ctx, cfg, inventory)
}

func governanceWith(ctx *pulumi.Context, cfg *config.Config, inventory *governance.Inventory) (*governance.Governance, error) {
	governed, err := governance.NewGovernance(ctx, "governance", &governance.GovernanceArgs{
		Placement: cfg.Placement, ResourceGroups: cfg.ResourceGroups, NetworkWatcher: cfg.NetworkWatcher,
		Defender: cfg.Defender, BuiltInRoles: cfg.BuiltInRoles, Stamps: cfg.Stamps,
		Subscription: login, Inventory: inventory, Groups: []governance.Group{
			{Key: "hub", Name: cfg.ResourceGroups.Hub, Known: pulumi.String(cfg.ResourceGroups.Hub), In: login, Networks: true},
			{Key: "spokes", Name: cfg.ResourceGroups.Spokes, Known: pulumi.String(cfg.ResourceGroups.Spokes), In: login, Networks: true},
		},
	})
	if err != nil {
		return nil, err
	}
	hub, err := newHub(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := governed.Assign(ctx, hub); err != nil {
		return nil, err
	}
	return governed, governed.AssignWatcher(ctx, login, hub.FlowLogs.Watcher(login))
}

// templateGUID is what guid() makes in a template of Azure Resource Manager: a name-based UUID of RFC 4122, version 5.
func templateGUID(parts ...string) string {
	namespace := []byte{0x11, 0xfb, 0x06, 0xfb, 0x71, 0x2d, 0x4d, 0xdd, 0x98, 0xc7, 0xe7, 0x1b, 0xbd, 0x58, 0x88, 0x30}
	sum := sha1.Sum(append(namespace, strings.Join(parts, "-")...))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// stackGUID is the name of a custom definition of the stack whose hub is in a resource group.
func stackGUID(group, key string) string { return templateGUID(subscription, group, key) }

func customPolicy(key string) string {
	return subscription + builtInPolicies + stackGUID(hubGroup, key)
}

// policyFact is a policy assignment as a fact.
type policyFact struct {
	Definition, Scope, Display string
	NameParts                  []string
	Parameters                 object // by name, without the wrapping
	Unenforced                 bool
	Message                    string
}

// assertPolicy checks an assignment, apart from an identity.
func assertPolicy(t *testing.T, m *recordingMonitor, name string, want policyFact) registration {
	t.Helper()
	r := m.one(t, typetoken.PolicyAssignment, name)
	description, _ := r.Inputs["description"].(string)
	assert.NotEmpty(t, description, "an auditor reads the description of %s", name)
	inputs := object{
		"policyAssignmentName": templateGUID(append([]string{want.Definition}, want.NameParts...)...),
		"policyDefinitionId":   want.Definition, "scope": want.Scope, "displayName": want.Display, "description": description,
		"enforcementMode": "Default",
	}
	if want.Unenforced {
		inputs["enforcementMode"] = "DoNotEnforce"
	}
	if want.Parameters != nil {
		parameters := object{}
		for parameter, value := range want.Parameters {
			parameters[parameter] = object{"value": value}
		}
		inputs["parameters"] = parameters
	}
	if want.Message != "" {
		inputs["nonComplianceMessages"] = list{object{"message": want.Message}}
	}
	have := r
	have.Inputs = maps.Clone(r.Inputs)
	delete(have.Inputs, "identity")
	delete(have.Inputs, "location")
	assertInputs(t, have, inputs)
	assert.LessOrEqual(t, len([]rune(want.Display)), 125)
	return r
}

// The governance is one component with everything in it.
func TestGovernanceFamily(t *testing.T) {
	assertFamily(t, deployGovernance(t, nil), "aksregulated:cluster:Governance", "governance",
		typetoken.PolicyDefinition+" governance-non-defender-aks", typetoken.PolicyDefinition+" governance-gateway-without-waf",
		typetoken.PolicyDefinition+" governance-public-nics", typetoken.PolicyDefinition+" governance-public-scale-sets",
		typetoken.PolicyDefinition+" governance-restricted-roles",
		typetoken.PolicySet+" governance-enable-defender", typetoken.PolicyAssignment+" governance-enable-defender",
		typetoken.UUID+" governance-enable-defender", typetoken.RoleAssignment+" governance-enable-defender",
		typetoken.PolicyAssignment+" governance-hub-types", typetoken.PolicyAssignment+" governance-hub-watcher",
		typetoken.PolicyAssignment+" governance-spokes-types", typetoken.PolicyAssignment+" governance-spokes-watcher",
		typetoken.PolicyAssignment+" governance-watcher-types", typetoken.PolicyAssignment+" governance-nics-01",
		typetoken.SubscriptionDeployment+" governance-defender")
}

// Networks allow the types that the program registers in them, what Azure makes along with those, and what spokes of other stacks have there.
func TestNetworkPolicies(t *testing.T) {
	m := deployGovernance(t, settings{"resourceGroups.spokes": "rg-spokes-of-this-test"})
	const allowedTypes, watcherEnabled = builtInPolicies + "a08ec900-254a-4555-9bf5-e42af04b5c5c",
		builtInPolicies + "b6e2945c-0b7b-40f5-9233-7a5323b5cdc6"
	const spokes = "rg-spokes-of-this-test"
	groupScope := subscription + "/resourceGroups/"
	assertPolicy(t, m, "governance-hub-types", policyFact{
		Definition: allowedTypes, Scope: groupScope + hubGroup, NameParts: []string{hubGroup},
		Display: "[rg-enterprise-networking-hubs] Allowed resource types",
		Parameters: object{"listOfResourceTypesAllowed": list{
			"Microsoft.Insights/dataCollectionEndpoints", "Microsoft.Insights/dataCollectionRules", "Microsoft.Insights/workbooks",
			"Microsoft.ManagedIdentity/userAssignedIdentities",
			"Microsoft.Network/azureFirewalls", "Microsoft.Network/bastionHosts", "Microsoft.Network/firewallPolicies",
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", "Microsoft.Network/ipGroups", "Microsoft.Network/networkSecurityGroups", "Microsoft.Network/networkSecurityGroups/securityRules",
			"Microsoft.Network/publicIPAddresses",
			"Microsoft.Network/virtualNetworks", "Microsoft.Network/virtualNetworks/subnets", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
			"Microsoft.OperationalInsights/workspaces", "Microsoft.OperationsManagement/solutions",
			"Microsoft.SecurityInsights/onboardingStates", "Microsoft.Storage/storageAccounts",
		}},
	})
	assertPolicy(t, m, "governance-hub-watcher", policyFact{
		Definition: watcherEnabled, Scope: groupScope + hubGroup, NameParts: []string{hubGroup},
		Display:    "[rg-enterprise-networking-hubs] Network Watcher should be enabled",
		Parameters: object{"resourceGroupName": "NetworkWatcherRG"},
	})
	assertPolicy(t, m, "governance-spokes-types", policyFact{
		Definition: allowedTypes, Scope: groupScope + spokes, NameParts: []string{spokes},
		Display: "[rg-spokes-of-this-test] Allowed resource types",
		Parameters: object{"listOfResourceTypesAllowed": list{
			"Microsoft.Network/networkSecurityGroups", "Microsoft.Network/networkSecurityGroups/securityRules",
			"Microsoft.Network/privateDnsZones/virtualNetworkLinks", "Microsoft.Network/publicIPAddresses", "Microsoft.Network/routeTables",
			"Microsoft.Network/virtualNetworks", "Microsoft.Network/virtualNetworks/subnets", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
		}},
	})
	assertPolicy(t, m, "governance-spokes-watcher", policyFact{
		Definition: watcherEnabled, Scope: groupScope + spokes, NameParts: []string{spokes},
		Display:    "[rg-spokes-of-this-test] Network Watcher should be enabled",
		Parameters: object{"resourceGroupName": "NetworkWatcherRG"},
	})
	watchers := assertPolicy(t, m, "governance-watcher-types", policyFact{
		Definition: allowedTypes, Scope: groupScope + "NetworkWatcherRG", NameParts: []string{"NetworkWatcherRG", hubGroup},
		Display: "[NetworkWatcherRG] Allowed resource types", Unenforced: true,
		Parameters: object{"listOfResourceTypesAllowed": list{
			"Microsoft.Network/networkWatchers", "Microsoft.Network/networkWatchers/flowLogs",
		}},
	})
	assertWaits(t, m, watchers, m.one(t, typetoken.FlowLog, "hub"))
}

// No network interface in a cluster's network has a public address, wherever in the subscription the interface is.
func TestNoPublicNICs(t *testing.T) {
	m := deployGovernance(t, settings{"stamps": `[{"name":"01","addressSpace":"10.240.0.0/16"},{"name":"02","addressSpace":"10.242.0.0/16"}]`})
	for _, stamp := range []string{"01", "02"} {
		vnet := "vnet-spoke-bu0001a0005-" + stamp
		vnetID := armPath(spokeGroup, "Microsoft.Network/virtualNetworks/"+vnet)
		r := assertPolicy(t, m, "governance-nics-"+stamp, policyFact{
			Definition: customPolicy("NoPublicIPsForNICsInVnet"), Scope: subscription, NameParts: []string{vnetID},
			Display:    "Network interfaces in cluster [" + vnet + "] should not have public IPs",
			Parameters: object{"vnetResourceId": vnetID},
			Message:    vnet + " is the network of a regulated cluster: no network interface in it may have a public IP address.",
		})
		assertWaits(t, m, r, m.one(t, typetoken.PolicyDefinition, "governance-public-nics"))
	}
}

// Two stacks can share a subscription: nothing that they register at it, or in the group of Azure's Network Watchers, has
// the same name.
func TestStacksShareSubscription(t *testing.T) {
	shared := func(s settings) []string {
		var ids []string
		for _, r := range deployGovernance(t, s).All() {
			inSubscription := strings.HasPrefix(r.ID, subscription+"/providers/")
			if inSubscription || strings.HasPrefix(r.ID, armPath("NetworkWatcherRG", "Microsoft.Authorization/")) {
				ids = append(ids, r.ID)
			}
		}
		return ids
	}
	one := shared(nil)
	other := shared(settings{"resourceGroups.hub": "rg-hub-2", "resourceGroups.spokes": "rg-spokes-2"})
	// Four definitions, a set, three assignments and a deployment; the role assignment's name is drawn anyway.
	assert.GreaterOrEqual(t, len(one), 9)
	for _, id := range one {
		if !strings.Contains(id, "/roleAssignments/") {
			assert.NotContains(t, other, id)
		}
	}
	slices.Sort(one)
	again := shared(nil)
	slices.Sort(again)
	assert.Equal(t, one, again, "names must not change from one update to the next")
}
