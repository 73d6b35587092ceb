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
		Name: "flowLogs.storageAccountId", Kind: String, Default: "",
		Description: "Azure resource id of a storage account for network flow logs, in the region of the stack and in any subscription; empty to make one. " +
			"How long logs stay is still hub.flowLogRetentionDays.",
	},
	{
		Name: "flowLogs.identityId", Kind: String, Default: "",
		Description: "Azure resource id of a user-assigned identity that may write blobs to flowLogs.storageAccountId; empty to make one and assign it the role.",
	},
	{
		Name: "monitoring.metricsWorkspaceId", Kind: String, Default: "",
		Description: "Azure resource id of an Azure Monitor workspace for the metrics of all stamps, in any subscription; empty to make one for each stamp.",
	},
}

var (
	metricsWorkspaceID = regexp.MustCompile(resourceInGroup + `Microsoft\.Monitor/accounts/[-\w]+$`)
	identityID         = regexp.MustCompile(resourceInGroup + `Microsoft\.ManagedIdentity/userAssignedIdentities/[-\w]+$`)
)

// FlowLogs are where network flow logs go that is there already.
type FlowLogs struct {
	// StorageAccountID is the Azure resource id of the storage account, IdentityID that of the identity that writes; empty for new ones.
	StorageAccountID, IdentityID string
}

func (r *reader) flowLogs() FlowLogs {
	logs := FlowLogs{
		StorageAccountID: r.id("flowLogs.storageAccountId", storageAccountID, "a storage account"),
		IdentityID:       r.id("flowLogs.identityId", identityID, "a user-assigned identity"),
	}
	if logs.IdentityID != "" && r.text("flowLogs.storageAccountId") == "" {
		r.reject("flowLogs.identityId", logs.IdentityID, "empty, or flowLogs.storageAccountId with it")
	}
	return logs
}

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
