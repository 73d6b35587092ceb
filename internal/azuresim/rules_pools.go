package azuresim

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

var poolName = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

// pools are the node pools that are asked for.
func pools(inputs map[string]any) []any { return tree.List(inputs, "agentPoolProfiles") }

// poolTime is how long the nodes of the pools take beyond the control plane.
func poolTime(op *operation) time.Duration { return time.Duration(len(pools(op.inputs))) * time.Minute }

func checkPools(op *operation) error {
	systems, names := 0, map[string]bool{}
	for _, pool := range pools(op.inputs) {
		name := tree.Text(pool, "name")
		if !poolName.MatchString(name) {
			return badRequest("InvalidParameter", "%s: pool name %q must be 1 to 12 lowercase letters and digits, a letter first",
				op.id, name)
		}
		if names[name] {
			return badRequest("InvalidParameter", "%s has two pools named %s", op.id, name)
		}
		names[name] = true
		switch mode := tree.Text(pool, "mode"); mode {
		case "System":
			systems++
		case "User":
		default:
			return badRequest("InvalidParameter", "pool %s of %s: mode must be System or User, not %q", name, op.id, mode)
		}
		for _, check := range []func(*operation, any) error{checkPoolMachines, checkPoolScale, checkPoolPlacement} {
			if err := check(op, pool); err != nil {
				return err
			}
		}
	}
	if systems == 0 {
		return badRequest("MissingSystemPool", "%s needs at least one node pool of mode System", op.id)
	}
	return nil
}

func checkPoolMachines(op *operation, pool any) error {
	name, sizeName := tree.Text(pool, "name"), tree.Text(pool, "vmSize")
	where := "pool " + name + " of " + op.id
	size, err := knownSize(where, sizeName)
	if err != nil {
		return err
	}
	// Azure document "Use system node pools in AKS"; the limit was two vCPUs before.
	if tree.Text(pool, "mode") == "System" && size.vCPU < 4 {
		return badRequest("SystemPoolSkuTooLow", "%s: a system node pool needs at least 4 vCPUs; %s has %d",
			where, sizeName, size.vCPU)
	}
	disk, set := tree.Number(pool, "osDiskSizeGB")
	if set && disk != 0 && (disk < 30 || disk > 2048) {
		return badRequest("InvalidParameter", "%s: osDiskSizeGB must be 30 to 2048", where)
	}
	switch tree.Text(pool, "osDiskType") {
	case "", "Managed":
	case "Ephemeral":
		if err := size.holdsOSDisk(where, sizeName, "", int(disk)); err != nil {
			return err
		}
	default:
		return badRequest("InvalidParameter", "%s: osDiskType must be Managed or Ephemeral", where)
	}
	if sku := tree.Text(pool, "osSKU"); !slices.Contains([]string{"", "Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux",
		"AzureLinux3"}, sku) {
		return badRequest("InvalidOSSKU", "%s: osSKU %s is not supported", where, sku)
	}
	for _, taint := range tree.Texts(pool, "nodeTaints") {
		value, effect, ok := strings.Cut(taint, ":")
		if !ok || value == "" || !slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, effect) {
			return badRequest("InvalidTaint", "%s: %q is not a taint such as key=value:NoSchedule", where, taint)
		}
		if tree.Text(pool, "mode") == "System" && effect != "PreferNoSchedule" && !strings.HasPrefix(taint, "CriticalAddonsOnly") {
			return badRequest("SystemPoolTaintNotAllowed", "%s: system pods do not tolerate %s", where, taint)
		}
	}
	return nil
}

func checkPoolScale(op *operation, pool any) error {
	where := "pool " + tree.Text(pool, "name") + " of " + op.id
	count, _ := tree.Number(pool, "count")
	low, lowSet := tree.Number(pool, "minCount")
	high, highSet := tree.Number(pool, "maxCount")
	if !tree.Truth(pool, "enableAutoScaling") {
		if lowSet || highSet {
			return badRequest("InvalidParameter", "%s: minCount and maxCount need enableAutoScaling", where)
		}
		if count < 1 && tree.Text(pool, "mode") == "System" {
			return badRequest("InvalidParameter", "%s: a system pool needs at least one node", where)
		}
		return nil
	}
	// A pool that exists grows to a raised minimum by itself.
	below := op.old == nil && low > count
	if !lowSet || !highSet || below || low > high || count > high || high > 1000 || low < 1 && tree.Text(pool, "mode") == "System" {
		return badRequest("AutoscaleCountInvalid",
			"%s: minCount %v, count %v and maxCount %v must not descend, and a system pool keeps a node", where, low, count, high)
	}
	return nil
}

func checkPoolPlacement(op *operation, pool any) error {
	where := "pool " + tree.Text(pool, "name") + " of " + op.id
	seen := map[string]bool{}
	for _, zone := range tree.Texts(pool, "availabilityZones") {
		if !slices.Contains([]string{"1", "2", "3"}, zone) || seen[zone] {
			return badRequest("AvailabilityZoneNotSupported", "%s: availability zones are 1, 2 and 3, once each; %q is not",
				where, zone)
		}
		seen[zone] = true
	}
	if kind := tree.Text(pool, "type"); kind != "VirtualMachineScaleSets" {
		return badRequest("InvalidParameter", "%s: type must be VirtualMachineScaleSets, not %q", where, kind)
	}
	if most, set := tree.Number(pool, "maxPods"); set && (most < 10 || most > 250) {
		return badRequest("InvalidParameter", "%s: maxPods must be 10 to 250", where)
	}
	if surge := tree.Text(pool, "upgradeSettings", "maxSurge"); surge != "" && surgeOf(pool, 1) < 0 {
		return badRequest("InvalidParameter", "%s: maxSurge %q is neither a number nor a percentage", where, surge)
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

// fixedInPool cannot change while a pool of the name exists.
var fixedInPool = []string{
	"vmSize", "osDiskType", "osDiskSizeGB", "osType", "vnetSubnetID", "podSubnetID", "availabilityZones", "maxPods", "type", "enableEncryptionAtHost",
	"enableFIPS", "enableNodePublicIP",
}

func checkPoolChanges(op *operation) error {
	if op.old == nil {
		return nil
	}
	for _, before := range pools(op.old.Inputs) {
		for _, after := range pools(op.inputs) {
			if tree.Text(before, "name") != tree.Text(after, "name") {
				continue
			}
			for _, property := range fixedInPool {
				if !sameJSON(tree.At(before, property), tree.At(after, property)) {
					return badRequest("PropertyChangeNotAllowed", "%s: %s of pool %s cannot change; make a pool of another name",
						op.id, property, tree.Text(after, "name"))
				}
			}
		}
	}
	return nil
}

// sameJSON compares JSON-like values.
func sameJSON(a, b any) bool {
	before, errBefore := json.Marshal(a)
	after, errAfter := json.Marshal(b)
	return errBefore == nil && errAfter == nil && string(before) == string(after)
}
