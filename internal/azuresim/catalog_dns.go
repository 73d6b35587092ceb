package azuresim

import (
	"regexp"
	"time"
)

// dnsKinds are in the network module of azure-native 2.90.0.
var dnsKinds = []*kind{
	{
		token: "network:PrivateZone", path: networkProvider + "/privateDnsZones/{privateZoneName}",
		name:    regexp.MustCompile(`^([\w-]{1,63}\.)+[\w-]{1,63}$`),
		located: true, create: 30 * time.Second, update: 10 * time.Second, remove: 30 * time.Second,
		rules: []func(*operation) error{checkGlobal},
		compute: func(*operation) map[string]any {
			return map[string]any{"maxNumberOfRecordSets": 25000.0, "numberOfRecordSets": 1.0}
		},
	},
	{
		token: "network:VirtualNetworkLink",
		path:  networkProvider + "/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
		name:  networkName, located: true, create: time.Minute, update: 30 * time.Second, remove: 30 * time.Second,
		replaceOn: []string{"virtualNetwork"},
		rules:     []func(*operation) error{checkGlobal, checkZoneLink},
		compute:   func(*operation) map[string]any { return map[string]any{"virtualNetworkLinkState": "Completed"} },
	},
}
