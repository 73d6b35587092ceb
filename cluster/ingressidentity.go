package cluster

import (
	"fmt"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/stamp"
)

const ingressSubject = "system:serviceaccount:" + stamp.IngressNamespace + ":" + stamp.IngressServiceAccount

// IngressIdentityArgs configures IngressIdentity.
type IngressIdentityArgs struct {
	stamp.Site
	// VaultID is the Azure resource id of the vault with the ingress controller's certificate.
	VaultID pulumi.StringInput
}

// IngressIdentity is the identity with which the ingress controller reads its certificate. A resource that depends on its Members waits
// for its roles, and for the federated credential once Federate has been called.
type IngressIdentity struct {
	pulumi.ResourceState
	component.Roster

	// IdentityID is the Azure resource id of the identity.
	IdentityID pulumi.StringOutput
	// ClientID and PrincipalID are the GUIDs by which pods and role assignments name it.
	ClientID, PrincipalID pulumi.StringOutput

	args *IngressIdentityArgs
	name pulumi.StringOutput
}

// NewIngressIdentity registers the identity and its roles on the vault.
func NewIngressIdentity(
	ctx *pulumi.Context, name string, args *IngressIdentityArgs, opts ...pulumi.ResourceOption,
) (*IngressIdentity, error) {
	identity := &IngressIdentity{args: args}
	if err := component.Register(ctx, "aksregulated:cluster:IngressIdentity", name, identity, opts...); err != nil {
		return nil, fmt.Errorf("ingress identity: %w", err)
	}
	child := pulumi.Parent(identity)
	assigned, err := newIdentity(ctx, name, args.Site, args.Names().IngressIdentity, child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, err
	}
	identity.IdentityID = assigned.ID().ToStringOutput()
	identity.ClientID, identity.PrincipalID, identity.name = assigned.ClientId, assigned.PrincipalId, assigned.Name
	if _, err := assignRoles(ctx, name, ingressRoles(args), identity.PrincipalID, child); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(identity, pulumi.Map{
		"identityId": identity.IdentityID, "clientId": identity.ClientID, "principalId": identity.PrincipalID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of ingress identity: %w", err)
	}
	return identity, nil
}

// Federate lets the ingress controller's service account act as the identity: tokens of the cluster with that issuer (its
// OIDC issuer URL) are exchanged for tokens of Entra. name is the Pulumi name.
func (i *IngressIdentity) Federate(
	ctx *pulumi.Context, name string, issuerURL pulumi.StringInput, opts ...pulumi.ResourceOption,
) error {
	_, err := managedidentity.NewFederatedIdentityCredential(ctx, name, &managedidentity.FederatedIdentityCredentialArgs{
		FederatedIdentityCredentialResourceName: pulumi.String("ingress-controller"),
		ResourceName:                            i.name,
		ResourceGroupName:                       i.args.ResourceGroupName,
		Issuer:                                  issuerURL,
		Subject:                                 pulumi.String(ingressSubject),
		Audiences:                               pulumi.ToStringArray([]string{"api://AzureADTokenExchange"}),
	}, append([]pulumi.ResourceOption{pulumi.Parent(i)}, opts...)...)
	if err != nil {
		return fmt.Errorf("federated credential of ingress identity: %w", err)
	}
	return nil
}
