package tests

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
)

// Type tokens of what Monitoring registers.
const (
	typeMonitoring         = "aksregulated:cluster:Monitoring"
	typeMonitorWorkspace   = "azure-native:monitor/v20230403:AzureMonitorWorkspace"
	typeSavedSearch        = "azure-native:operationalinsights/v20200801:SavedSearch"
	typeWorkbook           = "azure-native:insights/v20230601:Workbook"
	typeCollectionEndpoint = "azure-native:insights/v20230311:DataCollectionEndpoint"
	typeCollectionRule     = "azure-native:insights/v20230311:DataCollectionRule"
	typeActionGroup        = "azure-native:insights/v20230101:ActionGroup"
)

func init() {
	maps.Copy(armIDs, map[string]string{
		typeMonitorWorkspace:   "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}",
		typeSavedSearch:        "Microsoft.OperationalInsights/workspaces/{workspaceName}/savedSearches/{savedSearchId}",
		typeWorkbook:           "Microsoft.Insights/workbooks/{resourceName}",
		typeCollectionEndpoint: "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}",
		typeCollectionRule:     "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}",
		typeActionGroup:        "Microsoft.Insights/actionGroups/{actionGroupName}",
	})
}

// Names and ids of the default stamp's monitoring.
var (
	monitoredGroup     = "rg-bu0001a0005"
	monitoredUnique    = config.Unique("aks", subscriptionID, monitoredGroup)
	monitoredCluster   = "aks-" + monitoredUnique
	monitoredLogs      = "la-aks-" + monitoredUnique
	monitoredLogsID    = armPath(monitoredGroup, "Microsoft.OperationalInsights/workspaces/"+monitoredLogs)
	monitoredMetricsID = armPath(monitoredGroup, "Microsoft.Monitor/accounts/amw-aks-"+monitoredUnique)
	monitoredEndpoint  = armPath(monitoredGroup, "Microsoft.Insights/dataCollectionEndpoints/MSProm-eastus2-"+monitoredCluster)
	monitoredPagerID   = armPath(monitoredGroup, "Microsoft.Insights/actionGroups/ag-"+monitoredCluster)
	withPager          = settings{"monitoring.alertEmails": `["ops@contoso.com","soc@contoso.com"]`}
)

func collectionRuleID(name string) string {
	return armPath(monitoredGroup, "Microsoft.Insights/dataCollectionRules/"+name)
}

// monitoredStamp is the first configured stamp, in a resource group that the test only names.
func monitoredStamp(cfg *config.Config) *cluster.StampArgs {
	stamp := cfg.Stamps[0]
	return &cluster.StampArgs{
		Config: cfg, Stamp: stamp, SubscriptionID: subscriptionID, ResourceGroupName: pulumi.String(stamp.ResourceGroup),
	}
}

func deployMonitoring(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	require.Equal(t, monitoredGroup, cfg.Stamps[0].ResourceGroup)
	return deploy(t, func(ctx *pulumi.Context) error {
		monitoring, err := cluster.NewMonitoring(ctx, "monitoring", &cluster.MonitoringArgs{StampArgs: monitoredStamp(cfg)})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"logs": monitoring.WorkspaceID, "metrics": monitoring.MonitorWorkspaceID,
			"prometheus": monitoring.PrometheusRuleID, "containers": monitoring.ContainerInsightsRuleID,
			"jumpBoxes": monitoring.JumpBoxRuleID, "endpoint": monitoring.DataCollectionEndpointID,
			"pager": monitoring.ActionGroupIDs,
		})
		return nil
	})
}

