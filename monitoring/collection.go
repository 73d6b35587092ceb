package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	insights "aks-regulated-pulumi/internal/azurenative/insights/v20230311"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/stamp"
)

// Streams of data collection rules: each has a table or, for Prometheus, the metrics store as its destination.
const (
	streamPrometheus = "Microsoft-PrometheusMetrics"
	streamSyslog     = "Microsoft-Syslog"
	streamPerf       = "Microsoft-Perf"
)

// containerInsightsStreams replace Microsoft-ContainerInsights-Group-Default, which stands for all of them and for the old
// schema of container logs (Azure document "Configure data collection in Container insights").
var containerInsightsStreams = []string{
	"Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory", "Microsoft-KubeNodeInventory",
	"Microsoft-KubePVInventory", "Microsoft-KubeServices", "Microsoft-KubeMonAgentEvents", "Microsoft-InsightsMetrics",
	"Microsoft-ContainerInventory", "Microsoft-ContainerNodeInventory", streamPerf,
}

// Syslog of nodes: every facility, what is at least a warning.
var (
	nodeSyslogFacilities = []string{
		"auth", "authpriv", "cron", "daemon", "mark", "kern", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
		"local7", "lpr", "mail", "news", "syslog", "user", "uucp",
	}
	nodeSyslogLevels = []string{"Warning", "Error", "Critical", "Alert", "Emergency"}
)

// Syslog and performance of jump boxes. sshd and sudo log what they grant as Info, and an auditor asks for just that.
var (
	jumpBoxSyslogFacilities = []string{"auth", "authpriv", "daemon"}
	jumpBoxSyslogLevels     = append([]string{"Info", "Notice"}, nodeSyslogLevels...)
	jumpBoxCounters         = []string{
		`Processor(*)\% Processor Time`, `Memory(*)\% Used Memory`, `Memory(*)\Available MBytes Memory`,
		`Logical Disk(*)\% Used Space`, `Network(*)\Total Bytes Received`, `Network(*)\Total Bytes Transmitted`,
	}
)

// Names of destinations inside a data collection rule.
const (
	toMonitorWorkspace = "azureMonitorWorkspace"
	toLogWorkspace     = "logAnalyticsWorkspace"
)

// prometheusCollectionName is the name of the endpoint, the rule and the association that collect Prometheus metrics. Azure
// takes 44 characters for an endpoint, which the longest region leaves room for.
func prometheusCollectionName(site stamp.Site) string {
	return "MSProm-" + site.Location + "-" + site.Names().Cluster
}

// containerInsightsCollectionName is the name of the rule that collects the cluster's logs.
func containerInsightsCollectionName(site stamp.Site) string {
	return "MSCI-" + site.Location + "-" + site.Names().Cluster
}

// newCollectionRules registers what is collected: metrics of the cluster, logs of the cluster, and logs of jump boxes.
func (m *Monitoring) newCollectionRules(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	child := pulumi.Parent(m)
	endpoint, err := insights.NewDataCollectionEndpoint(ctx, name, &insights.DataCollectionEndpointArgs{
		DataCollectionEndpointName: pulumi.String(prometheusCollectionName(args.Site)),
		ResourceGroupName:          args.ResourceGroupName,
		Location:                   pulumi.String(m.metricsLocation),
		Tags:                       pulumi.ToStringMap(args.Tags),
		Kind:                       pulumi.String("Linux"),
		NetworkAcls:                insights.DataCollectionEndpointNetworkAclsArgs{PublicNetworkAccess: pulumi.String("Enabled")},
	}, child)
	if err != nil {
		return fmt.Errorf("data collection endpoint of stamp %s: %w", args.Stamp.Name, err)
	}
	m.DataCollectionEndpointID = endpoint.ID().ToStringOutput()
	logs := []string{toLogWorkspace}
	for _, rule := range []struct {
		id                      *pulumi.StringOutput
		logicalName, name, what string
		location                string
		endpoint                pulumi.StringPtrInput
		sources                 insights.DataCollectionRuleDataSourcesArgs
		destinations            insights.DataCollectionRuleDestinationsArgs
		streams, sendTo         []string
	}{
		{
			&m.PrometheusRuleID, "-prometheus", prometheusCollectionName(args.Site), "Prometheus metrics of the cluster", m.metricsLocation,
			m.DataCollectionEndpointID.ToStringPtrOutput(), prometheusSources(),
			m.monitorDestination(), []string{streamPrometheus}, []string{toMonitorWorkspace},
		},
		{
			&m.ContainerInsightsRuleID, "-containers", containerInsightsCollectionName(args.Site),
			"Container insights and syslog of the cluster", m.logsLocation, nil, containerInsightsSources(), m.logDestination(),
			append([]string{streamSyslog}, containerInsightsStreams...), logs,
		},
		// The Log Analytics agent that read the jump boxes' logs is retired; the Azure Monitor Agent needs a rule.
		{
			&m.JumpBoxRuleID, "-jumpboxes", "dcr-" + args.Location + "-" + args.Names().Cluster + "-jumpboxes",
			"Syslog and performance of the jump boxes", m.logsLocation, nil, jumpBoxSources(), m.logDestination(),
			[]string{streamSyslog, streamPerf}, logs,
		},
	} {
		registered, err := insights.NewDataCollectionRule(ctx, name+rule.logicalName, &insights.DataCollectionRuleArgs{
			DataCollectionRuleName:   pulumi.String(rule.name),
			ResourceGroupName:        args.ResourceGroupName,
			Location:                 pulumi.String(rule.location),
			Tags:                     pulumi.ToStringMap(args.Tags),
			Kind:                     pulumi.String("Linux"),
			Description:              pulumi.String(rule.what),
			DataCollectionEndpointId: rule.endpoint,
			DataSources:              rule.sources,
			Destinations:             rule.destinations,
			DataFlows: insights.DataFlowArray{insights.DataFlowArgs{
				Streams: pulumi.ToStringArray(rule.streams), Destinations: pulumi.ToStringArray(rule.sendTo),
			}},
		}, child)
		if err != nil {
			return fmt.Errorf("data collection rule %s: %w", rule.name, err)
		}
		*rule.id = registered.ID().ToStringOutput()
	}
	return diagnostics.Send(ctx, name+"-prometheus", "default", diagnostics.DataCollectionRule,
		m.PrometheusRuleID, m.WorkspaceID, child)
}

