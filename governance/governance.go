// Package governance is what the subscription and its resource groups are held to: Azure Policy, the plans of Microsoft Defender for
// Cloud, and the inventory from which lists of allowed resource types follow.
package governance

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	authorization "aks-regulated-pulumi/internal/azurenative/authorization/v20240501"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// GovernanceArgs configures Governance.
type GovernanceArgs struct {
	config.Placement
	// Found is set where another stack has registered the custom definitions, and assigns policies to what stacks share: only those of stamps
	// and of this stack's own groups are assigned then. It has the definitions' ids by key; where it is empty they follow from subscription
	// and hub group.
	Found          map[string]string
	ResourceGroups config.ResourceGroups
	NetworkWatcher config.NetworkWatcher
	Defender       config.Defender
	BuiltInRoles   config.BuiltInRoles
	Stamps         []config.Stamp
	// Subscription is what is governed as a whole: that of the stamps.
	Subscription subscription.Subscription
	// ManagementGroupID is the Azure resource id of a management group that has the definitions and what would be assigned to the
	// subscription; empty for the subscription itself.
	ManagementGroupID string
	// Groups are governed beside those of the stamps.
	Groups []Group
	// Inventory knows what the program registers in each resource group.
	Inventory *Inventory
}

// Governance is the policies of the subscription and of the networks, and the custom definitions that each stamp's Policies assign.
// The GUIDs that name everything at the subscription depend on the hub's resource group, so that two stacks can share a subscription.
type Governance struct {
	pulumi.ResourceState

	// NICs are the assignments that forbid public addresses in a stamp's network, by the stamp's name. What is in it waits for them.
	NICs map[string]pulumi.Resource

	args        *GovernanceArgs
	name        string
	definitions map[string]policyDefinition // custom ones, by key
	defined     []pulumi.Resource           // the same, as resources
}

// NewGovernance registers the custom definitions, and nothing else yet: Azure does not know a new definition everywhere at once, and refuses
// to assign it until then. So Assign comes later, and the hub's firewall in between.
func NewGovernance(
	ctx *pulumi.Context, name string, args *GovernanceArgs, opts ...pulumi.ResourceOption,
) (*Governance, error) {
	governance := &Governance{NICs: map[string]pulumi.Resource{}, args: args, name: name, definitions: map[string]policyDefinition{}}
	// The tokens of governance and monitoring name the package cluster, in which these components began: a token is part of the URNs
	// in users' state, and so stays.
	if err := ctx.RegisterComponentResource("aksregulated:cluster:Governance", name, governance, opts...); err != nil {
		return nil, fmt.Errorf("governance: %w", err)
	}
	if args.Found != nil {
		return governance, governance.find()
	}
	return governance, governance.define(ctx, name, args)
}

// find takes the custom definitions from the stack that has registered them. Azure takes 500 of them at one scope (Azure document "Azure
// subscription and service limits"), so a set for each stack of stamps would not do.
func (g *Governance) find() error {
	for _, custom := range customDefinitions {
		id, known := g.args.Found[custom.key]
		if !known && len(g.args.Found) > 0 {
			return fmt.Errorf("policy definition %s: the stack that has the hub does not have it: update that one first", custom.key)
		}
		if !known {
			id = g.args.definitionID(custom.key)
		}
		g.definitions[custom.key] = policyDefinition{id: id, displayName: custom.displayName}
	}
	return nil
}

// DefinitionIDs are the Azure resource ids of the custom definitions that stamps assign, by key, for stacks that find them.
func (g *Governance) DefinitionIDs() pulumi.StringMap {
	ids := pulumi.StringMap{}
	for _, custom := range customDefinitions {
		definition := g.definitions[custom.key]
		// Names of assignments are made of the id as the program writes it.
		ids[custom.key] = definition.idInput().ToStringOutput().ApplyT(func(string) string { return definition.id }).(pulumi.StringOutput)
	}
	return ids
}

// Definitions are the custom definitions and the initiative. What the assignments wait for has to wait for them.
func (g *Governance) Definitions() []pulumi.Resource { return g.defined }

