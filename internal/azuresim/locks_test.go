package azuresim

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
)

// change is one request that a test makes: of a resource that is there already, an update.
type change struct {
	token, id string
	inputs    object
}

func (c change) send(l *lab) error {
	if l.read(c.id) != nil {
		return l.update(c.token, c.id, c.inputs)
	}
	_, _, err := l.create(c.token, c.inputs)
	return err
}

// saved is a state file with what is deployed where no time passes.
func saved(t *testing.T, deploy func(*lab)) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "azure.json")
	server, err := Start(Options{StateFile: file})
	require.NoError(t, err)
	l := &lab{t: t, server: server}
	l.dial()
	deploy(l)
	require.NoError(t, server.Close())
	return file
}

// slow is the hub on a clock that runs only so much faster than real time.
func slow(t *testing.T, scale float64) *lab {
	t.Helper()
	return start(t, Options{StateFile: saved(t, deployHub), Scale: scale})
}

// deployBusyStamp deploys a hub and a stamp, in which much can be changed.
func deployBusyStamp(l *lab) {
	deployStamp(l)
	deployBoxes(l)
	openForBoxes(l)
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	l.must("storage:StorageAccount", in(object{"accountName": "store"}))
	l.must("network:IpGroup", in(object{"ipGroupsName": "sources", "ipAddresses": array{"10.240.0.0/16"}}))
	grouped := appRule("runtime", "a.example")
	delete(grouped, "sourceAddresses")
	grouped["sourceIpGroups"] = array{netID + "ipGroups/sources"}
	l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("grouped", 900, allowing("grouped", 200, grouped)))
	l.must(aks.ClusterToken, aksCluster())
}

