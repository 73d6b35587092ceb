package azuresim

import (
	"regexp"
	"strings"
	"time"
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
		compute: virtualNetworkOutputs, nested: []string{"subnets"},
		work: makeNetworkWatcher,
	},
	{
		token: "network:VirtualNetworkPeering",
		path:  networkProvider + "/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
		name:  networkName, create: 20 * time.Second, update: 20 * time.Second, remove: 15 * time.Second,
		rules: []func(*operation) error{checkPeering},
		locks: func(op *operation) []string {
			return []string{parentID(op.id), text(op.inputs, "remoteVirtualNetwork", "id")}
		},
		compute: peeringOutputs,
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
		replace: []string{"zones", "publicIPAddressVersion"},
		rules:   []func(*operation) error{checkPublicIPAddress},
		compute: func(op *operation) map[string]any {
			return map[string]any{"ipAddress": publicAddress(op.id), "resourceGuid": guid(op.id)}
		},
	},
	{
		token: "network:BastionHost", path: networkProvider + "/bastionHosts/{bastionHostName}",
		name: networkName, located: true, create: 6 * time.Minute, update: 3 * time.Minute, remove: 4 * time.Minute,
		replace: []string{"zones"},
		rules:   []func(*operation) error{checkBastion},
		compute: func(op *operation) map[string]any {
			return map[string]any{"dnsName": "bst-" + guid(op.id) + ".bastion.azure.com"}
		},
	},
	{
		token: "network:FlowLog",
		path:  networkProvider + "/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}",
		name:  networkName, located: true, create: 10 * time.Second, update: 10 * time.Second, remove: 10 * time.Second,
		replace: []string{"targetResourceId"},
		rules:   []func(*operation) error{checkFlowLog},
		compute: func(op *operation) map[string]any {
			return map[string]any{"targetResourceGuid": guid(text(op.inputs, "targetResourceId"))}
		},
	},
}

// virtualNetworkOutputs give every inline subnet its id, and the platform's default where a policy is not set.
func virtualNetworkOutputs(op *operation) map[string]any {
	subnets, _ := clone(list(op.inputs, "subnets")).([]any)
	for _, subnet := range subnets {
		object, ok := subnet.(map[string]any)
		if !ok {
			continue
		}
		object["id"] = op.id + "/subnets/" + text(object, "name")
		object["provisioningState"] = stateSucceeded
		for _, policies := range []string{"privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"} {
			if _, set := object[policies]; !set {
				object[policies] = map[bool]string{true: "Disabled", false: "Enabled"}[strings.Contains(policies, "Endpoint")]
			}
		}
	}
	return map[string]any{"subnets": subnets, "resourceGuid": guid(op.id)}
}

// peeringOutputs report Connected once the other side exists.
func peeringOutputs(op *operation) map[string]any {
	remote := text(op.inputs, "remoteVirtualNetwork", "id")
	state := "Initiated"
	for _, r := range op.sub.records {
		if r.Token == op.kind.token && key(parentID(r.ID)) == key(remote) &&
			key(text(r.Inputs, "remoteVirtualNetwork", "id")) == key(parentID(op.id)) && r.Outputs != nil {
			state = "Connected"
			r.Outputs["peeringState"] = state
		}
	}
	return map[string]any{"peeringState": state, "peeringSyncLevel": "FullyInSync"}
}

// makeNetworkWatcher does what Azure does with the first virtual network of a region.
func makeNetworkWatcher(op *operation) error {
	op.sub.mu.Lock()
	defer op.sub.mu.Unlock()
	location := text(op.inputs, "location")
	group := "/subscriptions/" + SubscriptionID + "/resourceGroups/NetworkWatcherRG"
	op.sub.makeByAzure(group, "Microsoft.Resources/resourceGroups", map[string]any{"location": location})
	op.sub.makeByAzure(group+"/providers/Microsoft.Network/networkWatchers/NetworkWatcher_"+location,
		"Microsoft.Network/networkWatchers", map[string]any{"location": location})
	return nil
}

// makeByAzure enters a resource that Azure makes by itself, unless it exists.
func (s *subscription) makeByAzure(id, armType string, outputs map[string]any) {
	if s.find(id) != nil {
		return
	}
	outputs["name"], outputs["type"] = lastSegment(id), armType
	s.records[key(id)] = &record{ID: id, ARMType: armType, State: stateSucceeded, Outputs: outputs}
}
