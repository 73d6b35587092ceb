package platform

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/monitoring"
)

// foundLogs are where the logs and metrics of stamps go that are not the stack's own; nil for what it makes.
type foundLogs struct {
	logs, metrics *monitoring.Destination
}

// findLogs looks the configured workspaces up: what collects for one has to be in its region.
func (p *platform) findLogs(f *preflight) error {
	settings := p.cfg.Monitoring
	for _, destination := range []struct {
		key, id, what, function, name string
		into                          **monitoring.Destination
		retention                     int
	}{
		{
			"monitoring.workspaceId", settings.WorkspaceID, "a Log Analytics workspace",
			"azure-native:operationalinsights/v20230901:getWorkspace", "workspaceName", &p.found.logs, settings.LogRetentionDays,
		},
		{
			"monitoring.metricsWorkspaceId", settings.MetricsWorkspaceID, "an Azure Monitor workspace",
			"azure-native:monitor/v20230403:getAzureMonitorWorkspace", "azureMonitorWorkspaceName", &p.found.metrics, 0,
		},
	} {
		if destination.id == "" {
			continue
		}
		var answer struct {
			Location        string `pulumi:"location"`
			RetentionInDays int    `pulumi:"retentionInDays"`
		}
		asked, err := f.ofResource(destination.key, destination.id, destination.what, destination.function, destination.name, &answer)
		if err != nil {
			return err
		}
		known, err := f.find(asked, "its region, which is taken for "+p.cfg.Location)
		if err != nil {
			return err
		}
		*destination.into = &monitoring.Destination{ID: destination.id, Location: p.cfg.Location}
		if !known {
			continue
		}
		(*destination.into).Location = normalized(answer.Location)
		if answer.RetentionInDays < destination.retention {
			if err := p.ctx.Log.Warn(fmt.Sprintf("%s: the workspace keeps logs for %d days, and monitoring.logRetentionDays asks for %d. Its owner decides.",
				destination.key, answer.RetentionInDays, destination.retention), nil); err != nil {
				return fmt.Errorf("warn about %s: %w", destination.key, err)
			}
		}
	}
	return nil
}

// normalized is a region by its short name; Azure gives some with spaces and capitals.
func normalized(location string) string {
	return strings.ReplaceAll(strings.ToLower(location), " ", "")
}
