package azuresim

import "aks-regulated-pulumi/internal/tree"

// imagesAreTrusted: Container Instances pull from a registry without public access only as a trusted service, with an identity that the
// container group gets (Azure document "Access a registry by a trusted service").
func (s *clusters) imagesAreTrusted(v *virtualNode) error {
	for _, registry := range s.registriesOf(v.images) {
		if publicAccessDenial(registry, "") == "" {
			continue
		}
		if err := s.identityPulls(v, registry); err != nil {
			return err
		}
		// Not set it means that trusted services are let in.
		if bypass := tree.Text(registry.Inputs, "networkRuleBypassOptions"); bypass != "" && bypass != "AzureServices" {
			return forbidden("ImagePullBlocked", "container groups of %s cannot pull from %s: its public access is off, and networkRuleBypassOptions is %q, "+
				"not AzureServices, so that trusted services are not let in", v.cluster.ID, registry.ID, bypass)
		}
	}
	return nil
}

// identityPulls: the identity of container groups is there, is what virtual nodes take it for, and pulls.
func (s *clusters) identityPulls(v *virtualNode, registry *record) error {
	refused := func(code, format string, args ...any) error {
		args = append([]any{v.cluster.ID, registry.ID}, args...)
		return forbidden(code, "container groups of %s cannot pull from %s, whose public access is off: "+format, args...)
	}
	if !v.trusted {
		return refused("ImagePullBlocked", "trusted access is not enabled for the virtual nodes")
	}
	identity := s.find(v.identity)
	if identity == nil || identity.ARMType != "Microsoft.ManagedIdentity/userAssignedIdentities" || !identity.usable() {
		return refused("ImagePullUnauthorized", "identity %q of trusted access does not exist", v.identity)
	}
	if principal := tree.Text(identity.Outputs, "principalId"); v.principal != principal {
		return refused("ImagePullUnauthorized", "trusted access has principal id %q, and that of identity %s is %s", v.principal, identity.ID, principal)
	}
	if !s.allows(v.principal, pullFromIt, registry.ID) {
		return refused("ImagePullUnauthorized", "identity %s lacks permission %s (AcrPull)", identity.ID, pullFromIt)
	}
	if !s.allows(v.kubelet(), assignIdentity, identity.ID) {
		return refused("LinkedAuthorizationFailed", "the kubelet identity lacks permission %s at %s (Managed Identity Operator)", assignIdentity, identity.ID)
	}
	return nil
}