// Assign registers the assignments of the policies, and the plans of Microsoft Defender for Cloud. Custom definitions are assigned after
// the hub's firewall: it takes longer to be made than Azure does to know a definition, and the provider does not try a refused assignment
// again. The engine does: where the firewall is there before the definition, as with a hub of others, or when definitions move.
func (g *Governance) Assign(ctx *pulumi.Context, hub *network.Hub) error {
	steps := []func(*pulumi.Context, string, *GovernanceArgs) error{g.assignDefender, g.assignGroups, g.assignNICs, g.restrictRoles, g.setPlans}
	if g.args.Found != nil {
		steps = []func(*pulumi.Context, string, *GovernanceArgs) error{g.assignGroups, g.assignNICs}
	}
	for key, definition := range g.definitions {
		definition.after = hub.FirewallReady
		g.definitions[key] = definition
	}
	for _, register := range steps {
		if err := register(ctx, g.name, g.args); err != nil {
			return err
		}
	}
	if err := ctx.RegisterResourceOutputs(g, pulumi.Map{}); err != nil {
		return fmt.Errorf("outputs of governance: %w", err)
	}
	return nil
}

func (g *Governance) setPlans(ctx *pulumi.Context, name string, args *GovernanceArgs) error {
	if !args.Defender.Enabled {
		return nil
	}
	return setDefenderPlans(ctx, name+"-defender", args, pulumi.Parent(g))
}

// stackGUID names something at the subscription by a GUID of this stack. Stacks of several subscriptions may share a management group.
func (a *GovernanceArgs) stackGUID(key string) string {
	parts := []string{a.Subscription.Scope(), a.ResourceGroups.Hub, key}
	if a.ManagementGroupID != "" {
		parts = append([]string{a.ManagementGroupID}, parts...)
	}
	return templateGUID(parts...)
}

// whole is the Azure resource id of what is governed as a whole.
func (a *GovernanceArgs) whole() string {
	if a.ManagementGroupID != "" {
		return a.ManagementGroupID
	}
	return a.Subscription.Scope()
}

// roleAtWhole is the Azure resource id of a built-in role there.
func (a *GovernanceArgs) roleAtWhole(role rbac.BuiltInRole) string {
	if a.ManagementGroupID != "" {
		return role.AboveSubscriptions()
	}
	return role.ID(a.Subscription.ID)
}

// definitionID is the Azure resource id of a custom definition of this stack.
func (a *GovernanceArgs) definitionID(key string) string {
	return a.whole() + "/providers/Microsoft.Authorization/policyDefinitions/" + a.stackGUID(key)
}

// define registers the custom definitions, and the initiative of what sets Defender plans.
func (g *Governance) define(ctx *pulumi.Context, name string, args *GovernanceArgs) error {
	child := pulumi.Parent(g)
	// All of them, assigned or not: what a later change of the configuration assigns has then been known for long.
	for _, custom := range slices.Concat(customDefinitions, []customDefinition{restrictedRoles}) {
		if err := g.newCustomDefinition(ctx, name, custom, child); err != nil {
			return err
		}
	}
	var members authorization.PolicyDefinitionReferenceArray
	for _, member := range []struct {
		definition         policyDefinition
		reference, subPlan string
	}{
		{defenderForContainers, "EnableDefenderForAks", ""},
		{defenderForKeyVault, "EnableDefenderForAkv", perKeyVault},
		{defenderForResourceManager, "EnableDefenderForArm", perSubscription},
	} {
		reference := authorization.PolicyDefinitionReferenceArgs{
			PolicyDefinitionId:          pulumi.String(member.definition.id),
			PolicyDefinitionReferenceId: pulumi.String(member.reference),
		}
		if member.subPlan != "" {
			reference.Parameters = authorization.ParameterValuesValueMap{
				"subPlan": authorization.ParameterValuesValueArgs{Value: pulumi.String(member.subPlan)},
			}
		}
		members = append(members, reference)
	}
	const displayName = "Enable Microsoft Defender Standard"
	guid := args.stackGUID(enableDefender)
	initiative, err := g.newInitiative(ctx, name+"-enable-defender", &authorization.PolicySetDefinitionArgs{
		PolicySetDefinitionName: pulumi.String(guid),
		DisplayName:             pulumi.String(displayName),
		Description:             pulumi.String("Sets the plans of Microsoft Defender for Cloud that the platform needs to Standard."),
		PolicyType:              pulumi.String("Custom"),
		Metadata:                policyMetadata("Microsoft Defender for Cloud"),
		PolicyDefinitions:       members,
	}, child)
	if err != nil {
		return fmt.Errorf("policy initiative %s: %w", enableDefender, err)
	}
	g.definitions[enableDefender] = policyDefinition{
		id:          args.whole() + "/providers/Microsoft.Authorization/policySetDefinitions/" + guid,
		displayName: displayName,
		registered:  initiative.ID().ToStringOutput(),
	}
	g.defined = append(g.defined, initiative)
	return nil
}

