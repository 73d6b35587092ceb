package azuresim

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const networkProvider = groupPath + "/providers/Microsoft.Network"

// networkName is the rule that most Microsoft.Network resources share.
var networkName = regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,78}\w)?$`)

var networkKinds = []*kind{
	{
		token: "network:VirtualNetwork", path: networkProvider + "/virtualNetworks/{virtualNetworkName}",
		name:    regexp.MustCompile(`^[a-zA-Z0-9][\w.-]{0,62}\w$`),
		located: true, create: 10 * time.Second, update: 10 * time.Second, remove: 15 * time.Second,
		rules:   []func(*operation) error{checkVirtualNetwork},
		compute: virtualNetworkOutputs, unknownInPreview: []string{"subnets"},
		createImplicit: makeNetworkWatcher,
	},
	{
		token: "network:VirtualNetworkPeering",
		path:  networkProvider + "/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
		name:  networkName, create: 20 * time.Second, update: 20 * time.Second, remove: 15 * time.Second,
		rules: []func(*operation) error{checkPeering},
		locks: func(op *operation) []string {
			return []string{resourceid.Parent(op.id), tree.Text(op.inputs, "remoteVirtualNetwork", "id")}
		},
		compute: peeringOutputs, cleanUp: disconnectPeering,
	},
	{
		token: "network:NetworkSecurityGroup", path: networkProvider + "/networkSecurityGroups/{networkSecurityGroupName}",
		name: networkName, located: true, create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkSecurityRules},
	},
	{
		token: "network:RouteTable", path: networkProvider + "/routeTables/{routeTableName}",
		name: networkName, located: true, create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkRoutes},
	},
	{
		token: "network:PublicIPAddress", path: networkProvider + "/publicIPAddresses/{publicIpAddressName}",
		name: networkName, located: true, create: 5 * time.Second, update: 5 * time.Second, remove: 10 * time.Second,
		replaceOn: []string{"zones", "publicIPAddressVersion"},
		rules:     []func(*operation) error{checkPublicIPAddress},
		compute: func(op *operation) map[string]any {
			return map[string]any{"ipAddress": publicAddress(op.guid()), "resourceGuid": op.guid()}
		},
	},
	{
		token: "network:NatGateway", path: networkProvider + "/natGateways/{natGatewayName}",
		name: networkName, located: true, create: 15 * time.Second, update: 15 * time.Second, remove: 15 * time.Second,
		replaceOn: []string{"zones", "sku"},
		rules:     []func(*operation) error{checkNATGateway},
		compute:   func(op *operation) map[string]any { return map[string]any{"resourceGuid": op.guid()} },
	},
	{
		token: "network:BastionHost", path: networkProvider + "/bastionHosts/{bastionHostName}",
		name: networkName, located: true, create: 6 * time.Minute, update: 3 * time.Minute, remove: 4 * time.Minute,
		replaceOn: []string{"zones"}, joinsSubnets: true,
		rules: []func(*operation) error{checkBastion},
		compute: func(op *operation) map[string]any {
			return map[string]any{"dnsName": "bst-" + op.guid() + ".bastion.azure.com"}
		},
	},
	{
		token: "network:FlowLog",
		path:  networkProvider + "/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}",
		name:  networkName, located: true, create: 10 * time.Second, update: 10 * time.Second, remove: 10 * time.Second,
		replaceOn: []string{"targetResourceId"},
		rules:     []func(*operation) error{checkFlowLog},
		compute: func(op *operation) map[string]any {
			target := op.sub.find(tree.Text(op.inputs, "targetResourceId"))
			if target == nil {
				return nil
			}
			return map[string]any{"targetResourceGuid": tree.Text(target.Outputs, "resourceGuid")}
		},
	},
}

// virtualNetworkOutputs give every inline subnet its id, and the platform's default where a policy is not set.
func virtualNetworkOutputs(op *operation) map[string]any {
	subnets, _ := tree.Clone(tree.List(op.inputs, "subnets")).([]any)
	for _, subnet := range subnets {
		object, ok := subnet.(map[string]any)
		if !ok {
			continue
		}
		object["id"] = op.id + "/subnets/" + tree.Text(object, "name")
		object["provisioningState"] = stateSucceeded
		for _, policies := range []string{"privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"} {
			if _, set := object[policies]; !set {
				object[policies] = map[bool]string{true: "Disabled", false: "Enabled"}[strings.Contains(policies, "Endpoint")]
			}
		}
	}
	return map[string]any{"subnets": subnets, "resourceGuid": op.guid()}
}

// peeringOutputs report Connected, on both sides, once the other side exists.
func peeringOutputs(op *operation) map[string]any {
	state := "Initiated"
	if other := op.sub.otherSide(op.record); other != nil {
		state = "Connected"
		other.Outputs["peeringState"] = state
		op.sub.touch(other)
	}
	return map[string]any{"peeringState": state, "peeringSyncLevel": "FullyInSync"}
}

// disconnectPeering is what losing one side does to the other.
func disconnectPeering(s *subscription, gone *record) {
	if other := s.otherSide(gone); other != nil {
		other.Outputs["peeringState"] = "Disconnected"
		s.touch(other)
	}
}

// otherSide finds the peering that leads back.
func (s *subscription) otherSide(peering *record) *record {
	remote := tree.Text(peering.Inputs, "remoteVirtualNetwork", "id")
	for r := range s.all() {
		if r.Token == peering.Token && resourceid.Equal(resourceid.Parent(r.ID), remote) &&
			resourceid.Equal(tree.Text(r.Inputs, "remoteVirtualNetwork", "id"), resourceid.Parent(peering.ID)) {
			return r
		}
	}
	return nil
}

// makeNetworkWatcher does what Azure does with the first virtual network of a region.
func makeNetworkWatcher(op *operation) {
	location := tree.Text(op.inputs, "location")
	group := groupNamed("NetworkWatcherRG")
	op.sub.putImplicit(group, "Microsoft.Resources/resourceGroups", map[string]any{"location": location})
	op.sub.putImplicit(group+"/providers/Microsoft.Network/networkWatchers/NetworkWatcher_"+location,
		"Microsoft.Network/networkWatchers", map[string]any{"location": location})
}
