package network

import (
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
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
		group := op.Sub.Find(tree.Text(networking.SubnetOf(op.Sub, subnet), "networkSecurityGroup", "id"))
		if err := checkBastionGroup(op.ID, group); err != nil {
			return err
		}
	}
	return nil
}