// Monitoring is one component with everything that exists before the cluster; nobody is told of alerts unless configured.
func TestMonitoringFamily(t *testing.T) {
	children := []string{
		typeWorkspace + " monitoring", typeDiagnostic + " monitoring-workspace", typeSentinel + " monitoring",
		typeSavedSearch + " monitoring-AllClusterMetrics", typeSavedSearch + " monitoring-ForbiddenResponsesOnIngress",
		typeSavedSearch + " monitoring-NodesRestarted", typeUUID + " monitoring-workbook", typeWorkbook + " monitoring-workbook",
		typeMonitorWorkspace + " monitoring", typeCollectionEndpoint + " monitoring",
		typeCollectionRule + " monitoring-prometheus", typeCollectionRule + " monitoring-containers",
		typeCollectionRule + " monitoring-jumpboxes", typeDiagnostic + " monitoring-prometheus",
	}
	assertFamily(t, deployMonitoring(t, nil), typeMonitoring, "monitoring", children...)
	children = append(children, typeActionGroup+" monitoring")
	assertFamily(t, deployMonitoring(t, withPager), typeMonitoring, "monitoring", children...)
}

// Cluster, registry, vault, gateway, jump boxes and alerts get the ids that they need.
func TestMonitoringOutputs(t *testing.T) {
	assert.Equal(t, map[string]any{
		"logs": monitoredLogsID, "metrics": monitoredMetricsID, "endpoint": monitoredEndpoint,
		"prometheus": collectionRuleID("MSProm-eastus2-" + monitoredCluster),
		"containers": collectionRuleID("MSCI-eastus2-" + monitoredCluster),
		"jumpBoxes":  collectionRuleID("dcr-eastus2-" + monitoredCluster + "-jumpboxes"),
		"pager":      []string{monitoredPagerID},
	}, deployMonitoring(t, withPager).exports)
}

// The stamp's logs are kept for the configured time, watched by Sentinel, and protected together with the metrics.
func TestMonitoringWorkspaces(t *testing.T) {
	m := deployMonitoring(t, settings{"monitoring.logRetentionDays": "365", "protect": "true"})
	logs, metrics := m.one(t, typeWorkspace, "monitoring"), m.one(t, typeMonitorWorkspace, "monitoring")
	assertInputs(t, logs, object{
		"workspaceName": monitoredLogs, "resourceGroupName": monitoredGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "PerGB2018"}, "retentionInDays": 365,
		"publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
	})
	assertInputs(t, metrics, object{
		"azureMonitorWorkspaceName": "amw-aks-" + monitoredUnique, "resourceGroupName": monitoredGroup, "location": "eastus2",
		"tags": testTags, "publicNetworkAccess": "Enabled",
	})
	for _, r := range m.all() {
		assert.Equal(t, r.URN == logs.URN || r.URN == metrics.URN, r.Protect, "%s", r)
	}
	assertInputs(t, m.one(t, typeSentinel, "monitoring"), object{
		"resourceGroupName": monitoredGroup, "workspaceName": monitoredLogs, "sentinelOnboardingStateName": "default",
	})
}

// The workspace audits who changes and queries it, and a collection rule reports what it could not deliver.
func TestMonitoringDiagnostics(t *testing.T) {
	m := deployMonitoring(t, nil)
	assertInputs(t, m.one(t, typeDiagnostic, "monitoring-workspace"), object{
		"name": "default", "resourceUri": monitoredLogsID, "workspaceId": monitoredLogsID,
		"logs":    list{object{"category": "Audit", "enabled": true}},
		"metrics": list{object{"category": "AllMetrics", "enabled": true}},
	})
	assertInputs(t, m.one(t, typeDiagnostic, "monitoring-prometheus"), object{
		"name": "default", "resourceUri": collectionRuleID("MSProm-eastus2-" + monitoredCluster), "workspaceId": monitoredLogsID,
		"logs": list{object{"categoryGroup": "allLogs", "enabled": true}},
	})
}

// collectionRuleFact is what all collection rules have in common.
func collectionRuleFact(name, description string, more object) object {
	fact := object{
		"dataCollectionRuleName": name, "description": description, "resourceGroupName": monitoredGroup, "location": "eastus2",
		"tags": testTags, "kind": "Linux",
	}
	maps.Copy(fact, more)
	return fact
}

