package azuresim

import (
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Limits of Application Gateway v2 (Azure document "Scaling and zone-redundant Application Gateway").
const maxGatewayInstances = 125

func checkGatewaySize(op *operation) error {
	name, tier := tree.Text(op.inputs, "sku", "name"), tree.Text(op.inputs, "sku", "tier")
	if name != tier || name != "WAF_v2" && name != "Standard_v2" {
		return badRequest("ApplicationGatewaySkuNotSupported",
			"%s: SKU %q of tier %q is not supported; the first generation was retired on 2026-04-28", op.id, name, tier)
	}
	capacity, fixed := tree.Number(op.inputs, "sku", "capacity")
	scaling := tree.At(op.inputs, "autoscaleConfiguration")
	if fixed == (scaling != nil) {
		return badRequest("ApplicationGatewayInvalidCapacity", "%s needs either sku.capacity or autoscaleConfiguration", op.id)
	}
	if fixed && (capacity < 1 || capacity > maxGatewayInstances) {
		return badRequest("ApplicationGatewayInvalidCapacity", "%s: sku.capacity must be 1 to %d", op.id, maxGatewayInstances)
	}
	if scaling != nil {
		low, _ := tree.Number(scaling, "minCapacity")
		high, limited := tree.Number(scaling, "maxCapacity")
		if low < 0 || low > maxGatewayInstances || limited && (high < 2 || high > maxGatewayInstances || high < low) {
			return badRequest("ApplicationGatewayInvalidAutoscale", "%s: minCapacity must be 0 to %d, and maxCapacity 2 to %[2]d and not below it",
				op.id, maxGatewayInstances)
		}
	}
	return nil
}

// checkGatewayFirewall: a WAF gateway has its rules in a policy or, until 2027-03, inline.
func checkGatewayFirewall(op *operation) error {
	policy, inline := tree.Text(op.inputs, "firewallPolicy", "id"), tree.At(op.inputs, "webApplicationFirewallConfiguration")
	switch isWAF := tree.Text(op.inputs, "sku", "tier") == "WAF_v2"; {
	case policy != "" && inline != nil:
		return badRequest("ApplicationGatewayWafConfigurationCannotBeSetWithFirewallPolicy",
			"%s: webApplicationFirewallConfiguration and firewallPolicy exclude each other", op.id)
	case isWAF && policy == "" && inline == nil:
		return badRequest("ApplicationGatewayFirewallNotConfiguredForWafSku", "%s of tier WAF_v2 names no firewallPolicy", op.id)
	case !isWAF && (policy != "" || inline != nil):
		return badRequest("ApplicationGatewayFirewallNotSupportedForSku", "%s: only tier WAF_v2 has a web application firewall",
			op.id)
	}
	return nil
}

// gatewayParts are the properties that name another part of the gateway, and the list that part must be in.
var gatewayParts = map[string]string{
	"frontendIPConfiguration": "frontendIPConfigurations", "frontendPort": "frontendPorts", "sslCertificate": "sslCertificates",
	"sslProfile": "sslProfiles", "probe": "probes", "trustedRootCertificates": "trustedRootCertificates",
	"authenticationCertificates": "authenticationCertificates", "httpListener": "httpListeners", "backendAddressPool": "backendAddressPools",
	"backendHttpSettings": "backendHttpSettingsCollection", "redirectConfiguration": "redirectConfigurations", "urlPathMap": "urlPathMaps",
	"rewriteRuleSet": "rewriteRuleSets", "defaultBackendAddressPool": "backendAddressPools", "targetListener": "httpListeners",
	"defaultBackendHttpSettings": "backendHttpSettingsCollection", "defaultRedirectConfiguration": "redirectConfigurations",
}

// checkGatewayParts holds the references between the parts of a gateway, and their names, which are as those of network resources
// (Azure document "Naming rules and restrictions for Azure resources").
func checkGatewayParts(op *operation) error {
	for _, collection := range slices.Sorted(maps.Keys(op.inputs)) {
		names := map[string]bool{}
		for _, part := range tree.List(op.inputs, collection) {
			object, ok := part.(map[string]any)
			if !ok {
				continue
			}
			name := tree.Text(object, "name")
			if !networkName.MatchString(name) {
				return badRequest("InvalidResourceName", "%s: %q of %s is not a valid name; it must match %s",
					op.id, name, collection, networkName)
			}
			if names[strings.ToLower(name)] {
				return badRequest("DuplicateResourceName", "%s: every one of %s needs a name of its own; %q is not",
					op.id, collection, name)
			}
			names[strings.ToLower(name)] = true
			if err := checkGatewayPart(op, collection+"/"+name, object); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkGatewayPart(op *operation, part string, object map[string]any) error {
	for _, property := range slices.Sorted(maps.Keys(object)) {
		values := []any{object[property]}
		if many, ok := object[property].([]any); ok {
			values = many
		}
		for _, value := range values {
			nested, ok := value.(map[string]any)
			if !ok {
				continue
			}
			collection, named := gatewayParts[property]
			if !named {
				if err := checkGatewayPart(op, part, nested); err != nil {
					return err
				}
				continue
			}
			if id := tree.Text(nested, "id"); !hasPart(op, collection, id) {
				return badRequest("InvalidResourceReference", "%s: %s of %s refers to %q, which is not among the gateway's %s",
					op.id, property, part, id, collection)
			}
		}
	}
	return nil
}

func hasPart(op *operation, collection, id string) bool {
	return slices.ContainsFunc(tree.List(op.inputs, collection), func(part any) bool {
		return resourceid.Equal(id, op.id+"/"+collection+"/"+tree.Text(part, "name"))
	})
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

func checkGatewayRouting(op *operation) error {
	for _, collection := range []string{
		"gatewayIPConfigurations", "frontendIPConfigurations", "frontendPorts", "httpListeners", "requestRoutingRules",
	} {
		if len(tree.List(op.inputs, collection)) == 0 {
			return badRequest("ApplicationGatewayMissingRequiredSubResource", "%s has no %s", op.id, collection)
		}
	}
	for _, need := range gatewayNeeds {
		for _, part := range tree.List(op.inputs, need.collection) {
			if tree.Text(part, need.property, "id") == "" && (need.unless == nil || !need.unless(part)) {
				return badRequest("ApplicationGatewayMissingReference", "%s: %s of %s is missing",
					op.id, need.property, tree.Text(part, "name"))
			}
		}
	}
	priorities, listeners := map[float64]string{}, map[string]string{}
	for _, rule := range tree.List(op.inputs, "requestRoutingRules") {
		name, listener := tree.Text(rule, "name"), resourceid.Key(tree.Text(rule, "httpListener", "id"))
		priority, _ := tree.Number(rule, "priority")
		if priority < 1 || priority > 20000 {
			return badRequest("ApplicationGatewayRequestRoutingRulePriorityInvalid", "%s: the priority of rule %s must be 1 to 20000",
				op.id, name)
		}
		if other, taken := priorities[priority]; taken {
			return badRequest("ApplicationGatewayRequestRoutingRulePriorityDuplicate", "%s: rules %s and %s have the same priority",
				op.id, other, name)
		}
		if other, taken := listeners[listener]; taken {
			return badRequest("ApplicationGatewayHttpListenerUsedByMultipleRules", "%s: rules %s and %s share a listener",
				op.id, other, name)
		}
		priorities[priority], listeners[listener] = name, name
	}
	return checkProbes(op)
}

func checkProbes(op *operation) error {
	for _, probe := range tree.List(op.inputs, "probes") {
		name := tree.Text(probe, "name")
		if !strings.HasPrefix(tree.Text(probe, "path"), "/") {
			return badRequest("ApplicationGatewayProbeInvalidPath", "%s: the path of probe %s must start with /", op.id, name)
		}
		if tree.Truth(probe, "pickHostNameFromBackendHttpSettings") == (tree.Text(probe, "host") != "") {
			return badRequest("ApplicationGatewayProbeInvalidHost",
				"%s: probe %s takes its host from itself or from the backend settings", op.id, name)
		}
	}
	for _, settings := range tree.List(op.inputs, "backendHttpSettingsCollection") {
		probe := tree.Text(settings, "probe", "id")
		at := slices.IndexFunc(tree.List(op.inputs, "probes"), func(p any) bool {
			return probe != "" && strings.EqualFold(tree.Text(p, "name"), resourceid.Name(probe))
		})
		if at < 0 || !tree.Truth(tree.List(op.inputs, "probes")[at], "pickHostNameFromBackendHttpSettings") {
			continue
		}
		if tree.Text(settings, "hostName") == "" && !tree.Truth(settings, "pickHostNameFromBackendAddress") {
			return badRequest("ApplicationGatewayProbeHostNameMissing", "%s: %s gives probe %s no host name",
				op.id, tree.Text(settings, "name"), resourceid.Name(probe))
		}
	}
	return nil
}

// tlsPolicies are the predefined policies, and whether they still work: TLS 1.0 and 1.1 are off since 2025-08-31.
var tlsPolicies = map[string]bool{
	"AppGwSslPolicy20150501": false, "AppGwSslPolicy20170401": false,
	"AppGwSslPolicy20170401S": true, "AppGwSslPolicy20220101": true, "AppGwSslPolicy20220101S": true,
}

func checkGatewayTLS(op *operation) error {
	policies := []any{tree.At(op.inputs, "sslPolicy")}
	for _, profile := range tree.List(op.inputs, "sslProfiles") {
		policies = append(policies, tree.At(profile, "sslPolicy"))
	}
	for _, policy := range policies {
		name, version := tree.Text(policy, "policyName"), tree.Text(policy, "minProtocolVersion")
		switch policyType := tree.Text(policy, "policyType"); policyType {
		case "":
		case "Predefined":
			works, known := tlsPolicies[name]
			if !known {
				return badRequest("ApplicationGatewaySslPolicyUnknown", "%s: there is no predefined TLS policy %q", op.id, name)
			}
			if !works {
				return badRequest("ApplicationGatewaySslPolicyRetired",
					"%s: TLS policy %s allows TLS 1.0 or 1.1, which Azure no longer serves", op.id, name)
			}
		case "Custom", "CustomV2":
			if version != "TLSv1_2" && version != "TLSv1_3" {
				return badRequest("ApplicationGatewaySslPolicyRetired", "%s: minProtocolVersion must be TLSv1_2 or TLSv1_3, not %q",
					op.id, version)
			}
			if len(tree.Texts(policy, "cipherSuites")) == 0 {
				return badRequest("ApplicationGatewaySslPolicyInvalid", "%s: a TLS policy of type %s needs cipherSuites",
					op.id, policyType)
			}
		default:
			return badRequest("ApplicationGatewaySslPolicyInvalid", "%s: %q is not a type of TLS policy", op.id, policyType)
		}
	}
	for _, collection := range []string{"sslCertificates", "trustedRootCertificates"} {
		for _, certificate := range tree.List(op.inputs, collection) {
			if (tree.Text(certificate, "data") == "") == (tree.Text(certificate, "keyVaultSecretId") == "") {
				return badRequest("ApplicationGatewayCertificateInvalid", "%s: certificate %s needs either data or keyVaultSecretId",
					op.id, tree.Text(certificate, "name"))
			}
		}
	}
	return nil
}
