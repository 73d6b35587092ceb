package network

import (
	"net/netip"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

// A network interface, as an appliance of other people or their DNS server has one. What it does with packets is not modelled.
var networkInterfaceKind = &arm.Kind{
	Token: "network:NetworkInterface", Path: networking.Provider + "/networkInterfaces/{networkInterfaceName}",
	Name: networking.NamePattern, Located: true, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	JoinsSubnets: true, Rules: []func(*arm.Operation) error{checkNetworkInterface}, Compute: networkInterfaceOutputs,
}

// checkNetworkInterface refuses an address that is not free in the subnet (Azure document "Create, change, or delete a network interface").
func checkNetworkInterface(op *arm.Operation) error {
	for _, configuration := range tree.List(op.Inputs, "ipConfigurations") {
		subnet, wanted := tree.Text(configuration, "subnet", "id"), tree.Text(configuration, "privateIPAddress")
		prefix, ok := networking.PrefixOf(op.Sub, subnet)
		if !ok {
			return arm.BadRequest("InvalidRequestFormat", "%s names no subnet", op.ID)
		}
		if wanted == "" || op.Old != nil {
			continue
		}
		address, err := netip.ParseAddr(wanted)
		if err != nil || !prefix.Contains(address) {
			return arm.BadRequest("PrivateIPAddressNotInSubnet", "%s: %q is no address of subnet %s (%s)", op.ID, wanted, subnet, prefix)
		}
		if networking.AddressTaken(op.Sub, subnet, address) {
			return arm.BadRequest("PrivateIPAddressInUse", "%s: address %s of subnet %s is in use", op.ID, wanted, subnet)
		}
	}
	return nil
}

// networkInterfaceOutputs give each configuration without an address the first that is free.
func networkInterfaceOutputs(op *arm.Operation) map[string]any {
	configurations, _ := tree.Clone(tree.List(op.Inputs, "ipConfigurations")).([]any)
	for _, configuration := range configurations {
		object, ok := configuration.(map[string]any)
		if !ok || tree.Text(object, "privateIPAddress") != "" {
			continue
		}
		if free := networking.FreeAddresses(op.Sub, tree.Text(object, "subnet", "id"), 1); len(free) > 0 {
			object["privateIPAddress"] = free[0].String()
		}
	}
	return map[string]any{"ipConfigurations": configurations}
}
