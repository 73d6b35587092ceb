package azuresim

import (
	"regexp"
	"slices"
	"time"
)

var monitorKinds = []*kind{
	{
		token: "operationalinsights:Workspace", path: groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
		name:    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
		located: true, create: time.Minute, update: 10 * time.Second, remove: 10 * time.Second,
		rules: []func(*operation) error{func(op *operation) error {
			if days, set := number(op.inputs, "retentionInDays"); set && (days < 30 || days > 730) {
				return badRequest("InvalidParameter", "%s: retentionInDays must be 30 to 730", op.id)
			}
			return nil
		}},
		compute: func(op *operation) map[string]any { return map[string]any{"customerId": guid(op.id)} },
	},
	{
		token: "securityinsights:SentinelOnboardingState",
		path: groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}" +
			"/providers/Microsoft.SecurityInsights/onboardingStates/{sentinelOnboardingStateName}",
		name:   regexp.MustCompile(`^default$`),
		create: 20 * time.Second, update: 5 * time.Second, remove: 20 * time.Second,
	},
	{
		token: "insights:DiagnosticSetting", path: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
		name:   regexp.MustCompile(`^[^*<>%&:?+/\\]{1,260}$`),
		create: 3 * time.Second, update: 3 * time.Second, remove: 2 * time.Second,
		rules: []func(*operation) error{checkDiagnosticSetting},
	},
	{
		token: "storage:StorageAccount", path: groupPath + "/providers/Microsoft.Storage/storageAccounts/{accountName}",
		name:    regexp.MustCompile(`^[a-z0-9]{3,24}$`),
		located: true, create: 25 * time.Second, update: 5 * time.Second, remove: 10 * time.Second,
		compute: func(op *operation) map[string]any {
			name := lastSegment(op.id)
			endpoints := map[string]any{}
			for _, service := range []string{"blob", "file", "queue", "table"} {
				endpoints[service] = "https://" + name + "." + service + ".core.windows.net/"
			}
			return map[string]any{"primaryEndpoints": endpoints}
		},
	},
}

// emitted is what a type of resource emits (Azure document "Supported Resource log categories for Azure Monitor").
type emitted struct {
	logs    []string
	metrics []string
}

var emittedBy = map[string]emitted{
	"Microsoft.Network/azureFirewalls": {metrics: []string{"AllMetrics"}, logs: []string{
		"AZFWApplicationRule", "AZFWApplicationRuleAggregation", "AZFWDnsAdditional", "AZFWDnsQuery", "AZFWFatFlow", "AZFWFlowTrace",
		"AZFWFqdnResolveFailure", "AZFWIdpsSignature", "AZFWNatRule", "AZFWNatRuleAggregation", "AZFWNetworkRule",
		"AZFWNetworkRuleAggregation", "AZFWThreatIntel", "AzureFirewallApplicationRule", "AzureFirewallDnsProxy", "AzureFirewallNetworkRule",
	}},
	"Microsoft.Network/bastionHosts":          {logs: []string{"BastionAuditLogs"}, metrics: []string{"AllMetrics"}},
	"Microsoft.Network/networkSecurityGroups": {logs: []string{"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"}},
	"Microsoft.Network/publicIPAddresses": {metrics: []string{"AllMetrics"}, logs: []string{
		"DDoSMitigationFlowLogs", "DDoSMitigationReports", "DDoSProtectionNotifications",
	}},
	"Microsoft.Network/virtualNetworks":        {logs: []string{"VMProtectionAlerts"}, metrics: []string{"AllMetrics"}},
	"Microsoft.OperationalInsights/workspaces": {logs: []string{"Audit", "SummaryLogs"}, metrics: []string{"AllMetrics"}},
	"Microsoft.Storage/storageAccounts":        {metrics: []string{"Capacity", "Transaction"}},
	"Microsoft.Storage/storageAccounts/services": {
		logs: []string{"StorageRead", "StorageWrite", "StorageDelete"}, metrics: []string{"Capacity", "Transaction"},
	},
}

func checkDiagnosticSetting(op *operation) error {
	target := text(op.inputs, "resourceUri")
	armType := "Microsoft.Storage/storageAccounts/services"
	if r := op.sub.find(target); r != nil {
		armType = r.ARMType
	}
	supported, ok := emittedBy[armType]
	if !ok {
		return badRequest("ResourceTypeNotSupported", "resource type %s of %s does not support diagnostic settings", armType, target)
	}
	for _, check := range []struct {
		property string
		known    []string
	}{{"logs", supported.logs}, {"metrics", supported.metrics}} {
		for _, setting := range list(op.inputs, check.property) {
			category := text(setting, "category")
			if category != "" && !slices.Contains(check.known, category) {
				return badRequest("BadRequest", "category %q is not supported by %s", category, target)
			}
		}
	}
	for _, other := range op.sub.sorted() {
		if other.Token == op.kind.token && key(other.ID) != key(op.id) && key(text(other.Inputs, "resourceUri")) == key(target) &&
			key(text(other.Inputs, "workspaceId")) == key(text(op.inputs, "workspaceId")) {
			return conflict("Conflict", "data sink %s is already used by diagnostic setting %s", text(op.inputs, "workspaceId"), other.ID)
		}
	}
	return nil
}
