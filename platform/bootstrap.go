package platform

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/bootstrap"
	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
)

// bootstrapSettings are the sections of the configuration from which the bootstrap follows.
func bootstrapSettings(cfg *config.Config) bootstrap.Settings {
	return bootstrap.Settings{
		Bootstrap: cfg.Bootstrap, Cluster: cfg.Cluster, NodePools: cfg.NodePools, Ingress: cfg.Ingress, VirtualNodes: cfg.VirtualNodes,
	}
}

// newBootstrap gets Flux into a stamp's cluster in the configured way. It returns outputs about Flux and the virtual nodes.
func newBootstrap(ctx *pulumi.Context, name string, args *bootstrap.StampArgs, opts ...pulumi.ResourceOption) (pulumi.Map, error) {
	folders, err := bootstrap.Folders(args)
	if err != nil {
		return nil, err
	}
	switch args.Settings.Bootstrap.Mode {
	case config.ModeFlux:
		_, err = bootstrap.NewFlux(ctx, name, &bootstrap.FluxArgs{StampArgs: args, Folders: folders}, opts...)
	case config.ModeManifests:
		_, err = bootstrap.NewManifests(ctx, name, &bootstrap.ManifestsArgs{StampArgs: args, Folders: folders}, opts...)
	case config.ModeNone:
		// For a first update: mode manifests needs a machine inside the network, which only exists after it.
	}
	if err != nil {
		return nil, err
	}
	repository := args.Settings.Bootstrap.Repository
	outputs := pulumi.Map{"gitOps": pulumi.Map{
		"mode":          pulumi.String(args.Settings.Bootstrap.Mode),
		"repositoryUrl": pulumi.String(repository.URL),
		"branch":        pulumi.String(repository.Branch),
		"path":          pulumi.String(repository.Path),
		"substitutions": folders[0].Substitutions,
	}}
	if nodes := args.VirtualNodes; nodes != nil {
		substitutions, err := bootstrap.VirtualNodesSubstitutions(args)
		if err != nil {
			return nil, err
		}
		outputs["virtualNodes"] = pulumi.Map{
			"enabled":           pulumi.Bool(true),
			"nodes":             pulumi.Int(args.Settings.VirtualNodes.Nodes),
			"resourceGroupName": nodes.ResourceGroupName,
			"subnetId":          nodes.SubnetID,
			"substitutions":     substitutions,
		}
	}
	return outputs, nil
}

// nodePools are the pools of every cluster, as cmd/validate compares them with nodes. Only a scope that pods can select is set.
func nodePools(sizes config.NodePools, zones []string) pulumi.Array {
	var pools pulumi.Array
	for _, pool := range cluster.NodePools(sizes) {
		scope := ""
		if pool.Labelled {
			scope = pool.Scope
		}
		pools = append(pools, pulumi.Map{
			"name": pulumi.String(pool.Name), "scope": pulumi.String(scope), "zones": pulumi.ToStringArray(zones),
			"minCount": pulumi.Int(pool.Min), "maxCount": pulumi.Int(pool.MaxNodes()),
		})
	}
	return pools
}
