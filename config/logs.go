package config

import (
	"regexp"
	"strconv"
)

// logKeys are about logs and metrics that go to what is there already.
var logKeys = []Key{
	{
		Name: "monitoring.workspaceId", Kind: String, Default: "",
		Description: "Azure resource id of a Log Analytics workspace for the logs of all stamps, in any subscription; empty to make one for each stamp. " +
			"Its retention and Microsoft Sentinel are its owner's.",
	},
	{
		Name: "monitoring.metricsWorkspaceId", Kind: String, Default: "",
		Description: "Azure resource id of an Azure Monitor workspace for the metrics of all stamps, in any subscription; empty to make one for each stamp.",
	},
}

var metricsWorkspaceID = regexp.MustCompile(resourceInGroup + `Microsoft\.Monitor/accounts/[-\w]+$`)

func (r *reader) monitoring() Monitoring {
	monitoring := Monitoring{
		LogRetentionDays:   r.integer("monitoring.logRetentionDays", 30, 730),
		AlertEmails:        r.emails("monitoring.alertEmails"),
		WorkspaceID:        r.id("monitoring.workspaceId", workspaceID, "a Log Analytics workspace"),
		MetricsWorkspaceID: r.id("monitoring.metricsWorkspaceId", metricsWorkspaceID, "an Azure Monitor workspace"),
	}
	return monitoring
}

// checkLogs refuses settings of workspaces that the stack does not make.
func (r *reader) checkLogs(cfg *Config) {
	for i, stamp := range cfg.Stamps {
		if stamp.WorkspaceSuffix != "" && cfg.Monitoring.WorkspaceID != "" {
			r.reject("stamps["+strconv.Itoa(i)+"].workspaceSuffix", stamp.WorkspaceSuffix, "empty while monitoring.workspaceId is set")
		}
	}
}
