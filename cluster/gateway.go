package cluster

import (
	"fmt"
	"slices"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	azurenetwork "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// gatewayIdentityName is the same in every stamp: each has it in its own resource group.
const gatewayIdentityName = "mi-appgateway"

// GatewayArgs configures Gateway.
type GatewayArgs struct {
	stamp.Site
	Gateway config.Gateway
	Ingress config.Ingress
	Spoke   *network.ClusterSpoke
	Vault   *Vault
	// WorkspaceID is the Azure resource id of the Log Analytics workspace that takes the diagnostics.
	WorkspaceID pulumi.StringInput
	// After changes the spoke's network, and so must exist before the gateway joins it: the private endpoints.
	After []pulumi.Resource
}

// Gateway is the only way in from the internet: an Application Gateway with a web application firewall, which terminates TLS and
// encrypts again to the ingress controller of the stamp.
type Gateway struct {
	pulumi.ResourceState

	// GatewayID is the Azure resource id of the application gateway.
	GatewayID pulumi.StringOutput
}

// NewGateway registers the gateway with its firewall policy, and the identity by which it reads its certificates.
func NewGateway(ctx *pulumi.Context, name string, args *GatewayArgs, opts ...pulumi.ResourceOption) (*Gateway, error) {
	gateway := &Gateway{}
	if err := ctx.RegisterComponentResource("aksregulated:cluster:Gateway", name, gateway, opts...); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	child := pulumi.Parent(gateway)
	identity, roles, err := newGatewayIdentity(ctx, name, args, child)
	if err != nil {
		return nil, err
	}
	policy, err := azurenetwork.NewWebApplicationFirewallPolicy(ctx, name, webApplicationFirewall(args), child)
	if err != nil {
		return nil, fmt.Errorf("web application firewall policy: %w", err)
	}
	azureGateway, err := azurenetwork.NewApplicationGateway(ctx, name,
		applicationGateway(args, identity.ID().ToStringOutput(), policy.ID().ToStringOutput()), child,
		// Azure reads both certificates while it creates the gateway: through the vault's private endpoint, by these roles.
		pulumi.DependsOn(slices.Concat(roles, args.Vault.Members(), args.Spoke.Members(), args.After)))
	if err != nil {
		return nil, fmt.Errorf("application gateway: %w", err)
	}
	gateway.GatewayID = azureGateway.ID().ToStringOutput()
	err = diagnostics.Send(ctx, name, "default", diagnostics.ApplicationGateway,
		gateway.GatewayID, args.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(gateway, pulumi.Map{"gatewayId": gateway.GatewayID}); err != nil {
		return nil, fmt.Errorf("outputs of gateway: %w", err)
	}
	return gateway, nil
}

// newGatewayIdentity registers the identity and its roles on the vault; the gateway needs both.
func newGatewayIdentity(
	ctx *pulumi.Context, name string, args *GatewayArgs, child pulumi.ResourceOption,
) (*managedidentity.UserAssignedIdentity, []pulumi.Resource, error) {
	identity, err := newIdentity(ctx, name, args.Site, gatewayIdentityName, child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, nil, err
	}
	roles, err := assignRoles(ctx, name, gatewayRoles(args), identity.PrincipalId, child)
	if err != nil {
		return nil, nil, err
	}
	return identity, roles, nil
}

// webApplicationFirewall is a policy of its own: rules inside the gateway retire in March 2027.
func webApplicationFirewall(args *GatewayArgs) *azurenetwork.WebApplicationFirewallPolicyArgs {
	ruleSet := func(name, version string) azurenetwork.ManagedRuleSetArgs {
		return azurenetwork.ManagedRuleSetArgs{RuleSetType: pulumi.String(name), RuleSetVersion: pulumi.String(version)}
	}
	return &azurenetwork.WebApplicationFirewallPolicyArgs{
		PolicyName:        pulumi.String("waf-" + args.Names().Gateway),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		PolicySettings: azurenetwork.PolicySettingsArgs{
			State:                       pulumi.String("Enabled"),
			Mode:                        pulumi.String(args.Gateway.FirewallMode),
			RequestBodyCheck:            pulumi.Bool(true),
			RequestBodyEnforcement:      pulumi.Bool(true),
			RequestBodyInspectLimitInKB: pulumi.Int(128),
			MaxRequestBodySizeInKb:      pulumi.Int(128),
			FileUploadEnforcement:       pulumi.Bool(true),
			FileUploadLimitInMb:         pulumi.Int(100),
		},
		// Microsoft's own rules replace the OWASP core rule set 3.2, on which they build.
		ManagedRules: azurenetwork.ManagedRulesDefinitionArgs{ManagedRuleSets: azurenetwork.ManagedRuleSetArray{
			ruleSet("Microsoft_DefaultRuleSet", "2.1"), ruleSet("Microsoft_BotManagerRuleSet", "1.1"),
		}},
	}
}
