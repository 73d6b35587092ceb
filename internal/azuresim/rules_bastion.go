package azuresim

import (
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

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

func checkBastion(op *operation) error {
	sku := tree.Text(op.inputs, "sku", "name")
	if sku == "Basic" && len(tree.List(op.inputs, "zones")) > 0 {
		return badRequest("BastionSkuNotSupported", "%s: the Basic SKU cannot be zonal", op.id)
	}
	for _, configuration := range tree.List(op.inputs, "ipConfigurations") {
		subnet := tree.Text(configuration, "subnet", "id")
		if resourceid.Name(subnet) != "AzureBastionSubnet" {
			return badRequest("BastionHostSubnetNameInvalid", "%s must be in a subnet named AzureBastionSubnet, not %s", op.id, subnet)
		}
		if err := checkAddressFree(op, tree.Text(configuration, "publicIPAddress", "id")); err != nil {
			return err
		}
		if occupant := op.sub.occupantOf(subnet, op.id); occupant != "" {
			return badRequest("SubnetAlreadyInUse", "subnet %s is in use by %s", subnet, occupant)
		}
		if err := checkBastionSecurityGroup(op, subnet); err != nil {
			return err
		}
	}
	return nil
}

func checkBastionSecurityGroup(op *operation, subnet string) error {
	net, err := op.sub.network(flow.Options{})
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
			return badRequest("NetworkSecurityGroupNotCompliantForAzureBastionSubnet", "%s: %s", op.id, result.Reason)
		}
	}
	for _, port := range []string{"22", "3389"} {
		if !bastionReaches(op, subnet, port) {
			return badRequest("NetworkSecurityGroupNotCompliantForAzureBastionSubnet",
				"%s: the security group must allow port %s to VirtualNetwork outbound", op.id, port)
		}
	}
	return nil
}

// bastionReaches looks for the rule itself, since Azure wants it even while no network is peered.
func bastionReaches(op *operation, subnet, port string) bool {
	vnet := op.sub.find(resourceid.Parent(subnet))
	for _, candidate := range tree.List(vnet.Inputs, "subnets") {
		group := op.sub.find(tree.Text(candidate, "networkSecurityGroup", "id"))
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
