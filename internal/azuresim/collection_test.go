package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

const (
	workspaceID   = groupID + "/providers/Microsoft.OperationalInsights/workspaces/la-aks"
	accountID     = groupID + "/providers/Microsoft.Monitor/accounts/amw-aks"
	clusterID     = "/subscriptions/" + arm.SubscriptionID + "/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/aks" // as AKS spells it
	endpointDCE   = groupID + "/providers/Microsoft.Insights/dataCollectionEndpoints/MSProm"
	actionGroupID = groupID + "/providers/Microsoft.Insights/actionGroups/ag-aks"
)

// monitored deploys workspaces for logs and metrics, and a cluster.
func monitored(l *lab) {
	l.must("operationalinsights:Workspace", in(object{"workspaceName": "la-aks", "retentionInDays": 90.0}))
	l.must("operationalinsights:Workspace", in(object{"workspaceName": "la-far", "retentionInDays": 90.0, "location": "westus"}))
	l.must("monitor:AzureMonitorWorkspace", in(object{"azureMonitorWorkspaceName": "amw-aks"}))
	l.must("insights:DataCollectionEndpoint", in(object{"dataCollectionEndpointName": "MSProm", "kind": "Linux"}))
	l.plant(clusterID, arm.ManagedClusters, object{"location": "eastus2"})
}

func logsRule(change func(object)) object {
	rule := in(object{
		"dataCollectionRuleName": "MSCI", "dataSources": object{
			"syslog":     array{object{"name": "syslog", "streams": array{"Microsoft-Syslog"}}},
			"extensions": array{object{"name": "ci", "extensionName": "ContainerInsights", "streams": array{"Microsoft-ContainerLogV2", "Microsoft-KubeEvents"}}},
		},
		"destinations": object{"logAnalytics": array{object{"name": "la", "workspaceResourceId": workspaceID}}},
		"dataFlows":    array{object{"streams": array{"Microsoft-Syslog", "Microsoft-KubeEvents"}, "destinations": array{"la"}}},
	})
	if change != nil {
		change(rule)
	}
	return rule
}

func metricsRule() object {
	return in(object{
		"dataCollectionRuleName": "MSProm", "dataCollectionEndpointId": endpointDCE,
		"dataSources":  object{"prometheusForwarder": array{object{"name": "p", "streams": array{"Microsoft-PrometheusMetrics"}}}},
		"destinations": object{"monitoringAccounts": array{object{"name": "amw", "accountResourceId": accountID}}},
		"dataFlows":    array{object{"streams": array{"Microsoft-PrometheusMetrics"}, "destinations": array{"amw"}}},
	})
}

