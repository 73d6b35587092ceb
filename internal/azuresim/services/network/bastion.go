package network

import (
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var bastionKind = &arm.Kind{
	Token: "network:BastionHost", Path: networking.Provider + "/bastionHosts/{bastionHostName}",
	Name: networking.NamePattern, Located: true, Create: 6 * time.Minute, Update: 3 * time.Minute, Remove: 4 * time.Minute,
	Immutable: []arm.Immutable{arm.ZonesFixed}, JoinsSubnets: true,
	Rules: []func(*arm.Operation) error{checkBastion},
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"dnsName": "bst-" + op.GUID() + ".bastion.azure.com"}
	},
}

// bastionFlow is traffic that Azure demands of the security group on AzureBastionSubnet (Azure document "Working with NSG
// access and Azure Bastion").
type bastionFlow struct {
	inbound bool
	peer    string
	port    uint16
}

var bastionFlows = []bastionFlow{
	{true, "Internet", 443}, {true, "GatewayManager", 443}, {true, "AzureLoadBalancer", 443},
	{false, "AzureCloud", 443}, {false, "Internet", 80},
}

func checkBastion(op *arm.Operation) error {
	sku := tree.Text(op.Inputs, "sku", "name")
	if sku == "Basic" && len(tree.List(op.Inputs, "zones")) > 0 {
		return arm.BadRequest("BastionSkuNotSupported", "%s: the Basic SKU cannot be zonal", op.ID)
	}
	for _, configuration := range tree.List(op.Inputs, "ipConfigurations") {
		subnet := tree.Text(configuration, "subnet", "id")
		if resourceid.Name(subnet) != "AzureBastionSubnet" {
			return arm.BadRequest("BastionHostSubnetNameInvalid", "%s must be in a subnet named AzureBastionSubnet, not %s", op.ID, subnet)
		}
		if err := networking.CheckAddressFree(op, tree.Text(configuration, "publicIPAddress", "id")); err != nil {
			return err
		}
		if occupant := op.Sub.OccupantOf(subnet, op.ID); occupant != "" {
			return arm.BadRequest("SubnetAlreadyInUse", "subnet %s is in use by %s", subnet, occupant)
		}
		if err := checkBastionSecurityGroup(op, subnet); err != nil {
			return err
		}
	}
	return nil
}

func checkBastionSecurityGroup(op *arm.Operation, subnet string) error {
	net, err := op.Sub.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, needed := range bastionFlows {
		attempt := flow.Flow{From: flow.Tag(needed.peer), To: flow.Subnet(subnet), Protocol: flow.TCP, Port: needed.port}
		if !needed.inbound {
			attempt.From, attempt.To = attempt.To, attempt.From
		}
		result := net.Check(attempt)
		// Only the security group counts here: the host brings its own way to the internet.
		if !result.Allowed && (result.Layer == flow.LayerNSGIn || result.Layer == flow.LayerNSGOut) {
			return arm.BadRequest("NetworkSecurityGroupNotCompliantForAzureBastionSubnet", "%s: %s", op.ID, result.Reason)
		}
	}
	for _, port := range []string{"22", "3389"} {
		if !bastionReaches(op, subnet, port) {
			return arm.BadRequest("NetworkSecurityGroupNotCompliantForAzureBastionSubnet",
				"%s: the security group must allow port %s to VirtualNetwork outbound", op.ID, port)
		}
	}
	return nil
}

// bastionReaches looks for the rule itself, since Azure wants it even while no network is peered.
func bastionReaches(op *arm.Operation, subnet, port string) bool {
	vnet := op.Sub.Find(resourceid.Parent(subnet))
	for _, candidate := range tree.List(vnet.Inputs, "subnets") {
		group := op.Sub.Find(tree.Text(candidate, "networkSecurityGroup", "id"))
		if tree.Text(candidate, "name") != "AzureBastionSubnet" {
			continue
		}
		if group == nil {
			return true
		}
		for _, rule := range tree.List(group.Inputs, "securityRules") {
			if tree.Text(rule, "direction") == "Outbound" && tree.Text(rule, "access") == "Allow" &&
				tree.Text(rule, "destinationPortRange") == port &&
				strings.EqualFold(tree.Text(rule, "destinationAddressPrefix"), "VirtualNetwork") {
				return true
			}
		}
	}
	return false
}
