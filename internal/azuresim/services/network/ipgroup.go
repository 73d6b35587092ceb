package network

import (
	"net/netip"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var ipGroupKind = &arm.Kind{
	Token: "network:IpGroup", Path: networking.Provider + "/ipGroups/{ipGroupsName}",
	Name: networking.NamePattern, Located: true, Create: 10 * time.Second, Update: 30 * time.Second, Remove: 10 * time.Second,
	Rules: []func(*arm.Operation) error{checkIPGroup},
	Locks: policiesOfIPGroup, Busy: ipGroupBusy,
}

// ipGroupBusy is how a change of an IP group ends that meets another change of a policy that uses it; the client does not ask again
// (terraform-provider-azurerm issue 19843, 2023-01).
func ipGroupBusy(op *arm.Operation, _, holder string) error {
	return arm.BadRequest("IpGroupsUpdateFailed", "put on IP group %s failed with 1 faulted referenced firewalls: it meets the operation on %s",
		resourceid.Name(op.ID), holder)
}

func checkIPGroup(op *arm.Operation) error {
	for _, address := range tree.Texts(op.Inputs, "ipAddresses") {
		if _, err := netip.ParseAddr(address); err == nil {
			continue
		}
		if _, err := networking.Prefixes(op.ID, []string{address}); err != nil {
			return err
		}
	}
	return nil
}

// policiesOfIPGroup are the firewall policies whose rules name an IP group: Azure deploys them along with it.
func policiesOfIPGroup(op *arm.Operation) []string {
	var policies []string
	for _, r := range op.Sub.Sorted() {
		if r.Token == "network:FirewallPolicyRuleCollectionGroup" && r.RefersTo(op.ID) && !slices.Contains(policies, resourceid.Parent(r.ID)) {
			policies = append(policies, resourceid.Parent(r.ID))
		}
	}
	return policies
}
