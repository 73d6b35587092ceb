package components

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
)

// Operators find three queries in the workspace, over tables that are filled today.
func TestMonitoringSavedSearches(t *testing.T) {
	m := deployMonitoring(t, nil)
	for id, fact := range map[string]struct {
		category string
		says     []string
	}{
		"AllClusterMetrics":           {"Kubernetes metrics", []string{"InsightsMetrics", "Perf", "LastSample"}},
		"ForbiddenResponsesOnIngress": {"Ingress", []string{"AGWAccessLogs", "HttpStatus == 403", "default = 0", "step 5m", "render barchart"}},
		"NodesRestarted":              {"Kubernetes nodes", []string{"KubeEvents", `"Rebooted"`, `"RebootScheduled"`, `"Upgrade"`}},
	} {
		search := m.one(t, typetoken.SavedSearch, "monitoring-"+id)
		assert.Equal(t, id, search.Inputs["savedSearchId"])
		assert.Equal(t, monitoredLogs, search.Inputs["workspaceName"])
		assert.Equal(t, fact.category, search.Inputs["category"])
		assert.Equal(t, 2.0, search.Inputs["version"])
		assert.NotEmpty(t, search.Inputs["displayName"])
		smokeTestKQL(t, search.Inputs["query"].(string), fact.says...)
		assertWaits(t, m, search, m.one(t, typetoken.Workspace, "monitoring"))
		assert.Equal(t, []string{"*"}, search.ReplaceOnChanges, "Azure refuses to write a search twice")
	}
	first, second, third := m.one(t, typetoken.SavedSearch, "monitoring-AllClusterMetrics"),
		m.one(t, typetoken.SavedSearch, "monitoring-ForbiddenResponsesOnIngress"), m.one(t, typetoken.SavedSearch, "monitoring-NodesRestarted")
	assertWaits(t, m, second, first)
	assertWaits(t, m, third, second)
}

// The search for restarted nodes finds upgrades and drains, which AKS reports by events of type Normal (Azure document "Upgrade an Azure
// Kubernetes Service cluster", view the upgrade events): the agent collects those only if it is told to.
func TestNodeSearchFindsWhatIsCollected(t *testing.T) {
	query := deployMonitoring(t, nil).one(t, typetoken.SavedSearch, "monitoring-NodesRestarted").Inputs["query"].(string)
	normal := regexp.MustCompile(`"(Upgrade|Drain)"`).MatchString(query)
	settings := clusterManifest(t, "container-insights")["log-data-collection-settings"]
	_, events, found := strings.Cut(settings, "[log_collection_settings.collect_all_kube_events]")
	require.True(t, found)
	all := regexp.MustCompile(`^\s*enabled = true`).MatchString(events)
	assert.Equal(t, normal, all, "events of type Normal cost ingestion, and only this search reads them")
}

// The workbook on security hangs at the workspace in Sentinel, named by a GUID that stays.
func TestMonitoringWorkbook(t *testing.T) {
	m := deployMonitoring(t, nil)
	workbook := m.one(t, typetoken.Workbook, "monitoring-workbook")
	inputs := maps.Clone(workbook.Inputs)
	delete(inputs, "serializedData")
	workbook.Inputs = inputs
	assertInputs(t, workbook, object{
		"resourceName": m.one(t, typetoken.UUID, "monitoring-workbook").ID, "resourceGroupName": monitoredGroup, "location": "eastus2",
		"tags": testTags, "displayName": "Azure Kubernetes Service (AKS) Security - " + monitoredLogs, "kind": "shared",
		"category": "sentinel", "sourceId": monitoredLogsID, "version": "Notebook/1.0",
	})
}

