package azuresim

import (
	"net/netip"
	"slices"
	"strings"
)

const registryToken = "containerregistry:Registry"

// checkGlobalName: the name is part of a host name, so it is unique in all of Azure.
func checkGlobalName(op *operation) error {
	for _, other := range op.others() {
		if strings.EqualFold(lastSegment(other.ID), lastSegment(op.id)) {
			return conflict("AlreadyInUse", "the name %s is already in use by %s", lastSegment(op.id), other.ID)
		}
	}
	return nil
}

// premiumOnly are the settings of a registry that other tiers lack (Azure document "Azure Container Registry SKU features and
// limits").
var premiumOnly = []struct {
	what string
	used func(registry map[string]any) bool
}{
	{"publicNetworkAccess Disabled", func(r map[string]any) bool { return text(r, "publicNetworkAccess") == "Disabled" }},
	{"networkRuleSet", func(r map[string]any) bool { return at(r, "networkRuleSet") != nil }},
	{"dataEndpointEnabled", func(r map[string]any) bool { return truth(r, "dataEndpointEnabled") }},
	{"zoneRedundancy", func(r map[string]any) bool { return text(r, "zoneRedundancy") == "Enabled" }},
	{"policies.trustPolicy", func(r map[string]any) bool { return registryPolicy(r, "trustPolicy") }},
	{"policies.retentionPolicy", func(r map[string]any) bool { return registryPolicy(r, "retentionPolicy") }},
	{"encryption", func(r map[string]any) bool { return text(r, "encryption", "status") == "enabled" }},
}

func registryPolicy(registry map[string]any, policy string) bool {
	return strings.EqualFold(text(registry, "policies", policy, "status"), "enabled")
}

func checkRegistry(op *operation) error {
	tier := text(op.inputs, "sku", "name")
	if !slices.Contains([]string{"Basic", "Standard", "Premium"}, tier) {
		return badRequest("SkuNotSupported", "%s: SKU %q is not one of Basic, Standard and Premium", op.id, tier)
	}
	for _, setting := range premiumOnly {
		if tier != "Premium" && setting.used(op.inputs) {
			return badRequest("SkuNotSupported", "%s: %s needs the Premium SKU, not %s", op.id, setting.what, tier)
		}
	}
	if registryPolicy(op.inputs, "trustPolicy") {
		return badRequest("ContentTrustNotSupported", "%s: content trust (Notary) cannot be enabled since 2026-05-31", op.id)
	}
	if text(op.inputs, "policies", "exportPolicy", "status") == "disabled" && text(op.inputs, "publicNetworkAccess") != "Disabled" {
		return badRequest("ExportPolicyNotSupported", "%s: exports can be disabled only along with publicNetworkAccess", op.id)
	}
	if days, set := number(op.inputs, "policies", "retentionPolicy", "days"); set && (days < 0 || days > 365) {
		return badRequest("InvalidRetentionPolicy", "%s: untagged manifests are kept for 0 to 365 days", op.id)
	}
	return checkAddressRules(op.id, list(op.inputs, "networkRuleSet", "ipRules"))
}

// checkAddressRules holds the IP rules of a registry's or a vault's firewall against what Azure takes: public IPv4 ranges.
func checkAddressRules(id string, rules []any) error {
	for _, rule := range rules {
		if _, ok := addressRule(rule); !ok {
			return badRequest("InvalidIpRule", "%s: %q is not an address or a range of them", id, text(rule, "value"))
		}
	}
	return nil
}

func addressRule(rule any) (netip.Prefix, bool) {
	value := text(rule, "value")
	if addr, err := netip.ParseAddr(value); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), addr.Is4()
	}
	prefix, err := netip.ParsePrefix(value)
	return prefix, err == nil && prefix.Addr().Is4()
}

// checkPremiumRegistry refuses what lies in a registry whose tier does not have it.
func checkPremiumRegistry(op *operation) error {
	registry := op.sub.find(parentID(op.id))
	if tier := text(registry.Inputs, "sku", "name"); tier != "Premium" {
		return badRequest("SkuNotSupported", "%s needs a registry of the Premium SKU, not %s", op.id, tier)
	}
	return nil
}

func checkReplication(op *operation) error {
	region := text(op.inputs, "location")
	if registry := op.sub.find(parentID(op.id)); sameLocation(text(registry.Inputs, "location"), region) {
		return badRequest("ReplicationRegionInvalid", "%s: registry %s is in %s itself", op.id, registry.ID, region)
	}
	for _, other := range op.others() {
		if key(parentID(other.ID)) == key(parentID(op.id)) && sameLocation(text(other.Inputs, "location"), region) {
			return conflict("ReplicationAlreadyExists", "%s: %s replicates to %s already", op.id, other.ID, region)
		}
	}
	return nil
}

func checkAgentPool(op *operation) error {
	if tier := text(op.inputs, "tier"); !slices.Contains([]string{"S1", "S2", "S3", "I6"}, tier) {
		return badRequest("InvalidAgentPoolTier", "%s: tier %q is not one of S1, S2, S3 and I6", op.id, tier)
	}
	if system := text(op.inputs, "os"); system != "Linux" {
		return badRequest("InvalidAgentPoolOS", "%s: agents run Linux, not %q", op.id, system)
	}
	subnet := text(op.inputs, "virtualNetworkSubnetResourceId")
	if vnet := op.sub.find(parentID(subnet)); vnet != nil && !sameLocation(text(vnet.Inputs, "location"), text(op.inputs, "location")) {
		return badRequest("InvalidAgentPoolVnet", "%s: subnet %s is in another region", op.id, subnet)
	}
	return nil
}

// loginServer is the host name of a registry.
func loginServer(registryID string) string {
	return strings.ToLower(lastSegment(registryID)) + ".azurecr.io"
}

// registryRegions are where a registry keeps its data, its own region first.
func (s *subscription) registryRegions(registry *record) []string {
	plain := func(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }
	regions := []string{plain(text(registry.Inputs, "location"))}
	for _, r := range s.sorted() {
		if r.Token == "containerregistry:Replication" && key(parentID(r.ID)) == key(registry.ID) && r.usable() {
			regions = append(regions, plain(text(r.Inputs, "location")))
		}
	}
	return regions
}

// dataEndpoints are the host names from which a registry serves layers; a registry without dedicated ones has none.
func dataEndpoints(s *subscription, registry *record) []any {
	names := []any{}
	if truth(registry.Inputs, "dataEndpointEnabled") {
		for _, region := range s.registryRegions(registry) {
			names = append(names, dataEndpoint(registry.ID, region))
		}
	}
	return names
}

func dataEndpoint(registryID, region string) string {
	return strings.ToLower(lastSegment(registryID)) + "." + region + ".data.azurecr.io"
}

// listDataEndpoints is what a new or lost replication changes at its registry.
func (s *subscription) listDataEndpoints(registryID string) {
	if registry := s.find(registryID); registry != nil {
		registry.Outputs["dataEndpointHostNames"] = dataEndpoints(s, registry)
	}
}
