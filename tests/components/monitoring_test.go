package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/monitoring"
)

// Type tokens of what Monitoring registers.
const (
	typeMonitoring = "aksregulated:cluster:Monitoring"
)

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

func deployMonitoring(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	require.Equal(t, monitoredGroup, cfg.Stamps[0].ResourceGroup)
	return deploy(t, func(ctx *pulumi.Context) error {
		monitored, err := monitoring.NewMonitoring(ctx, "monitoring", &monitoring.MonitoringArgs{
			Site: siteOf(cfg, cfg.Stamps[0]), Monitoring: cfg.Monitoring,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"logs": monitored.WorkspaceID, "metrics": monitored.MonitorWorkspaceID,
			"prometheus": monitored.PrometheusRuleID, "containers": monitored.ContainerInsightsRuleID,
			"jumpBoxes": monitored.JumpBoxRuleID, "endpoint": monitored.DataCollectionEndpointID,
			"pager": monitored.ActionGroupIDs,
		})
		return nil
	})
}

// Monitoring is one component with everything that exists before the cluster; alerts notify no one unless configured.
func TestMonitoringFamily(t *testing.T) {
	children := []string{
		typetoken.Workspace + " monitoring", typetoken.Diagnostic + " monitoring-workspace", typetoken.Sentinel + " monitoring",
		typetoken.SavedSearch + " monitoring-AllClusterMetrics", typetoken.SavedSearch + " monitoring-ForbiddenResponsesOnIngress",
		typetoken.SavedSearch + " monitoring-NodesRestarted", typetoken.UUID + " monitoring-workbook", typetoken.Workbook + " monitoring-workbook",
		typetoken.MonitorWorkspace + " monitoring", typetoken.CollectionEndpoint + " monitoring",
		typetoken.CollectionRule + " monitoring-prometheus", typetoken.CollectionRule + " monitoring-containers",
		typetoken.CollectionRule + " monitoring-jumpboxes", typetoken.Diagnostic + " monitoring-prometheus",
	}
	assertFamily(t, deployMonitoring(t, nil), typeMonitoring, "monitoring", children...)
	children = append(children, typetoken.ActionGroup+" monitoring")
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
	}, deployMonitoring(t, withPager).Exports)
}

// The stamp's logs are kept for the configured time, watched by Sentinel, and protected together with the metrics.
func TestMonitoringWorkspaces(t *testing.T) {
	m := deployMonitoring(t, settings{"monitoring.logRetentionDays": "365", "protect": "true"})
	logs, metrics := m.one(t, typetoken.Workspace, "monitoring"), m.one(t, typetoken.MonitorWorkspace, "monitoring")
	assertInputs(t, logs, object{
		"workspaceName": monitoredLogs, "resourceGroupName": monitoredGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "PerGB2018"}, "retentionInDays": 365,
		"publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
	})
	assertInputs(t, metrics, object{
		"azureMonitorWorkspaceName": "amw-aks-" + monitoredUnique, "resourceGroupName": monitoredGroup, "location": "eastus2",
		"tags": testTags, "publicNetworkAccess": "Enabled",
	})
	for _, r := range m.All() {
		assert.Equal(t, r.URN == logs.URN || r.URN == metrics.URN, r.Protect, "%s", r)
	}
	assertInputs(t, m.one(t, typetoken.Sentinel, "monitoring"), object{
		"resourceGroupName": monitoredGroup, "workspaceName": monitoredLogs, "sentinelOnboardingStateName": "default",
		"customerManagedKey": false,
	})
}

// The workspace audits who changes and queries it, and a collection rule reports what it could not deliver.
func TestMonitoringDiagnostics(t *testing.T) {
	m := deployMonitoring(t, nil)
	assertInputs(t, m.one(t, typetoken.Diagnostic, "monitoring-workspace"), object{
		"name": "default", "resourceUri": monitoredLogsID, "workspaceId": monitoredLogsID,
		"logs":    list{object{"category": "Audit", "enabled": true}},
		"metrics": list{object{"category": "AllMetrics", "enabled": true}},
	})
	assertInputs(t, m.one(t, typetoken.Diagnostic, "monitoring-prometheus"), object{
		"name": "default", "resourceUri": collectionRuleID("MSProm-eastus2-" + monitoredCluster), "workspaceId": monitoredLogsID,
		"logs": list{object{"categoryGroup": "allLogs", "enabled": true}},
	})
}

// Configured addresses get mail, in the one format that all alerts share.
func TestMonitoringActionGroup(t *testing.T) {
	assertInputs(t, deployMonitoring(t, withPager).one(t, typetoken.ActionGroup, "monitoring"), object{
		"actionGroupName": "ag-" + monitoredCluster, "resourceGroupName": monitoredGroup, "location": "global", "tags": testTags,
		"groupShortName": "aks-01", "enabled": true,
		"emailReceivers": list{
			object{"name": "email-01", "emailAddress": "ops@contoso.com", "useCommonAlertSchema": true},
			object{"name": "email-02", "emailAddress": "soc@contoso.com", "useCommonAlertSchema": true},
		},
	})
}
