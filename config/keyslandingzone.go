package config

// landingZoneKeys are about what the stack finds instead of making it, because it belongs to somebody else's landing zone.
var landingZoneKeys = []Key{
	{
		Name: "hub.mode", Kind: String, Default: HubCreate,
		Description: "Where the hub comes from: create, or existing to join one that another team runs.",
	},
	{Name: "hub.networkId", Kind: String, Default: "", Description: "Azure resource id of the hub's virtual network, for mode existing. Required there."},
	{
		Name: "hub.addressSpaces", Kind: Array, Default: []string{},
		Description: "All ranges of that network (CIDR), for mode existing. Required there; a preview compares them with the network.",
	},
	{
		Name: "hub.nextHop", Kind: String, Default: "",
		Description: "IPv4 address in the hub to which spokes send all that leaves them, of a firewall or another appliance, for mode existing. " +
			"Required there.",
	},
	{
		Name: "hub.firewallPolicyId", Kind: String, Default: "",
		Description: "Azure resource id of the firewall policy that gets the egress of the spokes, for mode existing. Required there with hub.egress policy.",
	},
	{
		Name: "hub.firewallId", Kind: String, Default: "",
		Description: "Azure resource id of the firewall at hub.nextHop, for mode existing: alerts watch it, and its logs if hub.workspaceId has them; " +
			"empty for no such alerts.",
	},
	{
		Name: "hub.workspaceId", Kind: String, Default: "",
		Description: "Azure resource id of the Log Analytics workspace for the logs of the networks; empty to make one, in the resource group " +
			"of the hub, or in that of the spokes where the hub exists.",
	},
	{
		Name: "hub.peering", Kind: String, Default: PeeringBoth,
		Description: "Who makes the peerings with an existing hub: both sides by this program, or spokeOnly, which leaves the hub's side to its owner.",
	},
	{
		Name: "hub.egress", Kind: String, Default: EgressPolicy,
		Description: "Who opens the firewall of an existing hub: policy, this program in hub.firewallPolicyId, or none, which leaves every rule to " +
			"its owner. A firewall that is not Azure's is none.",
	},
	{
		Name: "hub.egressPriority", Kind: Integer, Default: 400,
		Description: "Priority of the image builder's rule collection group in the firewall policy (100 to 64301); those of stamps take the one " +
			"that is 600 plus the stamp's number above it.",
	},
	{
		Name: "dns.mode", Kind: String, Default: DNSCreate,
		Description: "Where the private DNS zones come from: create, existing by their ids, or none, where a policy of another team writes the names " +
			"of private endpoints.",
	},
	{
		Name: "dns.registryZoneId", Kind: String, Default: "",
		Description: "Azure resource id of zone privatelink.azurecr.io, for dns.mode existing. Required there.",
	},
	{
		Name: "dns.vaultZoneId", Kind: String, Default: "",
		Description: "Azure resource id of zone privatelink.vaultcore.azure.net, for dns.mode existing. Required there.",
	},
	{
		Name: "dns.apiServerZoneId", Kind: String, Default: "",
		Description: "Azure resource id of zone privatelink.<location>.azmk8s.io or one below it, for dns.mode existing or none; empty there for no zone: " +
			"AKS then publishes the name of the API server's private address. Fixed for the life of a cluster.",
	},
	{
		Name: "dns.links", Kind: String, Default: LinksCreate,
		Description: "Who links existing zones to networks, and gives AKS its role on that of API servers: create for this program, or none for their " +
			"owner or a policy.",
	},
	{
		Name: "dns.servers", Kind: Array, Default: []string{},
		Description: "IPv4 addresses of the DNS servers that the spokes ask; empty for the firewall, or hub.nextHop. They have to answer names of the " +
			"private zones.",
	},
	{
		Name: "handover.waitMinutes", Kind: Integer, Default: 30,
		Description: "Minutes for which an update waits until the owners of the landing zone have made what needs the spokes to exist, such as the " +
			"hub's side of a peering (0 to 1440). After that it fails, and the next one goes on.",
	},
}
