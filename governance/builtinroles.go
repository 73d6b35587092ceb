package governance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	authorization "aks-regulated-pulumi/internal/azurenative/authorization/v20240501"
	"aks-regulated-pulumi/rbac"
)

// Fields of role assignments, as the aliases of Azure Policy name them. Rules on the alias of the scope
// are reported to match nothing (such as in Azure/azure-policy issue 1051), so the rule looks at the id.
const (
	assignedRole      = "Microsoft.Authorization/roleAssignments/roleDefinitionId"
	assignedPrincipal = "Microsoft.Authorization/roleAssignments/principalId"
)

// Parameters of the definition.
const (
	allowedRoles     = "allowedRoleIds"
	exemptPrincipals = "exemptPrincipalIds"
	effectParameter  = "effect"
)

// maxCounted is the most values that a rule can count (Azure document "Azure Policy definition structure policy rule").
const maxCounted = 100

// subscriptionRoles are the built-in roles that a deployment of the platform assigns at the subscription itself. Its custom roles are
// assigned only at scopes below.
var subscriptionRoles = []struct {
	role rbac.BuiltInRole
	// defender marks roles that Defender for Cloud assigns by itself once its plan Containers is on.
	defender bool
	why      string
}{
	{rbac.SecurityAdmin, false, "identity of the policy that sets Defender plans"},
	{rbac.KubernetesAgentlessOperator, true, "extension AgentlessDiscoveryForKubernetes finds clusters"},
	{rbac.VMScannerOperator, true, "extension AgentlessVmScanning reads disks of nodes"},
}

// restrictedRoles is assigned only if configured. An id does not show whether a role is built-in or custom, so the
// rule lists what is allowed, and finds every other role.
var restrictedRoles = customDefinition{
	key: "RestrictRolesAtSubscription", logicalName: "restricted-roles", category: "Security",
	displayName: "Only listed roles should be assigned at the subscription itself",
	description: "Finds role assignments at the subscription, not at its resource groups and resources, of roles that are not on a " +
		"list. Deny refuses new ones; those that exist already are only reported.",
	parameters: authorization.ParameterDefinitionsValueMap{
		allowedRoles:     listParameter("Allowed roles", "GUIDs of the role definitions that may be assigned."),
		exemptPrincipals: listParameter("Exempt principals", "Entra object ids of principals that may be given any role."),
		effectParameter: authorization.ParameterDefinitionsValueArgs{
			Type:          pulumi.String("String"),
			AllowedValues: pulumi.ToArray([]any{"Audit", "Deny", "Disabled"}),
			DefaultValue:  pulumi.String("Audit"),
			Metadata: authorization.ParameterDefinitionsValueMetadataArgs{
				DisplayName: pulumi.String("Effect"),
				Description: pulumi.String("What happens to an assignment that is not on the list."),
			},
		},
	},
	denied: allOf{
		typeIs("Microsoft.Authorization/roleAssignments"),
		fieldCondition{"id", "notContains", pulumi.String("/resourceGroups/")},
		// Counting needs no function that fails on a missing field, which Azure Policy would treat as a denial.
		noValue{allowedRoles, fieldCondition{
			assignedRole, "like", pulumi.String("[concat('*/', current('" + allowedRoles + "'))]"),
		}},
		fieldCondition{assignedPrincipal, "notIn", pulumi.String("[parameters('" + exemptPrincipals + "')]")},
	},
	effect: "[parameters('" + effectParameter + "')]",
}

func listParameter(displayName, description string) authorization.ParameterDefinitionsValueArgs {
	return authorization.ParameterDefinitionsValueArgs{
		Type: pulumi.String("Array"),
		Metadata: authorization.ParameterDefinitionsValueMetadataArgs{
			DisplayName: pulumi.String(displayName), Description: pulumi.String(description),
		},
	}
}

// restrictRoles assigns the policy against built-in roles at the subscription, if configured. It needs no order, since the list has
// the roles that an update assigns.
func (g *Governance) restrictRoles(ctx *pulumi.Context, name string, args *GovernanceArgs) error {
	cfg := args.BuiltInRoles
	if !cfg.Restrict {
		return nil
	}
	definition := g.definitions[restrictedRoles.key]
	description := "Audits assignments, at the subscription itself, of roles that are not on the list."
	if cfg.Effect == "Deny" {
		description = "Denies new assignments, at the subscription itself, of roles that are not on the list; existing ones are only reported."
	}
	_, err := assignPolicy(ctx, name+"-"+restrictedRoles.logicalName, policyAssignment{
		definition: definition,
		nameParts:  []string{args.Subscription.ID},
		scope:      pulumi.String(args.whole()), atManagementGroup: args.ManagementGroupID != "",
		displayName: definition.displayName,
		description: description,
		message: "This role may not be assigned at the subscription itself. Assign it at a resource group or resource, use a custom role " +
			"on the list, or have the platform's owners add it to builtInRoles.exemptRoleIds, or its holder to exemptPrincipalIds.",
		parameters: map[string]pulumi.Input{
			allowedRoles:     pulumi.ToStringArray(rolesAtSubscription(cfg, args.Defender)),
			exemptPrincipals: pulumi.ToStringArray(distinct(cfg.ExemptPrincipalIDs)),
			effectParameter:  pulumi.String(cfg.Effect),
		},
	}, pulumi.Parent(g))
	return err
}

// CheckRoles returns what is wrong with builtInRoles.exemptRoleIds in combination with the roles that the platform assigns itself.
func CheckRoles(roles config.BuiltInRoles, defender config.Defender) []config.Problem {
	most := maxCounted - len(rolesAtSubscription(roles, defender)) + len(roles.ExemptRoleIDs)
	if given := len(roles.ExemptRoleIDs); given > most {
		return []config.Problem{{
			Key: "builtInRoles.exemptRoleIds", Value: fmt.Sprintf("%d roles", given),
			Allowed: fmt.Sprintf("at most %d roles: Azure Policy goes through %d, with those of the platform", most, maxCounted),
		}}
	}
	return nil
}

// rolesAtSubscription are the GUIDs of the roles that may be assigned at the subscription.
func rolesAtSubscription(settings config.BuiltInRoles, defender config.Defender) []string {
	var roles []string
	for _, assigned := range subscriptionRoles {
		if defender.Enabled || !assigned.defender {
			roles = append(roles, string(assigned.role))
		}
	}
	return distinct(append(roles, settings.ExemptRoleIDs...))
}

// distinct are GUIDs in lower case, sorted and without duplicates, so that another spelling or order changes no policy.
func distinct(guids []string) []string {
	sorted := make([]string, 0, len(guids))
	for _, guid := range guids {
		sorted = append(sorted, strings.ToLower(guid))
	}
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
