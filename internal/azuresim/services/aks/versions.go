package aks

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// defaultVersion is what AKS gives a cluster that asks for none.
const defaultVersion = "1.35"

// newestPatches are the newest patches of the minor versions. They differ by region and week, so that these are assumed.
var newestPatches = map[string]int{"1.31": 13, "1.32": 11, "1.33": 10, "1.34": 8, "1.35": 5, "1.36": 3, "1.37": 1}

var kubernetesVersion = regexp.MustCompile(`^(1\.(\d+))(?:\.(\d+))?$`)

// fullVersion turns a version into one with a patch; ok is false for one that AKS never had.
func fullVersion(version string) (full string, ok bool) {
	match := kubernetesVersion.FindStringSubmatch(version)
	if match == nil {
		return "", false
	}
	newest, known := newestPatches[match[1]]
	if !known {
		return "", false
	}
	if match[3] == "" {
		return match[1] + "." + strconv.Itoa(newest), true
	}
	patch, err := strconv.Atoi(match[3])
	return version, err == nil && patch <= newest
}

// MinorOf is the minor version in a version such as 1.35.2, or 0.
func MinorOf(version string) int { return numberOf(version, 2) }

// patchOf is the patch in a version such as 1.35.2, or 0 where it has none.
func patchOf(version string) int { return numberOf(version, 3) }

func numberOf(version string, group int) int {
	match := kubernetesVersion.FindStringSubmatch(version)
	if match == nil {
		return 0
	}
	number, err := strconv.Atoi(match[group])
	if err != nil {
		return 0
	}
	return number
}

// runningVersion is what runs after a version is asked for: without a patch, the newest one, unless the minor version runs already. That
// stays on its patch (Azure document "Supported Kubernetes versions in AKS", section "Alias minor version").
func runningVersion(asked, runs string) string {
	if asked == "" || runs != "" && MinorOf(asked) == MinorOf(runs) && patchOf(asked) == 0 {
		asked = cmp.Or(runs, defaultVersion)
	}
	if asked == runs {
		return runs
	}
	full, known := fullVersion(asked)
	if !known {
		panic("Kubernetes of unknown version " + asked) // checkClusterVersion lets none pass
	}
	return full
}

// currentVersion is what the control plane runs.
func currentVersion(op *arm.Operation) string {
	return runningVersion(tree.Text(op.Inputs, "kubernetesVersion"), runsBefore(op))
}

// reportedVersion is the version that AKS returns as kubernetesVersion: the one that was asked for last, until AKS patches the cluster.
func reportedVersion(op *arm.Operation) string {
	before := ""
	if op.Old != nil {
		before = tree.Text(op.Old.Outputs, "kubernetesVersion")
	}
	return cmp.Or(tree.Text(op.Inputs, "kubernetesVersion"), before, currentVersion(op))
}

func runsBefore(op *arm.Operation) string {
	if op.Old == nil {
		return ""
	}
	return tree.Text(op.Old.Outputs, "currentKubernetesVersion")
}

func longTerm(inputs map[string]any) bool {
	return tree.Text(inputs, "supportPlan") == "AKSLongTermSupport"
}

// supportedVersions are the minor versions that a cluster may have today (azurefacts.KubernetesVersions).
func supportedVersions(op *arm.Operation) []string {
	var minors []string
	for _, version := range azurefacts.KubernetesVersions() {
		if version.Supported(op.Sub.Clock.Now(), longTerm(op.Inputs)) {
			minors = append(minors, version.Minor)
		}
	}
	return minors
}

// longestJump is how many minor versions an upgrade may go forward with long-term support (Azure document "Long-term support for AKS
// versions": from one such version to the next, at the time of 1.27 and 1.30).
const longestJump = 3

func checkClusterVersion(op *arm.Operation) error {
	version, runs := tree.Text(op.Inputs, "kubernetesVersion"), runsBefore(op)
	if plan := tree.Text(op.Inputs, "supportPlan"); longTerm(op.Inputs) && tree.Text(op.Inputs, "sku", "tier") != "Premium" {
		return arm.BadRequest("InvalidSupportPlan", "%s: supportPlan %s needs sku.tier Premium", op.ID, plan)
	}
	if version != "" && version != runs {
		_, known := fullVersion(version)
		stays := MinorOf(version) == MinorOf(runs)
		minor, _, _ := strings.Cut(strings.TrimPrefix(version, "1."), ".")
		if supported := supportedVersions(op); !known || !stays && !slices.Contains(supported, "1."+minor) {
			return arm.BadRequest("K8sVersionNotSupported",
				"managed cluster %s is on version %s, which is not supported in this region; supported are %s",
				op.ID, version, strings.Join(supported, ", "))
		}
		if err := checkUpgrade(op, runs, version); err != nil {
			return err
		}
	}
	for _, pool := range Pools(op.Inputs) {
		if err := checkPoolVersion(op.ID, pool, currentVersion(op)); err != nil {
			return err
		}
	}
	return nil
}

// checkUpgrade: a cluster never goes back, and one minor version at a time.
func checkUpgrade(op *arm.Operation, runs, version string) error {
	if runs == "" {
		return nil
	}
	jump, most := MinorOf(version)-MinorOf(runs), 1
	if longTerm(op.Inputs) && longTerm(op.Old.Inputs) {
		most = longestJump
	}
	if jump < 0 || jump > most || jump == 0 && patchOf(version) != 0 && patchOf(version) < patchOf(runs) {
		return arm.BadRequest("OperationNotAllowed",
			"%s: upgrading Kubernetes from %s to %s is not allowed; go forward, one minor version at a time", op.ID, runs, version)
	}
	return nil
}

// checkPoolVersion: nodes are never ahead of the control plane.
func checkPoolVersion(clusterID string, pool any, runs string) error {
	wanted := tree.Text(pool, "orchestratorVersion")
	if wanted == "" || wanted == runs || MinorOf(wanted) == MinorOf(runs) && patchOf(wanted) == 0 {
		return nil
	}
	_, known := fullVersion(wanted)
	ahead := MinorOf(wanted) > MinorOf(runs) || MinorOf(wanted) == MinorOf(runs) && patchOf(wanted) > patchOf(runs)
	if !known || ahead {
		return arm.BadRequest("NodePoolMcVersionIncompatible", "pool %s of %s cannot run version %s with a control plane of %s",
			tree.Text(pool, "name"), clusterID, wanted, runs)
	}
	return nil
}
