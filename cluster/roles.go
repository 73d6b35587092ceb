package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
	"aks-regulated-pulumi/stamp"
)

// roleAssignment is one role of an identity, with the reason for it. This file has those of all identities in a stamp.
type roleAssignment struct {
	logicalName string
	// roleID is the Azure resource id of the role definition.
	roleID pulumi.StringInput
	// scope is the Azure resource id at which the role holds.
	scope pulumi.StringInput
	why   string
}

// networkRole is a built-in role of the control plane on the spoke: on one of its subnets, by the program's name, or on all of it.
type networkRole struct {
	logicalName string
	role        rbac.BuiltInRole
	roleName    string
	subnet      string
	why         string
}

// networkRoles are those of the control plane: on subnets one by one. Only what links a zone is on the network.
func networkRoles(args *ClusterArgs) []networkRole {
	join := func(logicalName, subnet, why string) networkRole {
		return networkRole{logicalName, rbac.NetworkContributor, "Network Contributor", subnet, why}
	}
	roles := []networkRole{
		join("system", network.SubnetSystemNodePool, "AKS joins the nodes of the system pool to this subnet."),
		join("inscope", network.SubnetInScopeNodePools, "AKS joins the nodes of the in-scope pools to this subnet."),
		join("outofscope", network.SubnetOutOfScopeNodePools, "AKS joins the nodes of the out-of-scope pools to this subnet."),
		join("ingress", network.SubnetIngressServices, "AKS joins the internal load balancer of the ingress controller to this subnet."),
	}
	if args.DNS.APIServerZoneID == nil {
		return roles
	}
	return append(roles, networkRole{"link", rbac.PrivateDNSZoneContributor, "Private DNS Zone Contributor", "",
		"AKS links the private DNS zone of its API server to this virtual network."})
}

// controlPlaneRoles are all that the control plane may do outside its own resource group, but for what is left to others.
func controlPlaneRoles(args *ClusterArgs) []roleAssignment {
	var roles []roleAssignment
	if args.DNS.APIServerZoneID != nil && args.DNS.APIServerZoneLeft() == "" {
		writeZone := builtIn(args.Site, rbac.PrivateDNSZoneContributor)
		if in := args.DNS.APIServerZoneSubscription(); in != "" {
			writeZone = pulumi.String(rbac.PrivateDNSZoneContributor.ID(in))
		}
		roles = append(roles, roleAssignment{"dns", writeZone, args.DNS.APIServerZoneID, recordOfAPIServer})
	}
	if args.LeftNetworkRoles != nil {
		return roles
	}
	for _, row := range networkRoles(args) {
		scope := args.Spoke.VNetID
		if row.subnet != "" {
			scope = args.Spoke.SubnetID(row.subnet)
		}
		roles = append(roles, roleAssignment{row.logicalName, builtIn(args.Site, row.role), scope, row.why})
	}
	return roles
}

// awaitNetworkRoles leaves the roles on a given network to its owner.
func awaitNetworkRoles(
	ctx *pulumi.Context, name string, args *ClusterArgs, principalID pulumi.StringOutput, opts ...pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	if args.LeftNetworkRoles == nil {
		return nil, nil
	}
	var granted []pulumi.Resource
	for _, row := range networkRoles(args) {
		scope := args.Stamp.NetworkID
		if row.subnet != "" {
			scope += "/subnets/" + args.Stamp.SubnetName(row.subnet)
		}
		there, err := args.LeftNetworkRoles.Await(ctx, name+"-"+row.logicalName+"-role", handover.Role{
			Principal: args.Names().ControlPlaneIdentity, Role: row.roleName, RoleID: string(row.role), Scope: scope, Reason: row.why,
		}, principalID, opts...)
		if err != nil {
			return nil, err
		}
		granted = append(granted, there)
	}
	return granted, nil
}

const recordOfAPIServer = "AKS writes the record of its private API server into this zone."

// nodeRoles are those of the identity of all nodes.
func nodeRoles(args *ClusterArgs) []roleAssignment {
	return []roleAssignment{
		{"pull", builtIn(args.Site, rbac.AcrPull), args.RegistryID, "The nodes pull images from this registry."},
	}
}

func gatewayRoles(args *GatewayArgs) []roleAssignment {
	return []roleAssignment{
		{"secrets", builtIn(args.Site, rbac.KeyVaultSecretsUser), args.Vault.VaultID,
			"The gateway reads its listener's certificate and the ingress root from this vault."},
		{"read", builtIn(args.Site, rbac.KeyVaultReader), args.Vault.VaultID,
			"The gateway looks this vault up before it reads its certificates."},
	}
}

func ingressRoles(args *IngressIdentityArgs) []roleAssignment {
	return []roleAssignment{
		{"secrets", builtIn(args.Site, rbac.KeyVaultSecretsUser), args.VaultID, "The ingress controller reads its certificate and key."},
		{"reader", builtIn(args.Site, rbac.KeyVaultReader), args.VaultID,
			"The ingress controller sees which version of its certificate is current."},
	}
}

func importRoles(args *RegistryArgs, registryID pulumi.StringInput) []roleAssignment {
	roles := []roleAssignment{
		{"import", args.ImportRoleID, registryID, "The deployment script imports the bootstrap images into this registry."},
	}
	if args.Scripts.Private() {
		roles = append(roles, roleAssignment{"storage", builtIn(args.Site, rbac.StorageFileDataPrivileged),
			pulumi.String(args.Scripts.StorageAccountID), "The deployment script keeps its files in this account."})
	}
	return roles
}

// containerGroupRoles are those of the identity that container groups pull images with.
func containerGroupRoles(args *VirtualNodesArgs) []roleAssignment {
	return []roleAssignment{
		{"pull", builtIn(args.Site, rbac.AcrPull), args.Registry.RegistryID, "Container groups pull images from this registry."},
	}
}

// virtualNodesRoles are what the identity of all nodes gets for virtual nodes: workload identity, the alternative, rules out pulling
// from a registry without public access. Its custom roles are beside their definitions.
func virtualNodesRoles(args *VirtualNodesArgs, pullIdentityID pulumi.StringInput) []roleAssignment {
	return []roleAssignment{
		// Giving a container group an identity requires a right at that identity, which the custom role does not contain.
		{"assign", builtIn(args.Site, rbac.ManagedIdentityOperator), pullIdentityID,
			"Virtual nodes give container groups the identity that pulls images."},
	}
}

func builtIn(site stamp.Site, role rbac.BuiltInRole) pulumi.StringInput {
	return pulumi.String(role.ID(site.SubscriptionID))
}

// assignRoles assigns every role of a table to a principal, an Entra object id. It returns the assignments, for resources that have to
// wait for them.
func assignRoles(
	ctx *pulumi.Context, name string, table []roleAssignment, principal pulumi.StringInput, opts ...pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	var assigned []pulumi.Resource
	for _, row := range table {
		assignment, err := rbac.Assign(ctx, name+"-"+row.logicalName, &rbac.AssignmentArgs{
			RoleDefinitionID: row.roleID, PrincipalID: principal, Scope: row.scope, Description: row.why,
		}, opts...)
		if err != nil {
			return nil, err
		}
		assigned = append(assigned, assignment)
	}
	return assigned, nil
}