// Prometheus metrics of the cluster go through their own endpoint to the Azure Monitor workspace, and to nowhere else.
func TestMonitoringPrometheusRule(t *testing.T) {
	m := deployMonitoring(t, nil)
	assertInputs(t, m.one(t, typeCollectionEndpoint, "monitoring"), object{
		"dataCollectionEndpointName": "MSProm-eastus2-" + monitoredCluster, "resourceGroupName": monitoredGroup,
		"location": "eastus2", "tags": testTags, "kind": "Linux", "networkAcls": object{"publicNetworkAccess": "Enabled"},
	})
	assertInputs(t, m.one(t, typeCollectionRule, "monitoring-prometheus"), collectionRuleFact(
		"MSProm-eastus2-"+monitoredCluster, "Prometheus metrics of the cluster", object{
			"dataCollectionEndpointId": monitoredEndpoint,
			"dataSources": object{"prometheusForwarder": list{object{
				"name": "PrometheusDataSource", "streams": list{"Microsoft-PrometheusMetrics"}, "labelIncludeFilter": object{},
			}}},
			"destinations": object{"monitoringAccounts": list{object{
				"name": "azureMonitorWorkspace", "accountResourceId": monitoredMetricsID,
			}}},
			"dataFlows": list{object{
				"streams": list{"Microsoft-PrometheusMetrics"}, "destinations": list{"azureMonitorWorkspace"},
			}},
		}))
}

var logDestination = object{"logAnalytics": list{object{
	"name": "logAnalyticsWorkspace", "workspaceResourceId": monitoredLogsID,
}}}

// Container insights sends each kind of data once a minute, of all namespaces, container logs in the current schema; nodes send
// what syslog holds from warnings up.
func TestMonitoringContainerInsightsRule(t *testing.T) {
	streams := list{
		"Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory", "Microsoft-KubeNodeInventory",
		"Microsoft-KubePVInventory", "Microsoft-KubeServices", "Microsoft-KubeMonAgentEvents", "Microsoft-InsightsMetrics",
		"Microsoft-ContainerInventory", "Microsoft-ContainerNodeInventory", "Microsoft-Perf",
	}
	assertInputs(t, deployMonitoring(t, nil).one(t, typeCollectionRule, "monitoring-containers"), collectionRuleFact(
		"MSCI-eastus2-"+monitoredCluster, "Container insights and syslog of the cluster", object{
			"dataSources": object{
				"syslog": list{object{
					"name": "sysLogsDataSource", "streams": list{"Microsoft-Syslog"},
					"facilityNames": list{
						"auth", "authpriv", "cron", "daemon", "mark", "kern", "local0", "local1", "local2", "local3", "local4", "local5",
						"local6", "local7", "lpr", "mail", "news", "syslog", "user", "uucp",
					},
					"logLevels": list{"Warning", "Error", "Critical", "Alert", "Emergency"},
				}},
				"extensions": list{object{
					"name": "ContainerInsightsExtension", "extensionName": "ContainerInsights", "streams": streams,
					"extensionSettings": object{"dataCollectionSettings": object{
						"interval": "1m", "namespaceFilteringMode": "Off", "enableContainerLogV2": true,
					}},
				}},
			},
			"destinations": logDestination,
			"dataFlows": list{object{
				"streams": append(list{"Microsoft-Syslog"}, streams...), "destinations": list{"logAnalyticsWorkspace"},
			}},
		}))
}

