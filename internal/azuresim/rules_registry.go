package azuresim

import (
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const registryToken = "containerregistry:Registry"

// checkGlobalName: the name is part of a host name, so it is unique in all of Azure.
func checkGlobalName(op *operation) error {
	for _, other := range op.others() {
		if strings.EqualFold(resourceid.Name(other.ID), resourceid.Name(op.id)) {
			return conflict("AlreadyInUse", "the name %s is already in use by %s", resourceid.Name(op.id), other.ID)
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
	{"publicNetworkAccess Disabled", func(r map[string]any) bool { return tree.Text(r, "publicNetworkAccess") == "Disabled" }},
	{"networkRuleSet", func(r map[string]any) bool { return tree.At(r, "networkRuleSet") != nil }},
	{"dataEndpointEnabled", func(r map[string]any) bool { return tree.Truth(r, "dataEndpointEnabled") }},
	{"zoneRedundancy", func(r map[string]any) bool { return tree.Text(r, "zoneRedundancy") == "Enabled" }},
	{"policies.trustPolicy", func(r map[string]any) bool { return registryPolicy(r, "trustPolicy") }},
	{"policies.retentionPolicy", func(r map[string]any) bool { return registryPolicy(r, "retentionPolicy") }},
	{"encryption", func(r map[string]any) bool { return tree.Text(r, "encryption", "status") == "enabled" }},
}

func registryPolicy(registry map[string]any, policy string) bool {
	return strings.EqualFold(tree.Text(registry, "policies", policy, "status"), "enabled")
}

func checkRegistry(op *operation) error {
	tier := tree.Text(op.inputs, "sku", "name")
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
	if tree.Text(op.inputs, "policies", "exportPolicy", "status") == "disabled" && tree.Text(op.inputs, "publicNetworkAccess") != "Disabled" {
		return badRequest("ExportPolicyNotSupported", "%s: exports can be disabled only along with publicNetworkAccess", op.id)
	}
	if days, set := tree.Number(op.inputs, "policies", "retentionPolicy", "days"); set && (days < 0 || days > 365) {
		return badRequest("InvalidRetentionPolicy", "%s: untagged manifests are kept for 0 to 365 days", op.id)
	}
	return checkAddressRules(op.id, tree.List(op.inputs, "networkRuleSet", "ipRules"))
}

// checkAddressRules holds the IP rules of a registry's or a vault's firewall against what Azure takes: public IPv4 ranges.
func checkAddressRules(id string, rules []any) error {
	for _, rule := range rules {
		if _, ok := addressRule(rule); !ok {
			return badRequest("InvalidIpRule", "%s: %q is not an address or a range of them", id, tree.Text(rule, "value"))
		}
	}
	return nil
}

func addressRule(rule any) (netip.Prefix, bool) {
	value := tree.Text(rule, "value")
	if addr, err := netip.ParseAddr(value); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), addr.Is4()
	}
	prefix, err := netip.ParsePrefix(value)
	return prefix, err == nil && prefix.Addr().Is4()
}

// checkPremiumRegistry refuses what lies in a registry whose tier does not have it.
func checkPremiumRegistry(op *operation) error {
	registry := op.sub.find(resourceid.Parent(op.id))
	if tier := tree.Text(registry.Inputs, "sku", "name"); tier != "Premium" {
		return badRequest("SkuNotSupported", "%s needs a registry of the Premium SKU, not %s", op.id, tier)
	}
	return nil
}

// needsPremium refuses a private endpoint to a registry of another tier.
func needsPremium(registry *record) error {
	if tier := tree.Text(registry.Inputs, "sku", "name"); tier != "Premium" {
		return badRequest("SkuNotSupported", "registry %s must be of the Premium SKU to have private endpoints, not %s", registry.ID, tier)
	}
	return nil
}

// registryMembers are the data endpoints of a registry by region, and its login server.
func registryMembers(s *subscription, registry *record) []linkMember {
	var members []linkMember
	for _, region := range s.registryRegions(registry) {
		members = append(members, linkMember{"registry_data_" + region, dataEndpoint(registry.ID, region)})
	}
	return append(members, linkMember{"registry", loginServer(registry.ID)})
}

func checkReplication(op *operation) error {
	region := tree.Text(op.inputs, "location")
	if registry := op.sub.find(resourceid.Parent(op.id)); sameLocation(tree.Text(registry.Inputs, "location"), region) {
		return badRequest("ReplicationRegionInvalid", "%s: registry %s is in %s itself", op.id, registry.ID, region)
	}
	for _, other := range op.others() {
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.id)) && sameLocation(tree.Text(other.Inputs, "location"), region) {
			return conflict("ReplicationAlreadyExists", "%s: %s replicates to %s already", op.id, other.ID, region)
		}
	}
	return nil
}

func checkAgentPool(op *operation) error {
	if tier := tree.Text(op.inputs, "tier"); !slices.Contains([]string{"S1", "S2", "S3", "I6"}, tier) {
		return badRequest("InvalidAgentPoolTier", "%s: tier %q is not one of S1, S2, S3 and I6", op.id, tier)
	}
	if system := tree.Text(op.inputs, "os"); system != "Linux" {
		return badRequest("InvalidAgentPoolOS", "%s: agents run Linux, not %q", op.id, system)
	}
	subnet := tree.Text(op.inputs, "virtualNetworkSubnetResourceId")
	if vnet := op.sub.find(resourceid.Parent(subnet)); vnet != nil &&
		!sameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.inputs, "location")) {
		return badRequest("InvalidAgentPoolVnet", "%s: subnet %s is in another region", op.id, subnet)
	}
	return nil
}

// loginServer is the host name of a registry.
func loginServer(registryID string) string {
	return strings.ToLower(resourceid.Name(registryID)) + ".azurecr.io"
}

// registryRegions are where a registry keeps its data, its own region first.
func (s *subscription) registryRegions(registry *record) []string {
	plain := func(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }
	regions := []string{plain(tree.Text(registry.Inputs, "location"))}
	for _, r := range s.sorted() {
		if r.Token == "containerregistry:Replication" && resourceid.Equal(resourceid.Parent(r.ID), registry.ID) && r.usable() {
			regions = append(regions, plain(tree.Text(r.Inputs, "location")))
		}
	}
	return regions
}

// dataEndpoints are the host names from which a registry serves layers; a registry without dedicated ones has none.
func dataEndpoints(s *subscription, registry *record) []any {
	names := []any{}
	if tree.Truth(registry.Inputs, "dataEndpointEnabled") {
		for _, region := range s.registryRegions(registry) {
			names = append(names, dataEndpoint(registry.ID, region))
		}
	}
	return names
}

func dataEndpoint(registryID, region string) string {
	return strings.ToLower(resourceid.Name(registryID)) + "." + region + ".data.azurecr.io"
}

// listDataEndpoints is what a new or lost replication changes at its registry.
func (s *subscription) listDataEndpoints(registryID string) {
	if registry := s.find(registryID); registry != nil {
		registry.Outputs["dataEndpointHostNames"] = dataEndpoints(s, registry)
		s.touch(registry)
	}
}
