package aks

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/vmsize"
	"aks-regulated-pulumi/internal/tree"
)

var poolName = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

// Pools are the node pools that a request for a cluster names.
func Pools(inputs map[string]any) []any { return tree.List(inputs, "agentPoolProfiles") }

// PoolsOf are the node pools that a cluster has, whether they came with it or by the agentPools API.
func PoolsOf(cluster *arm.Record) []any { return tree.List(cluster.Outputs, "agentPoolProfiles") }

// SystemSubnet is the subnet of the first system pool.
func SystemSubnet(pools []any) string {
	for _, pool := range pools {
		if isSystem(pool) {
			return tree.Text(pool, "vnetSubnetID")
		}
	}
	return ""
}

func isSystem(pool any) bool { return tree.Text(pool, "mode") == "System" }

// poolNamed is the pool of a name, or nil.
func poolNamed(pools []any, name string) map[string]any {
	for _, pool := range pools {
		if object, ok := pool.(map[string]any); ok && tree.Text(object, "name") == name {
			return object
		}
	}
	return nil
}

// poolTime is how long the nodes of the pools take beyond the control plane.
func poolTime(op *arm.Operation) time.Duration {
	return time.Duration(len(Pools(op.Inputs))) * time.Minute
}

func checkPools(op *arm.Operation) error {
	names := map[string]bool{}
	for _, pool := range Pools(op.Inputs) {
		name := tree.Text(pool, "name")
		if !poolName.MatchString(name) {
			return arm.BadRequest("InvalidParameter", "%s: pool name %q must be 1 to 12 lowercase letters and digits, a letter first",
				op.ID, name)
		}
		if names[name] {
			return arm.BadRequest("InvalidParameter", "%s has two pools named %s", op.ID, name)
		}
		names[name] = true
		for _, check := range []func(*arm.Operation, any) error{checkPoolMode, checkPoolMachines, checkPoolScale, checkPoolPlacement} {
			if err := check(op, pool); err != nil {
				return err
			}
		}
	}
	if !slices.ContainsFunc(poolsAfter(op), isSystem) {
		return arm.BadRequest("MissingSystemPool", "%s needs at least one node pool of mode System", op.ID)
	}
	return nil
}

func checkPoolMode(op *arm.Operation, pool any) error {
	if mode := tree.Text(pool, "mode"); mode != "System" && mode != "User" {
		return arm.BadRequest("InvalidParameter", "pool %s of %s: mode must be System or User, not %q", tree.Text(pool, "name"), op.ID, mode)
	}
	return nil
}

func checkPoolMachines(op *arm.Operation, pool any) error {
	name, sizeName := tree.Text(pool, "name"), tree.Text(pool, "vmSize")
	where := "pool " + name + " of " + op.ID
	size, err := vmsize.Find(where, sizeName)
	if err != nil {
		return err
	}
	// Azure document "Use system node pools in AKS"; the limit was two vCPUs before.
	if isSystem(pool) && size.VCPU < 4 {
		return arm.BadRequest("SystemPoolSkuTooLow", "%s: a system node pool needs at least 4 vCPUs; %s has %d",
			where, sizeName, size.VCPU)
	}
	disk, set := tree.Number(pool, "osDiskSizeGB")
	if set && disk != 0 && (disk < 30 || disk > 2048) {
		return arm.BadRequest("InvalidParameter", "%s: osDiskSizeGB must be 30 to 2048", where)
	}
	switch tree.Text(pool, "osDiskType") {
	case "", "Managed":
	case "Ephemeral":
		if err := size.HoldsOSDisk(where, sizeName, "", int(disk)); err != nil {
			return err
		}
	default:
		return arm.BadRequest("InvalidParameter", "%s: osDiskType must be Managed or Ephemeral", where)
	}
	if sku := tree.Text(pool, "osSKU"); !slices.Contains([]string{"", "Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux",
		"AzureLinux3"}, sku) {
		return arm.BadRequest("InvalidOSSKU", "%s: osSKU %s is not supported", where, sku)
	}
	for _, taint := range tree.Texts(pool, "nodeTaints") {
		value, effect, ok := strings.Cut(taint, ":")
		if !ok || value == "" || !slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, effect) {
			return arm.BadRequest("InvalidTaint", "%s: %q is not a taint such as key=value:NoSchedule", where, taint)
		}
		if isSystem(pool) && effect != "PreferNoSchedule" && !strings.HasPrefix(taint, "CriticalAddonsOnly") {
			return arm.BadRequest("SystemPoolTaintNotAllowed", "%s: system pods do not tolerate %s", where, taint)
		}
	}
	return nil
}