// assignDefender assigns the initiative to the subscription, and gives its identity the role without which it could only report.
func (g *Governance) assignDefender(ctx *pulumi.Context, name string, args *GovernanceArgs) error {
	child := pulumi.Parent(g)
	definition := g.definitions[enableDefender]
	assignment, err := assignPolicy(ctx, name+"-enable-defender", policyAssignment{
		definition: definition,
		nameParts:  []string{args.Subscription.ID},
		scope:      pulumi.String(args.whole()), atManagementGroup: args.ManagementGroupID != "",
		displayName: definition.displayName,
		description: "Reports Defender plans that are not at Standard, and sets them when the " +
			"subscription is updated or remediated.",
		unenforced:       !args.Defender.Enabled || !args.Defender.EnforcePolicies,
		identityLocation: args.Location,
	}, child)
	if err != nil {
		return err
	}
	_, err = rbac.Assign(ctx, name+"-enable-defender", &rbac.AssignmentArgs{
		RoleDefinitionID: pulumi.String(args.roleAtWhole(rbac.SecurityAdmin)),
		PrincipalID:      assignment.Identity.PrincipalId().Elem(),
		Scope:            pulumi.String(args.whole()),
		Description:      "Azure Policy sets the plans of Microsoft Defender for Cloud.",
	}, child)
	return err
}

// assignNICs forbids public addresses in each stamp's network. NICs are in workload and node groups, not with their network, so the
// scope is the whole subscription. Ids are built from names, so that the policies are in force before the networks exist.
func (g *Governance) assignNICs(ctx *pulumi.Context, name string, args *GovernanceArgs) error {
	definition := g.definitions[noPublicNICs]
	for _, stamp := range args.Stamps {
		vnetID := stamp.NetworkIn(args.Subscription.Scope() + "/resourceGroups/" + args.ResourceGroups.Spokes)
		assignment, err := assignPolicy(ctx, name+"-nics-"+stamp.Name, policyAssignment{
			definition: definition,
			nameParts:  []string{vnetID},
			scope:      pulumi.String(args.whole()), atManagementGroup: args.ManagementGroupID != "",
			displayName: fmt.Sprintf("Network interfaces in cluster [%s] should not have public IPs", resourceid.Name(vnetID)),
			description: "Denies network interfaces and scale sets with public IP addresses in the cluster's virtual network.",
			message: fmt.Sprintf("%s is the network of a regulated cluster: no network interface in it may have a public IP address.",
				resourceid.Name(vnetID)),
			parameters: map[string]pulumi.Input{"vnetResourceId": pulumi.String(vnetID)},
			// "pulumi state move" of a stamp's resources leaves their parents behind, unless they are moved with all of their children.
		}, pulumi.Parent(g), pulumi.Aliases([]pulumi.Alias{{NoParent: pulumi.Bool(true)}}))
		if err != nil {
			return err
		}
		g.NICs[stamp.Name] = assignment
	}
	return nil
}
