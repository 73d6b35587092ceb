package alertsmanagement

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PrometheusRule is the resolved form of PrometheusRuleArgs.
type PrometheusRule struct {
	Actions              []PrometheusRuleGroupAction         `pulumi:"actions"`
	Alert                *string                             `pulumi:"alert"`
	Annotations          map[string]string                   `pulumi:"annotations"`
	Enabled              *bool                               `pulumi:"enabled"`
	Expression           string                              `pulumi:"expression"`
	For                  *string                             `pulumi:"for"`
	Labels               map[string]string                   `pulumi:"labels"`
	Record               *string                             `pulumi:"record"`
	ResolveConfiguration *PrometheusRuleResolveConfiguration `pulumi:"resolveConfiguration"`
	Severity             *int                                `pulumi:"severity"`
}

// PrometheusRuleArgs is an alerting or a recording rule: it has a name in Alert or in Record.
type PrometheusRuleArgs struct {
	// What happens when the alert fires and when it is resolved.
	Actions PrometheusRuleGroupActionArrayInput `pulumi:"actions"`
	// Name of the alert.
	Alert pulumi.StringPtrInput `pulumi:"alert"`
	// Longer texts that go with an alert, such as a description; Prometheus templates are expanded.
	Annotations pulumi.StringMapInput `pulumi:"annotations"`
	// Whether the rule is evaluated.
	Enabled pulumi.BoolPtrInput `pulumi:"enabled"`
	// PromQL whose result fires the alert, or is recorded. Required.
	Expression pulumi.StringInput `pulumi:"expression"`
	// How long the expression must hold before the alert fires, an ISO 8601 duration.
	For pulumi.StringPtrInput `pulumi:"for"`
	// Labels put on the alert or on the recorded series.
	Labels pulumi.StringMapInput `pulumi:"labels"`
	// Name of the recorded metric.
	Record pulumi.StringPtrInput `pulumi:"record"`
	// When a fired alert is resolved.
	ResolveConfiguration PrometheusRuleResolveConfigurationPtrInput `pulumi:"resolveConfiguration"`
	// Severity of the alert, from 0, critical, to 4, verbose.
	Severity pulumi.IntPtrInput `pulumi:"severity"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleArgs) ElementType() reflect.Type {
	return reflect.TypeFor[PrometheusRule]()
}

// PrometheusRuleInput accepts PrometheusRuleArgs or an output.
type PrometheusRuleInput interface {
	pulumi.Input
	ToPrometheusRuleOutput() PrometheusRuleOutput
	ToPrometheusRuleOutputWithContext(context.Context) PrometheusRuleOutput
}

// ToPrometheusRuleOutput converts to PrometheusRuleOutput.
func (v PrometheusRuleArgs) ToPrometheusRuleOutput() PrometheusRuleOutput {
	return v.ToPrometheusRuleOutputWithContext(context.Background())
}

// ToPrometheusRuleOutputWithContext converts to PrometheusRuleOutput under a context.
func (v PrometheusRuleArgs) ToPrometheusRuleOutputWithContext(ctx context.Context) PrometheusRuleOutput {
	return pulumi.ToOutputWithContext(ctx, v).(PrometheusRuleOutput)
}

// PrometheusRuleOutput is an output of PrometheusRule.
type PrometheusRuleOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleOutput) ElementType() reflect.Type {
	return reflect.TypeFor[PrometheusRule]()
}

// ToPrometheusRuleOutput returns v.
func (v PrometheusRuleOutput) ToPrometheusRuleOutput() PrometheusRuleOutput {
	return v
}

// ToPrometheusRuleOutputWithContext returns v.
func (v PrometheusRuleOutput) ToPrometheusRuleOutputWithContext(context.Context) PrometheusRuleOutput {
	return v
}

// PrometheusRuleArrayInput accepts PrometheusRuleArray or an output.
type PrometheusRuleArrayInput interface {
	pulumi.Input
	ToPrometheusRuleArrayOutput() PrometheusRuleArrayOutput
	ToPrometheusRuleArrayOutputWithContext(context.Context) PrometheusRuleArrayOutput
}

// PrometheusRuleArray is a list of PrometheusRuleArgs or of outputs.
type PrometheusRuleArray []PrometheusRuleInput

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleArray) ElementType() reflect.Type {
	return reflect.TypeFor[[]PrometheusRule]()
}

// ToPrometheusRuleArrayOutput converts to PrometheusRuleArrayOutput.
func (v PrometheusRuleArray) ToPrometheusRuleArrayOutput() PrometheusRuleArrayOutput {
	return v.ToPrometheusRuleArrayOutputWithContext(context.Background())
}

// ToPrometheusRuleArrayOutputWithContext converts to PrometheusRuleArrayOutput under a context.
func (v PrometheusRuleArray) ToPrometheusRuleArrayOutputWithContext(ctx context.Context) PrometheusRuleArrayOutput {
	return pulumi.ToOutputWithContext(ctx, v).(PrometheusRuleArrayOutput)
}

// PrometheusRuleArrayOutput is an output of []PrometheusRule.
type PrometheusRuleArrayOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleArrayOutput) ElementType() reflect.Type {
	return reflect.TypeFor[[]PrometheusRule]()
}

// ToPrometheusRuleArrayOutput returns v.
func (v PrometheusRuleArrayOutput) ToPrometheusRuleArrayOutput() PrometheusRuleArrayOutput {
	return v
}

// ToPrometheusRuleArrayOutputWithContext returns v.
func (v PrometheusRuleArrayOutput) ToPrometheusRuleArrayOutputWithContext(context.Context) PrometheusRuleArrayOutput {
	return v
}

// PrometheusRuleGroupAction is the resolved form of PrometheusRuleGroupActionArgs.
type PrometheusRuleGroupAction struct {
	ActionGroupId    *string           `pulumi:"actionGroupId"`
	ActionProperties map[string]string `pulumi:"actionProperties"`
}

// PrometheusRuleGroupActionArgs is what an alert does.
type PrometheusRuleGroupActionArgs struct {
	// ARM id of an action group.
	ActionGroupId pulumi.StringPtrInput `pulumi:"actionGroupId"`
	// Properties handed to the action group.
	ActionProperties pulumi.StringMapInput `pulumi:"actionProperties"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleGroupActionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[PrometheusRuleGroupAction]()
}

