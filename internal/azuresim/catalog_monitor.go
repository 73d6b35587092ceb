package azuresim

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var monitorKinds = []*kind{
	{
		token: "operationalinsights:Workspace", path: groupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
		name:    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
		located: true, create: time.Minute, update: 10 * time.Second, remove: 10 * time.Second,
		rules: []func(*operation) error{func(op *operation) error {
			if days, set := tree.Number(op.inputs, "retentionInDays"); set && (days < 30 || days > 730) {
				return badRequest("InvalidParameter", "%s: retentionInDays must be 30 to 730", op.id)
			}
			return nil
		}},
		compute: func(op *operation) map[string]any { return map[string]any{"customerId": op.guid()} },
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
		rules: []func(*operation) error{checkStorageAccountName},
		privateLink: &privateLink{
			group: "blob", publicSuffix: ".blob.core.windows.net", zone: "privatelink.blob.core.windows.net",
			members: func(_ *subscription, account *record) []linkMember {
				return []linkMember{{"blob", resourceid.Name(account.ID) + ".blob.core.windows.net"}}
			},
			firewall: func(account *record) (settings, rules map[string]any) {
				return account.Inputs, tree.Object(account.Inputs, "networkRuleSet")
			},
		},
		compute: func(op *operation) map[string]any {
			name := resourceid.Name(op.id)
			endpoints := map[string]any{}
			for _, service := range []string{"blob", "file", "queue", "table"} {
				endpoints[service] = "https://" + name + "." + service + ".core.windows.net/"
			}
			return map[string]any{"primaryEndpoints": endpoints}
		},
	},
}