// A rule sends streams that its sources have to destinations that it declares, which are what they are said to be.
func TestCollectionRules(t *testing.T) {
	const token = "insights:DataCollectionRule"
	destinations := func(kind string, each ...any) func(object) {
		return func(o object) { o["destinations"] = object{kind: array(each)} }
	}
	flows := func(streams, to array) func(object) {
		return func(o object) { o["dataFlows"] = array{object{"streams": streams, "destinations": to}} }
	}
	try(t, monitored, []attempt{
		{"logs", token, logsRule(nil), ""},
		{"metrics", token, metricsRule(), ""},
		{"metrics without endpoint", token, with(metricsRule(), "dataCollectionEndpointId", nil), "InvalidPayload"},
		{"no flows", token, logsRule(func(o object) { o["dataFlows"] = array{} }), "InvalidPayload"},
		{"an empty flow", token, logsRule(flows(array{}, array{"la"})), "InvalidPayload"},
		{"a stream that no source has", token, logsRule(flows(array{"Microsoft-Perf"}, array{"la"})), "InvalidPayload"},
		{"a destination that is not declared", token, logsRule(flows(array{"Microsoft-Syslog"}, array{"other"})), "InvalidPayload"},
		{"no destinations", token, logsRule(destinations("logAnalytics")), "InvalidPayload"},
		{"a destination that does not exist", token, logsRule(destinations("logAnalytics", object{"name": "la", "workspaceResourceId": workspaceID + "x"})), "InvalidResourceReference"},
		{"a destination of another type", token, logsRule(destinations("logAnalytics", object{"name": "la", "workspaceResourceId": accountID})), "InvalidPayload"},
		{"a destination in another region", token, logsRule(destinations("logAnalytics",
			object{"name": "la", "workspaceResourceId": groupID + "/providers/Microsoft.OperationalInsights/workspaces/la-far"})), "InvalidPayload"},
		{"a destination twice", token, logsRule(destinations("logAnalytics", object{"name": "la", "workspaceResourceId": workspaceID},
			object{"name": "la", "workspaceResourceId": workspaceID})), "InvalidPayload"},
		{"platform metrics", token, logsRule(func(o object) {
			o["destinations"] = object{"azureMonitorMetrics": object{"name": "la"}}
		}), ""},
		{"a source without name", token, logsRule(func(o object) {
			o["dataSources"] = object{"syslog": array{object{"streams": array{"Microsoft-Syslog"}}}}
		}), "InvalidPayload"},
		{"a source without streams", token, logsRule(func(o object) { o["dataSources"] = object{"syslog": array{object{"name": "s"}}} }), "InvalidPayload"},
		{"a declared stream", token, logsRule(func(o object) {
			o["streamDeclarations"] = object{"Custom-Audit": object{}}
			flows(array{"Custom-Audit"}, array{"la"})(o)
		}), ""},
		{"a declared stream of Azure's", token, logsRule(func(o object) { o["streamDeclarations"] = object{"Microsoft-Audit": object{}} }), "InvalidPayload"},
	})
	association := func(target string, more object) object {
		made := object{"resourceUri": target, "associationName": "logs", "dataCollectionRuleId": groupID + "/providers/Microsoft.Insights/dataCollectionRules/MSCI"}
		for property, value := range more {
			made[property] = value
		}
		return made
	}
	const associationToken = "insights:DataCollectionRuleAssociation"
	try(t, func(l *lab) { monitored(l); l.must(token, logsRule(nil)) }, []attempt{
		{"with a cluster", associationToken, association(clusterID, nil), ""},
		{"with a workspace", associationToken, association(workspaceID, nil), "InvalidResourceType"},
		{"with nothing that exists", associationToken, association(clusterID+"x", nil), "ParentResourceNotFound"},
		{"of both", associationToken, association(clusterID, object{"dataCollectionEndpointId": endpointDCE}), "InvalidPayload"},
		{"of neither", associationToken, with(association(clusterID, nil), "dataCollectionRuleId", nil), "InvalidPayload"},
		{"of what is no rule", associationToken, association(clusterID, object{"dataCollectionRuleId": workspaceID}), "InvalidPayload"},
		{"of an endpoint", associationToken, object{"resourceUri": clusterID, "associationName": "configurationAccessEndpoint", "dataCollectionEndpointId": endpointDCE}, ""},
		{"of an endpoint by another name", associationToken, object{"resourceUri": clusterID, "associationName": "logs", "dataCollectionEndpointId": endpointDCE}, "InvalidPayload"},
	})
	l := start(t, Options{})
	l.group()
	monitored(l)
	rule := l.must(token, logsRule(nil))
	l.must(associationToken, association(clusterID, nil))
	_, _, err := l.create(associationToken, association(clusterID, object{"associationName": "again"}))
	assert.ErrorContains(t, err, "AssociationAlreadyExists")
	assert.ErrorContains(t, l.delete(token, rule), "InUse")
	assert.Regexp(t, "^dcr-[0-9a-f]{32}$", l.read(rule).Outputs["immutableId"])
	assert.Contains(t, tree.Text(l.read(endpointDCE).Outputs, "metricsIngestion", "endpoint"), "https://msprom-")
}

