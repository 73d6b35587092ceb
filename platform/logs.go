package platform

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/monitoring"
	"aks-regulated-pulumi/network"
)

// foundLogs are where logs and metrics go that is not the stack's own; nil for what it makes, and networks for what nothing is known of.
type foundLogs struct {
	logs, metrics *monitoring.Destination
	networks      *network.FoundWorkspace
}

// logStore is what a look-up tells of a workspace or a storage account.
type logStore struct {
	Location        string `pulumi:"location"`
	CustomerID      string `pulumi:"customerId"`
	RetentionInDays int    `pulumi:"retentionInDays"`
	Sku             struct {
		Name string `pulumi:"name"`
	} `pulumi:"sku"`
}

// wantedStore is a workspace or a storage account of others.
type wantedStore struct {
	key, id, what, function, name string
	// retention is what the configuration asks for, in days, and retentionKey where.
	retention    int
	retentionKey string
	// unchecked is what nothing has checked where the login may not read it.
	unchecked string
	// take is called with what is known: the region is that of the stack if the login may not read it.
	take func(known bool, store logStore) (mistake string)
}

// Functions of the provider that look workspaces and storage accounts up.
const (
	getLogWorkspace     = "azure-native:operationalinsights/v20230901:getWorkspace"
	getMetricsWorkspace = "azure-native:monitor/v20230403:getAzureMonitorWorkspace"
	getStorageAccount   = "azure-native:storage/v20230501:getStorageAccount"
)

func (p *platform) wantedStores() []wantedStore {
	settings, location := p.cfg.Monitoring, p.cfg.Location
	const region = "its region, which is taken for that of the stack"
	return []wantedStore{
		{
			"monitoring.workspaceId", settings.WorkspaceID, "a Log Analytics workspace", getLogWorkspace, "workspaceName",
			settings.LogRetentionDays, "monitoring.logRetentionDays", region,
			func(_ bool, store logStore) string {
				p.found.logs = &monitoring.Destination{ID: settings.WorkspaceID, Location: store.Location}
				return ""
			},
		},
		{
			"monitoring.metricsWorkspaceId", settings.MetricsWorkspaceID, "an Azure Monitor workspace", getMetricsWorkspace, "azureMonitorWorkspaceName",
			0, "", region,
			func(_ bool, store logStore) string {
				p.found.metrics = &monitoring.Destination{ID: settings.MetricsWorkspaceID, Location: store.Location}
				return ""
			},
		},
		{
			"hub.workspaceId", p.cfg.Hub.WorkspaceID, "a Log Analytics workspace", getLogWorkspace, "workspaceName",
			p.cfg.Hub.LogRetentionDays, "hub.logRetentionDays", "that it exists",
			func(known bool, store logStore) string {
				if known {
					p.found.networks = &network.FoundWorkspace{CustomerID: store.CustomerID, Location: store.Location}
				}
				return ""
			},
		},
		{
			"flowLogs.storageAccountId", p.cfg.FlowLogs.StorageAccountID, "a storage account", getStorageAccount, "accountName", 0, "",
			"its region and tier",
			// Azure document "Virtual network flow logs": the account is in the region of the networks, and of the standard tier.
			func(_ bool, store logStore) string {
				if store.Location != location || strings.HasPrefix(store.Sku.Name, "Premium") {
					return fmt.Sprintf("a storage account of the standard tier in region %s: this one is %s in %s", location, store.Sku.Name, store.Location)
				}
				return ""
			},
		},
	}
}

// findLogs looks workspaces and the storage account of others up: what collects for a workspace has to be in its region, and flow logs name both.
func (p *platform) findLogs(f *preflight) error {
	for _, wanted := range p.wantedStores() {
		if wanted.id == "" {
			continue
		}
		var store logStore
		asked, err := f.ofResource(wanted.key, wanted.id, wanted.what, wanted.function, wanted.name, &store)
		if err != nil {
			return err
		}
		known, err := f.find(asked, wanted.unchecked)
		if err != nil {
			return err
		}
		if store.Location = normalized(store.Location); !known {
			store = logStore{Location: p.cfg.Location, RetentionInDays: wanted.retention}
		}
		if mistake := wanted.take(known, store); mistake != "" {
			f.reject(asked, mistake)
		}
		if store.RetentionInDays < wanted.retention {
			if err := p.ctx.Log.Warn(fmt.Sprintf("%s: the workspace keeps logs for %d days, and %s asks for %d. Its owner decides.",
				wanted.key, store.RetentionInDays, wanted.retentionKey, wanted.retention), nil); err != nil {
				return fmt.Errorf("warn about %s: %w", wanted.key, err)
			}
		}
	}
	return nil
}

// normalized is a region by its short name; Azure gives some with spaces and capitals.
func normalized(location string) string {
	return strings.ReplaceAll(strings.ToLower(location), " ", "")
}
