package registry

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// RegistryToken is the token of registries.
const RegistryToken = "containerregistry:Registry"

const registryPath = arm.GroupPath + "/providers/Microsoft.ContainerRegistry/registries/{registryName}"

var registryName = regexp.MustCompile(`^[a-zA-Z0-9]{5,50}$`)

var registryKind = &arm.Kind{
	Token: "containerregistry:Registry", Path: registryPath, Name: registryName, Located: true,
	Create: time.Minute, Update: 30 * time.Second, Remove: 30 * time.Second,
	Immutable: []arm.Immutable{{Paths: []string{"zoneRedundancy"}}},
	Rules:     []func(*arm.Operation) error{arm.CheckGlobalName, checkRegistry},
	PrivateLink: &arm.PrivateLink{
		Group: "registry", PublicSuffix: ".azurecr.io", Zone: "privatelink.azurecr.io", Members: registryMembers,
		Refuse: needsPremium,
		Firewall: func(registry *arm.Record) (settings, rules map[string]any) {
			return registry.Inputs, tree.Object(registry.Inputs, "networkRuleSet")
		},
	},
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{
			"loginServer": loginServer(op.ID), "status": map[string]any{"displayStatus": "Ready"},
			"creationDate": op.Sub.Clock.Now().Format(time.RFC3339), "dataEndpointHostNames": dataEndpoints(op.Sub, op.Record),
		}
	},
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

func checkRegistry(op *arm.Operation) error {
	tier := tree.Text(op.Inputs, "sku", "name")
	if !slices.Contains([]string{"Basic", "Standard", "Premium"}, tier) {
		return arm.BadRequest("SkuNotSupported", "%s: SKU %q is not one of Basic, Standard and Premium", op.ID, tier)
	}
	for _, setting := range premiumOnly {
		if tier != "Premium" && setting.used(op.Inputs) {
			return arm.BadRequest("SkuNotSupported", "%s: %s needs the Premium SKU, not %s", op.ID, setting.what, tier)
		}
	}
	if registryPolicy(op.Inputs, "trustPolicy") {
		return arm.BadRequest("ContentTrustNotSupported", "%s: content trust (Notary) cannot be enabled since 2026-05-31", op.ID)
	}
	if tree.Text(op.Inputs, "policies", "exportPolicy", "status") == "disabled" && tree.Text(op.Inputs, "publicNetworkAccess") != "Disabled" {
		return arm.BadRequest("ExportPolicyNotSupported", "%s: exports can be disabled only along with publicNetworkAccess", op.ID)
	}
	if days, set := tree.Number(op.Inputs, "policies", "retentionPolicy", "days"); set && (days < 0 || days > 365) {
		return arm.BadRequest("InvalidRetentionPolicy", "%s: untagged manifests are kept for 0 to 365 days", op.ID)
	}
	return networking.CheckAddressRules(op.ID, tree.List(op.Inputs, "networkRuleSet", "ipRules"))
}

// needsPremium refuses a private endpoint to a registry of another tier.
func needsPremium(registry *arm.Record) error {
	if tier := tree.Text(registry.Inputs, "sku", "name"); tier != "Premium" {
		return arm.BadRequest("SkuNotSupported", "registry %s must be of the Premium SKU to have private endpoints, not %s", registry.ID, tier)
	}
	return nil
}

// checkPremiumRegistry refuses what lies in a registry whose tier does not have it.
func checkPremiumRegistry(op *arm.Operation) error {
	registry := op.Sub.Find(resourceid.Parent(op.ID))
	if tier := tree.Text(registry.Inputs, "sku", "name"); tier != "Premium" {
		return arm.BadRequest("SkuNotSupported", "%s needs a registry of the Premium SKU, not %s", op.ID, tier)
	}
	return nil
}

// registryMembers are the data endpoints of a registry by region, and its login server.
func registryMembers(s *arm.Subscription, registry *arm.Record) []arm.LinkMember {
	var members []arm.LinkMember
	for _, region := range registryRegions(s, registry) {
		members = append(members, arm.LinkMember{Name: "registry_data_" + region, Host: dataEndpoint(registry.ID, region)})
	}
	return append(members, arm.LinkMember{Name: "registry", Host: loginServer(registry.ID)})
}

// loginServer is the host name of a registry.
func loginServer(registryID string) string {
	return strings.ToLower(resourceid.Name(registryID)) + ".azurecr.io"
}

// registryRegions are where a registry keeps its data, its own region first.
func registryRegions(s *arm.Subscription, registry *arm.Record) []string {
	plain := func(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }
	regions := []string{plain(tree.Text(registry.Inputs, "location"))}
	for _, r := range s.Sorted() {
		if r.Token == "containerregistry:Replication" && resourceid.Equal(resourceid.Parent(r.ID), registry.ID) && r.Usable() {
			regions = append(regions, plain(tree.Text(r.Inputs, "location")))
		}
	}
	return regions
}

// dataEndpoints are the host names from which a registry serves layers; a registry without dedicated ones has none.
func dataEndpoints(s *arm.Subscription, registry *arm.Record) []any {
	names := []any{}
	if tree.Truth(registry.Inputs, "dataEndpointEnabled") {
		for _, region := range registryRegions(s, registry) {
			names = append(names, dataEndpoint(registry.ID, region))
		}
	}
	return names
}

func dataEndpoint(registryID, region string) string {
	return strings.ToLower(resourceid.Name(registryID)) + "." + region + ".data.azurecr.io"
}

// RegistryNamed finds a registry by its name, which no other one has.
func RegistryNamed(s *arm.Subscription, name string) *arm.Record {
	for r := range s.All() {
		if r.Token == RegistryToken && strings.EqualFold(resourceid.Name(r.ID), name) {
			return r
		}
	}
	return nil
}
