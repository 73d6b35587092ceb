package azuresim

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Diagnostic settings name categories that the resource emits, and send each of them to a place once.
func TestDiagnosticSettings(t *testing.T) {
	l := hub(t)
	workspace := l.must("operationalinsights:Workspace", in(object{"workspaceName": "work"}))
	account := l.must("storage:StorageAccount", in(object{"accountName": "store"}))
	metrics := array{object{"category": "AllMetrics", "enabled": true}}
	setting := func(target, name string, more object) object {
		made := object{"resourceUri": target, "name": name, "workspaceId": workspace, "metrics": metrics}
		for property, value := range more {
			made[property] = value
		}
		return made
	}
	network := netID + "virtualNetworks/na"
	for _, c := range []struct {
		name   string
		inputs object
		says   string
	}{
		{"metrics of a network", setting(network, "to-workspace", nil), ""},
		{"the same once more", setting(network, "again", nil), "already used by"},
		{"other categories to the same place", setting(network, "logs", object{"metrics": nil, "logs": array{object{"category": "VMProtectionAlerts", "enabled": true}}}), ""},
		{"the same to another place", setting(network, "to-account", object{"workspaceId": nil, "storageAccountId": account}), ""},
		{"an unknown category", setting(network, "bad", object{"logs": array{object{"category": "Everything", "enabled": true}}}), "is not supported"},
		{"to nowhere", setting(network, "bad", object{"workspaceId": nil}), "nowhere to send"},
		{"nothing", setting(network, "bad", object{"metrics": array{}}), "sends nothing"},
		{"what emits nothing", setting(groupID, "bad", nil), "ResourceTypeNotSupported"},
		{"a service of an account", setting(account+"/blobServices/default", "blobs", object{"metrics": nil, "logs": array{object{"category": "StorageRead", "enabled": true}}}), ""},
		{"a workspace that does not exist", setting(network, "bad", object{"workspaceId": workspace + "2"}), "InvalidResourceReference"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := l.create("insights:DiagnosticSetting", c.inputs)
			if c.says == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.says)
		})
	}
	assert.ErrorContains(t, l.delete("operationalinsights:Workspace", workspace), "InUse")
}

// Flow logs record networks, each once, and where keys are switched off only with the right to write blobs.
func TestFlowLogs(t *testing.T) {
	l := hub(t)
	account := l.must("storage:StorageAccount", in(object{"accountName": "store", "allowSharedKeyAccess": false}))
	identity, principal := l.identity("mi-flow")
	log := func(name, target string) object {
		return object{
			"resourceGroupName": "NetworkWatcherRG", "networkWatcherName": "NetworkWatcher_eastus2", "flowLogName": name, "location": "eastus2",
			"targetResourceId": target, "storageId": account, "identity": object{"userAssignedIdentities": array{identity}},
		}
	}
	attempt := func(inputs object) error { _, _, err := l.create("network:FlowLog", inputs); return err }
	network := netID + "virtualNetworks/na"
	assert.ErrorContains(t, attempt(log("f", netID+"networkSecurityGroups/nsg")), "NsgFlowLogCreationBlocked")
	assert.ErrorContains(t, attempt(log("f", network)), "AuthorizationFailed")
	l.must("authorization:RoleAssignment", assignment(principal, blobContributor, account))
	require.NoError(t, attempt(log("f", network)))
	assert.ErrorContains(t, attempt(log("g", network)), "FlowLogExists")
	made := l.read("/subscriptions/" + arm.SubscriptionID + "/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_eastus2/flowLogs/f")
	assert.Equal(t, l.read(network).Outputs["resourceGuid"], made.Outputs["targetResourceGuid"])
}

// The engine is told the versions that the program's SDKs ask for.
func TestPluginInfo(t *testing.T) {
	l := start(t, Options{})
	for version, provider := range map[string]pulumirpc.ResourceProviderClient{"2.90.0": l.azure, "4.18.4": l.random} {
		info, err := provider.GetPluginInfo(context.Background(), &emptypb.Empty{})
		require.NoError(t, err)
		assert.Equal(t, version, info.GetVersion())
	}
}