// checkPoolScale checks the number of nodes. An autoscaled pool needs no count (AKS release notes of 2024-08-27), and cannot be scaled by
// one: AKS refused a count that differs from the present one (hashicorp/terraform-provider-azurerm#4543), and whether it still does is
// not documented.
func checkPoolScale(op *arm.Operation, pool any) error {
	where := "pool " + tree.Text(pool, "name") + " of " + op.ID
	count, counted := tree.Number(pool, "count")
	low, lowSet := tree.Number(pool, "minCount")
	high, highSet := tree.Number(pool, "maxCount")
	if !tree.Truth(pool, "enableAutoScaling") {
		if lowSet || highSet {
			return arm.BadRequest("InvalidParameter", "%s: minCount and maxCount need enableAutoScaling", where)
		}
		if counted && count < 1 && isSystem(pool) {
			return arm.BadRequest("InvalidParameter", "%s: a system pool needs at least one node", where)
		}
		return nil
	}
	before := poolBefore(op, pool)
	if has, _ := tree.Number(before, "count"); before != nil && counted && count != has && tree.Truth(before, "enableAutoScaling") {
		return arm.BadRequest("InvalidParameter", "%s: Cannot manually scale AgentPool of an AKS cluster with cluster autoscaler enabled, "+
			"from %v to %v nodes. Please disable cluster autoscaler in the cluster to manually scale.", where, has, count)
	}
	// A pool that exists grows to a raised minimum by itself.
	outside := counted && (count > high || before == nil && low > count)
	if !lowSet || !highSet || outside || low > high || high > 1000 || low < 1 && isSystem(pool) {
		return arm.BadRequest("AutoscaleCountInvalid",
			"%s: minCount %v, count %v and maxCount %v must not descend, and a system pool keeps a node", where, low, count, high)
	}
	return nil
}

func checkPoolPlacement(op *arm.Operation, pool any) error {
	where := "pool " + tree.Text(pool, "name") + " of " + op.ID
	seen := map[string]bool{}
	for _, zone := range tree.Texts(pool, "availabilityZones") {
		if !slices.Contains([]string{"1", "2", "3"}, zone) || seen[zone] {
			return arm.BadRequest("AvailabilityZoneNotSupported", "%s: availability zones are 1, 2 and 3, once each; %q is not",
				where, zone)
		}
		seen[zone] = true
	}
	if kind := tree.Text(pool, "type"); kind != "VirtualMachineScaleSets" {
		return arm.BadRequest("InvalidParameter", "%s: type must be VirtualMachineScaleSets, not %q", where, kind)
	}
	if most, set := tree.Number(pool, "maxPods"); set && (most < 10 || most > 250) {
		return arm.BadRequest("InvalidParameter", "%s: maxPods must be 10 to 250", where)
	}
	if surge := tree.Text(pool, "upgradeSettings", "maxSurge"); surge != "" && surgeOf(pool, 1) < 0 {
		return arm.BadRequest("InvalidParameter", "%s: maxSurge %q is neither a number nor a percentage", where, surge)
	}
	return nil
}

// surgeOf is how many nodes an upgrade adds to a pool of so many, or -1. Percentages round up, and AKS takes 10% by default.
func surgeOf(pool any, nodes int) int {
	surge := tree.Text(pool, "upgradeSettings", "maxSurge")
	if surge == "" {
		surge = "10%"
	}
	share, percent := strings.CutSuffix(surge, "%")
	value, err := strconv.Atoi(share)
	switch {
	case err != nil || value < 0 || percent && value > 100:
		return -1
	case percent:
		return int(math.Ceil(float64(nodes*value) / 100))
	}
	return value
}
