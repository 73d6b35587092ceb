package aks

import (
	"maps"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// AgentPoolToken is the token of node pools that are resources of their own.
const AgentPoolToken = "containerservice:AgentPool"

// agentPoolKind is a node pool by the agentPools API, the only one that adds and deletes pools of a cluster that exists.
var agentPoolKind = &arm.Kind{
	Token: AgentPoolToken,
	Path:  arm.GroupPath + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}",
	Name:  poolName, Spelling: spelled, Create: 6 * time.Minute, Update: 3 * time.Minute, Remove: 5 * time.Minute, DeletedWithParent: true,
	Immutable: []arm.Immutable{{Paths: []string{"vmSize", "gpuInstanceProfile"}}}, JoinsSubnets: true,
	Locks: lockCluster, Busy: clusterBusy,
	Rules:        []func(*arm.Operation) error{checkAgentPool},
	CheckStartup: startAgentPool, Compute: agentPoolOutputs, Returned: asInCluster, CheckRemoval: checkAgentPoolRemoval, CleanUp: removeAgentPool,
}

// ofCluster is an operation on a pool as one on its cluster that asks for that pool alone; nil if the cluster is gone.
func ofCluster(op *arm.Operation) *arm.Operation {
	cluster := op.Sub.Find(resourceid.Parent(op.ID))
	if cluster == nil {
		return nil
	}
	pool := tree.CloneObject(op.Inputs)
	for _, name := range op.Kind.PathInputs() {
		delete(pool, name)
	}
	pool["name"] = resourceid.Name(op.ID)
	inputs := tree.CloneObject(cluster.Inputs)
	inputs["agentPoolProfiles"] = []any{pool}
	delete(inputs, "kubernetesVersion") // it stays as it is
	return &arm.Operation{Sub: op.Sub, Kind: cluster.Kind, ID: cluster.ID, Inputs: inputs, Old: cluster.Copy(), Record: cluster}
}

func checkAgentPool(op *arm.Operation) error {
	cluster := ofCluster(op)
	if cluster == nil {
		return arm.NotFound("ParentResourceNotFound", "the cluster of %s is gone", op.ID)
	}
	pool := Pools(cluster.Inputs)[0]
	if op.Old == nil && poolBefore(cluster, pool) != nil {
		return arm.Conflict("ResourceExists", "cannot create already existing resource %q", op.ID)
	}
	if err := checkFixed(cluster, pool); err != nil {
		return err
	}
	if err := checkPoolVersion(cluster.ID, pool, currentVersion(cluster)); err != nil {
		return err
	}
	for _, rule := range []func(*arm.Operation) error{checkPools, checkClusterNetwork, checkControlPlaneIdentity} {
		if err := rule(cluster); err != nil {
			return err
		}
	}
	return nil
}

// startAgentPool is where AKS makes the machines of a pool, and they join.
func startAgentPool(op *arm.Operation) error {
	cluster := ofCluster(op)
	if cluster == nil {
		return arm.NotFound("ParentResourceNotFound", "the cluster of %s is gone", op.ID)
	}
	makeMachines(cluster, poolsAfter(cluster))
	return CheckNodesJoin(op.Sub, cluster.ID, cluster.Inputs, Pools(cluster.Inputs), APIServerOf(op.Sub, cluster.Record))
}

// agentPoolOutputs enters a pool into its cluster, which is what knows all pools.
func agentPoolOutputs(op *arm.Operation) map[string]any {
	cluster := ofCluster(op)
	if cluster == nil {
		return nil
	}
	pools := poolsAfter(cluster)
	cluster.Record.Outputs["agentPoolProfiles"] = pools
	op.Sub.Touch(cluster.Record)
	outputs := tree.CloneObject(poolNamed(pools, resourceid.Name(op.ID)))
	outputs["type"] = op.Kind.ARMType()
	return outputs
}

// asInCluster: what the autoscaler and the upgrade channel change in a pool, its cluster knows.
func asInCluster(s *arm.Subscription, r *arm.Record, outputs map[string]any) {
	if cluster := s.Find(resourceid.Parent(r.ID)); cluster != nil {
		maps.Copy(outputs, tree.CloneObject(poolNamed(PoolsOf(cluster), resourceid.Name(r.ID))))
	}
}

