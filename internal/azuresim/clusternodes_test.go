package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// dropHost takes a host, or the FQDN tag, out of the firewall's rules.
func dropHost(name string) func(object) {
	return func(group object) {
		for _, collection := range tree.List(group, "ruleCollections") {
			for _, rule := range tree.List(collection, "rules") {
				for _, property := range []string{"targetFqdns", "fqdnTags"} {
					kept := array{}
					for _, host := range tree.Texts(rule, property) {
						if host != name {
							kept = append(kept, host)
						}
					}
					rule.(object)[property] = kept
				}
			}
		}
	}
}

// Nodes join only if everything they and their add-ons contact is open; the failure names pool, layer, rule and host.
func TestClusterNodes(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	drift := func(id string, change func(object)) func(func()) {
		return func(try func()) { l.drift(id, change, try) }
	}
	block := func(port, to string) func(func()) {
		return drift(netID+"networkSecurityGroups/nodes", func(group object) {
			group["securityRules"] = append(tree.List(group, "securityRules"), nsgRule("block", 200, object{
				"direction": "Outbound", "access": "Deny", "protocol": "*", "destinationPortRange": port, "destinationAddressPrefix": to,
			}))
		})
	}
	cases := []struct {
		name    string
		without func(func())
		says    []string
	}{
		{"the FQDN tag", drift(egressID, dropHost("AzureKubernetesService")), []string{"VMExtensionError_OutboundConnFail", "npsystem", "mcr.microsoft.com", "firewall/implicit-deny"}},
		{"name resolution", block("53", "*"), []string{"VMExtensionError_OutboundConnFail", "nodes/block", "UDP 53"}},
		{"the DNS proxy", drift(netID+"firewallPolicies/p", func(p object) { p["dnsSettings"] = object{} }), []string{"OutboundConnFail", "DNS proxy of firewall fw is off"}},
		{"all of HTTPS", block("443", "Internet"), []string{"OutboundConnFail", "layer nsg-outbound", "nodes/block"}},
		{"the route", drift(netID+"routeTables/rt", func(table object) {
			tree.List(table,
				"routes")[0].(object)["addressPrefix"] = "0.0.0.0/1"
		}), nil},
		{"the way to the API server", block("443", "10.240.8.4/32"), []string{"VMExtensionError_K8SAPIServerConnFail", "privatelink.eastus2.azmk8s.io", "nodes/block"}},
		{"the zone's link to the hub", func(try func()) { l.without(apiZoneID+"/virtualNetworkLinks/to_hub", try) },
			[]string{"VMExtensionError_K8SAPIServerDNSLookupFail", "layer dns", "link the private DNS zone"}},
		{"Container Insights", drift(egressID, dropHost("*.ods.opinsights.azure.com")), []string{"ControlPlaneAddOnsNotReady", "Container insights", ".ods.opinsights.azure.com"}},
		{"its other host", drift(egressID, dropHost("*.oms.opinsights.azure.com")), []string{"ControlPlaneAddOnsNotReady", ".oms.opinsights.azure.com"}},
		{"its configuration", drift(egressID, dropHost("*.handler.control.monitor.azure.com")), []string{"ControlPlaneAddOnsNotReady", "handler.control.monitor.azure.com"}},
		{"its metrics", drift(egressID, dropHost("eastus2.monitoring.azure.com")), []string{"ControlPlaneAddOnsNotReady", "eastus2.monitoring.azure.com"}},
		{"ingestion", drift(egressID, dropHost("*.ingest.monitor.azure.com")), []string{"ControlPlaneAddOnsNotReady", "ingest.monitor.azure.com"}},
		{"Azure Policy", drift(egressID, dropHost("store.policy.core.windows.net")), []string{"ControlPlaneAddOnsNotReady", "Azure Policy", "store.policy"}},
		{"Defender", drift(egressID, dropHost("*.cloud.defender.microsoft.com")), []string{"ControlPlaneAddOnsNotReady", "Defender"}},
	}
	for _, c := range cases {
		if c.says == nil {
			continue
		}
		t.Run("at creation, without "+c.name, func(t *testing.T) {
			c.without(func() {
				_, _, err := l.create(aks.ClusterToken, aksCluster())
				for _, part := range c.says {
					assert.ErrorContains(t, err, part)
				}
				require.NotNil(t, l.read(clusterID))
				assert.Equal(t, arm.StateFailed, l.read(clusterID).State)
				assert.NotNil(t, l.read(nodesID), "the node resource group remains")
			})
			require.NoError(t, l.update(aks.ClusterToken, clusterID, aksCluster()), "the next update repairs it")
			require.NoError(t, l.delete(aks.ClusterToken, clusterID))
			assert.Nil(t, l.read(nodesID))
		})
	}
	l.must(aks.ClusterToken, aksCluster())
	said, err := l.server.TryNodes(clusterID)
	require.NoError(t, err)
	assert.Empty(t, said)
	for _, c := range cases {
		t.Run("today, without "+c.name, func(t *testing.T) {
			c.without(func() {
				said, err := l.server.TryNodes(clusterID)
				require.NoError(t, err)
				assert.NotEmpty(t, said)
				for _, part := range c.says {
					assert.Contains(t, said, part)
				}
			})
		})
	}
	l.drift(egressID, dropHost("AzureKubernetesService"), func() {
		require.NoError(t, l.update(aks.ClusterToken, clusterID, with(aksCluster(), "tags", object{"a": "b"})), "tags start no nodes")
		assert.ErrorContains(t, l.update(aks.ClusterToken, clusterID, userPool(object{"maxCount": 5.0})), "OutboundConnFail")
	})
}

// A public name of the private address resolves wherever nodes ask, and is the one in a kubeconfig. No zone is involved.
func TestClusterWithoutZone(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	inputs := set(set(aksCluster(), "apiServerAccessProfile.privateDNSZone", "none"), "apiServerAccessProfile.enablePrivateClusterPublicFQDN", true)
	_, outputs, err := l.create(aks.ClusterToken, inputs)
	require.NoError(t, err)
	assert.NotContains(t, outputs, "privateFQDN")
	name := tree.Text(outputs, "fqdn")
	assert.Regexp(t, `^lab-[0-9a-f]{8}\.hcp\.eastus2\.azmk8s\.io$`, name)
	why, err := l.server.TryNodes(clusterID)
	require.NoError(t, err)
	assert.Empty(t, why)
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	assert.NotContains(t, strings.Join(l.server.Left(), "\n"), nodesID)
}

// Behind the firewall's DNS proxy a zone that AKS makes does not resolve: it is linked to the cluster's network only.
func TestClusterWithSystemZone(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	inputs := set(aksCluster(), "apiServerAccessProfile.privateDNSZone", "system")
	_, _, err := l.create(aks.ClusterToken, inputs)
	assert.ErrorContains(t, err, "K8SAPIServerDNSLookupFail")
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	l.drift(spokeID, func(network object) { delete(network, "dhcpOptions") }, func() {
		_, outputs, err := l.create(aks.ClusterToken, inputs)
		require.NoError(t, err)
		assert.Regexp(t, `^lab-[0-9a-f]{8}\.[0-9a-f-]{36}\.privatelink\.eastus2\.azmk8s\.io$`, outputs["privateFQDN"])
	})
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	assert.NotContains(t, strings.Join(l.server.Left(), "\n"), nodesID)
}