// While Azure changes something, it refuses a second change of it, in the words of the service. The client asks again only where Azure says
// AnotherOperationInProgress.
func TestLocks(t *testing.T) {
	file := saved(t, deployBusyStamp)
	tagged := func(inputs object) object { return with(inputs, "tags", object{"a": "b"}) }
	flowLog := func(network string) change {
		watcher := arm.GroupNamed("NetworkWatcherRG") + "/providers/Microsoft.Network/networkWatchers/NetworkWatcher_eastus2"
		return change{"network:FlowLog", watcher + "/flowLogs/fl-" + network, object{
			"resourceGroupName": "NetworkWatcherRG", "networkWatcherName": "NetworkWatcher_eastus2", "flowLogName": "fl-" + network,
			"location": "eastus2", "targetResourceId": netID + "virtualNetworks/" + network,
			"storageId": groupID + "/providers/Microsoft.Storage/storageAccounts/store",
		}}
	}
	// stored is an update that changes nothing, by the id of what is deployed.
	stored := func(token, id string) change { return change{token, id, nil} }
	bastion, fw := stored("network:BastionHost", netID+"bastionHosts/ab"), stored("network:AzureFirewall", netID+"azureFirewalls/fw")
	peered := stored("network:VirtualNetworkPeering", hubID+"/virtualNetworkPeerings/to-spoke")
	back := stored("network:VirtualNetworkPeering", spokeID+"/virtualNetworkPeerings/to-hub")
	rules := stored("network:FirewallPolicyRuleCollectionGroup", egressID)
	agw := change{"network:ApplicationGateway", gatewayID, gatewayInputs()}
	nodes, machines := stored(aks.ClusterToken, clusterID), change{scaleSetToken, boxesID, boxes()}
	newEndpoint := func(name, target, group string) change {
		return change{"network:PrivateEndpoint", netID + "privateEndpoints/" + name, endpoint(name, target, group)}
	}
	endpointOfVault := newEndpoint("pe-two", vaultID, "vault")
	extension := change{aks.ExtensionToken, extensionID, fluxInCluster()}
	maintenance := change{"containerservice:MaintenanceConfiguration", clusterID + "/maintenanceConfigurations/default", object{
		"resourceGroupName": "rg", "resourceName": "aks", "configName": "default", "timeInWeek": array{object{"day": "Monday"}},
	}}
	const notProvisioned = "ReferencedResourceNotProvisioned"
	for _, c := range []struct {
		name          string
		first, second change
		code          string // empty if the second one comes through, at once or after the first
	}{
		{"a peering while Bastion joins the network", bastion, peered, notProvisioned},
		{"a peering while the other side is made", back, peered, notProvisioned},
		{"the firewall while Bastion joins the network", bastion, fw, ""},
		{"a flow log while the firewall joins the network", fw, flowLog("hub"), arm.InProgress},
		{"a change of a network while the firewall joins it", fw, stored(vnetToken, hubID), arm.InProgress},
		{"two flow logs of one watcher", flowLog("hub"), flowLog("spoke"), ""},
		{"a change of a network while a peering is made", peered, stored(vnetToken, hubID), ""},
		{"rules while others change", rules, stored("network:FirewallPolicyRuleCollectionGroup", netID+"firewallPolicies/p/ruleCollectionGroups/grouped"),
			"FirewallPolicyUpdateFailed"},
		{"rules while the firewall changes", fw, rules, "FirewallPolicyUpdateFailed"},
		{"a policy while its firewall changes", fw, stored("network:FirewallPolicy", netID+"firewallPolicies/p"), "FirewallPolicyUpdateFailed"},
		{"an IP group while rules of its policy change", rules, stored("network:IpGroup", netID+"ipGroups/sources"), "IpGroupsUpdateFailed"},
		{"a private endpoint while another joins the network", endpointOfVault, newEndpoint("pe-three", registryID, "registry"), "RetryableError"},
		{"a private endpoint while a gateway joins the network", agw, endpointOfVault, "RetryableError"},
		{"a gateway while a private endpoint joins the network", endpointOfVault, agw, notProvisioned},
		{"a gateway while a cluster joins the network", nodes, agw, ""},
		{"machines while a cluster joins the network", nodes, machines, ""},
		{"machines while a peering is made", back, machines, notProvisioned},
		{"a secret while an endpoint of the vault is made", endpointOfVault, change{"keyvault:Secret", vaultID + "/secrets/new", secret("new", "x")},
			"ConflictError"},
		{"a vault while an endpoint of it is made", endpointOfVault, change{"keyvault:Vault", vaultID, vaultInputs("kv-aks", nil)}, "ConflictError"},
		{"a second secret of a vault", change{"keyvault:Secret", vaultID + "/secrets/one", secret("one", "x")},
			change{"keyvault:Secret", vaultID + "/secrets/two", secret("two", "x")}, "ConflictError"},
		{"an extension while the cluster changes", nodes, extension, "OperationNotAllowed"},
		{"a cluster while an extension is installed", extension, nodes, "OperationNotAllowed"},
		{"a maintenance window while an extension is installed", extension, maintenance, "OperationNotAllowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			copied := filepath.Join(t.TempDir(), "azure.json")
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(copied, content, 0o600))
			// Half a second each, so that the second comes in time on a busy machine too.
			scale := map[string]float64{
				bastion.token: 400, fw.token: 600, agw.token: 800, nodes.token: 600, extension.token: 600, endpointOfVault.token: 120,
				rules.token: 120, peered.token: 40, "network:FlowLog": 20, "keyvault:Secret": 10,
			}[c.first.token]
			l := start(t, Options{StateFile: copied, Scale: scale})
			for _, each := range []*change{&c.first, &c.second} {
				if each.inputs == nil {
					each.inputs = tagged(l.read(each.id).Inputs)
				}
			}
			var first error
			var done sync.WaitGroup
			done.Go(func() { first = c.first.send(l) })
			eventually(t, "the first is under way", func() bool {
				r := l.read(c.first.id)
				return r != nil && (r.State == arm.StateCreating || r.State == arm.StateUpdating)
			})
			err = c.second.send(l)
			if c.code == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, `Code="`+c.code+`"`)
			}
			if l.read(c.first.id).State != arm.StateSucceeded && c.code != arm.InProgress {
				return // what it does later is of no interest, and may take a while
			}
			done.Wait()
			assert.NoError(t, first)
		})
	}
}

// Where no time passes, nothing meets anything else.
func TestLocksWithoutTime(t *testing.T) {
	l := hub(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, _, err := l.create("network:FirewallPolicyRuleCollectionGroup", ruleGroup(string(rune('a'+i)), float64(200+i)))
			assert.NoError(t, err)
		})
	}
	all.Wait()
}

// What is being deleted cannot be referred to.
func TestLocksOfADeletion(t *testing.T) {
	l := slow(t, 100)
	address := netID + "publicIPAddresses/pip"
	var all sync.WaitGroup
	all.Go(func() { assert.NoError(t, l.delete("network:PublicIPAddress", address)) })
	eventually(t, "being deleted", func() bool { r := l.read(address); return r != nil && r.State == arm.StateDeleting })
	_, _, err := l.create("network:AzureFirewall", firewall("f", "na"))
	assert.ErrorContains(t, err, "InvalidResourceReference")
	all.Wait()
}
