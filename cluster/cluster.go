// Package cluster is the cluster of a stamp and what stands beside it: registry, vault, gateway, jump boxes and virtual nodes.
package cluster

import (
	"fmt"
	"slices"
	"time"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// How long Pulumi waits for AKS: an update may replace every node of three pools, one after the other. A job of the workflows has 350
// minutes; an update that Pulumi gives up before leaves a state that the next one repairs, while one that is cut off does not.
const (
	clusterCreateTimeout = 90 * time.Minute
	clusterUpdateTimeout = 5 * time.Hour
)

// ClusterArgs configures Cluster.
type ClusterArgs struct {
	stamp.Site
	Cluster   config.Cluster
	NodePools config.NodePools
	// TenantID is the GUID of the Entra tenant of the Azure login.
	TenantID string
	Spoke    *network.ClusterSpoke
	DNS      *network.PrivateDNS
	// LeftNetworkRoles are the control plane's on a given network, if its owner assigns them; otherwise nil.
	LeftNetworkRoles *network.LeftRoles
	// WorkspaceID is the Azure resource id of the Log Analytics workspace that takes the diagnostics and container logs.
	WorkspaceID pulumi.StringInput
	// RegistryID is the Azure resource id of the container registry that the nodes pull from.
	RegistryID pulumi.StringInput
	// After changes the spoke's network, and so must exist before nodes join it: the private endpoints.
	After []pulumi.Resource
}

// Cluster is the private AKS cluster of a stamp. A resource that depends on its Members also waits until the nodes may pull images.
type Cluster struct {
	pulumi.ResourceState
	component.Roster

	// Managed is the cluster itself. Deleting it deletes everything in it.
	Managed pulumi.Resource
	// ClusterID is the Azure resource id of the cluster, ClusterName its name.
	ClusterID, ClusterName pulumi.StringOutput
	// UID distinguishes the cluster from a later one with the same ClusterID.
	UID pulumi.StringOutput
	// KubeletObjectID is the Entra object id of the identity that the nodes pull images with.
	KubeletObjectID pulumi.StringOutput
	// OIDCIssuerURL is the issuer of the cluster's service account tokens, which federated credentials name.
	OIDCIssuerURL pulumi.StringOutput
}

// NewCluster registers the cluster with the identity of its control plane, its maintenance windows, logs and right to pull images.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{}
	if err := component.Register(ctx, "aksregulated:cluster:Cluster", name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	child := pulumi.Parent(cluster)
	identityID, roles, err := newControlPlaneIdentity(ctx, name, args, child)
	if err != nil {
		return nil, err
	}
	managed, err := containerservice.NewManagedCluster(ctx, name, managedCluster(args, identityID), child,
		// AKS checks the roles when it starts. Its nodes join only if routes, egress and peerings exist, and find the API server only
		// if its zone is linked to the hub.
		pulumi.DependsOn(slices.Concat(roles, args.Spoke.Members(), args.DNS.Members(), args.After)),
		// AKS fills these in by itself, and azure-native replaces the cluster when they change.
		pulumi.IgnoreChanges([]string{"linuxProfile", "windowsProfile"}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{
			Create: clusterCreateTimeout.String(), Update: clusterUpdateTimeout.String(), Delete: clusterCreateTimeout.String(),
		}),
		pulumi.Transformations([]pulumi.ResourceTransformation{withoutPodCIDR}),
		pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("managed cluster: %w", err)
	}
	cluster.Managed = managed
	cluster.ClusterID = managed.ID().ToStringOutput()
	cluster.ClusterName = managed.Name
	cluster.UID = managed.ResourceUID
	cluster.KubeletObjectID = managed.IdentityProfile.MapIndex(pulumi.String("kubeletidentity")).ObjectId().Elem()
	cluster.OIDCIssuerURL = managed.OidcIssuerProfile.IssuerURL().Elem()
	before, err := newNextPools(ctx, name, args, managed, child)
	if err != nil {
		return nil, err
	}
	if err := newMaintenanceWindows(ctx, name, args, cluster.ClusterName, before, child); err != nil {
		return nil, err
	}
	if _, err := assignRoles(ctx, name, nodeRoles(args), cluster.KubeletObjectID, child); err != nil {
		return nil, err
	}
	err = diagnostics.Send(ctx, name, "default", diagnostics.Cluster, cluster.ClusterID, args.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(cluster, pulumi.Map{
		"clusterId": cluster.ClusterID, "clusterName": cluster.ClusterName,
		"kubeletObjectId": cluster.KubeletObjectID, "oidcIssuerUrl": cluster.OIDCIssuerURL,
	}); err != nil {
		return nil, fmt.Errorf("outputs of cluster: %w", err)
	}
	return cluster, nil
}
