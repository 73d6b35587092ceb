// Package alertsmanagement holds the azure-native Prometheus rule group, API version 2023-03-01.
//
// It stands in for github.com/pulumi/pulumi-azure-native-sdk/alertsmanagement/v2/v20230301 with the same names and token.
// Import it under the alias alertsmanagement, so that only the import path changes when the module is used.
package alertsmanagement

import (
	"context"
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const prometheusRuleGroupToken = "azure-native:alertsmanagement/v20230301:PrometheusRuleGroup"

// PrometheusRuleGroup is a list of alerting and recording rules over the metrics of an Azure Monitor workspace.
type PrometheusRuleGroup struct {
	pulumi.CustomResourceState

	// Cluster whose metrics the rules see, by the value of the label cluster.
	ClusterName pulumi.StringPtrOutput `pulumi:"clusterName"`
	// What the group is for.
	Description pulumi.StringPtrOutput `pulumi:"description"`
	// Whether the rules are evaluated.
	Enabled pulumi.BoolPtrOutput `pulumi:"enabled"`
	// Time between two evaluations, an ISO 8601 duration.
	Interval pulumi.StringPtrOutput `pulumi:"interval"`
	// Azure region of the group.
	Location pulumi.StringOutput `pulumi:"location"`
	// Name of the group.
	Name pulumi.StringOutput `pulumi:"name"`
	// ARM ids of the workspace and, if there is only one, of the cluster.
	Scopes pulumi.StringArrayOutput `pulumi:"scopes"`
	// Tags on the group.
	Tags pulumi.StringMapOutput `pulumi:"tags"`
	// ARM type of the group.
	Type pulumi.StringOutput `pulumi:"type"`
}

// NewPrometheusRuleGroup registers a rule group. It fails if ResourceGroupName, Rules or Scopes is not set.
func NewPrometheusRuleGroup(ctx *pulumi.Context,
	name string, args *PrometheusRuleGroupArgs, opts ...pulumi.ResourceOption) (*PrometheusRuleGroup, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.Rules == nil {
		return nil, errors.New("invalid value for required argument 'Rules'")
	}
	if args.Scopes == nil {
		return nil, errors.New("invalid value for required argument 'Scopes'")
	}
	opts = append(opts, pulumi.Aliases(otherVersions))
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource PrometheusRuleGroup
	if err := ctx.RegisterResource(prometheusRuleGroupToken, name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// otherVersions are the tokens under which other API versions register the same Azure resource.
var otherVersions = []pulumi.Alias{
	{Type: pulumi.String("azure-native:alertsmanagement/v20210722preview:PrometheusRuleGroup")},
	{Type: pulumi.String("azure-native:alertsmanagement:PrometheusRuleGroup")},
}

// GetPrometheusRuleGroup reads an existing rule group by its ARM id.
func GetPrometheusRuleGroup(ctx *pulumi.Context,
	name string, id pulumi.IDInput, state *PrometheusRuleGroupState, opts ...pulumi.ResourceOption) (*PrometheusRuleGroup, error) {
	var resource PrometheusRuleGroup
	if err := ctx.ReadResource(prometheusRuleGroupToken, name, id, state, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

type prometheusRuleGroupState struct{}

// PrometheusRuleGroupState qualifies a lookup; this resource needs nothing beside its id.
type PrometheusRuleGroupState struct{}

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleGroupState) ElementType() reflect.Type {
	return reflect.TypeFor[prometheusRuleGroupState]()
}

type prometheusRuleGroupArgs struct {
	ClusterName       *string           `pulumi:"clusterName"`
	Description       *string           `pulumi:"description"`
	Enabled           *bool             `pulumi:"enabled"`
	Interval          *string           `pulumi:"interval"`
	Location          *string           `pulumi:"location"`
	ResourceGroupName string            `pulumi:"resourceGroupName"`
	RuleGroupName     *string           `pulumi:"ruleGroupName"`
	Rules             []PrometheusRule  `pulumi:"rules"`
	Scopes            []string          `pulumi:"scopes"`
	Tags              map[string]string `pulumi:"tags"`
}

// PrometheusRuleGroupArgs describes a rule group.
type PrometheusRuleGroupArgs struct {
	// Cluster whose metrics the rules see, by the value of the label cluster. Default: that of the cluster among Scopes.
	ClusterName pulumi.StringPtrInput
	// What the group is for.
	Description pulumi.StringPtrInput
	// Whether the rules are evaluated.
	Enabled pulumi.BoolPtrInput
	// Time between two evaluations, an ISO 8601 duration of 1 to 15 minutes.
	Interval pulumi.StringPtrInput
	// Azure region of the group. Default: the resource group's.
	Location pulumi.StringPtrInput
	// Resource group of the group. Required.
	ResourceGroupName pulumi.StringInput
	// Name of the group, without any of :@/#{}%&+*<>?. Default: generated by Pulumi.
	RuleGroupName pulumi.StringPtrInput
	// Rules in the order of their evaluation, at most 20. Required.
	Rules PrometheusRuleArrayInput
	// ARM ids of the workspace and, to see one cluster only, of that cluster. Required.
	Scopes pulumi.StringArrayInput
	// Tags on the group.
	Tags pulumi.StringMapInput
}

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleGroupArgs) ElementType() reflect.Type {
	return reflect.TypeFor[prometheusRuleGroupArgs]()
}

// PrometheusRuleGroupInput accepts a PrometheusRuleGroup or an output of one.
type PrometheusRuleGroupInput interface {
	pulumi.Input
	ToPrometheusRuleGroupOutput() PrometheusRuleGroupOutput
	ToPrometheusRuleGroupOutputWithContext(ctx context.Context) PrometheusRuleGroupOutput
}

// ElementType makes the resource usable as an input.
func (*PrometheusRuleGroup) ElementType() reflect.Type {
	return reflect.TypeFor[*PrometheusRuleGroup]()
}

// ToPrometheusRuleGroupOutput converts to PrometheusRuleGroupOutput.
func (v *PrometheusRuleGroup) ToPrometheusRuleGroupOutput() PrometheusRuleGroupOutput {
	return v.ToPrometheusRuleGroupOutputWithContext(context.Background())
}

// ToPrometheusRuleGroupOutputWithContext converts to PrometheusRuleGroupOutput under a context.
func (v *PrometheusRuleGroup) ToPrometheusRuleGroupOutputWithContext(ctx context.Context) PrometheusRuleGroupOutput {
	return pulumi.ToOutputWithContext(ctx, v).(PrometheusRuleGroupOutput)
}

// PrometheusRuleGroupOutput is an output of *PrometheusRuleGroup.
type PrometheusRuleGroupOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleGroupOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*PrometheusRuleGroup]()
}

// ToPrometheusRuleGroupOutput returns o.
func (o PrometheusRuleGroupOutput) ToPrometheusRuleGroupOutput() PrometheusRuleGroupOutput {
	return o
}

// ToPrometheusRuleGroupOutputWithContext returns o.
func (o PrometheusRuleGroupOutput) ToPrometheusRuleGroupOutputWithContext(context.Context) PrometheusRuleGroupOutput {
	return o
}

// Name is the name of the group.
func (o PrometheusRuleGroupOutput) Name() pulumi.StringOutput {
	return o.ApplyT(func(v *PrometheusRuleGroup) pulumi.StringOutput { return v.Name }).(pulumi.StringOutput)
}

func init() {
	pulumi.RegisterOutputType(PrometheusRuleGroupOutput{})
}
