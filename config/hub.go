package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Values of hub.mode, hub.peering and hub.egress.
const (
	HubCreate        = "create"
	HubExisting      = "existing"
	PeeringBoth      = "both"
	PeeringSpokeOnly = "spokeOnly"
	EgressPolicy     = "policy"
	EgressNone       = "none"
)

// Hub configures the regional hub network, or says which one there is.
type Hub struct {
	// Mode is HubCreate or HubExisting.
	Mode string
	// Stack is the stack that has the hub and all else of the part network; empty if this one has, or if ids say where the hub is.
	Stack string
	// The ranges of a hub to make. With HubExisting only BastionSubnet may be valid, and is if there is a Bastion.
	AddressSpace, FirewallSubnet, GatewaySubnet, BastionSubnet netip.Prefix
	// LogRetentionDays is the retention of the Log Analytics workspace.
	LogRetentionDays int
	// FlowLogRetentionDays is the retention of flow logs in storage.
	FlowLogRetentionDays int
	// WorkspaceSuffix ends the name of the Log Analytics workspace.
	WorkspaceSuffix string
	// WorkspaceID is the Azure resource id of a workspace to use; empty for one to make.
	WorkspaceID string
	// ActivityLog sends the subscription's activity log to that workspace.
	ActivityLog bool
	// EgressPriority is the priority of the first rule collection group.
	EgressPriority int
	// Existing is the hub that is there, with HubExisting.
	Existing ExistingHub
}

// ExistingHub is a hub that the stack did not make.
type ExistingHub struct {
	// NetworkID is the Azure resource id of the virtual network, AddressSpaces are its ranges.
	NetworkID     string
	AddressSpaces []netip.Prefix
	// NextHop is the IPv4 address of the firewall or appliance.
	NextHop string
	// FirewallPolicyID and FirewallID are Azure resource ids. The policy is empty with EgressNone, the firewall where nothing watches it.
	FirewallPolicyID, FirewallID string
	// Peering is PeeringBoth or PeeringSpokeOnly.
	Peering string
	// Egress is EgressPolicy or EgressNone.
	Egress string
}

// The last group of rules is that of stamp 99.
const maxEgressPriority = 65000 - stampEgressOffset - 99

// stampEgressOffset plus the number of a stamp is what the priority of its rules has above that of the image builder.
const stampEgressOffset = 600

// StampEgressPriority is the priority of the rule collection group of a stamp, by hub.egressPriority and the stamp's number.
func StampEgressPriority(first, number int) int { return first + stampEgressOffset + number }

var (
	networkID        = regexp.MustCompile(resourceInGroup + `Microsoft\.Network/virtualNetworks/[-\w.]+$`)
	firewallPolicyID = regexp.MustCompile(resourceInGroup + `Microsoft\.Network/firewallPolicies/[-\w.]+$`)
	firewallID       = regexp.MustCompile(resourceInGroup + `Microsoft\.Network/azureFirewalls/[-\w.]+$`)
	workspaceID      = regexp.MustCompile(resourceInGroup + `Microsoft\.OperationalInsights/workspaces/[-\w]+$`)
)

func (r *reader) hub() Hub {
	hub := Hub{
		Mode:                 r.oneOf("hub.mode", HubCreate, HubExisting),
		AddressSpace:         r.prefix("hub.addressSpace", 24),
		FirewallSubnet:       r.prefix("hub.firewallSubnet", 26),
		GatewaySubnet:        r.prefix("hub.gatewaySubnet", 27),
		LogRetentionDays:     r.integer("hub.logRetentionDays", 30, 730),
		FlowLogRetentionDays: r.integer("hub.flowLogRetentionDays", 90, 365),
		WorkspaceSuffix:      r.matching("hub.workspaceSuffix", nameSuffix, "up to 4 lower-case letters and digits"),
		WorkspaceID:          r.id("hub.workspaceId", workspaceID, "a Log Analytics workspace"),
		ActivityLog:          r.boolean("hub.activityLog"),
		EgressPriority:       r.integer("hub.egressPriority", 100, maxEgressPriority),
		Existing: ExistingHub{
			NetworkID:        r.id("hub.networkId", networkID, "a virtual network"),
			AddressSpaces:    r.prefixes("hub.addressSpaces"),
			NextHop:          r.text("hub.nextHop"),
			FirewallPolicyID: r.id("hub.firewallPolicyId", firewallPolicyID, "a firewall policy"),
			FirewallID:       r.id("hub.firewallId", firewallID, "an Azure Firewall"),
			Peering:          r.oneOf("hub.peering", PeeringBoth, PeeringSpokeOnly),
			Egress:           r.oneOf("hub.egress", EgressPolicy, EgressNone),
		},
	}
	if bastion, set := r.raw("hub.bastionSubnet"); hub.Mode != HubExisting || set && bastion != "" {
		hub.BastionSubnet = r.prefix("hub.bastionSubnet", 26)
	}
	return hub
}