// Jump boxes send who signed in and became root, not only what failed, and how loaded they are.
func TestMonitoringJumpBoxRule(t *testing.T) {
	assertInputs(t, deployMonitoring(t, nil).one(t, typeCollectionRule, "monitoring-jumpboxes"), collectionRuleFact(
		"dcr-eastus2-"+monitoredCluster+"-jumpboxes", "Syslog and performance of the jump boxes", object{
			"dataSources": object{
				"syslog": list{object{
					"name": "sysLogsDataSource", "streams": list{"Microsoft-Syslog"}, "facilityNames": list{"auth", "authpriv", "daemon"},
					"logLevels": list{"Info", "Notice", "Warning", "Error", "Critical", "Alert", "Emergency"},
				}},
				"performanceCounters": list{object{
					"name": "perfCountersDataSource", "streams": list{"Microsoft-Perf"}, "samplingFrequencyInSeconds": 60,
					"counterSpecifiers": list{
						`Processor(*)\% Processor Time`, `Memory(*)\% Used Memory`, `Memory(*)\Available MBytes Memory`,
						`Logical Disk(*)\% Used Space`, `Network(*)\Total Bytes Received`, `Network(*)\Total Bytes Transmitted`,
					},
				}},
			},
			"destinations": logDestination,
			"dataFlows": list{object{
				"streams": list{"Microsoft-Syslog", "Microsoft-Perf"}, "destinations": list{"logAnalyticsWorkspace"},
			}},
		}))
}

// Azure takes 44 characters for an endpoint's name and 64 for a rule's, which holds in the regions with the longest names.
func TestMonitoringNameLengths(t *testing.T) {
	for _, region := range []string{"germanywestcentral", "australiasoutheast"} {
		m := deploy(t, func(ctx *pulumi.Context) error {
			cfg := loadConfig(t, settings{"location": region, "zones": "[]"})
			_, err := cluster.NewMonitoring(ctx, "monitoring", &cluster.MonitoringArgs{StampArgs: monitoredStamp(cfg)})
			return err
		})
		name := m.one(t, typeCollectionEndpoint, "monitoring").Inputs["dataCollectionEndpointName"].(string)
		assert.Contains(t, name, region)
		assert.LessOrEqual(t, len(name), 44)
		for _, r := range m.ofType(typeCollectionRule) {
			assert.LessOrEqual(t, len(r.Inputs["dataCollectionRuleName"].(string)), 64, "%s", r)
		}
	}
}

// Whoever is configured is mailed, in the one format that all alerts share.
func TestMonitoringActionGroup(t *testing.T) {
	assertInputs(t, deployMonitoring(t, withPager).one(t, typeActionGroup, "monitoring"), object{
		"actionGroupName": "ag-" + monitoredCluster, "resourceGroupName": monitoredGroup, "location": "global", "tags": testTags,
		"groupShortName": "aks-01", "enabled": true,
		"emailReceivers": list{
			object{"name": "email-01", "emailAddress": "ops@contoso.com", "useCommonAlertSchema": true},
			object{"name": "email-02", "emailAddress": "soc@contoso.com", "useCommonAlertSchema": true},
		},
	})
}

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
		search := m.one(t, typeSavedSearch, "monitoring-"+id)
		assert.Equal(t, id, search.Inputs["savedSearchId"])
		assert.Equal(t, monitoredLogs, search.Inputs["workspaceName"])
		assert.Equal(t, fact.category, search.Inputs["category"])
		assert.Equal(t, 2.0, search.Inputs["version"])
		assert.NotEmpty(t, search.Inputs["displayName"])
		assertKQL(t, search.Inputs["query"].(string), fact.says...)
		assertWaits(t, m, search, m.one(t, typeWorkspace, "monitoring"))
	}
}

// The workbook on security hangs at the workspace in Sentinel, named by a GUID that stays.
func TestMonitoringWorkbook(t *testing.T) {
	m := deployMonitoring(t, nil)
	workbook := m.one(t, typeWorkbook, "monitoring-workbook")
	inputs := maps.Clone(workbook.Inputs)
	delete(inputs, "serializedData")
	workbook.Inputs = inputs
	assertInputs(t, workbook, object{
		"resourceName": m.one(t, typeUUID, "monitoring-workbook").ID, "resourceGroupName": monitoredGroup, "location": "eastus2",
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
	data := deployMonitoring(t, nil).one(t, typeWorkbook, "monitoring-workbook").Inputs["serializedData"].(string)
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
			assertKQL(t, item.Content.Query, facts[item.Name]...)
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

// assertKQL checks that a query says what it must, that its brackets and quotes close, and that each line after the first is a
// step of it or continues one.
func assertKQL(t *testing.T, query string, says ...string) {
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
