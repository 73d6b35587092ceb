package network

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var privateZoneKind = &arm.Kind{
	Token: "network:PrivateZone", Path: networking.Provider + "/privateDnsZones/{privateZoneName}",
	Name:    regexp.MustCompile(`^([\w-]{1,63}\.)+[\w-]{1,63}$`),
	Located: true, Create: 30 * time.Second, Update: 10 * time.Second, Remove: 30 * time.Second,
	Rules: []func(*arm.Operation) error{arm.CheckGlobal},
	Compute: func(*arm.Operation) map[string]any {
		return map[string]any{"maxNumberOfRecordSets": 25000.0, "numberOfRecordSets": 1.0}
	},
}

const zoneLinkToken = "network:VirtualNetworkLink"

var zoneLinkKind = &arm.Kind{
	Token: zoneLinkToken,
	Path:  networking.Provider + "/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
	Name:  networking.NamePattern, Located: true, Create: time.Minute, Update: 30 * time.Second, Remove: 30 * time.Second,
	Immutable: []arm.Immutable{{Paths: []string{"virtualNetwork.id"}}},
	Releases:  []string{"virtualNetwork"},
	Rules:     []func(*arm.Operation) error{arm.CheckGlobal, checkZoneLink},
	Compute:   func(*arm.Operation) map[string]any { return map[string]any{"virtualNetworkLinkState": "Completed"} },
}

// checkZoneLink keeps what a virtual network resolves unambiguous (Azure documents "What is a virtual network link?" and
// "Fallback to internet for Azure Private DNS zones", 2025-03; two zones of one name, be they in two subscriptions: MicrosoftDocs/azure-aks-docs
// issue 212, microsoft-foundry/foundry-samples issue 214).
func checkZoneLink(op *arm.Operation) error {
	vnet := tree.Text(op.Inputs, "virtualNetwork", "id")
	if vnet == "" {
		return arm.BadRequest("BadRequest", "%s names no virtual network", op.ID)
	}
	zone := resourceid.Name(resourceid.Parent(op.ID))
	switch policy := tree.Text(op.Inputs, "resolutionPolicy"); {
	case policy == "" || policy == "Default":
	case policy != "NxDomainRedirect":
		return arm.BadRequest("BadRequest", "%s: resolutionPolicy %q is neither Default nor NxDomainRedirect", op.ID, policy)
	case !strings.HasPrefix(strings.ToLower(zone), "privatelink."):
		return arm.BadRequest("BadRequest", "%s: resolutionPolicy is for links of private link zones only, not of %s", op.ID, zone)
	}
	for other := range op.Sub.All() { // those of AKS included
		if other.ARMType != op.Kind.ARMType() || resourceid.Equal(other.ID, op.ID) ||
			!resourceid.Equal(tree.Text(other.Outputs, "virtualNetwork", "id"), vnet) {
			continue
		}
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.ID)) {
			return arm.Conflict("Conflict", "virtual network %s is already linked to zone %s by %s", vnet, zone, other.ID)
		}
		if strings.EqualFold(resourceid.Name(resourceid.Parent(other.ID)), zone) {
			return arm.BadRequest("BadRequest", "a virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link "+
				"virtual network %s with %s, and %s links it to %s", vnet, zone, other.ID, resourceid.Name(resourceid.Parent(other.ID)))
		}
		if tree.Truth(op.Inputs, "registrationEnabled") && tree.Truth(other.Outputs, "registrationEnabled") {
			return arm.Conflict("Conflict", "virtual network %s already registers its machines in the zone of %s", vnet, other.ID)
		}
	}
	return nil
}