func (m *Monitoring) monitorDestination() insights.DataCollectionRuleDestinationsArgs {
	return insights.DataCollectionRuleDestinationsArgs{
		MonitoringAccounts: insights.MonitoringAccountDestinationArray{insights.MonitoringAccountDestinationArgs{
			Name: pulumi.String(toMonitorWorkspace), AccountResourceId: m.MonitorWorkspaceID.ToStringPtrOutput(),
		}},
	}
}

func (m *Monitoring) logDestination() insights.DataCollectionRuleDestinationsArgs {
	return insights.DataCollectionRuleDestinationsArgs{
		LogAnalytics: insights.LogAnalyticsDestinationArray{insights.LogAnalyticsDestinationArgs{
			Name: pulumi.String(toLogWorkspace), WorkspaceResourceId: m.WorkspaceID.ToStringPtrOutput(),
		}},
	}
}

func prometheusSources() insights.DataCollectionRuleDataSourcesArgs {
	return insights.DataCollectionRuleDataSourcesArgs{
		PrometheusForwarder: insights.PrometheusForwarderDataSourceArray{insights.PrometheusForwarderDataSourceArgs{
			Name: pulumi.String("PrometheusDataSource"), Streams: pulumi.StringArray{pulumi.String(streamPrometheus)},
			LabelIncludeFilter: pulumi.StringMap{},
		}},
	}
}

func containerInsightsSources() insights.DataCollectionRuleDataSourcesArgs {
	return insights.DataCollectionRuleDataSourcesArgs{
		Syslog: syslog(nodeSyslogFacilities, nodeSyslogLevels),
		Extensions: insights.ExtensionDataSourceArray{insights.ExtensionDataSourceArgs{
			Name: pulumi.String("ContainerInsightsExtension"), ExtensionName: pulumi.String("ContainerInsights"),
			Streams: pulumi.ToStringArray(containerInsightsStreams),
			ExtensionSettings: pulumi.Map{"dataCollectionSettings": pulumi.Map{
				"interval": pulumi.String("1m"), "namespaceFilteringMode": pulumi.String("Off"), "enableContainerLogV2": pulumi.Bool(true),
			}},
		}},
	}
}

func jumpBoxSources() insights.DataCollectionRuleDataSourcesArgs {
	return insights.DataCollectionRuleDataSourcesArgs{
		Syslog: syslog(jumpBoxSyslogFacilities, jumpBoxSyslogLevels),
		PerformanceCounters: insights.PerfCounterDataSourceArray{insights.PerfCounterDataSourceArgs{
			Name: pulumi.String("perfCountersDataSource"), Streams: pulumi.StringArray{pulumi.String(streamPerf)},
			SamplingFrequencyInSeconds: pulumi.Int(60), CounterSpecifiers: pulumi.ToStringArray(jumpBoxCounters),
		}},
	}
}

func syslog(facilities, levels []string) insights.SyslogDataSourceArray {
	return insights.SyslogDataSourceArray{insights.SyslogDataSourceArgs{
		Name: pulumi.String("sysLogsDataSource"), Streams: pulumi.StringArray{pulumi.String(streamSyslog)},
		FacilityNames: pulumi.ToStringArray(facilities), LogLevels: pulumi.ToStringArray(levels),
	}}
}
