package azuresim

import (
	"context"
	"path/filepath"
	"testing"
	"time"

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
	assert.NoError(t, l.delete("operationalinsights:Workspace", workspace), "a workspace is not kept by what sends logs to it")
}

// Azure makes the Network Watcher of a region some time after it has created or updated a network: what failed does not count.
func TestNetworkWatcherComesWithNetwork(t *testing.T) {
	l := start(t, Options{})
	l.group()
	watchers := func() object {
		group, _, err := l.readBack("resources:ResourceGroup", arm.GroupNamed("NetworkWatcherRG"), object{})
		require.NoError(t, err)
		return group
	}
	network := vnet("na", "10.0.0.0/16", subnet("s", "10.0.2.0/24"))
	l.server.Inject(arm.Fault{Operation: arm.Create, ARMType: "Microsoft.Network/virtualNetworks", Midway: true, Status: 409, Code: "OperationFailed", Message: "m"})
	_, _, err := l.create("network:VirtualNetwork", network)
	require.ErrorContains(t, err, "OperationFailed")
	l.server.Heal()
	l.server.Advance(time.Minute)
	assert.Empty(t, watchers())
	require.NoError(t, l.update("network:VirtualNetwork", netID+"virtualNetworks/na", network))
	assert.Empty(t, watchers(), "not at once")
	l.server.Advance(time.Minute)
	assert.NotEmpty(t, watchers())
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
	early := start(t, Options{})
	deployHub(early)
	_, _, err := early.create("network:FlowLog", log("f", network))
	assert.ErrorContains(t, err, "ResourceGroupNotFound", "Azure makes the watcher some time after the network")
	l.server.Advance(time.Minute)
	assert.ErrorContains(t, attempt(log("f", netID+"networkSecurityGroups/nsg")), "NsgFlowLogCreationBlocked")
	assert.ErrorContains(t, attempt(log("f", network)), "AuthorizationFailed")
	l.must("authorization:RoleAssignment", assignment(principal, blobContributor, account))
	require.NoError(t, attempt(log("f", network)))
	assert.ErrorContains(t, attempt(log("g", network)), "FlowLogExists")
	made := l.read("/subscriptions/" + arm.SubscriptionID + "/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_eastus2/flowLogs/f")
	assert.Equal(t, l.read(network).Outputs["resourceGuid"], made.Outputs["targetResourceGuid"])
}

// No plugin is older than what the program's SDKs ask for, of which the engine would warn.
func TestPluginInfo(t *testing.T) {
	l := start(t, Options{})
	for version, provider := range map[string]pulumirpc.ResourceProviderClient{"3.28.0": l.azure, "4.18.4": l.random} {
		info, err := provider.GetPluginInfo(context.Background(), &emptypb.Empty{})
		require.NoError(t, err)
		assert.Equal(t, version, info.GetVersion())
	}
}

// A deleted workspace comes back for two weeks, as the one it was, and without Microsoft Sentinel; deleted for good, or under another name,
// it is a new one.
func TestDeletedWorkspacesComeBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{StateFile: file})
	l.group()
	const token = "operationalinsights:Workspace"
	workspace := func(name string) object { return in(object{"workspaceName": name, "retentionInDays": 90.0}) }
	onboarding := func(name string) object {
		return in(object{"workspaceName": name, "sentinelOnboardingStateName": "default", "customerManagedKey": false})
	}
	_, _, err := l.create("securityinsights:SentinelOnboardingState", with(onboarding("la-x"), "customerManagedKey", nil))
	assert.Error(t, err)
	id, outputs, err := l.create(token, workspace("la-x"))
	require.NoError(t, err)
	first := outputs["customerId"]
	_, _, err = l.create("securityinsights:SentinelOnboardingState", with(onboarding("la-x"), "customerManagedKey", nil))
	assert.ErrorContains(t, err, "a non-empty request body is required")
	state := l.must("securityinsights:SentinelOnboardingState", onboarding("la-x"))
	assert.ErrorContains(t, l.delete(token, id), state, "what lies in it has to go first")
	require.NoError(t, l.delete("securityinsights:SentinelOnboardingState", state))
	require.NoError(t, l.delete(token, id))
	_, _, err = l.create(token, with(workspace("la-x"), "location", "westus2"))
	assert.ErrorContains(t, err, "is not unique")
	require.NoError(t, l.server.Close())
	l = start(t, Options{StateFile: file})

	_, outputs, err = l.create(token, workspace("la-x"))
	require.NoError(t, err)
	assert.Equal(t, first, outputs["customerId"], "it is the same one")
	_, _, err = l.create("securityinsights:SentinelOnboardingState", onboarding("la-x"))
	assert.ErrorContains(t, err, "WorkspaceWasRecovered")
	require.NoError(t, l.update(token, id, with(workspace("la-x"), "retentionInDays", 100.0)))
	require.NoError(t, l.delete(token, id))
	require.NoError(t, l.server.PurgeWorkspace("la-x"))
	require.Error(t, l.server.PurgeWorkspace("la-x"))
	_, outputs, err = l.create(token, workspace("la-x"))
	require.NoError(t, err)
	assert.NotEqual(t, first, outputs["customerId"])
	l.must("securityinsights:SentinelOnboardingState", onboarding("la-x"))
	l.must(token, workspace("la-y"))
	require.NoError(t, l.delete(token, groupID+"/providers/Microsoft.OperationalInsights/workspaces/la-y"))
	l.server.Advance(15 * 24 * time.Hour)
	l.must(token, workspace("la-y"))
	l.must("securityinsights:SentinelOnboardingState", onboarding("la-y"))
}
