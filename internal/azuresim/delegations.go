package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

// containerGroups is the type of container groups, and the service to which their subnets are delegated.
const containerGroups = "Microsoft.ContainerInstance/containerGroups"

// delegatedServices are those to which the simulator lets subnets be delegated (Azure document "Subnet delegation"). Besides container
// groups it has none of them.
var delegatedServices = []string{
	containerGroups, "Microsoft.App/environments", "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.Network/dnsResolvers",
	"Microsoft.Web/serverFarms",
}

// delegation is the service to which a subnet is delegated, in Azure's spelling; empty if there is none.
func delegation(subnet any) string {
	for _, delegated := range tree.List(subnet, "delegations") {
		for _, known := range delegatedServices {
			if strings.EqualFold(known, tree.Text(delegated, "serviceName")) {
				return known
			}
		}
	}
	return ""
}

func checkDelegations(op *operation, subnet any) error {
	name, delegations := tree.Text(subnet, "name"), tree.List(subnet, "delegations")
	if len(delegations) > 1 {
		return badRequest("SubnetDelegationCountExceeded", "subnet %s of %s has %d delegations; it can have one", name, op.id, len(delegations))
	}
	for _, delegated := range delegations {
		if tree.Text(delegated, "name") == "" {
			return badRequest("InvalidRequestFormat", "the delegation of subnet %s of %s needs a name", name, op.id)
		}
		if delegation(subnet) == "" {
			return badRequest("InvalidServiceNameOnDelegation", "subnet %s of %s cannot be delegated to %q; the simulator knows %s",
				name, op.id, tree.Text(delegated, "serviceName"), strings.Join(delegatedServices, ", "))
		}
	}
	return nil
}

// checkDelegationInUse refuses another delegation for a subnet that something has addresses in.
func checkDelegationInUse(op *operation, before, after any) error {
	was, is := delegation(before), delegation(after)
	if was == is {
		return nil
	}
	if occupant := op.sub.occupantOf(op.id+"/subnets/"+tree.Text(before, "name"), op.id); occupant != "" {
		return badRequest("SubnetDelegationsCannotChangeWhenSubnetUsedByResource", "delegation of subnet %s cannot change from %q to %q: it is in use by %s",
			tree.Text(before, "name"), was, is, occupant)
	}
	return nil
}

// checkJoins refuses what would come into a subnet that belongs to a service, or whose network is locked.
func checkJoins(op *operation) error {
	if !op.kind.joinsSubnets && !op.kind.joinsOnRun {
		return nil
	}
	s := op.sub
	for _, id := range sortedReferences(op) {
		subnet := s.subnetOf(id)
		if subnet == nil {
			continue
		}
		if service := delegation(subnet); service != "" {
			return badRequest("SubnetIsDelegated", "%s cannot be in subnet %s, which is delegated to %s", op.id, id, service)
		}
		if op.old != nil && op.old.refersTo(id) {
			continue
		}
		if err := checkJoinDenied(s, op.id, id); err != nil {
			return err
		}
	}
	return nil
}

// sortedReferences are the ids that a resource needs, in a stable order.
func sortedReferences(op *operation) []string {
	var ids []string
	for id := range referencesOf(op.kind, op.inputs) {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
