package platform

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/bootstrap"
	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
)

// newBootstrap gets Flux into a stamp's cluster in the configured way. It returns outputs: what Flux follows, and what virtual nodes are.
func newBootstrap(ctx *pulumi.Context, name string, args *bootstrap.StampArgs, opts ...pulumi.ResourceOption) (pulumi.Map, error) {
	folders, err := bootstrap.Folders(args)
	if err != nil {
		return nil, err
	}
	switch args.Config.Bootstrap.Mode {
	case config.ModeFlux:
		_, err = bootstrap.NewFlux(ctx, name, &bootstrap.FluxArgs{StampArgs: args, Folders: folders}, opts...)
	case config.ModeManifests:
		_, err = bootstrap.NewManifests(ctx, name, &bootstrap.ManifestsArgs{StampArgs: args, Folders: folders}, opts...)
	case config.ModeNone:
		// A machine inside the network, which mode manifests needs, comes after the network.
	}
	if err != nil {
		return nil, err
	}
	repository := args.Config.Bootstrap.Repository
	outputs := pulumi.Map{"gitOps": pulumi.Map{
		"mode":          pulumi.String(args.Config.Bootstrap.Mode),
		"repositoryUrl": pulumi.String(repository.URL),
		"branch":        pulumi.String(repository.Branch),
		"path":          pulumi.String(repository.Path),
		"substitutions": folders[0].Substitutions,
	}}
	if nodes := args.VirtualNodes; nodes != nil {
		outputs["virtualNodes"] = pulumi.Map{
			"enabled":           pulumi.Bool(true),
			"nodes":             pulumi.Int(args.Config.VirtualNodes.Nodes),
			"resourceGroupName": nodes.ResourceGroupName,
			"subnetId":          nodes.SubnetID,
			"substitutions":     folders[1].Substitutions,
		}
	}
	return outputs, nil
}

// nodePools are the pools of every cluster, as cmd/validate compares them with nodes. A scope is what pods can select.
func nodePools(cfg *config.Config) pulumi.Array {
	var pools pulumi.Array
	for _, pool := range cluster.NodePools(cfg) {
		scope := ""
		if pool.Labelled {
			scope = pool.Scope
		}
		pools = append(pools, pulumi.Map{
			"name": pulumi.String(pool.Name), "scope": pulumi.String(scope), "zones": pulumi.ToStringArray(cfg.Zones),
			"minCount": pulumi.Int(pool.Min), "maxCount": pulumi.Int(pool.MaxNodes()),
		})
	}
	return pools
}
