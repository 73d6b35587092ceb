package kube

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/tree"
)

// imagesAreTrusted: Container Instances pull from a registry without public access only as a trusted service, with an identity that the
// container group gets (Azure document "Access a registry by a trusted service").
func (s *Clusters) imagesAreTrusted(v *virtualNode) error {
	for _, acr := range s.registriesOf(v.images) {
		if networking.PublicAccessDenial(acr, "") == "" {
			continue
		}
		if err := s.identityPulls(v, acr); err != nil {
			return err
		}
		// Not set it means that trusted services are let in.
		if bypass := tree.Text(acr.Inputs, "networkRuleBypassOptions"); bypass != "" && bypass != "AzureServices" {
			return arm.Forbidden("ImagePullBlocked",
				"container groups of %s cannot pull from %s: its public access is off, and networkRuleBypassOptions is %q, "+
					"not AzureServices, so that trusted services are not let in", v.cluster.ID, acr.ID, bypass)
		}
	}
	return nil
}

// identityPulls: the identity of container groups is there, is what virtual nodes take it for, and pulls.
func (s *Clusters) identityPulls(v *virtualNode, acr *arm.Record) error {
	refused := func(code, format string, args ...any) error {
		args = append([]any{v.cluster.ID, acr.ID}, args...)
		return arm.Forbidden(code, "container groups of %s cannot pull from %s, whose public access is off: "+format, args...)
	}
	if !v.trusted {
		return refused("ImagePullBlocked", "trusted access is not enabled for the virtual nodes")
	}
	identity := s.Find(v.identity)
	if identity == nil || identity.ARMType != "Microsoft.ManagedIdentity/userAssignedIdentities" || !identity.Usable() {
		return refused("ImagePullUnauthorized", "identity %q of trusted access does not exist", v.identity)
	}
	if principal := tree.Text(identity.Outputs, "principalId"); v.principal != principal {
		return refused("ImagePullUnauthorized", "trusted access has principal id %q, and that of identity %s is %s", v.principal,
			identity.ID, principal)
	}
	if !authz.Allows(s.Subscription, v.principal, registry.PullFromIt, acr.ID) {
		return refused("ImagePullUnauthorized", "identity %s lacks permission %s (AcrPull)", identity.ID, registry.PullFromIt)
	}
	if !authz.Allows(s.Subscription, v.kubelet(), AssignIdentity, identity.ID) {
		return refused("LinkedAuthorizationFailed", "the kubelet identity lacks permission %s at %s (Managed Identity Operator)",
			AssignIdentity, identity.ID)
	}
	return nil
}
