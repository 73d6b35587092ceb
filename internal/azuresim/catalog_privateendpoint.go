package azuresim

import (
	"time"

	"aks-regulated-pulumi/internal/resourceid"
)

const endpointToken = "network:PrivateEndpoint"

var privateEndpointKinds = []*kind{
	{
		token: endpointToken, path: networkProvider + "/privateEndpoints/{privateEndpointName}", name: networkName, located: true,
		create: time.Minute, update: 30 * time.Second, remove: time.Minute,
		replaceOn: []string{"subnet", "privateLinkServiceConnections", "customNetworkInterfaceName"}, joinsSubnets: true,
		rules:   []func(*operation) error{checkPrivateEndpoint},
		compute: privateEndpointOutputs, unknownInPreview: []string{"privateLinkServiceConnections"},
		managedResources: endpointInterfaces, createImplicit: makeEndpointInterface, cleanUp: removeEndpointInterface,
	},
	{
		token: "network:PrivateDnsZoneGroup",
		path:  networkProvider + "/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
		name:  networkName, create: 20 * time.Second, update: 20 * time.Second, remove: 10 * time.Second,
		rules: []func(*operation) error{checkZoneGroup}, locks: func(op *operation) []string { return []string{resourceid.Parent(op.id)} },
		compute: zoneGroupOutputs, unknownInPreview: []string{"privateDnsZoneConfigs"},
	},
}
