package network

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var firewallKind = &arm.Kind{
	Token: "network:AzureFirewall", Path: networking.Provider + "/azureFirewalls/{azureFirewallName}",
	Name: networking.NamePattern, Located: true, Create: 8 * time.Minute, Update: 5 * time.Minute, Remove: 6 * time.Minute,
	Immutable: []arm.Immutable{arm.ZonesFixed}, JoinsSubnets: true,
	Rules: []func(*arm.Operation) error{checkFirewall},
	Locks: func(op *arm.Operation) []string { return []string{tree.Text(op.Inputs, "firewallPolicy", "id")} }, Busy: firewallBusy,
	Compute: firewallOutputs, UnknownInPreview: []string{"ipConfigurations"},
}

func firewallBusy(op *arm.Operation, locked, holder string) error {
	if resourceid.Equal(locked, tree.Text(op.Inputs, "firewallPolicy", "id")) {
		return policyBusy(op, locked, holder)
	}
	return arm.NotProvisioned(op, locked, holder)
}

// firewallsOfPolicy are the tiers of firewalls that a policy of a tier runs on (Azure document "Firewall Manager policy overview", 2023-02-10;
// MicrosoftDocs/azure-docs issue 83843).
var firewallsOfPolicy = map[string][]string{"Basic": {"Basic"}, "Standard": {"Standard", "Premium"}, "Premium": {"Premium"}}

func checkFirewall(op *arm.Operation) error {
	if policy := op.Sub.Find(tree.Text(op.Inputs, "firewallPolicy", "id")); policy != nil {
		ours, theirs := tree.Text(op.Inputs, "sku", "tier"), tree.Text(policy.Inputs, "sku", "tier")
		if !slices.Contains(firewallsOfPolicy[theirs], ours) {
			return arm.BadRequest("AzureFirewallPolicyTierMismatch", "%s of tier %s cannot use a policy of tier %s", op.ID, ours, theirs)
		}
	}
	subnets := 0
	for i, configuration := range tree.List(op.Inputs, "ipConfigurations") {
		subnet := tree.Text(configuration, "subnet", "id")
		if subnet != "" {
			subnets++
			if resourceid.Name(subnet) != "AzureFirewallSubnet" {
				return arm.BadRequest("AzureFirewallSubnetNameInvalid", "%s must be in a subnet named AzureFirewallSubnet, not %s", op.ID, subnet)
			}
		}
		if (i == 0) != (subnet != "") {
			return arm.BadRequest("AzureFirewallIpConfigurationInvalid", "%s: exactly the first IP configuration carries the subnet", op.ID)
		}
		if err := networking.CheckAddressFree(op, tree.Text(configuration, "publicIPAddress", "id")); err != nil {
			return err
		}
		if occupant := op.Sub.OccupantOf(subnet, op.ID); subnet != "" && occupant != "" {
			return arm.BadRequest("SubnetAlreadyInUse", "subnet %s is in use by %s", subnet, occupant)
		}
	}
	if subnets != 1 {
		return arm.BadRequest("AzureFirewallIpConfigurationInvalid", "%s needs one IP configuration with a subnet", op.ID)
	}
	return nil
}

// firewallOutputs give the configuration that carries the subnet the first address that Azure leaves usable there.
func firewallOutputs(op *arm.Operation) map[string]any {
	configurations, _ := tree.Clone(tree.List(op.Inputs, "ipConfigurations")).([]any)
	for _, configuration := range configurations {
		object, ok := configuration.(map[string]any)
		if !ok {
			continue
		}
		object["id"] = op.ID + "/azureFirewallIpConfigurations/" + tree.Text(object, "name")
		object["provisioningState"] = arm.StateSucceeded
		object["privateIPAddress"] = ""
		if subnet := tree.Text(object, "subnet", "id"); subnet != "" {
			object["privateIPAddress"] = firstAddress(op.Sub, subnet)
		}
	}
	return map[string]any{"ipConfigurations": configurations}
}

// firstAddress is the first usable address of an inline subnet: Azure keeps the first four.
func firstAddress(s *arm.Subscription, subnetID string) string {
	vnet := s.Find(resourceid.Parent(subnetID))
	if vnet == nil {
		return ""
	}
	for _, subnet := range tree.List(vnet.Inputs, "subnets") {
		prefix, err := netip.ParsePrefix(tree.Text(subnet, "addressPrefix"))
		if err != nil || !strings.EqualFold(tree.Text(subnet, "name"), resourceid.Name(subnetID)) {
			continue
		}
		address := prefix.Addr()
		for range 4 {
			address = address.Next()
		}
		return address.String()
	}
	return ""
}
