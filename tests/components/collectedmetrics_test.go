package components

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/typetoken"
)

// metricInRule is a metric of one of the targets in an expression, with its matchers.
var metricInRule = regexp.MustCompile(`(?:^|[^a-zA-Z0-9_:])((?:kube|kubelet|container|node|rest_client)_[a-zA-Z0-9_]*[a-z0-9])(\{[^}]*\}|\[|\b)`)

var (
	jobMatcher = regexp.MustCompile(`job="([^"]+)"`)
	addedKept  = regexp.MustCompile(`(?m)^(\w+) = "([^"]*)"$`)
	// inBy are the labels of an aggregation or a match, which can look like metrics.
	inBy = regexp.MustCompile(`(?:by|without|on|ignoring|group_left|group_right) \([^)]*\)`)
)

// clusterManifest is the data of a ConfigMap that Flux applies.
func clusterManifest(t *testing.T, name string) map[string]string {
	t.Helper()
	content, err := os.ReadFile("../../cluster-manifests/kube-system/" + name + ".yaml")
	require.NoError(t, err)
	var manifest struct{ Data map[string]string }
	require.NoError(t, yaml.Unmarshal(content, &manifest))
	return manifest.Data
}

// What no agent collects cannot fire an alert: each metric of each rule is one that managed Prometheus keeps of the job that the rule names,
// by the profile of its agents or by our own addition to it.
func TestRulesReadMetricsThatAreCollected(t *testing.T) {
	added := map[string]string{}
	for _, line := range addedKept.FindAllStringSubmatch(clusterManifest(t, "managed-prometheus")["default-targets-metrics-keep-list"], -1) {
		added[line[1]] = line[2]
	}
	kept := func(metric, job string) bool {
		return slices.ContainsFunc(azurefacts.MetricTargets(), func(target azurefacts.MetricTarget) bool {
			return (job == "" || job == target.Job) && target.Keeps(metric, added[target.Setting])
		})
	}
	read := map[string]bool{}
	for _, group := range deployAlerts(t, nil).OfType(typetoken.PromRuleGroup) {
		for _, element := range group.Inputs["rules"].(list) {
			expression := element.(object)["expression"].(string)
			for _, found := range metricInRule.FindAllStringSubmatch(inBy.ReplaceAllString(expression, ""), -1) {
				job := ""
				if matched := jobMatcher.FindStringSubmatch(found[2]); matched != nil {
					job = matched[1]
				}
				read[found[1]] = true
				assert.True(t, kept(found[1], job), "nothing collects %s of job %q, which is read by %s", found[1], job, expression)
			}
		}
	}
	assert.Greater(t, len(read), 50, slices.Sorted(maps.Keys(read)))
	assert.True(t, read["kube_statefulset_status_observed_generation"] && read["kubelet_volume_stats_available_bytes"])
}
