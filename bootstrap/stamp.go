// Package bootstrap gets Flux into a cluster, pointed at the repository with the cluster's manifests, and gives it the values that the
// manifests want: by the AKS extension (Flux), or through the Kubernetes API for updates that run inside the network (Manifests).
package bootstrap

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// Settings are the sections of the configuration from which the bootstrap and the values in the manifests follow.
type Settings struct {
	Bootstrap    config.Bootstrap
	Cluster      config.Cluster
	NodePools    config.NodePools
	Ingress      config.Ingress
	VirtualNodes config.VirtualNodes
}

// StampArgs are the parts of a stamp that the bootstrap takes values from and waits for.
type StampArgs struct {
	stamp.Site
	Settings Settings
	// TenantID is the GUID of the Entra tenant of the Azure login.
	TenantID string
	Spoke    *network.ClusterSpoke
	DNS      *network.PrivateDNS
	Registry *cluster.Registry
	Vault    *cluster.Vault
	Ingress  *cluster.IngressIdentity
	Cluster  *cluster.Cluster
	// VirtualNodes is nil unless they are enabled.
	VirtualNodes *cluster.VirtualNodes
}

// Names of what follows the repository, the same in both modes: the extension joins them with a dash.
const (
	configurationName  = "bootstrap"
	kustomizationName  = "unified"
	falcoKustomization = "falco"
	// applierAccount is the service account that applies the manifests (Azure document "GitOps Flux v2 configurations with AKS and
	// Azure Arc-enabled Kubernetes").
	applierAccount = "flux-applier"
)

// ready is everything without which pods of the manifests do not start: their images and the network to pull them over, the right to pull
// them, the certificate, and the right to read it. The walkthrough waits only for the right to pull.
func (a *StampArgs) ready() []pulumi.Resource {
	ready := slices.Concat(
		a.Spoke.Members(), a.DNS.Members(), a.Registry.Endpoint.Members(), []pulumi.Resource{a.Registry.Imported},
		a.Vault.Members(), a.Ingress.Members(), a.Cluster.Members(),
	)
	if a.VirtualNodes != nil {
		ready = append(ready, a.VirtualNodes.Members()...)
	}
	return ready
}

// withCluster makes Pulumi skip the deletion of resources in the cluster if the cluster itself is deleted: pruning would only wait for
// finalizers of what is deleted anyway.
func (a *StampArgs) withCluster() pulumi.ResourceOption { return pulumi.DeletedWith(a.Cluster.Managed) }
