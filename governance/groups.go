package governance

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/subscription"
)

// Group is a resource group that does not belong to a stamp.
type Group struct {
	// Key ends logical names, Name is the group's name, Known the same once the group exists.
	Key, Name string
	Known     pulumi.StringInput
	In        subscription.Subscription
	// Networks means that the group has virtual networks.
	Networks bool
}

// assignGroups assigns what resource groups beside those of stamps have in common.
func (g *Governance) assignGroups(ctx *pulumi.Context, name string, args *GovernanceArgs) error {
	for _, of := range args.Groups {
		_, err := assignPolicy(ctx, name+"-"+of.Key+"-types", groupAssignment(
			allowedTypes, of.In.ID, of.Name, of.Known,
			"Denies resources of types that the platform has none of here.",
			map[string]pulumi.Input{"listOfResourceTypesAllowed": args.Inventory.Types(of.Name, spokeTypes[of.Key]...)},
		), pulumi.Parent(g))
		if err != nil {
			return err
		}
		if !of.Networks {
			continue
		}
		_, err = assignPolicy(ctx, name+"-"+of.Key+"-watcher", groupAssignment(
			networkWatcher, of.In.ID, of.Name, of.Known,
			"Audits that the region of each virtual network has a Network Watcher.",
			map[string]pulumi.Input{"resourceGroupName": pulumi.String(args.NetworkWatcher.ResourceGroup)},
		), pulumi.Parent(g))
		if err != nil {
			return err
		}
	}
	return nil
}

// AssignWatcher assigns the allowed types to the group of Azure's Network Watchers in a subscription. Stacks of a subscription share it, and
// its owner may have policies of their own there, so nothing is denied. Azure creates the group some time after the first network: it exists
// once watcher does.
func (g *Governance) AssignWatcher(ctx *pulumi.Context, in subscription.Subscription, watcher pulumi.Resource) error {
	args := g.args
	group := args.NetworkWatcher.ResourceGroup
	assignment := groupAssignment(allowedTypes, in.ID, group, pulumi.String(group),
		"Reports resources other than Network Watchers and flow logs; denies nothing, since the group is Azure's.",
		map[string]pulumi.Input{"listOfResourceTypesAllowed": args.Inventory.Types(group)})
	assignment.nameParts = append(assignment.nameParts, args.ResourceGroups.Hub)
	assignment.unenforced = true
	_, err := assignPolicy(ctx, in.Name(g.name+"-watcher-types"), assignment, pulumi.Parent(g), pulumi.DependsOn([]pulumi.Resource{watcher}))
	return err
}
