package cluster

import (
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/network"
)

// scopeKey is the tag of every node pool, and the label of user pools and of pods, that tells whether card data may be there.
const scopeKey = "pci-scope"

// nodePool is what differs between the pools.
type nodePool struct {
	name, mode, scope, subnet string
	min, max                  int
	// osDiskSizeGB must fit the temporary disk of the VM size: the system disk is ephemeral.
	osDiskSizeGB int
	// labelled pools carry their scope as a label too, for pods to select.
	labelled bool
	taints   []string
}

func nodePools(args *ClusterArgs) []nodePool {
	sizes := args.Config.NodePools
	return []nodePool{
		// Only add-ons that tolerate the taint run on system nodes, so that workloads cannot crowd them out.
		{name: "npsystem", mode: "System", scope: "out-of-scope", subnet: network.SubnetSystemNodePool,
			min: sizes.SystemMin, max: sizes.SystemMax, osDiskSizeGB: 80, taints: []string{"CriticalAddonsOnly=true:NoSchedule"}},
		// User pools are told apart by a label, which the workloads select; they tolerate no taint that would say the same.
		{name: "npinscope01", mode: "User", scope: "in-scope", subnet: network.SubnetInScopeNodePools,
			min: sizes.UserMin, max: sizes.UserMax, osDiskSizeGB: 120, labelled: true},
		{name: "npooscope01", mode: "User", scope: "out-of-scope", subnet: network.SubnetOutOfScopeNodePools,
			min: sizes.UserMin, max: sizes.UserMax, osDiskSizeGB: 120, labelled: true},
	}
}

func agentPools(args *ClusterArgs) containerservice.ManagedClusterAgentPoolProfileArray {
	var profiles containerservice.ManagedClusterAgentPoolProfileArray
	for _, pool := range nodePools(args) {
		profiles = append(profiles, agentPool(args, pool))
	}
	return profiles
}

func agentPool(args *ClusterArgs, pool nodePool) containerservice.ManagedClusterAgentPoolProfileArgs {
	cfg := args.Config
	labels := pulumi.StringMap{}
	if pool.labelled {
		labels[scopeKey] = pulumi.String(pool.scope)
	}
	return containerservice.ManagedClusterAgentPoolProfileArgs{
		Name:                   pulumi.String(pool.name),
		Mode:                   pulumi.String(pool.mode),
		Type:                   pulumi.String("VirtualMachineScaleSets"),
		OrchestratorVersion:    pulumi.String(args.Stamp.KubernetesVersion),
		VmSize:                 pulumi.String(cfg.NodePools.VMSize),
		AvailabilityZones:      pulumi.ToStringArray(cfg.Zones),
		EnableAutoScaling:      pulumi.Bool(true),
		Count:                  pulumi.Int(pool.min),
		MinCount:               pulumi.Int(pool.min),
		MaxCount:               pulumi.Int(pool.max),
		MaxPods:                pulumi.Int(30),
		OsType:                 pulumi.String("Linux"),
		OsSKU:                  pulumi.String("Ubuntu"),
		OsDiskType:             pulumi.String("Ephemeral"),
		OsDiskSizeGB:           pulumi.Int(pool.osDiskSizeGB),
		EnableEncryptionAtHost: pulumi.Bool(true),
		// Trusted Launch: nodes start only signed boot components.
		SecurityProfile: containerservice.AgentPoolSecurityProfileArgs{
			EnableSecureBoot: pulumi.Bool(true), EnableVTPM: pulumi.Bool(true),
		},
		VnetSubnetID:           args.Spoke.SubnetID(pool.subnet).ToStringPtrOutput(),
		EnableNodePublicIP:     pulumi.Bool(false),
		ScaleSetPriority:       pulumi.String("Regular"),
		ScaleSetEvictionPolicy: pulumi.String("Delete"),
		UpgradeSettings:        containerservice.AgentPoolUpgradeSettingsArgs{MaxSurge: pulumi.String("33%")},
		NodeLabels:             labels,
		NodeTaints:             pulumi.ToStringArray(pool.taints),
		Tags:                   classified(cfg, map[string]string{scopeKey: pool.scope}),
	}
}

// autoScaler never evicts pods with local storage or of the system to save a node.
func autoScaler() containerservice.ManagedClusterPropertiesAutoScalerProfileArgs {
	return containerservice.ManagedClusterPropertiesAutoScalerProfileArgs{
		BalanceSimilarNodeGroups:      pulumi.String("false"),
		Expander:                      pulumi.String("random"),
		MaxEmptyBulkDelete:            pulumi.String("10"),
		MaxGracefulTerminationSec:     pulumi.String("600"),
		MaxNodeProvisionTime:          pulumi.String("15m"),
		MaxTotalUnreadyPercentage:     pulumi.String("45"),
		NewPodScaleUpDelay:            pulumi.String("0s"),
		OkTotalUnreadyCount:           pulumi.String("3"),
		ScaleDownDelayAfterAdd:        pulumi.String("10m"),
		ScaleDownDelayAfterDelete:     pulumi.String("20s"),
		ScaleDownDelayAfterFailure:    pulumi.String("3m"),
		ScaleDownUnneededTime:         pulumi.String("10m"),
		ScaleDownUnreadyTime:          pulumi.String("20m"),
		ScaleDownUtilizationThreshold: pulumi.String("0.5"),
		ScanInterval:                  pulumi.String("10s"),
		SkipNodesWithLocalStorage:     pulumi.String("true"),
		SkipNodesWithSystemPods:       pulumi.String("true"),
	}
}
