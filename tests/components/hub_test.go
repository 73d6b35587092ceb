package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
)

// Ids of the hub in the default configuration.
var (
	hubGroup       = "rg-enterprise-networking-hubs"
	hubVNetID      = armPath(hubGroup, "Microsoft.Network/virtualNetworks/vnet-eastus2-hub")
	hubWorkspace   = "la-hub-eastus2-" + config.Unique(subscriptionID, hubGroup)
	hubWorkspaceID = armPath(hubGroup, "Microsoft.OperationalInsights/workspaces/"+hubWorkspace)
)

func deployHub(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"vnetId": hub.VNetID, "vnetName": pulumi.String(hub.VNetName),
			"workspaceId": hub.WorkspaceID, "firewallIp": hub.NextHop,
		})
		return nil
	})
}

// The hub is a tree: what belongs to it hangs below it, firewall, Bastion and flow logs as components of their own.
func TestHubFamily(t *testing.T) {
	m := deployHub(t, nil)
	hub := assertFamily(t, m, "aksregulated:network:Hub", "hub",
		typetoken.Workspace+" hub", typetoken.Diagnostic+" hub-workspace", typetoken.Sentinel+" hub",
		typetoken.SecurityGroup+" hub-bastion", typetoken.Diagnostic+" hub-bastion-nsg",
		typetoken.VNet+" hub", typetoken.Diagnostic+" hub-vnet", typetoken.FlowLog+" hub",
		"aksregulated:network:FlowLogStore hub-flowlogs",
		"aksregulated:network:Firewall hub-firewall",
		"aksregulated:network:Bastion hub-bastion")
	assert.Contains(t, hub.Parent, "pulumi:pulumi:Stack")
}

// The hub's network has the address plan of the walkthrough, with Bastion in the free /26 that Azure asks for today.
func TestHubNetwork(t *testing.T) {
	m := deployHub(t, nil)
	subnet := func(name, prefix string) object {
		return object{"name": name, "addressPrefix": prefix, "defaultOutboundAccess": false}
	}
	bastion := subnet("AzureBastionSubnet", "10.200.0.128/26")
	bastion["networkSecurityGroup"] = object{"id": armPath(hubGroup, "Microsoft.Network/networkSecurityGroups/nsg-eastus2-bastion")}
	assertInputs(t, m.one(t, typetoken.VNet, "hub"), object{
		"virtualNetworkName": "vnet-eastus2-hub", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"addressSpace": object{"addressPrefixes": list{"10.200.0.0/24"}},
		"subnets": list{
			subnet("AzureFirewallSubnet", "10.200.0.0/26"), subnet("GatewaySubnet", "10.200.0.64/27"), bastion,
		},
		"enableDdosProtection": false, "enableVmProtection": false,
	})
}

// Logs are kept for the configured time in a workspace that Sentinel watches; what changes the workspace is audited in it.
func TestHubWorkspace(t *testing.T) {
	m := deployHub(t, settings{"hub.logRetentionDays": "400"})
	workspace := m.one(t, typetoken.Workspace, "hub")
	assertInputs(t, workspace, object{
		"workspaceName": hubWorkspace, "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "PerGB2018"}, "retentionInDays": 400,
		"publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
	})
	sentinel := m.one(t, typetoken.Sentinel, "hub")
	assertInputs(t, sentinel, object{
		"resourceGroupName": hubGroup, "workspaceName": hubWorkspace, "sentinelOnboardingStateName": "default",
		"customerManagedKey": false,
	})
	assertWaits(t, m, sentinel, workspace)
}

// Every resource of the hub that has diagnostics sends them to the hub's workspace, under the walkthrough's name.
func TestHubDiagnostics(t *testing.T) {
	m := deployHub(t, nil)
	hub := m.one(t, "aksregulated:network:Hub", "hub")
	assert.ElementsMatch(t, []diagnostic{
		{Setting: "default", Resource: hubWorkspaceID, Logs: []string{"Audit"}, Metrics: []string{"AllMetrics"}},
		{Setting: "default", Resource: hubVNetID, Metrics: []string{"AllMetrics"}},
		{Setting: "default", Resource: armPath(hubGroup, "Microsoft.Network/networkSecurityGroups/nsg-eastus2-bastion"),
			Logs: []string{"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"}},
	}, diagnosticsUnder(t, m, hub, hubWorkspaceID))
}

// Spokes get what they connect to as outputs, none of it configured twice.
func TestHubOutputs(t *testing.T) {
	assert.Equal(t, map[string]any{
		"vnetId": hubVNetID, "vnetName": "vnet-eastus2-hub",
		"workspaceId": hubWorkspaceID, "firewallIp": firewallIP,
	}, deployHub(t, nil).Exports)
}

// The hub knows no spoke: it registers no rule, no IP group, no peering and no route, so no spoke makes it change.
func TestHubKnowsNoSpoke(t *testing.T) {
	m := deployHub(t, nil)
	for _, typ := range []string{typetoken.RuleGroup, typetoken.IPGroup, typetoken.Peering, typetoken.RouteTable} {
		assert.Empty(t, m.OfType(typ))
	}
	other := deployHub(t, settings{"imageBuilder.addressSpace": "10.242.0.0/28", "imageBuilder.subnet": "10.242.0.0/28"})
	for urn, r := range m.Registered {
		assert.Equal(t, r.Inputs, other.Registered[urn].Inputs, "%s depends on a spoke's range", r)
	}
}

// Configured ranges reach the network.
func TestHubRanges(t *testing.T) {
	m := deployHub(t, settings{
		"hub.addressSpace": "10.210.0.0/23", "hub.firewallSubnet": "10.210.0.0/25",
		"hub.gatewaySubnet": "10.210.0.128/26", "hub.bastionSubnet": "10.210.1.0/26",
	})
	vnet := m.one(t, typetoken.VNet, "hub")
	assert.Equal(t, object{"addressPrefixes": list{"10.210.0.0/23"}}, vnet.Inputs["addressSpace"])
	ranges := map[string]any{}
	for _, subnet := range vnet.Inputs["subnets"].([]any) {
		ranges[subnet.(object)["name"].(string)] = subnet.(object)["addressPrefix"]
	}
	assert.Equal(t, map[string]any{
		"AzureFirewallSubnet": "10.210.0.0/25", "GatewaySubnet": "10.210.0.128/26", "AzureBastionSubnet": "10.210.1.0/26",
	}, ranges)
}
