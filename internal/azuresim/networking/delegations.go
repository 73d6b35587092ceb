package networking

import (
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Services to which subnets of the platform are delegated.
const (
	// ContainerGroups is the type of container groups.
	ContainerGroups = "Microsoft.ContainerInstance/containerGroups"
	// ApplicationGateways is the type of application gateways.
	ApplicationGateways = "Microsoft.Network/applicationGateways"
)

// DelegatedServices are those to which the simulator lets subnets be delegated (Azure document "Subnet delegation", 2026-06). Besides
// container groups and application gateways it has none of them.
var DelegatedServices = []string{
	ContainerGroups, ApplicationGateways, "Microsoft.App/environments", "Microsoft.DBforPostgreSQL/flexibleServers",
	"Microsoft.Network/dnsResolvers", "Microsoft.Web/serverFarms",
}

// Delegation is the service to which a subnet is delegated, in Azure's spelling; empty if there is none.
func Delegation(subnet any) string {
	for _, delegated := range tree.List(subnet, "delegations") {
		for _, known := range DelegatedServices {
			if strings.EqualFold(known, tree.Text(delegated, "serviceName")) {
				return known
			}
		}
	}
	return ""
}

// inOwnSubscription are the types whose network interfaces have to be in the subscription of their network (Azure documents "Create, change, or
// delete a network interface" and "What is a private endpoint?"). For Application Gateway no document says so. The code is the simulator's.
var inOwnSubscription = map[string]bool{
	"Microsoft.Network/networkInterfaces": true, "Microsoft.Network/privateEndpoints": true, arm.ScaleSets: true, arm.ManagedClusters: true,
	"Microsoft.VirtualMachineImages/imageTemplates": true,
}

// CheckJoins refuses what would come into a subnet that belongs to another service, or whose network is locked.
func CheckJoins(op *arm.Operation) error {
	if !op.Kind.JoinsSubnets && !op.Kind.JoinsOnRun {
		return nil
	}
	s := op.Sub
	for _, id := range arm.SortedReferences(op) {
		subnet := SubnetOf(s, id)
		if subnet == nil {
			continue
		}
		if inOwnSubscription[op.Kind.ARMType()] && !strings.EqualFold(resourceid.Subscription(id), resourceid.Subscription(op.ID)) {
			return arm.BadRequest("SubnetNotInSubscription", "%s cannot be in subnet %s, which is in another subscription", op.ID, id)
		}
		if service := Delegation(subnet); service != "" && service != op.Kind.ARMType() {
			return arm.BadRequest("SubnetIsDelegated", "%s cannot be in subnet %s, which is delegated to %s", op.ID, id, service)
		}
		if op.Old != nil && op.Old.RefersTo(id) {
			continue
		}
		if err := authz.CheckJoinDenied(s, op.ID, id); err != nil {
			return err
		}
	}
	return nil
}
