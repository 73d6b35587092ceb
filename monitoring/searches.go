package monitoring

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	operationalinsights "aks-regulated-pulumi/internal/azurenative/operationalinsights/v20200801"
)

// savedSearch is a query that operators find in the workspace.
type savedSearch struct {
	id, category, display, query string
}

// savedSearches replace three over Prometheus rows in InsightsMetrics, which go to the Azure Monitor workspace today.
var savedSearches = []savedSearch{
	// In place of AllPrometheus: what of the cluster's metrics the Log Analytics workspace still gets, and when it last came.
	{"AllClusterMetrics", "Kubernetes metrics", "All metrics collected into this workspace",
		`union withsource=Source InsightsMetrics, Perf
| extend Metric = iff(Source == "Perf", strcat(ObjectName, "/", CounterName), strcat(Namespace, "/", Name))
| summarize Samples = count(), LastSample = max(TimeGenerated) by Source, Metric
| order by Source asc, Metric asc`},
	// In place of ForbiddenReponsesOnIngress: the gateway logs what it refuses itself and what the ingress controller refuses.
	// Five minutes without a refusal count as 0, from the first request of the log to its last.
	{"ForbiddenResponsesOnIngress", "Ingress", "Forbidden responses above the quietest five minutes, by who refused",
		`AGWAccessLogs
| where HttpStatus == 403
| extend RefusedBy = iff(tostring(ServerStatus) == "403", "ingress controller", "gateway")
| make-series Forbidden = count() default = 0 on TimeGenerated
    from toscalar(AGWAccessLogs | summarize bin(min(TimeGenerated), 5m))
    to toscalar(AGWAccessLogs | summarize bin(max(TimeGenerated), 5m) + 5m) step 5m by RefusedBy
| extend Quietest = tolong(series_stats_dynamic(Forbidden).min)
| mv-expand TimeGenerated to typeof(datetime), Forbidden to typeof(long)
| project TimeGenerated, RefusedBy, Increase = Forbidden - Quietest
| render barchart`},
	// In place of NodeRebootRequested: without kured AKS reimages nodes itself, and Azure announces restarts as node events.
	{"NodesRestarted", "Kubernetes nodes", "Nodes restarted, upgraded, or about to be restarted",
		`KubeEvents
| where ObjectKind == "Node"
| where Reason in ("Rebooted", "Reboot", "Redeploy", "RebootScheduled", "RedeployScheduled", "Upgrade", "Drain")
| summarize FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated), Messages = make_set(Message, 5)
    by ClusterName, Node = Name, Reason
| order by LastSeen desc`},
}

func newSavedSearches(
	ctx *pulumi.Context, name string, args *MonitoringArgs, workspaceName pulumi.StringInput, opts ...pulumi.ResourceOption,
) error {
	var before []pulumi.Resource
	for _, search := range savedSearches {
		made, err := operationalinsights.NewSavedSearch(ctx, name+"-"+search.id, &operationalinsights.SavedSearchArgs{
			SavedSearchId:     pulumi.String(search.id),
			ResourceGroupName: args.ResourceGroupName,
			WorkspaceName:     workspaceName,
			Category:          pulumi.String(search.category),
			DisplayName:       pulumi.String(search.display),
			Query:             pulumi.String(search.query),
			Version:           pulumi.Float64(2),
		}, append(slices.Clone(opts),
			// Azure wants the etag of a search that exists, which the provider never sends, so a change is a new search of the same name. It also
			// refuses to write two searches of a workspace at once.
			pulumi.ReplaceOnChanges([]string{"*"}), pulumi.DependsOn(before))...)
		if err != nil {
			return fmt.Errorf("saved search %s: %w", search.id, err)
		}
		before = []pulumi.Resource{made}
	}
	return nil
}
