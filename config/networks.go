package config

import "regexp"

// networkKeys are about all virtual networks that the stack makes, and the peerings between them.
var networkKeys = []Key{
	{
		Name: "spokes.ddosPlanId", Kind: String, Default: "",
		Description: "Azure resource id of the DDoS protection plan of the virtual networks that the stack makes, the hub's included; empty for none. Where a " +
			"policy of your organization adds its plan to every network, name that one.",
	},
	{
		Name: "hub.allowGatewayTransit", Kind: Boolean, Default: false,
		Description: "Let spokes use a gateway in the hub: the hub's side of hub.useRemoteGateways.",
	},
	{
		Name: "hub.useRemoteGateways", Kind: Boolean, Default: false,
		Description: "Spokes use the VPN or ExpressRoute gateway in the hub, which must exist before, and are announced to the networks behind it. Needs " +
			"hub.allowGatewayTransit; with hub.peering spokeOnly set it once the owner has made the hub's side.",
	},
	{
		Name: "hub.allowForwardedTraffic", Kind: Boolean, Default: false,
		Description: "Spokes accept what the hub's firewall forwards from other networks, such as the answers of networks behind a gateway.",
	},
	{
		Name: "hub.gatewayRoutes", Kind: Boolean, Default: false,
		Description: "Spokes learn the routes that a gateway in the hub announces, and reach those networks past the firewall. Needs hub.useRemoteGateways.",
	},
}

// Transit is what spokes use of a gateway in the hub. The zero value uses nothing of it.
type Transit struct {
	// AllowGatewayTransit is the hub's side of UseRemoteGateways, which is the spokes'.
	AllowGatewayTransit, UseRemoteGateways bool
	// AllowForwardedTraffic lets in what the hub's firewall forwards from other networks.
	AllowForwardedTraffic bool
	// GatewayRoutes lets the gateway's routes into the spokes' route tables.
	GatewayRoutes bool
}

// Spokes is how the virtual networks that the stack makes are protected and joined.
type Spokes struct {
	// DDoSPlanID is the Azure resource id of their DDoS protection plan; empty for none.
	DDoSPlanID string
	Transit    Transit
}

var ddosPlanID = regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[-\w.()]+` +
	`/providers/Microsoft\.Network/ddosProtectionPlans/[-\w.]+$`)

func (r *reader) spokes() Spokes {
	const key = "spokes.ddosPlanId"
	id := r.text(key)
	if id != "" && !ddosPlanID.MatchString(id) {
		r.reject(key, id, "empty, or the Azure resource id of a DDoS protection plan")
	}
	return Spokes{DDoSPlanID: id, Transit: r.transit()}
}

func (r *reader) transit() Transit {
	transit := Transit{
		AllowGatewayTransit: r.boolean("hub.allowGatewayTransit"), UseRemoteGateways: r.boolean("hub.useRemoteGateways"),
		AllowForwardedTraffic: r.boolean("hub.allowForwardedTraffic"), GatewayRoutes: r.boolean("hub.gatewayRoutes"),
	}
	if transit.UseRemoteGateways && !transit.AllowGatewayTransit {
		r.reject("hub.useRemoteGateways", "true", "false, or hub.allowGatewayTransit true as well: Azure refuses one without the other")
	}
	if transit.GatewayRoutes && !transit.UseRemoteGateways {
		r.reject("hub.gatewayRoutes", "true", "false, or hub.useRemoteGateways true as well: without a gateway there is nothing to learn")
	}
	return transit
}