// A monitor workspace has a group with the endpoint and the rule by which it is fed, and takes it along.
func TestMonitorWorkspace(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id := l.must("monitor:AzureMonitorWorkspace", in(object{"azureMonitorWorkspaceName": "amw-aks"}))
	outputs := l.read(id).Outputs
	assert.Contains(t, tree.Text(outputs, "metrics", "prometheusQueryEndpoint"), ".eastus2.prometheus.monitor.azure.com")
	for _, made := range []string{"dataCollectionEndpointResourceId", "dataCollectionRuleResourceId"} {
		found := tree.Text(outputs, "defaultIngestionSettings", made)
		assert.Contains(t, found, "/resourceGroups/MA_amw-aks_eastus2_managed/")
		require.NotNil(t, l.read(found), made)
	}
	require.NoError(t, l.delete("monitor:AzureMonitorWorkspace", id))
	assert.Equal(t, []string{groupID}, l.server.Left())
	_, _, err := l.create("monitor:AzureMonitorWorkspace", in(object{"azureMonitorWorkspaceName": "amw_aks"}))
	assert.ErrorContains(t, err, "InvalidResourceName")
}

// What a cluster stamp consists of emits what Azure lists for it.
func TestStampDiagnostics(t *testing.T) {
	logs := func(categories ...string) array {
		made := array{}
		for _, category := range categories {
			made = append(made, object{"category": category, "enabled": true})
		}
		return made
	}
	setting := func(target string, categories ...string) object {
		return object{"resourceUri": target, "name": "default", "workspaceId": workspaceID, "logs": logs(categories...), "logAnalyticsDestinationType": "Dedicated"}
	}
	gateway := netID + "applicationGateways/agw"
	const token = "insights:DiagnosticSetting"
	try(t, func(l *lab) {
		monitored(l)
		l.plant(gateway, gateways, object{})
		l.must("containerregistry:Registry", registryInputs("acraks"))
		l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
		l.must("insights:DataCollectionRule", logsRule(nil))
	}, []attempt{
		{"a cluster", token, setting(clusterID, "cluster-autoscaler", "kube-controller-manager", "kube-audit-admin", "guard"), ""},
		{"a category that clusters lack", token, setting(clusterID, "kube-proxy"), "BadRequest"},
		{"a gateway", token, setting(gateway, "ApplicationGatewayAccessLog", "ApplicationGatewayFirewallLog"), ""},
		{"a gateway of the first generation", token, setting(gateway, "ApplicationGatewayPerformanceLog"), "BadRequest"},
		{"a registry", token, setting(registryID, "ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"), ""},
		{"a vault", token, setting(vaultID, "AuditEvent"), ""},
		{"a rule", token, setting(groupID+"/providers/Microsoft.Insights/dataCollectionRules/MSCI", "LogErrors"), ""},
		{"a secret", token, setting(endpointDCE, "AuditEvent"), "ResourceTypeNotSupported"},
	})
}

// A saved search has a query and a version that Azure knows, and is not written twice.
func TestSavedSearches(t *testing.T) {
	search := in(object{"workspaceName": "la-aks", "savedSearchId": "s", "category": "AKS", "displayName": "Errors", "query": "KubeEvents", "version": 2.0})
	const token = "operationalinsights:SavedSearch"
	try(t, monitored, []attempt{
		{"a search", token, search, ""},
		{"no query", token, with(search, "query", ""), "BadRequest"},
		{"version 3", token, with(search, "version", 3.0), "BadRequest"},
		{"of no workspace", token, with(search, "workspaceName", "la-none"), "ParentResourceNotFound"},
	})
	l := start(t, Options{})
	l.group()
	monitored(l)
	id := l.must(token, search)
	assert.ErrorContains(t, l.update(token, id, with(search, "query", "KubeEvents | take 1")), `Status=409 Code="Conflict"`, "without its etag")
	require.NoError(t, l.delete(token, id))
	l.must(token, with(search, "query", "KubeEvents | take 1"))
}
