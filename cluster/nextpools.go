package cluster

import (
	"fmt"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newNextPools registers the pools of the next generation as resources of their own, by the agentPools API: the only way to give a
// cluster a pool that it was not made with (Azure document "Resize node pools in AKS"). Once the configuration makes them the generation
// in use, the cluster lists them, and Pulumi lets go of these resources without deleting the pools. It returns what the next change of
// the cluster has to wait for.
func newNextPools(
	ctx *pulumi.Context, name string, args *ClusterArgs, managed *containerservice.ManagedCluster, child pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	before := []pulumi.Resource{managed}
	for _, pool := range NodePools(args.NodePools) {
		if !pool.Next {
			continue
		}
		made, err := containerservice.NewAgentPool(ctx, name+"-"+pool.Name, nextPool(args, pool, managed.Name), child,
			// AKS makes one change of a cluster at a time.
			pulumi.DependsOn(before), pulumi.RetainOnDelete(true),
			pulumi.Timeouts(&pulumi.CustomTimeouts{Create: clusterCreateTimeout.String(), Update: clusterUpdateTimeout.String()}))
		if err != nil {
			return nil, fmt.Errorf("node pool %s: %w", pool.Name, err)
		}
		before = []pulumi.Resource{made}
	}
	return before, nil
}

// nextPool has every setting that the pool has once the cluster lists it.
func nextPool(args *ClusterArgs, pool NodePool, clusterName pulumi.StringInput) *containerservice.AgentPoolArgs {
	listed := agentPool(args, pool)
	return &containerservice.AgentPoolArgs{
		AgentPoolName:          listed.Name,
		ResourceName:           clusterName,
		ResourceGroupName:      args.ResourceGroupName,
		AvailabilityZones:      listed.AvailabilityZones,
		EnableAutoScaling:      listed.EnableAutoScaling,
		EnableEncryptionAtHost: listed.EnableEncryptionAtHost,
		EnableNodePublicIP:     listed.EnableNodePublicIP,
		MaxCount:               listed.MaxCount,
		MaxPods:                listed.MaxPods,
		MinCount:               listed.MinCount,
		Mode:                   listed.Mode,
		NodeLabels:             listed.NodeLabels,
		NodeTaints:             listed.NodeTaints,
		OrchestratorVersion:    listed.OrchestratorVersion,
		OsDiskSizeGB:           listed.OsDiskSizeGB,
		OsDiskType:             listed.OsDiskType,
		OsSKU:                  listed.OsSKU,
		OsType:                 listed.OsType,
		ScaleSetEvictionPolicy: listed.ScaleSetEvictionPolicy,
		ScaleSetPriority:       listed.ScaleSetPriority,
		SecurityProfile:        listed.SecurityProfile,
		Tags:                   listed.Tags,
		Type:                   listed.Type,
		UpgradeSettings:        listed.UpgradeSettings,
		VmSize:                 listed.VmSize,
		VnetSubnetID:           listed.VnetSubnetID,
	}
}
