package cluster

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// MonitoringArgs configures Monitoring.
type MonitoringArgs struct {
	*StampArgs
}

// Monitoring is where a stamp's logs and metrics go.
type Monitoring struct {
	pulumi.ResourceState

	WorkspaceID, MonitorWorkspaceID                          pulumi.StringOutput
	PrometheusRuleID, ContainerInsightsRuleID, JumpBoxRuleID pulumi.StringOutput
	DataCollectionEndpointID                                 pulumi.StringOutput
	ActionGroupIDs                                           pulumi.StringArray
}
