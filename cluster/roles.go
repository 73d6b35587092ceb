package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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

// controlPlaneRoles are all that the control plane may do outside its own resource group: subnets one by one, not the network.
func controlPlaneRoles(args *ClusterArgs) []roleAssignment {
	joinSubnet := builtIn(args.Site, rbac.NetworkContributor)
	writeZone := builtIn(args.Site, rbac.PrivateDNSZoneContributor)
	subnet := args.Spoke.SubnetID
	var zone []roleAssignment
	if args.DNS.APIServerZoneID != nil {
		zone = append(zone, roleAssignment{"link", writeZone, args.Spoke.VNetID,
			"AKS links the private DNS zone of its API server to this virtual network."})
	}
	if args.DNS.APIServerZoneID != nil && args.DNS.APIServerZoneLeft() == "" {
		if in := args.DNS.APIServerZoneSubscription(); in != "" {
			writeZone = pulumi.String(rbac.PrivateDNSZoneContributor.ID(in))
		}
		zone = append(zone, roleAssignment{"dns", writeZone, args.DNS.APIServerZoneID, recordOfAPIServer})
	}
	return append(zone, []roleAssignment{
		{"system", joinSubnet, subnet(network.SubnetSystemNodePool),
			"AKS joins the nodes of the system pool to this subnet."},
		{"inscope", joinSubnet, subnet(network.SubnetInScopeNodePools),
			"AKS joins the nodes of the in-scope pools to this subnet."},
		{"outofscope", joinSubnet, subnet(network.SubnetOutOfScopeNodePools),
			"AKS joins the nodes of the out-of-scope pools to this subnet."},
		{"ingress", joinSubnet, subnet(network.SubnetIngressServices),
			"AKS joins the internal load balancer of the ingress controller to this subnet."},
	}...)
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
