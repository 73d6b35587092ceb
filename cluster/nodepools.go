package cluster

import (
	"fmt"
	"slices"
	"strings"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// NodePool is what differs between the pools of a cluster.
type NodePool struct {
	// Name is also the value of the label agentpool of its nodes; Mode is System or User.
	Name, Mode string
	// Scope is in-scope or out-of-scope of PCI DSS; Labelled pools carry it as the label pci-scope too, for pods to select.
	Scope    string
	Labelled bool
	// Min and Max bound the number of nodes.
	Min, Max int
	// Taints repel pods that do not tolerate them.
	Taints []string
	// Next pools are of the generation that is to take over.
	Next bool

	vmSize, subnet string
	// osDiskSizeGB must fit the temporary disk of the VM size: the system disk is ephemeral.
	osDiskSizeGB int
}

// MaxNodes is the most nodes that the pool ever has, with those that an upgrade adds.
func (p NodePool) MaxNodes() int { return config.WithSurge(p.Max) }

// NodePools are the pools of every cluster, in the order of their names. AKS returns them in that order, and azure-native adopts what a
// refresh finds by index (Provider.Read in its repository).
func NodePools(sizes config.NodePools) []NodePool {
	pools := generation(sizes, sizes.Generation, sizes.VMSize)
	if sizes.NextVMSize != "" {
		for _, pool := range generation(sizes, sizes.Generation+1, sizes.NextVMSize) {
			pool.Next = true
			pools = append(pools, pool)
		}
	}
	slices.SortFunc(pools, func(a, b NodePool) int { return strings.Compare(a.Name, b.Name) })
	return pools
}

// generation are the pools with a number in their names, which the first system pool leaves out.
func generation(sizes config.NodePools, number int, vmSize string) []NodePool {
	system := "npsystem"
	if number > 1 {
		system = fmt.Sprintf("npsystem%02d", number)
	}
	return []NodePool{
		// Only add-ons that tolerate the taint run on system nodes, so that workloads cannot crowd them out.
		{Name: system, Mode: "System", Scope: "out-of-scope", vmSize: vmSize, subnet: network.SubnetSystemNodePool,
			Min: sizes.SystemMin, Max: sizes.SystemMax, osDiskSizeGB: 80, Taints: []string{"CriticalAddonsOnly=true:NoSchedule"}},
		// Workloads select user pools by a label. There are no taints for the scope, since workloads would not tolerate them.
		{Name: fmt.Sprintf("npinscope%02d", number), Mode: "User", Scope: "in-scope", vmSize: vmSize, subnet: network.SubnetInScopeNodePools,
			Min: sizes.UserMin, Max: sizes.UserMax, osDiskSizeGB: 120, Labelled: true},
		{Name: fmt.Sprintf("npooscope%02d", number), Mode: "User", Scope: "out-of-scope", vmSize: vmSize, subnet: network.SubnetOutOfScopeNodePools,
			Min: sizes.UserMin, Max: sizes.UserMax, osDiskSizeGB: 120, Labelled: true},
	}
}

// agentPools are the pools in use, which the cluster lists. AKS adds none to a cluster that exists, but for those of the agentPools API.
func agentPools(args *ClusterArgs) containerservice.ManagedClusterAgentPoolProfileArray {
	var profiles containerservice.ManagedClusterAgentPoolProfileArray
	for _, pool := range NodePools(args.NodePools) {
		if !pool.Next {
			profiles = append(profiles, agentPool(args, pool))
		}
	}
	return profiles
}

func agentPool(args *ClusterArgs, pool NodePool) containerservice.ManagedClusterAgentPoolProfileArgs {
	labels := pulumi.StringMap{}
	if pool.Labelled {
		labels[stamp.ScopeLabel] = pulumi.String(pool.Scope)
	}
	return containerservice.ManagedClusterAgentPoolProfileArgs{
		Name:                pulumi.String(pool.Name),
		Mode:                pulumi.String(pool.Mode),
		Type:                pulumi.String("VirtualMachineScaleSets"),
		OrchestratorVersion: pulumi.String(args.Stamp.KubernetesVersion),
		VmSize:              pulumi.String(pool.vmSize),
		AvailabilityZones:   pulumi.ToStringArray(args.Zones),
		// No count, since the autoscaler owns it. A pool starts with the fewest nodes, and updates leave the number alone.
		EnableAutoScaling:      pulumi.Bool(true),
		MinCount:               pulumi.Int(pool.Min),
		MaxCount:               pulumi.Int(pool.Max),
		MaxPods:                pulumi.Int(config.MaxPodsPerNode),
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
		UpgradeSettings:        containerservice.AgentPoolUpgradeSettingsArgs{MaxSurge: pulumi.String(fmt.Sprintf("%d%%", config.MaxSurgePercent))},
		NodeLabels:             labels,
		NodeTaints:             pulumi.ToStringArray(pool.Taints),
		Tags:                   classified(args.Tags, map[string]string{stamp.ScopeLabel: pool.Scope}),
	}
}

// autoScaler removes no node on which pods with local storage or system pods run.
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
