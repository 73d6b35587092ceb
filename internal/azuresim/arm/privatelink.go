package arm

// PrivateLink is what private endpoints can lead to (Azure documents "What is a private endpoint?", table of private-link resources,
// and "Azure Private Endpoint private DNS zone values").
type PrivateLink struct {
	// The group id of the connection, such as vault.
	Group string
	// The suffix of the service's host names, and the private DNS zone that takes its place.
	PublicSuffix, Zone string
	// The parts of the service that get an address each.
	Members func(*Subscription, *Record) []LinkMember
	// Why the service takes no private endpoints; nil if it always does.
	Refuse func(target *Record) error
	// The properties that hold publicNetworkAccess, and the firewall rules with defaultAction and ipRules.
	Firewall func(target *Record) (settings, rules map[string]any)
}

// LinkMember is a part of a service that has an address of its own in a private endpoint: its name, and the host name of the part.
type LinkMember struct {
	Name, Host string // as Azure names the part, and the host name of it
}
