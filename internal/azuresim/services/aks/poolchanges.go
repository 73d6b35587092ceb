package aks

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// fixedInPool cannot change while a pool of the name exists.
var fixedInPool = []string{
	"vmSize", "osDiskType", "osDiskSizeGB", "osType", "vnetSubnetID", "podSubnetID", "availabilityZones", "maxPods", "type",
	"enableEncryptionAtHost", "enableFIPS", "enableNodePublicIP", "enableUltraSSD", "gpuInstanceProfile", "kubeletDiskType", "scaleSetPriority",
}

// checkPoolChanges checks the pools of a request against those that the cluster has. A request that leaves pools out is accepted and
// leaves them as they are: that is how templates with a cluster and its agentPools resources are deployed again and again (Azure Verified
// Module avm/res/container-service/managed-cluster; kubernetes-sigs/cluster-api-provider-azure sends pools with the creation only).
func checkPoolChanges(op *arm.Operation) error {
	if op.Old == nil {
		return nil
	}
	for _, pool := range Pools(op.Inputs) {
		if poolBefore(op, pool) == nil {
			// Azure's words in Azure/AKS#4383 and pulumi/pulumi-azure-native#579.
			return arm.BadRequest("BadRequest", "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through "+
				"managed cluster operations. For agent pool specific change, please use per agent pool operations: "+
				"https://aka.ms/agent-pool-rest-api (pool %s of %s)", tree.Text(pool, "name"), op.ID)
		}
		if err := checkFixed(op, pool); err != nil {
			return err
		}
	}
	return nil
}

func checkFixed(op *arm.Operation, pool any) error {
	before := poolBefore(op, pool)
	for _, property := range fixedInPool {
		was, wanted := tree.At(before, property), tree.At(pool, property)
		if before == nil || wanted == nil || arm.SameJSON(was, wanted) {
			continue
		}
		if id, ok := wanted.(string); ok && resourceid.Equal(id, tree.Text(before, property)) {
			continue
		}
		return arm.BadRequest("PropertyChangeNotAllowed", "%s: Changing property 'properties.%s' of pool %s is not allowed; "+
			"make a pool of another name by the agentPools API and delete this one", op.ID, property, tree.Text(pool, "name"))
	}
	return nil
}

// poolBefore is a pool as the cluster has it, or nil if it has none of the name.
func poolBefore(op *arm.Operation, pool any) map[string]any {
	if op.Old == nil {
		return nil
	}
	return poolNamed(PoolsOf(op.Old), tree.Text(pool, "name"))
}

// poolsAfter are the pools of a cluster once an operation on it has ended, in the order of their names: in that AKS returns them
// (hashicorp/terraform-provider-azurerm#4560, pull request 4676).
func poolsAfter(op *arm.Operation) []any {
	pools := map[string]any{}
	if op.Old != nil {
		for _, pool := range PoolsOf(op.Old) {
			pools[tree.Text(pool, "name")] = tree.Clone(pool)
		}
	}
	for _, pool := range Pools(op.Inputs) {
		if asked, ok := pool.(map[string]any); ok {
			pools[tree.Text(pool, "name")] = poolAfter(op, asked)
		}
	}
	var sorted []any
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		sorted = append(sorted, pools[name])
	}
	return sorted
}

// poolDefaults are what AKS returns of a pool beyond what was asked for (REST reference of Agent Pools - Get, 2024-09-01).
var poolDefaults = map[string]any{
	"enableFIPS": false, "enableNodePublicIP": false, "enableUltraSSD": false, "kubeletDiskType": "OS", "maxPods": float64(podsByDefault),
	"osDiskType": "Managed", "osSKU": "Ubuntu", "osType": "Linux", "scaleDownMode": "Delete",
	"nodeImageVersion": "AKSUbuntu-2204gen2containerd-202611.03.0",
	"powerState":       map[string]any{"code": "Running"}, "provisioningState": arm.StateSucceeded,
}

// poolAfter is a pool that was asked for as AKS returns it. What a request leaves out of a pool that exists stays as it is.
func poolAfter(op *arm.Operation, asked map[string]any) map[string]any {
	before := poolBefore(op, asked)
	pool := tree.CloneObject(poolDefaults)
	maps.Copy(pool, tree.CloneObject(before))
	maps.Copy(pool, tree.CloneObject(asked))
	low, _ := tree.Number(pool, "minCount")
	count, counted := tree.Number(pool, "count")
	switch autoscaled := tree.Truth(pool, "enableAutoScaling"); {
	case autoscaled:
		pool["count"] = max(count, low)
	case !counted:
		pool["count"] = 1.0
	}
	version, runs := tree.Text(asked, "orchestratorVersion"), cmp.Or(tree.Text(before, "currentOrchestratorVersion"), currentVersion(op))
	pool["orchestratorVersion"] = cmp.Or(version, tree.Text(before, "orchestratorVersion"), reportedVersion(op))
	if _, known := fullVersion(version); known || version == "" {
		runs = runningVersion(version, runs)
	}
	pool["currentOrchestratorVersion"] = runs
	return pool
}

// scaleSetOf is the scale set of a pool, or nil while there is none.
func scaleSetOf(s *arm.Subscription, cluster *arm.Record, name string) *arm.Record {
	prefix := NodeResourceGroup(cluster.ID, cluster.Inputs) + "/providers/" + arm.ScaleSets + "/aks-" + name + "-"
	for r := range s.All() {
		if strings.HasPrefix(resourceid.Key(r.ID), resourceid.Key(prefix)) {
			return r
		}
	}
	return nil
}
