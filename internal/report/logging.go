package report

import (
	"cmp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// logRow is one diagnostic setting.
type logRow struct {
	Source     Link
	Kind       string
	Categories []string
	Metrics    bool
	To         Link
	Retention  string
	Anchor     string
}

// flowLogRow is the log of one network's flows.
type flowLogRow struct {
	Network, Storage, Workspace Link
	Days                        string
	Enabled                     bool
	Anchor                      string
}

// silentRow is a resource that could send logs or metrics and does not.
type silentRow struct {
	Resource Link
	Kind     string
	Could    string
}

const (
	sendsLogs    = "logs and metrics"
	sendsOnly    = "logs"
	sendsMetrics = "metrics only"
)

// couldSend says what resources of a type could send; empty for types that send nothing. The services of a storage account send on its
// behalf.
func couldSend(armType string) string {
	known, _ := azurefacts.CategoriesOf(armType)
	if strings.EqualFold(armType, "Microsoft.Storage/storageAccounts") {
		known, _ = azurefacts.CategoriesOf("Microsoft.Storage/storageAccounts/services")
	}
	switch {
	case len(known.Logs) > 0 && len(known.Metrics) > 0:
		return sendsLogs
	case len(known.Logs) > 0:
		return sendsOnly
	case len(known.Metrics) > 0:
		return sendsMetrics
	}
	return ""
}

func (m *model) logs() []logRow {
	var rows []logRow
	for _, r := range m.of(typeDiagnostics) {
		source := resourceid.Parent(r.ID)
		row := logRow{Source: m.link(source), Kind: resourceid.Type(source), Anchor: r.Anchor(), To: Link{Text: "elsewhere"},
			Retention: "unknown"}
		for _, log := range tree.List(r.Outputs, "logs") {
			if tree.Truth(log, "enabled") {
				row.Categories = append(row.Categories, text(log, "category")+text(log, "categoryGroup"))
			}
		}
		for _, metric := range tree.List(r.Outputs, "metrics") {
			row.Metrics = row.Metrics || tree.Truth(metric, "enabled")
		}
		if id := text(r.Outputs, "workspaceId"); id != "" {
			row.To = m.link(id)
			if to := m.find(id); to != nil {
				row.Retention = text(to.Outputs, "retentionInDays") + " days"
			}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b logRow) int {
		return cmp.Or(cmp.Compare(a.To.Text, b.To.Text), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source.Text, b.Source.Text))
	})
	return rows
}

func (m *model) flowLogs() []flowLogRow {
	var rows []flowLogRow
	for _, r := range m.of(typeFlowLog) {
		rows = append(rows, flowLogRow{
			Network: m.link(text(r.Outputs, "targetResourceId")), Storage: m.link(text(r.Outputs, "storageId")),
			Workspace: m.link(text(r.Outputs, "flowAnalyticsConfiguration", "networkWatcherFlowAnalyticsConfiguration", "workspaceResourceId")),
			Days:      text(r.Outputs, "retentionPolicy", "days"), Enabled: tree.Truth(r.Outputs, "enabled"), Anchor: r.Anchor(),
		})
	}
	return rows
}

// silent lists what could send logs or metrics and has no diagnostic setting in this state. The subscription's activity log is
// in no state, and counts as silent unless a setting of the subscription is there.
func (m *model) silent() []silentRow {
	sends := map[string]bool{}
	for _, r := range m.of(typeDiagnostics) {
		sends[resourceid.Key(resourceid.Parent(r.ID))] = true
	}
	var rows []silentRow
	for _, r := range m.byID {
		kind := resourceid.Type(r.ID)
		if could := couldSend(kind); could != "" && !sends[resourceid.Key(r.ID)] {
			rows = append(rows, silentRow{m.link(r.ID), kind, could})
		}
	}
	for _, id := range m.head().Subscriptions {
		if !sends[resourceid.Key("/subscriptions/"+id)] {
			rows = append(rows, silentRow{Link{Text: "activity log of subscription " + id}, "Microsoft.Resources/subscriptions", sendsOnly})
		}
	}
	slices.SortFunc(rows, func(a, b silentRow) int {
		return cmp.Or(cmp.Compare(a.Could, b.Could), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Resource.Text, b.Resource.Text))
	})
	return rows
}