// PrometheusRuleGroupActionInput accepts PrometheusRuleGroupActionArgs or an output.
type PrometheusRuleGroupActionInput interface {
	pulumi.Input
	ToPrometheusRuleGroupActionOutput() PrometheusRuleGroupActionOutput
	ToPrometheusRuleGroupActionOutputWithContext(context.Context) PrometheusRuleGroupActionOutput
}

// ToPrometheusRuleGroupActionOutput converts to PrometheusRuleGroupActionOutput.
func (v PrometheusRuleGroupActionArgs) ToPrometheusRuleGroupActionOutput() PrometheusRuleGroupActionOutput {
	return v.ToPrometheusRuleGroupActionOutputWithContext(context.Background())
}

// ToPrometheusRuleGroupActionOutputWithContext converts to PrometheusRuleGroupActionOutput under a context.
func (v PrometheusRuleGroupActionArgs) ToPrometheusRuleGroupActionOutputWithContext(ctx context.Context) PrometheusRuleGroupActionOutput {
	return pulumi.ToOutputWithContext(ctx, v).(PrometheusRuleGroupActionOutput)
}

// PrometheusRuleGroupActionOutput is an output of PrometheusRuleGroupAction.
type PrometheusRuleGroupActionOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleGroupActionOutput) ElementType() reflect.Type {
	return reflect.TypeFor[PrometheusRuleGroupAction]()
}

// ToPrometheusRuleGroupActionOutput returns v.
func (v PrometheusRuleGroupActionOutput) ToPrometheusRuleGroupActionOutput() PrometheusRuleGroupActionOutput {
	return v
}

// ToPrometheusRuleGroupActionOutputWithContext returns v.
func (v PrometheusRuleGroupActionOutput) ToPrometheusRuleGroupActionOutputWithContext(context.Context) PrometheusRuleGroupActionOutput {
	return v
}

// PrometheusRuleGroupActionArrayInput accepts PrometheusRuleGroupActionArray or an output.
type PrometheusRuleGroupActionArrayInput interface {
	pulumi.Input
	ToPrometheusRuleGroupActionArrayOutput() PrometheusRuleGroupActionArrayOutput
	ToPrometheusRuleGroupActionArrayOutputWithContext(context.Context) PrometheusRuleGroupActionArrayOutput
}

// PrometheusRuleGroupActionArray is a list of PrometheusRuleGroupActionArgs or of outputs.
type PrometheusRuleGroupActionArray []PrometheusRuleGroupActionInput

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleGroupActionArray) ElementType() reflect.Type {
	return reflect.TypeFor[[]PrometheusRuleGroupAction]()
}

// ToPrometheusRuleGroupActionArrayOutput converts to PrometheusRuleGroupActionArrayOutput.
func (v PrometheusRuleGroupActionArray) ToPrometheusRuleGroupActionArrayOutput() PrometheusRuleGroupActionArrayOutput {
	return v.ToPrometheusRuleGroupActionArrayOutputWithContext(context.Background())
}

// ToPrometheusRuleGroupActionArrayOutputWithContext converts to PrometheusRuleGroupActionArrayOutput under a context.
func (v PrometheusRuleGroupActionArray) ToPrometheusRuleGroupActionArrayOutputWithContext(ctx context.Context) PrometheusRuleGroupActionArrayOutput {
	return pulumi.ToOutputWithContext(ctx, v).(PrometheusRuleGroupActionArrayOutput)
}

