package azuresim

// privateLink is what private endpoints can lead to (Azure documents "What is a private endpoint?", table of private-link resources,
// and "Azure Private Endpoint private DNS zone values").
type privateLink struct {
	// The group id of the connection, such as vault.
	group string
	// The suffix of the service's host names, and the private DNS zone that takes its place.
	publicSuffix, zone string
	// The parts of the service that get an address each.
	members func(*subscription, *record) []linkMember
	// Why the service takes no private endpoints; nil if it always does.
	refuse func(target *record) error
	// The properties that hold publicNetworkAccess, and the firewall rules with defaultAction and ipRules.
	firewall func(target *record) (settings, rules map[string]any)
}

// linkMember is a part of a service that has an address of its own in a private endpoint: its name, and the host name of the part.
type linkMember struct{ name, host string }
