package components

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
)

const flowLogStore = "hub-flowlogs"

var (
	flowLogAccountID = armPath(hubGroup,
		"Microsoft.Storage/storageAccounts/stnfleastus2"+config.Unique(subscriptionID, hubGroup)[:12])
	flowLogIdentityID = armPath(hubGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-flowlogs-eastus2")
)

// The store is one component with everything that flow logs write to and write as.
func TestFlowLogStoreFamily(t *testing.T) {
	assertFamily(t, deployHub(t, nil), "aksregulated:network:FlowLogStore", flowLogStore,
		typetoken.Storage+" hub-flowlogs", typetoken.Identity+" hub-flowlogs",
		typetoken.UUID+" hub-flowlogs-write", typetoken.RoleAssignment+" hub-flowlogs-write",
		typetoken.Diagnostic+" hub-flowlogs", typetoken.Diagnostic+" hub-flowlogs-blob", typetoken.Diagnostic+" hub-flowlogs-file",
		typetoken.Diagnostic+" hub-flowlogs-queue", typetoken.Diagnostic+" hub-flowlogs-table")
}

// The account takes no key, no anonymous reader, no old TLS, and no network but Azure's trusted services.
func TestFlowLogStorageAccount(t *testing.T) {
	account := deployHub(t, nil).one(t, typetoken.Storage, flowLogStore)
	assert.Equal(t, flowLogAccountID, account.ID)
	assertInputs(t, account, object{
		"accountName":       "stnfleastus2" + config.Unique(subscriptionID, hubGroup)[:12],
		"resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"kind": "StorageV2", "sku": object{"name": "Standard_LRS"}, "accessTier": "Hot",
		"minimumTlsVersion": "TLS1_2", "enableHttpsTrafficOnly": true,
		"allowBlobPublicAccess": false, "allowSharedKeyAccess": false, "allowCrossTenantReplication": false,
		"defaultToOAuthAuthentication": true,
		"networkRuleSet":               object{"defaultAction": "Deny", "bypass": "AzureServices"},
	})
}

// Every access to what the flow logs say is logged itself, in each of the account's services.
func TestFlowLogStorageDiagnostics(t *testing.T) {
	m := deployHub(t, nil)
	want := []diagnostic{{Setting: "default", Resource: flowLogAccountID, Metrics: []string{"Transaction"}}}
	for _, service := range []string{"blob", "file", "queue", "table"} {
		want = append(want, diagnostic{
			Setting: "default", Resource: flowLogAccountID + "/" + service + "Services/default",
			Logs: []string{"StorageDelete", "StorageRead", "StorageWrite"}, Metrics: []string{"Transaction"},
		})
	}
	store := m.one(t, "aksregulated:network:FlowLogStore", flowLogStore)
	assert.ElementsMatch(t, want, diagnosticsUnder(t, m, store, hubWorkspaceID))
}

// Since the account has no keys, an identity writes, with the blob role on that account only.
func TestFlowLogIdentity(t *testing.T) {
	m := deployHub(t, nil)
	assertInputs(t, m.one(t, typetoken.Identity, flowLogStore), object{
		"resourceName": "mi-flowlogs-eastus2", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
	})
	assertAssignment(t, m, "hub-flowlogs-write", assignmentFact{
		Role:      subscription + "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe",
		Principal: principalOf(flowLogIdentityID), Scope: flowLogAccountID,
	})
}

// The hub's flow log records the whole network for a year and analyses it every ten minutes, with the identity's role in place.
func TestHubFlowLog(t *testing.T) {
	m := deployHub(t, nil)
	flowLog := m.one(t, typetoken.FlowLog, "hub")
	assertInputs(t, flowLog, flowLogFact("vnet-eastus2-hub", hubVNetID, 365))
	assert.Contains(t, flowLog.Dependencies, m.one(t, typetoken.RoleAssignment, "hub-flowlogs-write").URN,
		"Network Watcher refuses an identity that cannot write yet")
	assertWaits(t, m, flowLog, m.one(t, typetoken.VNet, "hub"))

	assert.Equal(t, object{"enabled": true, "days": 120.0},
		deployHub(t, settings{"hub.flowLogRetentionDays": "120"}).one(t, typetoken.FlowLog, "hub").Inputs["retentionPolicy"])
}

// The Network Watcher is Azure's own, so it is only referred to, under the configured name.
func TestFlowLogNetworkWatcher(t *testing.T) {
	m := deployHub(t, settings{"networkWatcher.name": "watcher", "networkWatcher.resourceGroup": "rg-watchers"})
	flowLog := m.one(t, typetoken.FlowLog, "hub")
	assert.Equal(t, armPath("rg-watchers", "Microsoft.Network/networkWatchers/watcher/flowLogs/fl-vnet-eastus2-hub"), flowLog.ID)
}

// flowLogFact is what a flow log of a virtual network looks like.
func flowLogFact(vnetName, vnetID string, days int) object {
	return object{
		"flowLogName": "fl-" + vnetName, "networkWatcherName": "NetworkWatcher_eastus2",
		"resourceGroupName": "NetworkWatcherRG", "location": "eastus2", "tags": testTags,
		"targetResourceId": vnetID, "storageId": flowLogAccountID, "enabled": true,
		"identity":        object{"type": "UserAssigned", "userAssignedIdentities": list{flowLogIdentityID}},
		"format":          object{"type": "JSON", "version": 2},
		"retentionPolicy": object{"enabled": true, "days": days},
		"flowAnalyticsConfiguration": object{"networkWatcherFlowAnalyticsConfiguration": object{
			"enabled": true, "trafficAnalyticsInterval": 10, "workspaceRegion": "eastus2",
			"workspaceId": stableGUID("workspace", hubWorkspaceID), "workspaceResourceId": hubWorkspaceID,
		}},
	}
}
