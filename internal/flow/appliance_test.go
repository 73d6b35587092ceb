package flow_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// A path to an appliance that other people run is neither allowed nor denied: what is evaluated ends there, before it and behind it what the
// other controls say still counts.
func TestApplianceOfOthers(t *testing.T) {
	const nva = network + "networkInterfaces/nva"
	appliance := func() lab {
		l := newLab()
		delete(l, firewallID)
		l.put("networkInterfaces", nva, object{"ipConfigurations": list{object{
			"name": "main", "privateIPAddress": firewallIP, "subnet": ref(fwSubnet),
		}}})
		return l
	}
	download := flow.Flow{From: flow.Subnet(builder), To: flow.Host("packages.microsoft.com"), Protocol: flow.TCP, Port: 443}
	for _, c := range []struct {
		name   string
		change func(lab)
		layer  flow.Layer
		leaves bool
	}{
		{"as it is", func(lab) {}, flow.LayerAppliance, true},
		{"nothing has the address", func(l lab) { delete(l, nva) }, flow.LayerRoute, false},
		{"the hub's side is missing, which the query meets first", func(l lab) { delete(l, hubToSpoke) }, flow.LayerDNS, false},
		{"closed before", func(l lab) {
			l.dropRule(builderNSG, "Allow443ToInternetOutBound")
		}, flow.LayerNSGOut, false},
	} {
		l := appliance()
		c.change(l)
		found := l.build(t).Check(download)
		assert.False(t, found.Allowed, c.name)
		assert.Equal(t, c.layer, found.Layer, "%s: %s", c.name, found.Reason)
		assert.Equal(t, c.leaves, found.Leaves(), c.name)
		assert.Equal(t, !c.leaves, found.Blocked(), c.name)
	}
	found := appliance().build(t).Check(download)
	assert.Equal(t, "rt/r-nexthop-to-fw", found.By)
	assert.Contains(t, found.Reason, "leaves to the appliance at "+firewallIP)
}

// A hub in another subscription is a hub like any: what decides are ids and ranges.
func TestHubInAnotherSubscription(t *testing.T) {
	moved := func(l lab) []flow.Resource {
		content, err := json.Marshal(l.resources())
		require.NoError(t, err)
		text := string(content)
		for _, id := range []string{hubVNet, firewallID, policy, bastionNSG, ipGroup, vaultZone, network + "publicIPAddresses/pip-fw"} {
			text = strings.ReplaceAll(text, id, strings.Replace(id, "000000000001", "000000000002", 1))
		}
		var resources []flow.Resource
		require.NoError(t, json.Unmarshal([]byte(text), &resources))
		return resources
	}
	l := newLab().withOther(true).withVault()
	n, err := flow.New(moved(l), flow.Options{})
	require.NoError(t, err)
	here, allowed := l.build(t), 0
	for _, f := range []flow.Flow{
		tcp(flow.Subnet(builder), flow.Host("packages.microsoft.com"), 443), tcp(flow.Subnet(builder), flow.Host("evil.example"), 443),
		tcp(flow.Subnet(other), flow.Host("kv.vault.azure.net"), 443), udp(flow.Subnet(builder), addr(firewallIP), 53),
		tcp(flow.Subnet(builder), flow.Subnet(other), 22), tcp(flow.Tag("Internet"), flow.Subnet(builder), 22),
	} {
		expected := here.Check(f)
		found := n.Check(f)
		assert.Equal(t, expected.By, found.By, found.Reason)
		assert.Equal(t, expected.Allowed, found.Allowed, found.Reason)
		if found.Allowed {
			allowed++
		}
	}
	assert.Positive(t, allowed)
}
