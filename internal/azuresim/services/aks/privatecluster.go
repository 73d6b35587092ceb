package aks

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// checkPrivateCluster checks a private cluster by the Azure document "Create a private AKS cluster".
func checkPrivateCluster(op *arm.Operation) error {
	access := tree.At(op.Inputs, "apiServerAccessProfile")
	zone, private := tree.Text(access, "privateDNSZone"), tree.Truth(access, "enablePrivateCluster")
	if !private {
		if zone != "" {
			return arm.BadRequest("PrivateDNSZoneNotAllowed", "%s: privateDNSZone needs enablePrivateCluster", op.ID)
		}
		return nil
	}
	if len(tree.List(access, "authorizedIPRanges")) > 0 {
		return arm.BadRequest("AuthorizedIPRangesNotAllowed", "%s: a private cluster takes no authorizedIPRanges", op.ID)
	}
	custom := strings.HasPrefix(zone, "/")
	if tree.Text(op.Inputs, "fqdnSubdomain") != "" && !custom {
		return arm.BadRequest("FqdnSubdomainNotAllowed", "%s: fqdnSubdomain needs a private DNS zone of one's own", op.ID)
	}
	if !custom {
		if !slices.Contains([]string{"", "system", "none"}, strings.ToLower(zone)) {
			return arm.BadRequest("PrivateDNSZoneInvalid", "%s: privateDNSZone is system, none or the id of a zone, not %q", op.ID, zone)
		}
		// "Create a private AKS cluster", 2026-08-05: without a zone there has to be the public name.
		if withoutZone(op.Inputs) && !tree.Truth(access, "enablePrivateClusterPublicFQDN") {
			return arm.BadRequest("PrivateDNSZoneNoneNeedsPublicFQDN", "%s: privateDNSZone none needs enablePrivateClusterPublicFQDN", op.ID)
		}
		return nil
	}
	if tree.Text(op.Inputs, "identity", "type") != "UserAssigned" {
		return arm.BadRequest("CustomPrivateDNSZoneNeedsUserAssignedIdentity",
			"%s: private DNS zone %s of one's own needs a user-assigned identity", op.ID, zone)
	}
	name, wanted := strings.ToLower(resourceid.Name(zone)), "privatelink."+strings.ToLower(tree.Text(op.Inputs, "location"))+".azmk8s.io"
	if name != wanted && !strings.HasSuffix(name, "."+wanted) {
		return arm.BadRequest("CustomPrivateDNSZoneNameInvalid", "%s: private DNS zone %s must be named %s or {subzone}.%s",
			op.ID, name, wanted, wanted)
	}
	return nil
}

// checkControlPlaneIdentity is the check of permissions that AKS makes before it starts.
func checkControlPlaneIdentity(op *arm.Operation) error {
	switch kind := tree.Text(op.Inputs, "identity", "type"); kind {
	case "UserAssigned":
	case "SystemAssigned":
		return nil // AKS grants it what it needs
	default:
		return arm.BadRequest("InvalidIdentity", "%s needs an identity of type UserAssigned or SystemAssigned, not %q", op.ID, kind)
	}
	principal, err := authz.PrincipalOf(op.Sub, op.Inputs)
	if err != nil {
		return err
	}
	zone := tree.Text(op.Inputs, "apiServerAccessProfile", "privateDNSZone")
	if strings.HasPrefix(zone, "/") {
		for _, action := range []string{"read", "write", "A/read", "A/write", "A/delete", "virtualNetworkLinks/read",
			"virtualNetworkLinks/write"} {
			if action = "Microsoft.Network/privateDnsZones/" + action; !authz.Allows(op.Sub, principal, action, zone) {
				return arm.BadRequest("CustomPrivateDNSZoneMissingPermissionError",
					"%s: its user-assigned identity must be given permission to read and write "+
						"to custom private dns zone %s. Check access result not allowed for action %s (Private DNS Zone Contributor)", op.ID, zone, action)
			}
		}
		for _, pool := range Pools(op.Inputs) {
			const join = "Microsoft.Network/virtualNetworks/join/action"
			if vnet := resourceid.Parent(tree.Text(pool, "vnetSubnetID")); !authz.Allows(op.Sub, principal, join, vnet) {
				return arm.BadRequest("ResourceMissingPermissionError", "%s: its identity cannot link private dns zone %s to virtual network %s. "+
					"Check access result not allowed for action %s (Private DNS Zone Contributor)", op.ID, zone, vnet, join)
			}
		}
	}
	for _, pool := range Pools(op.Inputs) {
		subnet := tree.Text(pool, "vnetSubnetID")
		if action := MissingJoinPermission(op.Sub, principal, subnet); action != "" {
			return arm.BadRequest("LinkedAuthorizationFailed", "%s: its identity cannot place pool %s in subnet %s. "+
				"Check access result not allowed for action %s (Network Contributor)", op.ID, tree.Text(pool, "name"), subnet, action)
		}
	}
	return nil
}

// MissingJoinPermission is the permission that an identity lacks to place something in a subnet, or empty.
func MissingJoinPermission(s *arm.Subscription, principal, subnet string) string {
	for _, action := range []string{"Microsoft.Network/virtualNetworks/subnets/read",
		"Microsoft.Network/virtualNetworks/subnets/join/action"} {
		if !authz.Allows(s, principal, action, subnet) {
			return action
		}
	}
	return ""
}
