package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Azure's naming rules, from "Naming rules and restrictions for Azure resources".
var (
	regionName        = regexp.MustCompile(`^[a-z]{3,}[a-z0-9]*$`)
	resourceGroupName = regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`)
	networkName       = regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,78}\w)?$`)
	vmSizeName        = regexp.MustCompile(`^(Standard|Basic)_[A-Z][A-Za-z0-9_-]+$`)
	imagePart         = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	toolVersion       = regexp.MustCompile(`^[0-9]+\.[0-9]+(\.[0-9A-Za-z.-]+)?$`)
	// An image is a managed image or one version of a gallery image.
	imageID = regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[-\w.()]+` +
		`/providers/Microsoft\.Compute/(images/[-\w.]+|galleries/[\w.]+/images/[-\w.]+/versions/\d+\.\d+\.\d+)$`)
)

func allMatch(pattern *regexp.Regexp, values []string) bool {
	for _, value := range values {
		if !pattern.MatchString(value) {
			return false
		}
	}
	return true
}

func (r *reader) location(key string) string {
	value := r.text(key)
	if !regionName.MatchString(value) {
		r.reject(key, value, "the short name of an Azure region, for example eastus2")
	}
	return value
}

// imageBuilderRegions are where Azure Image Builder runs (Azure document "Azure VM Image Builder overview", 2026-05-19).
var imageBuilderRegions = strings.Fields(`
	australiaeast australiasoutheast brazilsouth canadacentral centralindia centralus eastasia eastus eastus2 francecentral
	germanywestcentral israelcentral italynorth japaneast jioindiawest koreacentral newzealandnorth northcentralus
	northeurope norwayeast polandcentral qatarcentral southafricanorth southcentralus southeastasia swedencentral
	switzerlandnorth taiwannorthwest uaenorth uksouth ukwest westcentralus westeurope westus westus2 westus3`)

// regionsWithoutZones have no availability zones (Azure document "List of Azure regions").
var regionsWithoutZones = strings.Fields(`
	australiacentral australiacentral2 australiasoutheast brazilsoutheast canadaeast francesouth germanynorth jioindiacentral jioindiawest
	koreasouth northcentralus norwaywest southafricawest southindia switzerlandwest uaecentral ukwest westcentralus westindia westus`)

func (r *reader) checkZones(cfg *Config) {
	for _, set := range []struct {
		key   string
		zones []string
	}{{"zones", cfg.Zones}, {"bastion.zones", cfg.Bastion.Zones}} {
		if len(set.zones) > 0 && slices.Contains(regionsWithoutZones, cfg.Location) {
			r.reject(set.key, strings.Join(set.zones, ","), "an empty list, since region "+cfg.Location+" has no availability zones")
		}
	}
}

func (r *reader) zones(key string) []string {
	values := r.list(key)
	seen := map[string]bool{}
	for _, zone := range values {
		if (zone != "1" && zone != "2" && zone != "3") || seen[zone] {
			r.reject(key, strings.Join(values, ","), `a list of different zones out of "1", "2" and "3"`)
			break
		}
		seen[zone] = true
	}
	return values
}

func (r *reader) tags(key string) map[string]string {
	values := r.object(key)
	if len(values) > 15 {
		r.reject(key, fmt.Sprintf("%d tags", len(values)), "at most 15 tags, as many as every Azure service takes")
	}
	for _, name := range sortedKeys(values) {
		if name == "" || len(name) > 128 || len(values[name]) > 256 || strings.ContainsAny(name, `<>%&\?/`) {
			r.reject(key, name, `names of 1 to 128 characters without <>%&\?/ and values of at most 256`)
		}
	}
	return values
}

func (r *reader) resourceGroup(key, suffix string) string {
	value := r.text(key) + suffix
	if !resourceGroupName.MatchString(value) {
		r.reject(key, value, "1 to 90 letters, digits, or -_.(), not ending in a period")
	}
	return value
}

func (r *reader) networkWatcherName(key, location string) string {
	value := r.text(key)
	if value == "" {
		return "NetworkWatcher_" + location
	}
	if !networkName.MatchString(value) {
		r.reject(key, value, "empty, or 1 to 80 letters, digits, or _.-, starting with a letter or digit")
	}
	return value
}

func (r *reader) vmSize(key string) string {
	value := r.text(key)
	if !vmSizeName.MatchString(value) {
		r.reject(key, value, "an Azure VM size, for example Standard_D2ds_v5")
	}
	return value
}

// vmSizeOr reads a VM size that is the one of another key where it is empty.
func (r *reader) vmSizeOr(key, other string) string {
	if r.text(key) == "" {
		return r.text(other)
	}
	return r.vmSize(key)
}

func (r *reader) toolVersions(key string, known []string) map[string]string {
	values := r.object(key)
	for _, tool := range sortedKeys(values) {
		version := values[tool]
		if !slices.Contains(known, tool) {
			r.reject(key, tool, "tools out of "+strings.Join(known, ", "))
			continue
		}
		if version != ToolNone && !toolVersion.MatchString(version) {
			r.reject(key, tool+": "+version, "a version such as 1.35.1 without a leading v, or "+ToolNone)
		}
	}
	return values
}

// network is a configured range together with the key that set it.
type network struct {
	key    string
	prefix netip.Prefix
}

func (r *reader) checkNetworks(cfg *Config) {
	hub := cfg.Hub.networks()
	if cfg.Hub.Mode == HubCreate && cfg.Parts.Network {
		r.checkSubnets(hub[0],
			network{"hub.firewallSubnet", cfg.Hub.FirewallSubnet},
			network{"hub.gatewaySubnet", cfg.Hub.GatewaySubnet},
			network{"hub.bastionSubnet", cfg.Hub.BastionSubnet})
	}
	r.checkStampSubnets(cfg)
	networks := hub
	if cfg.Parts.Image {
		networks = append(networks, r.builderNetworks(cfg)...)
	}
	for i, stamp := range cfg.Stamps {
		networks = append(networks, network{fmt.Sprintf("stamps[%d].addressSpace", i), stamp.AddressSpace})
	}
	// Networks that are peered with the same hub must not overlap, nor contain addresses of Kubernetes services.
	r.checkDisjoint(append([]network{{"the range of Kubernetes services", ServiceRange}}, networks...)...)
	for _, n := range networks {
		for _, reserved := range reservedByAKS {
			if n.prefix.IsValid() && n.prefix.Overlaps(reserved) {
				r.reject(n.key, n.prefix.String(), "a range that does not overlap "+reserved.String()+", which AKS reserves")
			}
		}
	}
	if cfg.Hub.Mode == HubExisting {
		networks = networks[len(hub):] // the ranges of others are their choice
	}
	for _, n := range networks {
		if n.prefix.IsValid() && !isPrivate(n.prefix) {
			r.reject(n.key, n.prefix.String(), "a private range: of RFC 1918, or 100.64.0.0/10 of RFC 6598")
		}
	}
}

// privateRanges are what Azure takes for private: RFC 1918, and the shared space of RFC 6598 (Azure document "Virtual network FAQ").
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

func isPrivate(prefix netip.Prefix) bool {
	return slices.ContainsFunc(privateRanges, func(private netip.Prefix) bool {
		return private.Bits() <= prefix.Bits() && private.Contains(prefix.Addr())
	})
}

func (r *reader) checkSubnets(vnet network, subnets ...network) {
	for _, subnet := range subnets {
		if !vnet.prefix.IsValid() || !subnet.prefix.IsValid() {
			continue
		}
		if subnet.prefix.Bits() < vnet.prefix.Bits() || !vnet.prefix.Contains(subnet.prefix.Addr()) {
			r.reject(subnet.key, subnet.prefix.String(), "a range inside "+vnet.key+" "+vnet.prefix.String())
		}
	}
	r.checkDisjoint(subnets...)
}

func (r *reader) checkDisjoint(networks ...network) {
	for i, a := range networks {
		for _, b := range networks[i+1:] {
			if a.prefix.IsValid() && b.prefix.IsValid() && a.prefix.Overlaps(b.prefix) {
				r.reject(b.key, b.prefix.String(), "a range that does not overlap "+a.key+" "+a.prefix.String())
			}
		}
	}
}

func (r *reader) checkResourceGroups(cfg *Config) {
	groups := []struct{ key, name string }{
		{"resourceGroups.hub", cfg.ResourceGroups.Hub},
		{"resourceGroups.spokes", cfg.ResourceGroups.Spokes},
		{"resourceGroups.workload", cfg.ResourceGroups.Workload},
	}
	for i, a := range groups {
		for _, b := range groups[i+1:] {
			if strings.EqualFold(a.name, b.name) {
				r.reject(b.key, b.name, "a name different from "+a.key)
			}
		}
	}
}

// dnsServers reads addresses that a firewall can ask.
func (r *reader) dnsServers(key string) []string {
	values := r.list(key)
	for i, value := range values {
		if address, err := netip.ParseAddr(value); err != nil || !address.Is4() || address.IsUnspecified() || address.IsLoopback() ||
			address.IsMulticast() || slices.Contains(values[:i], value) {
			r.reject(fmt.Sprintf("%s[%d]", key, i), value, "the IPv4 address of a DNS server, each only once")
		}
	}
	return values
}

// hosts reads hosts of firewall rules.
func (r *reader) hosts(key string) []string {
	return r.eachMatching(key, ruleHost, "a host name in lower case, if need be with a leading *.")
}

func (r *reader) checkFirewall(firewall Firewall, hub Hub) {
	for i, server := range firewall.DNSServers {
		// It would ask itself.
		if address, err := netip.ParseAddr(server); err == nil && hub.FirewallSubnet.IsValid() && hub.FirewallSubnet.Contains(address) {
			r.reject(fmt.Sprintf("firewall.dnsServers[%d]", i), server, "an address outside of hub.firewallSubnet "+hub.FirewallSubnet.String())
		}
	}
	// A Standard policy refuses intrusion detection; going without it must be an explicit decision.
	if firewall.Tier == "Standard" && firewall.IntrusionDetection != "Off" {
		r.reject("firewall.intrusionDetection", firewall.IntrusionDetection, "Off while firewall.tier is Standard")
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
