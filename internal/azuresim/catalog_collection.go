package azuresim

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const insightsProvider = groupPath + "/providers/Microsoft.Insights"

const monitorAccount = "Microsoft.Monitor/accounts"

var collectionName = regexp.MustCompile(`^[a-zA-Z0-9][\w.()-]{1,62}[a-zA-Z0-9]$`)

var collectionKinds = []*kind{
	{
		token: "monitor:AzureMonitorWorkspace", path: groupPath + "/providers/Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]{2,42}[a-zA-Z0-9]$`), located: true,
		create: 40 * time.Second, update: 10 * time.Second, remove: 30 * time.Second,
		compute: monitorWorkspaceOutputs, createImplicit: makeIngestion,
		cleanUp: func(s *subscription, gone *record) { s.dropWithin(ingestionGroup(gone)) },
	},
	{
		token: "insights:DataCollectionEndpoint", path: insightsProvider + "/dataCollectionEndpoints/{dataCollectionEndpointName}",
		name: collectionName, located: true, create: 20 * time.Second, update: 10 * time.Second, remove: 10 * time.Second,
		compute: func(op *operation) map[string]any {
			return ingestionAddresses(op.id, tree.Text(op.inputs, "location"), op.guid())
		},
	},
	{
		token: "insights:DataCollectionRule", path: insightsProvider + "/dataCollectionRules/{dataCollectionRuleName}",
		name: collectionName, located: true, create: 15 * time.Second, update: 10 * time.Second, remove: 10 * time.Second,
		rules: []func(*operation) error{checkCollectionRule},
		compute: func(op *operation) map[string]any {
			return map[string]any{"immutableId": "dcr-" + plainGUID(op.guid())}
		},
	},
	{
		token: "insights:DataCollectionRuleAssociation", path: "{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
		name: collectionName, create: 10 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkCollectionAssociation},
	},
	{
		token: "operationalinsights:SavedSearch",
		path:  groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}/savedSearches/{savedSearchId}",
		name:  regexp.MustCompile(`^.{1,260}$`), create: 3 * time.Second, update: 3 * time.Second, remove: 3 * time.Second,
		rules: []func(*operation) error{checkSavedSearch},
	},
}

func plainGUID(guid string) string { return strings.ReplaceAll(guid, "-", "") }

// ingestionAddresses are those of a data collection endpoint.
func ingestionAddresses(id, location, unique string) map[string]any {
	host := strings.ToLower(resourceid.Name(id)) + "-" + unique[:4] + "." + strings.ToLower(location) + "-1."
	address := func(service string) map[string]any {
		return map[string]any{"endpoint": "https://" + host + service + ".monitor.azure.com"}
	}
	return map[string]any{
		"immutableId": "dce-" + plainGUID(unique), "logsIngestion": address("ingest"), "metricsIngestion": address("metrics.ingest"),
		"configurationAccess": address("handler.control"),
	}
}

// ingestionGroup is the resource group in which Azure keeps how a monitor workspace gets its data.
func ingestionGroup(workspace *record) string {
	return groupNamed("MA_" + resourceid.Name(workspace.ID) + "_" + tree.Text(workspace.Inputs, "location") + "_managed")
}

// ingestion are the endpoint and the rule that Azure makes with a monitor workspace.
func ingestion(workspace *record) (endpoint, rule string) {
	provider := ingestionGroup(workspace) + "/providers/Microsoft.Insights/"
	name := resourceid.Name(workspace.ID)
	return provider + "dataCollectionEndpoints/" + name, provider + "dataCollectionRules/" + name
}

func monitorWorkspaceOutputs(op *operation) map[string]any {
	endpoint, rule := ingestion(op.record)
	host := strings.ToLower(resourceid.Name(op.id)) + "-" + op.guid()[:4] + "." + strings.ToLower(tree.Text(op.inputs, "location"))
	return map[string]any{
		"accountId":                op.guid(),
		"defaultIngestionSettings": map[string]any{"dataCollectionEndpointResourceId": endpoint, "dataCollectionRuleResourceId": rule},
		"metrics": map[string]any{
			"prometheusQueryEndpoint": "https://" + host + ".prometheus.monitor.azure.com", "internalId": "mac_" + op.guid(),
		},
	}
}

func makeIngestion(op *operation) {
	location := tree.Text(op.inputs, "location")
	endpoint, rule := ingestion(op.record)
	op.sub.putImplicit(ingestionGroup(op.record), "Microsoft.Resources/resourceGroups", map[string]any{"location": location, "managedBy": op.id})
	addresses := ingestionAddresses(endpoint, location, op.guid("endpoint"))
	addresses["location"] = location
	op.sub.putImplicit(endpoint, "Microsoft.Insights/dataCollectionEndpoints", addresses)
	op.sub.putImplicit(rule, "Microsoft.Insights/dataCollectionRules", map[string]any{
		"location": location, "dataCollectionEndpointId": endpoint, "immutableId": "dcr-" + plainGUID(op.guid("rule")),
	})
}
