package monitor

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const monitorAccount = "Microsoft.Monitor/accounts"

var monitorWorkspaceKind = &arm.Kind{
	Token: "monitor:AzureMonitorWorkspace", Path: arm.GroupPath + "/providers/Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]{2,42}[a-zA-Z0-9]$`), Located: true,
	Create: 40 * time.Second, Update: 10 * time.Second, Remove: 30 * time.Second,
	Compute: monitorWorkspaceOutputs, CreateImplicit: makeIngestion,
	CleanUp: func(s *arm.Subscription, gone *arm.Record) { s.DropWithin(ingestionGroup(gone)) },
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
func ingestionGroup(workspace *arm.Record) string {
	return arm.GroupBeside(workspace.ID, "MA_"+resourceid.Name(workspace.ID)+"_"+tree.Text(workspace.Inputs, "location")+"_managed")
}

// ingestion are the endpoint and the rule that Azure makes with a monitor workspace.
func ingestion(workspace *arm.Record) (endpoint, rule string) {
	provider := ingestionGroup(workspace) + "/providers/Microsoft.Insights/"
	name := resourceid.Name(workspace.ID)
	return provider + "dataCollectionEndpoints/" + name, provider + "dataCollectionRules/" + name
}

func monitorWorkspaceOutputs(op *arm.Operation) map[string]any {
	endpoint, rule := ingestion(op.Record)
	host := strings.ToLower(resourceid.Name(op.ID)) + "-" + op.GUID()[:4] + "." + strings.ToLower(tree.Text(op.Inputs, "location"))
	return map[string]any{
		"accountId":                op.GUID(),
		"defaultIngestionSettings": map[string]any{"dataCollectionEndpointResourceId": endpoint, "dataCollectionRuleResourceId": rule},
		"metrics": map[string]any{
			"prometheusQueryEndpoint": "https://" + host + ".prometheus.monitor.azure.com", "internalId": "mac_" + op.GUID(),
		},
	}
}

func makeIngestion(op *arm.Operation) {
	location := tree.Text(op.Inputs, "location")
	endpoint, rule := ingestion(op.Record)
	op.Sub.PutImplicit(ingestionGroup(op.Record), "Microsoft.Resources/resourceGroups", map[string]any{"location": location,
		"managedBy": op.ID})
	addresses := ingestionAddresses(endpoint, location, op.GUID("endpoint"))
	addresses["location"] = location
	op.Sub.PutImplicit(endpoint, "Microsoft.Insights/dataCollectionEndpoints", addresses)
	op.Sub.PutImplicit(rule, "Microsoft.Insights/dataCollectionRules", map[string]any{
		"location": location, "dataCollectionEndpointId": endpoint, "immutableId": "dcr-" + plainGUID(op.GUID("rule")),
	})
}
