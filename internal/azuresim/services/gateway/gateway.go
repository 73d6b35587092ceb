package gateway

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var gatewayKind = &arm.Kind{
	Token: "network:ApplicationGateway", Path: networking.Provider + "/applicationGateways/{applicationGatewayName}",
	Name: networking.NamePattern, Located: true, Create: 6 * time.Minute, Update: 3 * time.Minute, Remove: 5 * time.Minute,
	Immutable: []arm.Immutable{arm.ZonesFixed}, JoinsSubnets: true,
	Rules: []func(*arm.Operation) error{
		checkGatewaySize, checkGatewayFirewall, checkGatewayParts, checkGatewayRouting, checkGatewayTLS, checkGatewayNetwork,
	},
	CheckStartup: startGateway,
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"operationalState": "Running", "resourceGuid": op.GUID(), "defaultPredefinedSslPolicy": "AppGwSslPolicy20220101"}
	},
	Contents: func(op *arm.Operation) map[string]any {
		return map[string]any{isolated: isIsolated(op.Sub, op.Old)}
	},
	WriteOnly: []string{"password"},
}

// Limits of Application Gateway v2 (Azure document "Scaling and zone-redundant Application Gateway").
const maxGatewayInstances = 125

func checkGatewaySize(op *arm.Operation) error {
	name, tier := tree.Text(op.Inputs, "sku", "name"), tree.Text(op.Inputs, "sku", "tier")
	if name != tier || name != "WAF_v2" && name != "Standard_v2" {
		return arm.BadRequest("ApplicationGatewaySkuNotSupported",
			"%s: SKU %q of tier %q is not supported; the first generation was retired on 2026-04-28", op.ID, name, tier)
	}
	capacity, fixed := tree.Number(op.Inputs, "sku", "capacity")
	scaling := tree.At(op.Inputs, "autoscaleConfiguration")
	if fixed == (scaling != nil) {
		return arm.BadRequest("ApplicationGatewayInvalidCapacity", "%s needs either sku.capacity or autoscaleConfiguration", op.ID)
	}
	if fixed && (capacity < 1 || capacity > maxGatewayInstances) {
		return arm.BadRequest("ApplicationGatewayInvalidCapacity", "%s: sku.capacity must be 1 to %d", op.ID, maxGatewayInstances)
	}
	if scaling != nil {
		low, _ := tree.Number(scaling, "minCapacity")
		high, limited := tree.Number(scaling, "maxCapacity")
		if low < 0 || low > maxGatewayInstances || limited && (high < 2 || high > maxGatewayInstances || high < low) {
			return arm.BadRequest("ApplicationGatewayInvalidAutoscale",
				"%s: minCapacity must be 0 to %d, and maxCapacity 2 to %[2]d and not below it",
				op.ID, maxGatewayInstances)
		}
	}
	return nil
}

// checkGatewayFirewall: a WAF gateway has its rules in a policy or, until 2027-03, inline.
func checkGatewayFirewall(op *arm.Operation) error {
	policy, inline := tree.Text(op.Inputs, "firewallPolicy", "id"), tree.At(op.Inputs, "webApplicationFirewallConfiguration")
	switch isWAF := tree.Text(op.Inputs, "sku", "tier") == "WAF_v2"; {
	case policy != "" && inline != nil:
		return arm.BadRequest("ApplicationGatewayWafConfigurationCannotBeSetWithFirewallPolicy",
			"%s: webApplicationFirewallConfiguration and firewallPolicy exclude each other", op.ID)
	case isWAF && policy == "" && inline == nil:
		return arm.BadRequest("ApplicationGatewayFirewallNotConfiguredForWafSku", "%s of tier WAF_v2 names no firewallPolicy", op.ID)
	case !isWAF && (policy != "" || inline != nil):
		return arm.BadRequest("ApplicationGatewayFirewallNotSupportedForSku", "%s: only tier WAF_v2 has a web application firewall",
			op.ID)
	}
	return nil
}

