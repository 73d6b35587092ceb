package kubernetesconfiguration

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// KustomizationDefinition is the resolved form of KustomizationDefinitionArgs.
type KustomizationDefinition struct {
	DependsOn              []string             `pulumi:"dependsOn"`
	Force                  *bool                `pulumi:"force"`
	Path                   *string              `pulumi:"path"`
	PostBuild              *PostBuildDefinition `pulumi:"postBuild"`
	Prune                  *bool                `pulumi:"prune"`
	RetryIntervalInSeconds *int                 `pulumi:"retryIntervalInSeconds"`
	SyncIntervalInSeconds  *int                 `pulumi:"syncIntervalInSeconds"`
	TimeoutInSeconds       *int                 `pulumi:"timeoutInSeconds"`
	Wait                   *bool                `pulumi:"wait"`
}

// KustomizationDefinitionArgs is a directory of the source that Flux applies.
type KustomizationDefinitionArgs struct {
	// Names of kustomizations that have to be ready first.
	DependsOn pulumi.StringArrayInput `pulumi:"dependsOn"`
	// Whether objects are made anew that cannot be changed. Default: false.
	Force pulumi.BoolPtrInput `pulumi:"force"`
	// Path of the directory in the source.
	Path pulumi.StringPtrInput `pulumi:"path"`
	// What happens to the manifests after they are built.
	PostBuild PostBuildDefinitionPtrInput `pulumi:"postBuild"`
	// Whether objects are deleted that the source no longer has. Default: false.
	Prune pulumi.BoolPtrInput `pulumi:"prune"`
	// Seconds after which a failure is tried again. Default: SyncIntervalInSeconds.
	RetryIntervalInSeconds pulumi.IntPtrInput `pulumi:"retryIntervalInSeconds"`
	// Seconds between two applications. Default: 600.
	SyncIntervalInSeconds pulumi.IntPtrInput `pulumi:"syncIntervalInSeconds"`
	// Seconds that one application may take. Default: 600.
	TimeoutInSeconds pulumi.IntPtrInput `pulumi:"timeoutInSeconds"`
	// Whether the kustomization is ready only when all of its objects are.
	Wait pulumi.BoolPtrInput `pulumi:"wait"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (KustomizationDefinitionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[KustomizationDefinition]()
}

// KustomizationDefinitionMap is the input of a property that maps names to KustomizationDefinition.
type KustomizationDefinitionMap map[string]KustomizationDefinitionInput

// ElementType names the resolved form for the Pulumi marshaller.
func (KustomizationDefinitionMap) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]KustomizationDefinition]()
}

// KustomizationDefinitionMapInput accepts KustomizationDefinitionMap or an output of it.
type KustomizationDefinitionMapInput interface {
	pulumi.Input
	ToKustomizationDefinitionMapOutput() KustomizationDefinitionMapOutput
	ToKustomizationDefinitionMapOutputWithContext(context.Context) KustomizationDefinitionMapOutput
}

// ToKustomizationDefinitionMapOutput converts to KustomizationDefinitionMapOutput.
func (v KustomizationDefinitionMap) ToKustomizationDefinitionMapOutput() KustomizationDefinitionMapOutput {
	return v.ToKustomizationDefinitionMapOutputWithContext(context.Background())
}

// ToKustomizationDefinitionMapOutputWithContext converts to KustomizationDefinitionMapOutput under a context.
func (v KustomizationDefinitionMap) ToKustomizationDefinitionMapOutputWithContext(ctx context.Context) KustomizationDefinitionMapOutput {
	return pulumi.ToOutputWithContext(ctx, v).(KustomizationDefinitionMapOutput)
}

// KustomizationDefinitionMapOutput is an output of a map from names to KustomizationDefinition.
type KustomizationDefinitionMapOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (KustomizationDefinitionMapOutput) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]KustomizationDefinition]()
}

// ToKustomizationDefinitionMapOutput returns v.
func (v KustomizationDefinitionMapOutput) ToKustomizationDefinitionMapOutput() KustomizationDefinitionMapOutput {
	return v
}

// ToKustomizationDefinitionMapOutputWithContext returns v.
func (v KustomizationDefinitionMapOutput) ToKustomizationDefinitionMapOutputWithContext(context.Context) KustomizationDefinitionMapOutput {
	return v
}

// KustomizationDefinitionInput accepts KustomizationDefinitionArgs or an output of KustomizationDefinition.
type KustomizationDefinitionInput interface {
	pulumi.Input
	ToKustomizationDefinitionOutput() KustomizationDefinitionOutput
	ToKustomizationDefinitionOutputWithContext(context.Context) KustomizationDefinitionOutput
}

// ToKustomizationDefinitionOutput converts to KustomizationDefinitionOutput.
func (v KustomizationDefinitionArgs) ToKustomizationDefinitionOutput() KustomizationDefinitionOutput {
	return v.ToKustomizationDefinitionOutputWithContext(context.Background())
}

// ToKustomizationDefinitionOutputWithContext converts to KustomizationDefinitionOutput under a context.
func (v KustomizationDefinitionArgs) ToKustomizationDefinitionOutputWithContext(ctx context.Context) KustomizationDefinitionOutput {
	return pulumi.ToOutputWithContext(ctx, v).(KustomizationDefinitionOutput)
}

// KustomizationDefinitionOutput is an output of KustomizationDefinition.
type KustomizationDefinitionOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (KustomizationDefinitionOutput) ElementType() reflect.Type {
	return reflect.TypeFor[KustomizationDefinition]()
}

// ToKustomizationDefinitionOutput returns v.
func (v KustomizationDefinitionOutput) ToKustomizationDefinitionOutput() KustomizationDefinitionOutput {
	return v
}

// ToKustomizationDefinitionOutputWithContext returns v.
func (v KustomizationDefinitionOutput) ToKustomizationDefinitionOutputWithContext(context.Context) KustomizationDefinitionOutput {
	return v
}

// PostBuildDefinition is the resolved form of PostBuildDefinitionArgs.
type PostBuildDefinition struct {
	Substitute map[string]string `pulumi:"substitute"`
}

// PostBuildDefinitionArgs says what happens to the manifests after they are built.
type PostBuildDefinitionArgs struct {
	// Values of the variables in the manifests.
	Substitute pulumi.StringMapInput `pulumi:"substitute"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (PostBuildDefinitionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[PostBuildDefinition]()
}

// PostBuildDefinitionPtrInput accepts PostBuildDefinitionArgs, a pointer to it, or an output.
type PostBuildDefinitionPtrInput interface {
	pulumi.Input
	ToPostBuildDefinitionPtrOutput() PostBuildDefinitionPtrOutput
	ToPostBuildDefinitionPtrOutputWithContext(context.Context) PostBuildDefinitionPtrOutput
}

// ToPostBuildDefinitionPtrOutput converts to PostBuildDefinitionPtrOutput.
func (v PostBuildDefinitionArgs) ToPostBuildDefinitionPtrOutput() PostBuildDefinitionPtrOutput {
	return v.ToPostBuildDefinitionPtrOutputWithContext(context.Background())
}

// ToPostBuildDefinitionPtrOutputWithContext converts to PostBuildDefinitionPtrOutput under a context.
func (v PostBuildDefinitionArgs) ToPostBuildDefinitionPtrOutputWithContext(ctx context.Context) PostBuildDefinitionPtrOutput {
	return toPtr[PostBuildDefinition](ctx, v).(PostBuildDefinitionPtrOutput)
}

// PostBuildDefinitionPtrOutput is an output of *PostBuildDefinition.
type PostBuildDefinitionPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (PostBuildDefinitionPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*PostBuildDefinition]()
}

// ToPostBuildDefinitionPtrOutput returns v.
func (v PostBuildDefinitionPtrOutput) ToPostBuildDefinitionPtrOutput() PostBuildDefinitionPtrOutput {
	return v
}

// ToPostBuildDefinitionPtrOutputWithContext returns v.
func (v PostBuildDefinitionPtrOutput) ToPostBuildDefinitionPtrOutputWithContext(context.Context) PostBuildDefinitionPtrOutput {
	return v
}
func init() {
	pulumi.RegisterOutputType(KustomizationDefinitionOutput{})
	pulumi.RegisterOutputType(KustomizationDefinitionMapOutput{})
	pulumi.RegisterOutputType(PostBuildDefinitionPtrOutput{})
}
