// Package securityinsights holds the azure-native Microsoft Sentinel onboarding state, API version 2024-03-01.
//
// It stands in for github.com/pulumi/pulumi-azure-native-sdk/securityinsights/v2/v20240301 with the same names and
// token. Import it under the alias securityinsights, so that only the import path changes when the module is used.
package securityinsights

import (
	"context"
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const onboardingStateToken = "azure-native:securityinsights/v20240301:SentinelOnboardingState"

// SentinelOnboardingState turns Microsoft Sentinel on for a Log Analytics workspace. It replaces the SecurityInsights
// solution of the operationsmanagement module.
type SentinelOnboardingState struct {
	pulumi.CustomResourceState

	// Whether the workspace is encrypted with a customer-managed key.
	CustomerManagedKey pulumi.BoolPtrOutput `pulumi:"customerManagedKey"`
	// Version of the resource in Azure.
	Etag pulumi.StringPtrOutput `pulumi:"etag"`
	// Name of the state, "default".
	Name pulumi.StringOutput `pulumi:"name"`
	// ARM type of the state.
	Type pulumi.StringOutput `pulumi:"type"`
}

// NewSentinelOnboardingState registers an onboarding state. It fails if ResourceGroupName or WorkspaceName is not set.
func NewSentinelOnboardingState(ctx *pulumi.Context,
	name string, args *SentinelOnboardingStateArgs, opts ...pulumi.ResourceOption) (*SentinelOnboardingState, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.WorkspaceName == nil {
		return nil, errors.New("invalid value for required argument 'WorkspaceName'")
	}
	opts = append(opts, pulumi.Aliases(otherVersions))
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource SentinelOnboardingState
	if err := ctx.RegisterResource(onboardingStateToken, name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// otherVersions are the tokens under which the stable API versions register the same Azure resource.
var otherVersions = []pulumi.Alias{
	{Type: pulumi.String("azure-native:securityinsights:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20211001:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20220801:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20221101:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20230201:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20231101:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20240901:SentinelOnboardingState")},
	{Type: pulumi.String("azure-native:securityinsights/v20250301:SentinelOnboardingState")},
}

// GetSentinelOnboardingState reads an existing onboarding state by its ARM id.
func GetSentinelOnboardingState(ctx *pulumi.Context,
	name string, id pulumi.IDInput, state *SentinelOnboardingStateState, opts ...pulumi.ResourceOption) (*SentinelOnboardingState, error) {
	var resource SentinelOnboardingState
	if err := ctx.ReadResource(onboardingStateToken, name, id, state, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

type sentinelOnboardingStateState struct{}

// SentinelOnboardingStateState qualifies a lookup; this resource needs nothing beside its id.
type SentinelOnboardingStateState struct{}

// ElementType names the resolved form for the Pulumi marshaller.
func (SentinelOnboardingStateState) ElementType() reflect.Type {
	return reflect.TypeFor[sentinelOnboardingStateState]()
}

type sentinelOnboardingStateArgs struct {
	CustomerManagedKey          *bool   `pulumi:"customerManagedKey"`
	ResourceGroupName           string  `pulumi:"resourceGroupName"`
	SentinelOnboardingStateName *string `pulumi:"sentinelOnboardingStateName"`
	WorkspaceName               string  `pulumi:"workspaceName"`
}

// SentinelOnboardingStateArgs describes an onboarding state.
type SentinelOnboardingStateArgs struct {
	// Whether the workspace is encrypted with a customer-managed key.
	CustomerManagedKey pulumi.BoolPtrInput
	// Resource group of the workspace. Required.
	ResourceGroupName pulumi.StringInput
	// Name of the state; Azure accepts only "default".
	SentinelOnboardingStateName pulumi.StringPtrInput
	// Name of the Log Analytics workspace. Required.
	WorkspaceName pulumi.StringInput
}

// ElementType names the resolved form for the Pulumi marshaller.
func (SentinelOnboardingStateArgs) ElementType() reflect.Type {
	return reflect.TypeFor[sentinelOnboardingStateArgs]()
}

// SentinelOnboardingStateInput accepts a SentinelOnboardingState or an output of one.
type SentinelOnboardingStateInput interface {
	pulumi.Input
	ToSentinelOnboardingStateOutput() SentinelOnboardingStateOutput
	ToSentinelOnboardingStateOutputWithContext(ctx context.Context) SentinelOnboardingStateOutput
}

// ElementType makes the resource usable as an input.
func (*SentinelOnboardingState) ElementType() reflect.Type {
	return reflect.TypeFor[*SentinelOnboardingState]()
}

// ToSentinelOnboardingStateOutput converts to SentinelOnboardingStateOutput.
func (v *SentinelOnboardingState) ToSentinelOnboardingStateOutput() SentinelOnboardingStateOutput {
	return v.ToSentinelOnboardingStateOutputWithContext(context.Background())
}

// ToSentinelOnboardingStateOutputWithContext converts to SentinelOnboardingStateOutput under a context.
func (v *SentinelOnboardingState) ToSentinelOnboardingStateOutputWithContext(ctx context.Context) SentinelOnboardingStateOutput {
	return pulumi.ToOutputWithContext(ctx, v).(SentinelOnboardingStateOutput)
}

// SentinelOnboardingStateOutput is an output of *SentinelOnboardingState.
type SentinelOnboardingStateOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (SentinelOnboardingStateOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*SentinelOnboardingState]()
}

// ToSentinelOnboardingStateOutput returns o.
func (o SentinelOnboardingStateOutput) ToSentinelOnboardingStateOutput() SentinelOnboardingStateOutput {
	return o
}

// ToSentinelOnboardingStateOutputWithContext returns o.
func (o SentinelOnboardingStateOutput) ToSentinelOnboardingStateOutputWithContext(context.Context) SentinelOnboardingStateOutput {
	return o
}

// Name is the name of the state.
func (o SentinelOnboardingStateOutput) Name() pulumi.StringOutput {
	return o.ApplyT(func(v *SentinelOnboardingState) pulumi.StringOutput { return v.Name }).(pulumi.StringOutput)
}

func init() {
	pulumi.RegisterOutputType(SentinelOnboardingStateOutput{})
}