// The workbook has every view of the walkthrough's. Its audit views read the table that is filled, which lacks get and list, and
// the view of commands says so.
func TestMonitoringWorkbookViews(t *testing.T) {
	var content struct {
		Version   string   `json:"version"`
		Fallback  []string `json:"fallbackResourceIds"`
		WorkItems []struct {
			Type    int    `json:"type"`
			Name    string `json:"name"`
			Content struct {
				JSON, Query, ResourceType, Visualization, TimeContextFromParameter string
				CrossComponentResources                                            []string
				Parameters                                                         []struct{ Name string }
			} `json:"content"`
		} `json:"items"`
	}
	data := deployMonitoring(t, nil).one(t, typetoken.Workbook, "monitoring-workbook").Inputs["serializedData"].(string)
	require.NoError(t, json.Unmarshal([]byte(data), &content))
	assert.Equal(t, "Notebook/1.0", content.Version)
	assert.Equal(t, []string{monitoredLogsID}, content.Fallback)
	assert.NotContains(t, data, "AzureDiagnostics")
	assert.NotRegexp(t, `AKSAudit\b`, data, "kube-audit stays off, so its table stays empty")
	facts := map[string][]string{
		"alerts-by-severity": {"SecurityAlert", "by AlertSeverity"},
		"alert-history":      {"SecurityAlert", "bin(TimeGenerated, 1d)"},
		"alerts-by-cluster":  {"SecurityAlert", "by Cluster"},
		"risky-operations": {
			"SecurityAlert", `"PrivilegedContainer"`, `"MaliciousContainerExec"`, `"SensitiveMount"`, `"ClusterAdminBinding"`,
		},
		"image-findings":         {"securityresources", "microsoft.security/assessments", "containerimage"},
		"privileged-containers":  {"AKSAuditAdmin", "securityContext.privileged", "initContainers"},
		"exec":                   {"AKSAuditAdmin", `"exec"`, `"create"`},
		"host-path-mounts":       {"AKSAuditAdmin", "hostPath.path"},
		"cluster-admin-bindings": {"AKSAuditAdmin", `"clusterrolebindings"`, `"rolebindings"`, `"cluster-admin"`},
		"deleted-events":         {"AKSAuditAdmin", `"delete"`, `"deletecollection"`, `"events"`},
	}
	texts := map[string]string{}
	for _, item := range content.WorkItems {
		switch item.Type {
		case 1:
			texts[item.Name] = item.Content.JSON
		case 9:
			require.Len(t, item.Content.Parameters, 1)
			assert.Equal(t, "TimeRange", item.Content.Parameters[0].Name)
		case 3:
			require.Contains(t, facts, item.Name)
			smokeTestKQL(t, item.Content.Query, facts[item.Name]...)
			delete(facts, item.Name)
			if item.Name == "image-findings" {
				assert.Equal(t, "microsoft.resourcegraph/resources", item.Content.ResourceType)
				assert.Equal(t, []string{subscription}, item.Content.CrossComponentResources)
				continue
			}
			assert.Equal(t, "microsoft.operationalinsights/workspaces", item.Content.ResourceType)
			assert.Equal(t, "TimeRange", item.Content.TimeContextFromParameter)
		}
	}
	assert.Empty(t, facts, "views that are missing")
	assert.Contains(t, texts["title"], monitoredCluster)
	assert.Contains(t, texts["exec-text"], "neither get nor list")
}

var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// smokeTestKQL finds what a query has to contain, and slips of the pen: brackets and quotes that do not close, and lines that are no step of
// the query. Nothing here runs KQL.
func smokeTestKQL(t *testing.T, query string, says ...string) {
	t.Helper()
	for _, fact := range says {
		assert.Contains(t, query, fact)
	}
	bare := quoted.ReplaceAllString(query, "")
	assert.NotContains(t, bare, `"`, "a string stays open in %s", query)
	assertBalanced(t, bare)
	for _, line := range strings.Split(query, "\n")[1:] {
		assert.Regexp(t, `^(\| [a-z]|    )`, line)
	}
}

// assertBalanced checks that every bracket closes where it should.
func assertBalanced(t *testing.T, text string) {
	t.Helper()
	closes := map[rune]rune{')': '(', ']': '[', '}': '{'}
	var open []rune
	for _, r := range text {
		switch r {
		case '(', '[', '{':
			open = append(open, r)
		case ')', ']', '}':
			if !assert.NotEmpty(t, open, "%c closes nothing in %s", r, text) {
				return
			}
			assert.Equal(t, string(closes[r]), string(open[len(open)-1]), "in %s", text)
			open = open[:len(open)-1]
		}
	}
	assert.Empty(t, open, "brackets stay open in %s", text)
}