// id reads the Azure resource id of something of one type; it may be empty.
func (r *reader) id(key string, pattern *regexp.Regexp, what string) string {
	value := strings.TrimRight(r.text(key), "/")
	if value != "" && !pattern.MatchString(value) {
		r.reject(key, value, "the Azure resource id of "+what)
		return ""
	}
	return value
}

// prefixes reads IPv4 networks.
func (r *reader) prefixes(key string) []netip.Prefix {
	var parsed []netip.Prefix
	for i, value := range r.list(key) {
		prefix, err := netip.ParsePrefix(value)
		if err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix || prefix.Bits() < 8 {
			r.reject(fmt.Sprintf("%s[%d]", key, i), value, "an IPv4 network in CIDR notation without host bits")
			continue
		}
		parsed = append(parsed, prefix)
	}
	return parsed
}

// keysOfMadeHub are about a hub that the stack makes, and mean nothing for one that exists.
var keysOfMadeHub = []string{
	"hub.addressSpace", "hub.firewallSubnet", "hub.gatewaySubnet", "firewall.tier", "firewall.publicIpCount", "firewall.dnsServers",
	"firewall.intrusionDetection", "bastion.sku", "bastion.zones",
}

// keysOfExistingHub are about a hub that exists. Their defaults are fine for one to make.
var keysOfExistingHub = []string{
	"hub.networkId", "hub.addressSpaces", "hub.nextHop", "hub.firewallPolicyId", "hub.firewallId", "hub.peering", "hub.egress",
}

func (r *reader) checkHub(hub Hub) {
	meaningless, mode := keysOfExistingHub, HubCreate
	if hub.Mode == HubExisting {
		meaningless, mode = keysOfMadeHub, HubExisting
		r.checkExistingHub(hub)
	}
	if hub.Mode == HubExisting && r.text("subscriptions.hub") != "" {
		r.reject("subscriptions.hub", r.text("subscriptions.hub"), "no value while hub.mode is existing: hub.networkId has the subscription")
	}
	for _, key := range meaningless {
		if value, set := r.raw(key); set && value != "" && value != fmt.Sprint(lookupKey(key).Default) {
			r.reject(key, value, "no value while hub.mode is "+mode)
		}
	}
	// The retention of a workspace of others is compared with hub.logRetentionDays once it has been looked up.
	if hub.WorkspaceID != "" && hub.WorkspaceSuffix != "" {
		r.reject("hub.workspaceSuffix", hub.WorkspaceSuffix, "no value while hub.workspaceId is set")
	}
}

func (r *reader) checkExistingHub(hub Hub) {
	const required = ", since hub.mode is existing"
	existing := hub.Existing
	if r.text("hub.networkId") == "" {
		r.reject("hub.networkId", "", "the Azure resource id of the hub's virtual network"+required)
	}
	if len(r.list("hub.addressSpaces")) == 0 {
		r.reject("hub.addressSpaces", "[]", "the ranges of the hub's virtual network"+required)
	}
	// Azure routes to an appliance in the network itself or in one that is peered with it (Azure document "Virtual network traffic routing").
	if address, err := netip.ParseAddr(existing.NextHop); err != nil || !address.Is4() || len(existing.AddressSpaces) > 0 &&
		!slices.ContainsFunc(existing.AddressSpaces, func(space netip.Prefix) bool { return space.Contains(address) }) {
		r.reject("hub.nextHop", existing.NextHop, "the IPv4 address of the firewall or appliance, in one of hub.addressSpaces"+required)
	}
	switch policy := r.text("hub.firewallPolicyId"); {
	case existing.Egress == EgressPolicy && policy == "":
		r.reject("hub.firewallPolicyId", "", "the Azure resource id of the firewall policy, or hub.egress none"+required)
	case existing.Egress == EgressNone && policy != "":
		r.reject("hub.firewallPolicyId", policy, "no value while hub.egress is none")
	}
	if bastion := hub.BastionSubnet; bastion.IsValid() && !slices.ContainsFunc(existing.AddressSpaces, func(space netip.Prefix) bool {
		return space.Bits() <= bastion.Bits() && space.Contains(bastion.Addr())
	}) {
		r.reject("hub.bastionSubnet", bastion.String(), "the range of AzureBastionSubnet inside hub.addressSpaces, or empty without Bastion")
	}
}

// networks are the ranges of the hub with the keys that set them.
func (h Hub) networks() []network {
	if h.Mode != HubExisting && h.Stack != "" {
		return nil // not known yet
	}
	if h.Mode != HubExisting {
		return []network{{"hub.addressSpace", h.AddressSpace}}
	}
	var spaces []network
	for i, space := range h.Existing.AddressSpaces {
		key := fmt.Sprintf("hub.addressSpaces[%d]", i)
		if h.Stack != "" {
			key += " of stack " + h.Stack
		}
		spaces = append(spaces, network{key, space})
	}
	return spaces
}
