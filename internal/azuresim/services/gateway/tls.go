package gateway

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// tlsPolicies are the predefined policies, and whether they still work: TLS 1.0 and 1.1 are off since 2025-08-31.
var tlsPolicies = map[string]bool{
	"AppGwSslPolicy20150501": false, "AppGwSslPolicy20170401": false,
	"AppGwSslPolicy20170401S": true, "AppGwSslPolicy20220101": true, "AppGwSslPolicy20220101S": true,
}

func checkGatewayTLS(op *arm.Operation) error {
	policies := []any{tree.At(op.Inputs, "sslPolicy")}
	for _, profile := range tree.List(op.Inputs, "sslProfiles") {
		policies = append(policies, tree.At(profile, "sslPolicy"))
	}
	for _, policy := range policies {
		name, version := tree.Text(policy, "policyName"), tree.Text(policy, "minProtocolVersion")
		switch policyType := tree.Text(policy, "policyType"); policyType {
		case "":
		case "Predefined":
			works, known := tlsPolicies[name]
			if !known {
				return arm.BadRequest("ApplicationGatewaySslPolicyUnknown", "%s: there is no predefined TLS policy %q", op.ID, name)
			}
			if !works {
				return arm.BadRequest("ApplicationGatewaySslPolicyRetired",
					"%s: TLS policy %s allows TLS 1.0 or 1.1, which Azure no longer serves", op.ID, name)
			}
		case "Custom", "CustomV2":
			if version != "TLSv1_2" && version != "TLSv1_3" {
				return arm.BadRequest("ApplicationGatewaySslPolicyRetired", "%s: minProtocolVersion must be TLSv1_2 or TLSv1_3, not %q",
					op.ID, version)
			}
			if len(tree.Texts(policy, "cipherSuites")) == 0 {
				return arm.BadRequest("ApplicationGatewaySslPolicyInvalid", "%s: a TLS policy of type %s needs cipherSuites",
					op.ID, policyType)
			}
		default:
			return arm.BadRequest("ApplicationGatewaySslPolicyInvalid", "%s: %q is not a type of TLS policy", op.ID, policyType)
		}
	}
	for _, collection := range []string{"sslCertificates", "trustedRootCertificates"} {
		for _, certificate := range tree.List(op.Inputs, collection) {
			if (tree.Text(certificate, "data") == "") == (tree.Text(certificate, "keyVaultSecretId") == "") {
				return arm.BadRequest("ApplicationGatewayCertificateInvalid", "%s: certificate %s needs either data or keyVaultSecretId",
					op.ID, tree.Text(certificate, "name"))
			}
		}
	}
	return nil
}
