package monitoring

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newDeniedNodesAlert registers the alert on hosts that the firewall denies to the nodes more often than it used to: AKS and its add-ons
// contact new hosts before Azure's lists and documents have them, and pods fail only when an image is pulled the next time. Hosts that are
// denied all the time, such as those of telemetry, are no rise.
func newDeniedNodesAlert(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	if args.FirewallLogsID == nil {
		return nil
	}
	subnets := args.Stamp.Subnets
	var nodes []string
	for _, prefix := range []fmt.Stringer{subnets.SystemNodePool, subnets.InScopeNodePools, subnets.OutOfScopeNodePools} {
		nodes = append(nodes, fmt.Sprintf("%q", prefix))
	}
	return newQueryAlert(ctx, name+"-denied-nodes", &queryAlertArgs{
		Site: args.Site, Monitoring: args.Monitoring, Name: "Firewall denies nodes of " + args.Names().Cluster + " more than before",
		Description: "The firewall has denied nodes a host ten times in a quarter of an hour, and three times as often as in the day before.",
		// A day has 96 quarters of an hour, of which the last is compared with the others.
		Query: fmt.Sprintf(`AZFWApplicationRule
| where Action =~ "Deny"
| where ipv4_is_in_any_range(SourceIp, dynamic([%s]))
| summarize Denials = countif(TimeGenerated >= ago(15m)), Before = countif(TimeGenerated < ago(15m)) by Fqdn
| where Denials >= 10 and Denials > 3 * Before / 95.0`, strings.Join(nodes, ", ")),
		Severity: 2, Frequency: "PT15M", Window: "PT15M", Override: "P1D", Scope: args.FirewallLogsID,
		Aggregation: "Count", Operator: "GreaterThan", Threshold: 0, FailingPeriods: 1, OutOf: 1, AutoMitigate: true,
		// The query finds its table only once the firewall's logs go to the workspace.
	}, append(opts, pulumi.DependsOn(args.FirewallLogged))...)
}