// checkAgentPoolRemoval: a cluster keeps a system pool (Azure document "Use system node pools in AKS").
func checkAgentPoolRemoval(op *arm.Operation) error {
	cluster := op.Sub.Find(resourceid.Parent(op.ID))
	if cluster == nil {
		return nil
	}
	return checkPoolRemoval(cluster, resourceid.Name(op.ID))
}

func checkPoolRemoval(cluster *arm.Record, name string) error {
	left := slices.DeleteFunc(slices.Clone(PoolsOf(cluster)), func(pool any) bool { return tree.Text(pool, "name") == name })
	if !slices.ContainsFunc(left, isSystem) {
		return arm.BadRequest("OperationNotAllowed", "%s: there must be at least one system node pool; %s is the last one", cluster.ID, name)
	}
	return nil
}

func removeAgentPool(s *arm.Subscription, gone *arm.Record) {
	if cluster := s.Find(resourceid.Parent(gone.ID)); cluster != nil {
		removePool(s, cluster, resourceid.Name(gone.ID))
	}
}

func removePool(s *arm.Subscription, cluster *arm.Record, name string) {
	cluster.Outputs["agentPoolProfiles"] = slices.DeleteFunc(PoolsOf(cluster), func(pool any) bool { return tree.Text(pool, "name") == name })
	s.Touch(cluster)
	if machines := scaleSetOf(s, cluster, name); machines != nil {
		s.Drop(machines)
	}
}

// DeletePool deletes a pool by the agentPools API, as az aks nodepool delete does, whether it is a resource of Pulumi's or not.
func DeletePool(s *arm.Subscription, cluster *arm.Record, name string) error {
	if poolNamed(PoolsOf(cluster), name) == nil {
		return arm.NotFound("NotFound", "Could not find the AgentPool: %s in managed cluster: %s", name, cluster.ID)
	}
	if err := checkPoolRemoval(cluster, name); err != nil {
		return err
	}
	removePool(s, cluster, name)
	if own := s.Find(cluster.ID + "/agentPools/" + name); own != nil {
		s.Forget(own)
	}
	return nil
}

// ScalePool is what the autoscaler does: a pool gets another number of nodes within its bounds.
func ScalePool(s *arm.Subscription, cluster *arm.Record, name string, nodes int) error {
	pool := poolNamed(PoolsOf(cluster), name)
	low, _ := tree.Number(pool, "minCount")
	high, _ := tree.Number(pool, "maxCount")
	if pool == nil || !tree.Truth(pool, "enableAutoScaling") || float64(nodes) < low || float64(nodes) > high {
		return arm.BadRequest("InvalidParameter", "pool %s of %s is not autoscaled, or not to %d nodes", name, cluster.ID, nodes)
	}
	pool["count"] = float64(nodes)
	s.Touch(cluster)
	if machines := scaleSetOf(s, cluster, name); machines != nil {
		tree.Object(machines.Outputs, "sku")["capacity"] = float64(nodes)
		s.Touch(machines)
	}
	return nil
}

// Patch is what the upgrade channel does to a cluster and its pools: they run a newer patch of their minor version, and AKS returns it in
// full where the alias was (Azure/AKS#3573).
func Patch(s *arm.Subscription, cluster *arm.Record, version string) error {
	runs := tree.Text(cluster.Outputs, "currentKubernetesVersion")
	if MinorOf(version) != MinorOf(runs) || patchOf(version) <= patchOf(runs) {
		return arm.BadRequest("OperationNotAllowed", "%s runs %s, of which %s is no newer patch", cluster.ID, runs, version)
	}
	maps.Copy(cluster.Outputs, map[string]any{"kubernetesVersion": version, "currentKubernetesVersion": version})
	for _, pool := range PoolsOf(cluster) {
		if object, ok := pool.(map[string]any); ok && MinorOf(tree.Text(pool, "currentOrchestratorVersion")) == MinorOf(version) {
			object["orchestratorVersion"], object["currentOrchestratorVersion"] = version, version
		}
	}
	s.Touch(cluster)
	return nil
}