// PrometheusRuleGroupActionArrayOutput is an output of []PrometheusRuleGroupAction.
type PrometheusRuleGroupActionArrayOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleGroupActionArrayOutput) ElementType() reflect.Type {
	return reflect.TypeFor[[]PrometheusRuleGroupAction]()
}

// ToPrometheusRuleGroupActionArrayOutput returns v.
func (v PrometheusRuleGroupActionArrayOutput) ToPrometheusRuleGroupActionArrayOutput() PrometheusRuleGroupActionArrayOutput {
	return v
}

// ToPrometheusRuleGroupActionArrayOutputWithContext returns v.
func (v PrometheusRuleGroupActionArrayOutput) ToPrometheusRuleGroupActionArrayOutputWithContext(context.Context) PrometheusRuleGroupActionArrayOutput {
	return v
}

// PrometheusRuleResolveConfiguration is the resolved form of PrometheusRuleResolveConfigurationArgs.
type PrometheusRuleResolveConfiguration struct {
	AutoResolved  *bool   `pulumi:"autoResolved"`
	TimeToResolve *string `pulumi:"timeToResolve"`
}

// PrometheusRuleResolveConfigurationArgs says when a fired alert is resolved.
type PrometheusRuleResolveConfigurationArgs struct {
	// Whether the alert resolves by itself.
	AutoResolved pulumi.BoolPtrInput `pulumi:"autoResolved"`
	// How long the expression must not hold, an ISO 8601 duration.
	TimeToResolve pulumi.StringPtrInput `pulumi:"timeToResolve"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (PrometheusRuleResolveConfigurationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[PrometheusRuleResolveConfiguration]()
}

// PrometheusRuleResolveConfigurationPtrInput accepts PrometheusRuleResolveConfigurationArgs or an output.
type PrometheusRuleResolveConfigurationPtrInput interface {
	pulumi.Input
	ToPrometheusRuleResolveConfigurationPtrOutput() PrometheusRuleResolveConfigurationPtrOutput
	ToPrometheusRuleResolveConfigurationPtrOutputWithContext(context.Context) PrometheusRuleResolveConfigurationPtrOutput
}

// ToPrometheusRuleResolveConfigurationPtrOutput converts to PrometheusRuleResolveConfigurationPtrOutput.
func (v PrometheusRuleResolveConfigurationArgs) ToPrometheusRuleResolveConfigurationPtrOutput() PrometheusRuleResolveConfigurationPtrOutput {
	return v.ToPrometheusRuleResolveConfigurationPtrOutputWithContext(context.Background())
}

// ToPrometheusRuleResolveConfigurationPtrOutputWithContext converts to PrometheusRuleResolveConfigurationPtrOutput under a context.
func (v PrometheusRuleResolveConfigurationArgs) ToPrometheusRuleResolveConfigurationPtrOutputWithContext(ctx context.Context) PrometheusRuleResolveConfigurationPtrOutput {
	resolved := pulumi.ToOutputWithContext(ctx, v)
	return resolved.ApplyTWithContext(ctx, func(_ context.Context, v PrometheusRuleResolveConfiguration) *PrometheusRuleResolveConfiguration {
		return &v
	}).(PrometheusRuleResolveConfigurationPtrOutput)
}

// PrometheusRuleResolveConfigurationOutput is an output of PrometheusRuleResolveConfiguration.
type PrometheusRuleResolveConfigurationOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleResolveConfigurationOutput) ElementType() reflect.Type {
	return reflect.TypeFor[PrometheusRuleResolveConfiguration]()
}

// PrometheusRuleResolveConfigurationPtrOutput is an output of *PrometheusRuleResolveConfiguration.
type PrometheusRuleResolveConfigurationPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PrometheusRuleResolveConfigurationPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*PrometheusRuleResolveConfiguration]()
}

// ToPrometheusRuleResolveConfigurationPtrOutput returns v.
func (v PrometheusRuleResolveConfigurationPtrOutput) ToPrometheusRuleResolveConfigurationPtrOutput() PrometheusRuleResolveConfigurationPtrOutput {
	return v
}

// ToPrometheusRuleResolveConfigurationPtrOutputWithContext returns v.
func (v PrometheusRuleResolveConfigurationPtrOutput) ToPrometheusRuleResolveConfigurationPtrOutputWithContext(context.Context) PrometheusRuleResolveConfigurationPtrOutput {
	return v
}

func init() {
	pulumi.RegisterOutputType(PrometheusRuleOutput{})
	pulumi.RegisterOutputType(PrometheusRuleArrayOutput{})
	pulumi.RegisterOutputType(PrometheusRuleGroupActionOutput{})
	pulumi.RegisterOutputType(PrometheusRuleGroupActionArrayOutput{})
	pulumi.RegisterOutputType(PrometheusRuleResolveConfigurationOutput{})
	pulumi.RegisterOutputType(PrometheusRuleResolveConfigurationPtrOutput{})
}
