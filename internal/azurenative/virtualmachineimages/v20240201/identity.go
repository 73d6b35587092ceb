package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplateIdentity is the resolved form of ImageTemplateIdentityArgs.
type ImageTemplateIdentity struct {
	Type                   *ResourceIdentityType `pulumi:"type"`
	UserAssignedIdentities []string              `pulumi:"userAssignedIdentities"`
}

// ImageTemplateIdentityArgs is the identity the image builder acts as. Its network permission is checked when the
// template is created, its image permission when the image is distributed.
type ImageTemplateIdentityArgs struct {
	// Kind of identity: user-assigned or none.
	Type ResourceIdentityTypePtrInput `pulumi:"type"`
	// ARM ids of user-assigned identities; the service accepts one.
	UserAssignedIdentities pulumi.StringArrayInput `pulumi:"userAssignedIdentities"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateIdentityArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateIdentity]()
}

// ImageTemplateIdentityInput accepts ImageTemplateIdentityArgs or an output.
type ImageTemplateIdentityInput interface {
	pulumi.Input
	ToImageTemplateIdentityOutput() ImageTemplateIdentityOutput
	ToImageTemplateIdentityOutputWithContext(context.Context) ImageTemplateIdentityOutput
}

// ToImageTemplateIdentityOutput converts to ImageTemplateIdentityOutput.
func (v ImageTemplateIdentityArgs) ToImageTemplateIdentityOutput() ImageTemplateIdentityOutput {
	return v.ToImageTemplateIdentityOutputWithContext(context.Background())
}

// ToImageTemplateIdentityOutputWithContext converts to ImageTemplateIdentityOutput under a context.
func (v ImageTemplateIdentityArgs) ToImageTemplateIdentityOutputWithContext(ctx context.Context) ImageTemplateIdentityOutput {
	return pulumi.ToOutputWithContext(ctx, v).(ImageTemplateIdentityOutput)
}

// ImageTemplateIdentityOutput is an output of ImageTemplateIdentity.
type ImageTemplateIdentityOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplateIdentityOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateIdentity]()
}

// ToImageTemplateIdentityOutput converts to ImageTemplateIdentityOutput.
func (v ImageTemplateIdentityOutput) ToImageTemplateIdentityOutput() ImageTemplateIdentityOutput {
	return v
}

// ToImageTemplateIdentityOutputWithContext converts to ImageTemplateIdentityOutput under a context.
func (v ImageTemplateIdentityOutput) ToImageTemplateIdentityOutputWithContext(_ context.Context) ImageTemplateIdentityOutput {
	return v
}

// ResourceIdentityType is the kind of identity a template has.
type ResourceIdentityType string

// Values of ResourceIdentityType.
const (
	ResourceIdentityTypeUserAssigned = ResourceIdentityType("UserAssigned")
	ResourceIdentityTypeNone         = ResourceIdentityType("None")
)

// ElementType names the enumeration for the Pulumi marshaller.
func (ResourceIdentityType) ElementType() reflect.Type {
	return reflect.TypeFor[ResourceIdentityType]()
}

// ResourceIdentityTypePtrInput accepts a ResourceIdentityType value or an output.
type ResourceIdentityTypePtrInput interface {
	pulumi.Input
	ToResourceIdentityTypePtrOutput() ResourceIdentityTypePtrOutput
	ToResourceIdentityTypePtrOutputWithContext(context.Context) ResourceIdentityTypePtrOutput
}

// ToResourceIdentityTypePtrOutput converts to ResourceIdentityTypePtrOutput.
func (v ResourceIdentityType) ToResourceIdentityTypePtrOutput() ResourceIdentityTypePtrOutput {
	return v.ToResourceIdentityTypePtrOutputWithContext(context.Background())
}

// ToResourceIdentityTypePtrOutputWithContext converts to ResourceIdentityTypePtrOutput under a context.
func (v ResourceIdentityType) ToResourceIdentityTypePtrOutputWithContext(ctx context.Context) ResourceIdentityTypePtrOutput {
	return toPtr[ResourceIdentityType](ctx, v).(ResourceIdentityTypePtrOutput)
}

// ResourceIdentityTypeOutput is an output of ResourceIdentityType.
type ResourceIdentityTypeOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ResourceIdentityTypeOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ResourceIdentityType]()
}

// ToResourceIdentityTypePtrOutput converts to ResourceIdentityTypePtrOutput.
func (v ResourceIdentityTypeOutput) ToResourceIdentityTypePtrOutput() ResourceIdentityTypePtrOutput {
	return v.ToResourceIdentityTypePtrOutputWithContext(context.Background())
}

// ToResourceIdentityTypePtrOutputWithContext converts to ResourceIdentityTypePtrOutput under a context.
func (v ResourceIdentityTypeOutput) ToResourceIdentityTypePtrOutputWithContext(ctx context.Context) ResourceIdentityTypePtrOutput {
	return toPtr[ResourceIdentityType](ctx, v).(ResourceIdentityTypePtrOutput)
}

// ResourceIdentityTypePtrOutput is an output of *ResourceIdentityType.
type ResourceIdentityTypePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ResourceIdentityTypePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ResourceIdentityType]()
}

// ToResourceIdentityTypePtrOutput converts to ResourceIdentityTypePtrOutput.
func (v ResourceIdentityTypePtrOutput) ToResourceIdentityTypePtrOutput() ResourceIdentityTypePtrOutput {
	return v
}

// ToResourceIdentityTypePtrOutputWithContext converts to ResourceIdentityTypePtrOutput under a context.
func (v ResourceIdentityTypePtrOutput) ToResourceIdentityTypePtrOutputWithContext(_ context.Context) ResourceIdentityTypePtrOutput {
	return v
}

func init() {
	pulumi.RegisterOutputType(ImageTemplateIdentityOutput{})
	pulumi.RegisterOutputType(ResourceIdentityTypeOutput{})
	pulumi.RegisterOutputType(ResourceIdentityTypePtrOutput{})
}
