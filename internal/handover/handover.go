// Package handover is what a stack leaves to the teams that own hub, firewall, DNS and identities: a plain value, which the stack exports as
// its output "handover", and the two files that are made from it. It imports neither Pulumi nor Azure's SDK.
package handover

// Output is the name of the stack's output. A stack that leaves nothing to others does not have it.
const Output = "handover"

// Document is everything that others have to do for a stack. What only Azure tells, such as the id of a principal, is Unknown until the
// stack is deployed.
type Document struct {
	// Location is the Azure region of the stack, by its short name.
	Location string    `json:"location,omitempty"`
	Peerings []Peering `json:"peerings,omitempty"`
	Egress   []Group   `json:"egress,omitempty"`
	Links    []Link    `json:"links,omitempty"`
	Records  []Record  `json:"records,omitempty"`
	Roles    []Role    `json:"roles,omitempty"`
	// Subnets are those of given networks that the login may not read, so that nothing has checked them.
	Subnets []Subnet `json:"subnets,omitempty"`
}

// Unknown is what a preview has instead of a value that only the update can tell.
const Unknown = "[unknown]"

// Empty reports whether the stack leaves nothing to others.
func (d Document) Empty() bool {
	return len(d.Peerings)+len(d.Egress)+len(d.Links)+len(d.Records)+len(d.Roles)+len(d.Subnets) == 0
}

// Peering is the side of a peering that the owner of a network makes.
type Peering struct {
	// NetworkID is the Azure resource id of the network that gets the peering, RemoteNetworkID that of the one it leads to.
	NetworkID       string `json:"networkId"`
	RemoteNetworkID string `json:"remoteNetworkId"`
	// RemoteAddressSpaces are the ranges of the remote network, in CIDR notation.
	RemoteAddressSpaces   []string `json:"remoteAddressSpaces"`
	Name                  string   `json:"name"`
	AllowForwardedTraffic bool     `json:"allowForwardedTraffic"`
	AllowGatewayTransit   bool     `json:"allowGatewayTransit"`
	UseRemoteGateways     bool     `json:"useRemoteGateways"`
	Reason                string   `json:"reason"`
}

// Group is what one spoke has to reach through the firewall. Where the firewall is Azure's it is a rule collection group.
type Group struct {
	// PolicyID is the Azure resource id of the firewall policy; empty where none is configured, as for a firewall that is not Azure's.
	PolicyID string `json:"policyId,omitempty"`
	// Name and Priority are what the stack would use itself. A priority is 100 to 65000, and unique in a policy.
	Name        string       `json:"name"`
	Priority    int          `json:"priority"`
	Collections []Collection `json:"collections"`
}

// Collection is a rule collection: rules that allow, all of one kind.
type Collection struct {
	Name     string `json:"name"`
	Priority int    `json:"priority"`
	Rules    []Rule `json:"rules"`
}

// Rule allows one kind of connection. An application rule goes by the names that clients ask for; a network rule goes by address, or by the
// addresses of names.
type Rule struct {
	Name string `json:"name"`
	// Sources are IPv4 ranges in CIDR notation.
	Sources []string `json:"sources"`
	// Protocols are Https or Http in an application rule; TCP, UDP, ICMP or Any in a network rule.
	Protocols []string `json:"protocols"`
	// Ports are destination ports or ranges such as 8000-8080; * is any. An application rule has one.
	Ports []string `json:"ports"`
	// Hosts are host names; in an application rule a leading *. stands for one or more labels.
	Hosts []string `json:"hosts,omitempty"`
	// HostTags are Azure's own lists of host names (FQDN tags), such as AzureKubernetesService.
	HostTags []string `json:"hostTags,omitempty"`
	// Destinations are addresses, IPv4 networks in CIDR notation, or service tags.
	Destinations []string `json:"destinations,omitempty"`
	Reason       string   `json:"reason"`
}

// Link is a link between a private DNS zone and a network, which the owner of the zone makes.
type Link struct {
	// ZoneID is the Azure resource id of the zone; empty where only its name is known.
	ZoneID string `json:"zoneId,omitempty"`
	// Zone is the DNS name of the zone.
	Zone      string `json:"zone"`
	Name      string `json:"name"`
	NetworkID string `json:"networkId"`
	Reason    string `json:"reason"`
}

// Record is a private endpoint whose names others write into a private DNS zone, by hand or by policy.
type Record struct {
	EndpointID string `json:"endpointId"`
	ZoneID     string `json:"zoneId,omitempty"`
	Zone       string `json:"zone"`
	Reason     string `json:"reason"`
}

// Role is a role assignment, which an owner of its scope makes.
type Role struct {
	// Principal says whose identity it is; PrincipalID is its object id in Entra.
	Principal   string `json:"principal"`
	PrincipalID string `json:"principalId"`
	// Role is the name of a built-in role, RoleID the GUID of its definition.
	Role   string `json:"role"`
	RoleID string `json:"roleId"`
	// Scope is an Azure resource id.
	Scope  string `json:"scope"`
	Reason string `json:"reason"`
}

// Subnet is what a subnet of others has to be for the stack, which could not look at it.
type Subnet struct {
	// NetworkID is the Azure resource id of its network.
	NetworkID string `json:"networkId"`
	Name      string `json:"name"`
	// Range is in CIDR notation.
	Range string `json:"range"`
	// Delegation is the service that the subnet is delegated to, as an Azure resource type; empty for none.
	Delegation string `json:"delegation,omitempty"`
	// NextHop is where the route 0.0.0.0/0 leads, an IPv4 address of an appliance; empty where no route may lead to one.
	NextHop string `json:"nextHop,omitempty"`
	// Disabled are the properties of the subnet that have to be Disabled.
	Disabled []string `json:"disabled,omitempty"`
	// Connections are what its security group has to let through, each in words.
	Connections []string `json:"connections,omitempty"`
}
