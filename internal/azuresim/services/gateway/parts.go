package gateway

import (
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

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
func checkGatewayParts(op *arm.Operation) error {
	for _, collection := range slices.Sorted(maps.Keys(op.Inputs)) {
		names := map[string]bool{}
		for _, part := range tree.List(op.Inputs, collection) {
			object, ok := part.(map[string]any)
			if !ok {
				continue
			}
			name := tree.Text(object, "name")
			if !networking.NamePattern.MatchString(name) {
				return arm.BadRequest("InvalidResourceName", "%s: %q of %s is not a valid name; it must match %s",
					op.ID, name, collection, networking.NamePattern)
			}
			if names[strings.ToLower(name)] {
				return arm.BadRequest("DuplicateResourceName", "%s: every one of %s needs a name of its own; %q is not",
					op.ID, collection, name)
			}
			names[strings.ToLower(name)] = true
			if err := checkGatewayPart(op, collection+"/"+name, object); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkGatewayPart(op *arm.Operation, part string, object map[string]any) error {
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
				return arm.BadRequest("InvalidResourceReference", "%s: %s of %s refers to %q, which is not among the gateway's %s",
					op.ID, property, part, id, collection)
			}
		}
	}
	return nil
}

func hasPart(op *arm.Operation, collection, id string) bool {
	return slices.ContainsFunc(tree.List(op.Inputs, collection), func(part any) bool {
		return resourceid.Equal(id, op.ID+"/"+collection+"/"+tree.Text(part, "name"))
	})
}
