// Package diagnostics registers diagnostic settings: which logs and metrics of a resource go to Log Analytics.
package diagnostics

import (
	"fmt"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20210501preview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Kind is a kind of resource that emits platform logs or metrics.
type Kind string

// Kinds of resources that have diagnostic settings.
const (
	ApplicationGateway   Kind = "application gateway"
	Bastion              Kind = "bastion"
	Cluster              Kind = "cluster"
	ContainerRegistry    Kind = "container registry"
	DataCollectionRule   Kind = "data collection rule"
	Firewall             Kind = "firewall"
	KeyVault             Kind = "key vault"
	NetworkSecurityGroup Kind = "network security group"
	PublicIPAddress      Kind = "public IP address"
	StorageAccount       Kind = "storage account"
	Subscription         Kind = "subscription"    // its activity log
	StorageService       Kind = "storage service" // blob, file, queue or table
	VirtualNetwork       Kind = "virtual network"
	Workspace            Kind = "Log Analytics workspace"
)

// spec is what is collected of a kind. Category names are those of the Azure document "Supported Resource log categories".
type spec struct {
	logs []string
	// logGroup is a category group, for kinds to which Azure may add categories.
	logGroup string
	// metrics is the one metric category of the kind, if it has one.
	metrics string
	// dedicated asks for resource-specific tables instead of AzureDiagnostics.
	dedicated bool
}

var specs = map[Kind]spec{
	// ApplicationGatewayPerformanceLog is of the v1 gateway only; AllMetrics has replaced it.
	ApplicationGateway: {dedicated: true, metrics: "AllMetrics", logs: []string{
		"ApplicationGatewayAccessLog", "ApplicationGatewayFirewallLog",
	}},
	Bastion: {logs: []string{"BastionAuditLogs"}, metrics: "AllMetrics"},
	// Never kube-audit as well: it holds all of kube-audit-admin, and with it every get and list at many times the volume.
	// Metrics come from managed Prometheus.
	Cluster: {dedicated: true, logs: []string{
		"cluster-autoscaler", "guard", "kube-audit-admin", "kube-controller-manager",
	}},
	// These categories have had tables of their own from the start.
	ContainerRegistry: {metrics: "AllMetrics", logs: []string{
		"ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents",
	}},
	DataCollectionRule: {logGroup: "allLogs"},
	// The structured categories only: collecting the legacy AzureFirewall* ones as well would store everything twice. And only those that
	// the firewall writes as it is: the others need Policy Analytics or a switch at the firewall, and repeat what is in these.
	Firewall: {dedicated: true, metrics: "AllMetrics", logs: []string{
		"AZFWApplicationRule", "AZFWDnsQuery", "AZFWFqdnResolveFailure", "AZFWIdpsSignature", "AZFWNatRule", "AZFWNetworkRule",
		"AZFWThreatIntel",
	}},
	KeyVault: {dedicated: true, metrics: "AllMetrics", logs: []string{
		"AuditEvent", "AzurePolicyEvaluationDetails",
	}},
	NetworkSecurityGroup: {logs: []string{"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"}},
	PublicIPAddress: {metrics: "AllMetrics", logs: []string{
		"DDoSMitigationFlowLogs", "DDoSMitigationReports", "DDoSProtectionNotifications",
	}},
	Subscription: {logs: []string{
		"Administrative", "Alert", "Autoscale", "Policy", "Recommendation", "ResourceHealth", "Security", "ServiceHealth",
	}},
	StorageAccount: {metrics: "Transaction"},
	StorageService: {metrics: "Transaction", logs: []string{"StorageDelete", "StorageRead", "StorageWrite"}},
	VirtualNetwork: {metrics: "AllMetrics"},
	Workspace:      {metrics: "AllMetrics", logs: []string{"Audit"}},
}

// Send registers the diagnostic setting that sends what is collected of that kind of resource to a workspace.
// logicalName is the Pulumi name, settingName the name in Azure; both ids are Azure resource ids.
func Send(
	ctx *pulumi.Context, logicalName, settingName string, kind Kind, resourceID, workspaceID pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) error {
	_, err := New(ctx, logicalName, settingName, kind, resourceID, workspaceID, opts...)
	return err
}

// New is Send for callers that need the setting, to make resources wait for it.
func New(
	ctx *pulumi.Context, logicalName, settingName string, kind Kind, resourceID, workspaceID pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) (*insights.DiagnosticSetting, error) {
	emitted := specs[kind]
	args := &insights.DiagnosticSettingArgs{
		Name:        pulumi.String(settingName),
		ResourceUri: resourceID,
		WorkspaceId: workspaceID.ToStringOutput().ToStringPtrOutput(),
	}
	if emitted.dedicated {
		args.LogAnalyticsDestinationType = pulumi.String("Dedicated")
	}
	var logs insights.LogSettingsArray
	for _, category := range emitted.logs {
		logs = append(logs, insights.LogSettingsArgs{Category: pulumi.String(category), Enabled: pulumi.Bool(true)})
	}
	if emitted.logGroup != "" {
		logs = append(logs, insights.LogSettingsArgs{CategoryGroup: pulumi.String(emitted.logGroup), Enabled: pulumi.Bool(true)})
	}
	args.Logs = logs
	if emitted.metrics != "" {
		args.Metrics = insights.MetricSettingsArray{
			insights.MetricSettingsArgs{Category: pulumi.String(emitted.metrics), Enabled: pulumi.Bool(true)},
		}
	}
	setting, err := insights.NewDiagnosticSetting(ctx, logicalName, args, opts...)
	if err != nil {
		return nil, fmt.Errorf("diagnostic setting of %s: %w", kind, err)
	}
	return setting, nil
}
