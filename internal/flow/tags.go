package flow

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"regexp"
	"strings"
)

// Service tags with a meaning of their own; every other tag is a range that belongs to an Azure service.
const (
	tagVirtualNetwork    = "VirtualNetwork"
	tagInternet          = "Internet"
	tagAzureLoadBalancer = "AzureLoadBalancer"
	tagGatewayManager    = "GatewayManager"
	tagAzureCloud        = "AzureCloud"
)

var (
	// platformAddress serves DNS, DHCP and health probes on every host; NSGs do not filter what machines send to it
	// (Azure documentation, "What is IP address 168.63.129.16?").
	platformAddress = netip.MustParseAddr("168.63.129.16")
	metadataAddress = netip.MustParseAddr("169.254.169.254")
	// internetSample stands for some public address that is not Azure's (RFC 5737 documentation range).
	internetSample = netip.MustParseAddr("203.0.113.10")
	// syntheticRange holds the addresses of public names. RFC 2544 keeps it for benchmarks, so no real host has one.
	syntheticRange = netip.MustParsePrefix("198.18.0.0/15")

	// privateRanges get a system route to nowhere (Azure documentation, "Virtual network traffic routing").
	privateRanges = []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	}

	tagSyntax = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$`)
)

// isPublic says whether an address is reachable over the internet rather than private or the platform's own.
func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !contains(privateRanges, a) && a != platformAddress
}

// syntheticAddress gives a name the same public address each time.
func syntheticAddress(name string) netip.Addr {
	h := fnv.New32a()
	h.Write([]byte(name))
	base := syntheticRange.Addr().As4()
	sum := h.Sum32() % (1 << (32 - syntheticRange.Bits()))
	return netip.AddrFrom4([4]byte{base[0], base[1] | byte(sum>>16), byte(sum >> 8), byte(sum)})
}

func placeTag(name string) (party, error) {
	p := party{label: name}
	switch {
	case strings.EqualFold(name, tagInternet):
		p.addr = internetSample
	case strings.EqualFold(name, tagAzureLoadBalancer):
		p.addr, p.platform = platformAddress, true
	case strings.EqualFold(name, tagVirtualNetwork):
		return p, fmt.Errorf("VirtualNetwork is no endpoint: it means another range in each network")
	case !tagSyntax.MatchString(name):
		return p, fmt.Errorf("%q is no service tag", name)
	default:
		p.addr, p.tags = syntheticAddress("tag:"+strings.ToLower(name)), []string{name}
		p.platform = strings.EqualFold(name, tagGatewayManager)
	}
	return p, nil
}

// inTag says whether a party belongs to a service tag, as seen from a subnet; at is nil at the firewall, which has no
// VirtualNetwork of its own.
func (n *Network) inTag(tag string, p party, at *subnet) bool {
	switch {
	case strings.EqualFold(tag, tagVirtualNetwork):
		return at != nil && n.inVirtualNetwork(at, p.addr, n.opts.WideVirtualNetworkTag)
	case strings.EqualFold(tag, tagInternet):
		return isPublic(p.addr) && (at == nil || !n.inVirtualNetwork(at, p.addr, false))
	case strings.EqualFold(tag, tagAzureLoadBalancer):
		return p.addr == platformAddress
	}
	for _, t := range p.tags {
		if tagHolds(tag, t) {
			return true
		}
	}
	return false
}

func (n *Network) inVirtualNetwork(at *subnet, addr netip.Addr, wide bool) bool {
	if at.vnet.holds(addr) {
		return true
	}
	for _, p := range at.vnet.peerings {
		if p.open() && p.remote.holds(addr) {
			return true
		}
	}
	if !wide || at.routes == nil {
		return false
	}
	for _, r := range at.routes.routes {
		if r.prefix.IsValid() && r.prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// tagHolds says whether the range of one service tag lies inside another's: Storage holds Storage.eastus2, AzureCloud holds
// every service, AzureCloud.eastus2 every service's range in that region.
func tagHolds(outer, inner string) bool {
	outer, inner = strings.ToLower(outer), strings.ToLower(inner)
	outerName, outerRegion, _ := strings.Cut(outer, ".")
	innerName, innerRegion, _ := strings.Cut(inner, ".")
	if outerName != innerName && outerName != strings.ToLower(tagAzureCloud) {
		return false
	}
	return outerRegion == "" || outerRegion == innerRegion
}

// hostTags are the service tags of Azure's own host names, so that rules on tags decide flows to names. {region} is the label
// in that place. Members: Azure documentation, "Virtual network service tags"; container groups: the
// document "SecurityCustomizations" of microsoft/virtualnodesOnAzureContainerInstances.
var hostTags = []struct{ pattern, tag string }{
	{"*.{region}.atlas.cloudapp.azure.com", "AzureCloud.{region}"},
	{"*.{region}.cloudapp.azure.com", "AzureCloud.{region}"},
	{"*.blob.core.windows.net", "Storage"},
	{"*.vault.azure.net", "AzureKeyVault"},
	{"*.servicebus.windows.net", "EventHub"},
	{"login.microsoftonline.com", "AzureActiveDirectory"},
	{"management.azure.com", "AzureResourceManager"},
	{"*.azurecr.io", "AzureContainerRegistry"},
	{"mcr.microsoft.com", "MicrosoftContainerRegistry"},
	{"*.data.mcr.microsoft.com", "MicrosoftContainerRegistry"},
	{"*.opinsights.azure.com", "AzureMonitor"},
	{"*.monitor.azure.com", "AzureMonitor"},
}

func tagsOfHost(host string) []string {
	for _, h := range hostTags {
		_, after, regional := strings.Cut(h.pattern, "{region}")
		if !regional {
			if fqdnMatches(h.pattern, host) {
				return []string{h.tag}
			}
			continue
		}
		if rest, ok := strings.CutSuffix(host, after); ok {
			return []string{regionalTag(h.tag, rest)}
		}
	}
	return nil
}

// tagRegions are the regions that service tags call otherwise than everything else does (Azure document "Virtual network service
// tags"). A tag of the usual name does not exist there.
var tagRegions = map[string]string{
	"brazilsoutheast": "brazilse", "chilecentral": "chilec", "francecentral": "centralfrance", "francesouth": "southfrance",
	"germanynorth": "germanyn", "germanywestcentral": "germanywc", "norwayeast": "norwaye", "norwaywest": "norwayw",
	"switzerlandnorth": "switzerlandn", "switzerlandwest": "switzerlandw",
}

// regionalTag fills in the region, the last label of what comes before a regional host name's suffix; a wildcard has none.
func regionalTag(tag, labels string) string {
	if i := strings.LastIndexByte(labels, '.'); i > 0 {
		region := labels[i+1:]
		if other, ok := tagRegions[region]; ok {
			region = other
		}
		return strings.Replace(tag, "{region}", region, 1)
	}
	base, _, _ := strings.Cut(tag, ".")
	return base
}
