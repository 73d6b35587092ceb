package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
