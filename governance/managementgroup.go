package governance

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	authorization "aks-regulated-pulumi/internal/azurenative/authorization/v20240501"
	"aks-regulated-pulumi/internal/resourceid"
)

// shortName is the name of an assignment at a management group, by its GUID: Azure takes 24 characters there (Azure document "Naming rules and
// restrictions for Azure resources").
func shortName(guid string) string { return strings.ReplaceAll(guid, "-", "")[:24] }

// newDefinition registers a definition at the subscription or the management group. The provider has a type for each.
func (g *Governance) newDefinition(
	ctx *pulumi.Context, name string, args *authorization.PolicyDefinitionArgs, opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	group := g.args.ManagementGroupID
	if group == "" {
		return authorization.NewPolicyDefinition(ctx, name, args, opts...)
	}
	return authorization.NewPolicyDefinitionAtManagementGroup(ctx, name, &authorization.PolicyDefinitionAtManagementGroupArgs{
		ManagementGroupId:    pulumi.String(resourceid.Name(group)),
		PolicyDefinitionName: args.PolicyDefinitionName, DisplayName: args.DisplayName, Description: args.Description,
		PolicyType: args.PolicyType, Mode: args.Mode, Metadata: args.Metadata, Parameters: args.Parameters, PolicyRule: args.PolicyRule,
	}, opts...)
}

// newInitiative is newDefinition for an initiative.
func (g *Governance) newInitiative(
	ctx *pulumi.Context, name string, args *authorization.PolicySetDefinitionArgs, opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	group := g.args.ManagementGroupID
	if group == "" {
		return authorization.NewPolicySetDefinition(ctx, name, args, opts...)
	}
	return authorization.NewPolicySetDefinitionAtManagementGroup(ctx, name, &authorization.PolicySetDefinitionAtManagementGroupArgs{
		ManagementGroupId:       pulumi.String(resourceid.Name(group)),
		PolicySetDefinitionName: args.PolicySetDefinitionName, DisplayName: args.DisplayName, Description: args.Description,
		PolicyType: args.PolicyType, Metadata: args.Metadata, PolicyDefinitions: args.PolicyDefinitions,
	}, opts...)
}
