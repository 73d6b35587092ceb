package delivery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	expired = Resource{Type: "azure-native:resources/v20230801:AzureCliScript", Name: "jumpbox-build", Op: "delete"}
	changed = Resource{Type: "azure-native:network/v20240501:FirewallPolicy", Name: "hub-firewall", Op: "update"}
)

// Expired script records come by themselves and are no drift; anything else that happens to a script is.
func TestExpectedDrift(t *testing.T) {
	updated := expired
	updated.Op = "update"
	result := &Result{Resources: []Resource{expired, changed, updated}}
	drifted, expected := result.Drift()
	assert.Equal(t, []Resource{changed, updated}, drifted)
	assert.Equal(t, []Resource{expired}, expected)
}

// refreshOf is a result of a refresh that reports one resource, read from what the engine logs.
func refreshOf(t *testing.T, kind, old, new string, paths ...string) *Result {
	t.Helper()
	log := filepath.Join(t.TempDir(), "events.json")
	diff := map[string]any{}
	for _, path := range paths {
		diff[path] = map[string]any{"kind": "update", "inputDiff": true}
	}
	encoded, err := json.Marshal(diff)
	require.NoError(t, err)
	event := `{"resOutputsEvent": {"metadata": {"op": "update", "urn": "urn:pulumi:dev::p::` + kind + `::name", "type": "` + kind +
		`", "detailedDiff": ` + string(encoded) + `, "old": {"inputs": ` + old + `}, "new": {"inputs": ` + new + `}}}}`
	require.NoError(t, os.WriteFile(log, []byte(event), 0o600))
	result := &Result{Stack: "dev", Operation: OperationRefresh, OK: true}
	messages, err := result.readEvents(log)
	require.NoError(t, err)
	require.Empty(t, messages)
	require.NoError(t, result.validate())
	return result
}

// What Azure does by itself is expected property by property and value by value: anything beside it, on the same resource, is drift.
func TestExpectedDriftByPath(t *testing.T) {
	const (
		cluster = "azure-native:containerservice/v20240901:ManagedCluster"
		pool    = "azure-native:containerservice/v20240901:AgentPool"
		setting = "azure-native:insights/v20210501preview:DiagnosticSetting"
	)
	const pools = "agentPoolProfiles"
	for name, test := range map[string]struct {
		kind, old, new string
		paths          []string
		drift          bool
	}{
		"a patch release": {cluster, `{"kubernetesVersion": "1.35", "agentPoolProfiles": [{"orchestratorVersion": "1.35"}]}`,
			`{"kubernetesVersion": "1.35.6", "agentPoolProfiles": [{"orchestratorVersion": "1.35.6"}]}`,
			[]string{"kubernetesVersion", pools + "[0].orchestratorVersion"}, false},
		"a minor release":     {cluster, `{"kubernetesVersion": "1.35"}`, `{"kubernetesVersion": "1.36.1"}`, []string{"kubernetesVersion"}, true},
		"1.3 is not 1.35":     {cluster, `{"kubernetesVersion": "1.3"}`, `{"kubernetesVersion": "1.35.1"}`, []string{"kubernetesVersion"}, true},
		"no version any more": {cluster, `{"kubernetesVersion": "1.35"}`, `{}`, []string{"kubernetesVersion"}, true},
		"more nodes": {cluster, `{"agentPoolProfiles": [{"count": 3}]}`, `{"agentPoolProfiles": [{"count": 5}]}`,
			[]string{pools + "[0].count"}, false},
		"nodes that the program leaves open": {pool, `{}`, `{"count": 5}`, []string{"count"}, false},
		"more nodes and another size": {cluster, `{"agentPoolProfiles": [{"count": 3, "vmSize": "A"}]}`,
			`{"agentPoolProfiles": [{"count": 5, "vmSize": "B"}]}`, []string{pools + "[0].count", pools + "[0].vmSize"}, true},
		"a pool by hand": {cluster, `{"agentPoolProfiles": []}`, `{"agentPoolProfiles": [{"count": 5}]}`, []string{pools + "[0]"}, true},
		"a default of a setting": {setting, `{}`, `{"logAnalyticsDestinationType": "AzureDiagnostics"}`,
			[]string{"logAnalyticsDestinationType"}, false},
		"a category that is off": {setting, `{"logs": []}`, `{"logs": [{"category": "a", "enabled": false}]}`, []string{"logs[0]"}, false},
		"a category by hand":     {setting, `{"logs": []}`, `{"logs": [{"category": "a", "enabled": true}]}`, []string{"logs[0]"}, true},
		"a log switched off": {setting, `{"logs": [{"enabled": true}]}`, `{"logs": [{"enabled": false}]}`,
			[]string{"logs[0].enabled"}, true},
		"another type with the same path": {"azure-native:network/v20240501:FirewallPolicy", `{"count": 1}`, `{"count": 2}`,
			[]string{"count"}, true},
		"no path at all": {cluster, `{}`, `{}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			result := refreshOf(t, test.kind, test.old, test.new, test.paths...)
			drifted, expected := result.Drift()
			if test.drift {
				require.Len(t, drifted, 1)
				assert.Empty(t, expected)
				return
			}
			assert.Empty(t, drifted)
			require.Len(t, expected, 1)
			assert.Contains(t, DriftIssue(result, "").Body, "Left out of this list, as expected: 1, since ")
		})
	}
	mixed := refreshOf(t, cluster, `{"kubernetesVersion": "1.35"}`, `{"kubernetesVersion": "1.35.6"}`, "kubernetesVersion", `tags["a.b"]`)
	assert.Contains(t, DriftIssue(mixed, "").Body, cluster+` name: tags["a.b"]`+"\n", "the issue names what is not expected, and only that")
	many := make([]string, 2*maxDifferences)
	for i := range many {
		many[i] = pools + "[" + strconv.Itoa(i) + "].count"
	}
	drifted, _ := refreshOf(t, cluster, `{}`, `{}`, many...).Drift()
	assert.Len(t, drifted, 1, "a list that was cut is not expected")
}

// Every expectation says where it is documented.
func TestExpectedDriftHasSources(t *testing.T) {
	for _, e := range expectedDrift {
		assert.NotEmpty(t, e.source, e.kind)
		assert.NotEmpty(t, e.why, e.kind)
	}
}

// The issue begins with the stack's marker, names what drifted, and keeps what the engine printed in code.
func TestDriftIssue(t *testing.T) {
	result := &Result{Stack: "dev", Operation: OperationRefresh, OK: true, Resources: []Resource{changed, expired},
		Text: "    ~ mode: \"Deny\" => \"Off\"\n```\n@user " + strings.Repeat("long\n", 100_000)}
	issue := DriftIssue(result, "https://example.com/run")
	assert.True(t, strings.HasPrefix(issue.Body, DriftMarker("dev")+"\n"))
	assert.Equal(t, DriftLabel, issue.Label)
	assert.Contains(t, issue.Body, "update   azure-native:network/v20240501:FirewallPolicy hub-firewall\n```")
	assert.Contains(t, issue.Body, "as expected: 1,")
	assert.Contains(t, issue.Body, "!     mode:")
	assert.LessOrEqual(t, len(issue.Body), maxBodyBytes)
	assert.NotContains(t, outside(t, issue.Body), "@")
	assert.NotEqual(t, DriftMarker("dev"), DriftMarker("dev-west"))
}