// gatewayNeeds are the references that a part must have.
var gatewayNeeds = []struct {
	collection, property string
	unless               func(part any) bool
}{
	{"httpListeners", "frontendIPConfiguration", nil}, {"httpListeners", "frontendPort", nil},
	{"httpListeners", "sslCertificate", func(part any) bool { return tree.Text(part, "protocol") == "Http" }},
	{"requestRoutingRules", "httpListener", nil},
	{"requestRoutingRules", "backendAddressPool", redirectsOrMaps}, {"requestRoutingRules", "backendHttpSettings", redirectsOrMaps},
}

func redirectsOrMaps(rule any) bool {
	return tree.Text(rule, "redirectConfiguration", "id") != "" || tree.Text(rule, "urlPathMap", "id") != ""
}

func checkGatewayRouting(op *arm.Operation) error {
	for _, collection := range []string{
		"gatewayIPConfigurations", "frontendIPConfigurations", "frontendPorts", "httpListeners", "requestRoutingRules",
	} {
		if len(tree.List(op.Inputs, collection)) == 0 {
			return arm.BadRequest("ApplicationGatewayMissingRequiredSubResource", "%s has no %s", op.ID, collection)
		}
	}
	for _, need := range gatewayNeeds {
		for _, part := range tree.List(op.Inputs, need.collection) {
			if tree.Text(part, need.property, "id") == "" && (need.unless == nil || !need.unless(part)) {
				return arm.BadRequest("ApplicationGatewayMissingReference", "%s: %s of %s is missing",
					op.ID, need.property, tree.Text(part, "name"))
			}
		}
	}
	priorities, listeners := map[float64]string{}, map[string]string{}
	for _, rule := range tree.List(op.Inputs, "requestRoutingRules") {
		name, listener := tree.Text(rule, "name"), resourceid.Key(tree.Text(rule, "httpListener", "id"))
		priority, _ := tree.Number(rule, "priority")
		if priority < 1 || priority > 20000 {
			return arm.BadRequest("ApplicationGatewayRequestRoutingRulePriorityInvalid", "%s: the priority of rule %s must be 1 to 20000",
				op.ID, name)
		}
		if other, taken := priorities[priority]; taken {
			return arm.BadRequest("ApplicationGatewayRequestRoutingRulePriorityDuplicate", "%s: rules %s and %s have the same priority",
				op.ID, other, name)
		}
		if other, taken := listeners[listener]; taken {
			return arm.BadRequest("ApplicationGatewayHttpListenerUsedByMultipleRules", "%s: rules %s and %s share a listener",
				op.ID, other, name)
		}
		priorities[priority], listeners[listener] = name, name
	}
	return checkProbes(op)
}

func checkProbes(op *arm.Operation) error {
	for _, probe := range tree.List(op.Inputs, "probes") {
		name := tree.Text(probe, "name")
		if !strings.HasPrefix(tree.Text(probe, "path"), "/") {
			return arm.BadRequest("ApplicationGatewayProbeInvalidPath", "%s: the path of probe %s must start with /", op.ID, name)
		}
		if tree.Truth(probe, "pickHostNameFromBackendHttpSettings") == (tree.Text(probe, "host") != "") {
			return arm.BadRequest("ApplicationGatewayProbeInvalidHost",
				"%s: probe %s takes its host from itself or from the backend settings", op.ID, name)
		}
	}
	for _, settings := range tree.List(op.Inputs, "backendHttpSettingsCollection") {
		probe := tree.Text(settings, "probe", "id")
		at := slices.IndexFunc(tree.List(op.Inputs, "probes"), func(p any) bool {
			return probe != "" && strings.EqualFold(tree.Text(p, "name"), resourceid.Name(probe))
		})
		if at < 0 || !tree.Truth(tree.List(op.Inputs, "probes")[at], "pickHostNameFromBackendHttpSettings") {
			continue
		}
		if tree.Text(settings, "hostName") == "" && !tree.Truth(settings, "pickHostNameFromBackendAddress") {
			return arm.BadRequest("ApplicationGatewayProbeHostNameMissing", "%s: %s gives probe %s no host name",
				op.ID, tree.Text(settings, "name"), resourceid.Name(probe))
		}
	}
	return nil
}
