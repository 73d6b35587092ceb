package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplatePropertiesOptimize is the resolved form of ImageTemplatePropertiesOptimizeArgs.
type ImageTemplatePropertiesOptimize struct {
	VmBoot *ImageTemplatePropertiesVmBoot `pulumi:"vmBoot"`
}

// ImageTemplatePropertiesOptimizeArgs configures optimization of the result.
type ImageTemplatePropertiesOptimizeArgs struct {
	// Optimization of boot time.
	VmBoot ImageTemplatePropertiesVmBootPtrInput `pulumi:"vmBoot"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplatePropertiesOptimizeArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesOptimize]()
}

// ImageTemplatePropertiesOptimizePtrInput accepts ImageTemplatePropertiesOptimizeArgs, a pointer to it, or an output.
type ImageTemplatePropertiesOptimizePtrInput interface {
	pulumi.Input
	ToImageTemplatePropertiesOptimizePtrOutput() ImageTemplatePropertiesOptimizePtrOutput
	ToImageTemplatePropertiesOptimizePtrOutputWithContext(context.Context) ImageTemplatePropertiesOptimizePtrOutput
}

// ToImageTemplatePropertiesOptimizePtrOutput converts to ImageTemplatePropertiesOptimizePtrOutput.
func (v ImageTemplatePropertiesOptimizeArgs) ToImageTemplatePropertiesOptimizePtrOutput() ImageTemplatePropertiesOptimizePtrOutput {
	return v.ToImageTemplatePropertiesOptimizePtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesOptimizePtrOutputWithContext converts to ImageTemplatePropertiesOptimizePtrOutput under a context.
func (v ImageTemplatePropertiesOptimizeArgs) ToImageTemplatePropertiesOptimizePtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesOptimizePtrOutput {
	return toPtr[ImageTemplatePropertiesOptimize](ctx, v).(ImageTemplatePropertiesOptimizePtrOutput)
}

// ImageTemplatePropertiesOptimizeOutput is an output of ImageTemplatePropertiesOptimize.
type ImageTemplatePropertiesOptimizeOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesOptimizeOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesOptimize]()
}

// ToImageTemplatePropertiesOptimizePtrOutput converts to ImageTemplatePropertiesOptimizePtrOutput.
func (v ImageTemplatePropertiesOptimizeOutput) ToImageTemplatePropertiesOptimizePtrOutput() ImageTemplatePropertiesOptimizePtrOutput {
	return v.ToImageTemplatePropertiesOptimizePtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesOptimizePtrOutputWithContext converts to ImageTemplatePropertiesOptimizePtrOutput under a context.
func (v ImageTemplatePropertiesOptimizeOutput) ToImageTemplatePropertiesOptimizePtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesOptimizePtrOutput {
	return toPtr[ImageTemplatePropertiesOptimize](ctx, v).(ImageTemplatePropertiesOptimizePtrOutput)
}

// ImageTemplatePropertiesOptimizePtrOutput is an output of *ImageTemplatePropertiesOptimize.
type ImageTemplatePropertiesOptimizePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesOptimizePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ImageTemplatePropertiesOptimize]()
}

// ToImageTemplatePropertiesOptimizePtrOutput converts to ImageTemplatePropertiesOptimizePtrOutput.
func (v ImageTemplatePropertiesOptimizePtrOutput) ToImageTemplatePropertiesOptimizePtrOutput() ImageTemplatePropertiesOptimizePtrOutput {
	return v
}

// ToImageTemplatePropertiesOptimizePtrOutputWithContext converts to ImageTemplatePropertiesOptimizePtrOutput under a context.
func (v ImageTemplatePropertiesOptimizePtrOutput) ToImageTemplatePropertiesOptimizePtrOutputWithContext(_ context.Context) ImageTemplatePropertiesOptimizePtrOutput {
	return v
}

// ImageTemplatePropertiesVmBoot is the resolved form of ImageTemplatePropertiesVmBootArgs.
type ImageTemplatePropertiesVmBoot struct {
	State *VMBootOptimizationState `pulumi:"state"`
}

// ImageTemplatePropertiesVmBootArgs shortens the boot time of VMs made from the image.
type ImageTemplatePropertiesVmBootArgs struct {
	// Whether to optimize. Default disabled.
	State VMBootOptimizationStatePtrInput `pulumi:"state"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplatePropertiesVmBootArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesVmBoot]()
}

// ImageTemplatePropertiesVmBootPtrInput accepts ImageTemplatePropertiesVmBootArgs, a pointer to it, or an output.
type ImageTemplatePropertiesVmBootPtrInput interface {
	pulumi.Input
	ToImageTemplatePropertiesVmBootPtrOutput() ImageTemplatePropertiesVmBootPtrOutput
	ToImageTemplatePropertiesVmBootPtrOutputWithContext(context.Context) ImageTemplatePropertiesVmBootPtrOutput
}

// ToImageTemplatePropertiesVmBootPtrOutput converts to ImageTemplatePropertiesVmBootPtrOutput.
func (v ImageTemplatePropertiesVmBootArgs) ToImageTemplatePropertiesVmBootPtrOutput() ImageTemplatePropertiesVmBootPtrOutput {
	return v.ToImageTemplatePropertiesVmBootPtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesVmBootPtrOutputWithContext converts to ImageTemplatePropertiesVmBootPtrOutput under a context.
func (v ImageTemplatePropertiesVmBootArgs) ToImageTemplatePropertiesVmBootPtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesVmBootPtrOutput {
	return toPtr[ImageTemplatePropertiesVmBoot](ctx, v).(ImageTemplatePropertiesVmBootPtrOutput)
}

// ImageTemplatePropertiesVmBootOutput is an output of ImageTemplatePropertiesVmBoot.
type ImageTemplatePropertiesVmBootOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesVmBootOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesVmBoot]()
}

// ToImageTemplatePropertiesVmBootPtrOutput converts to ImageTemplatePropertiesVmBootPtrOutput.
func (v ImageTemplatePropertiesVmBootOutput) ToImageTemplatePropertiesVmBootPtrOutput() ImageTemplatePropertiesVmBootPtrOutput {
	return v.ToImageTemplatePropertiesVmBootPtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesVmBootPtrOutputWithContext converts to ImageTemplatePropertiesVmBootPtrOutput under a context.
func (v ImageTemplatePropertiesVmBootOutput) ToImageTemplatePropertiesVmBootPtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesVmBootPtrOutput {
	return toPtr[ImageTemplatePropertiesVmBoot](ctx, v).(ImageTemplatePropertiesVmBootPtrOutput)
}

// ImageTemplatePropertiesVmBootPtrOutput is an output of *ImageTemplatePropertiesVmBoot.
type ImageTemplatePropertiesVmBootPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesVmBootPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ImageTemplatePropertiesVmBoot]()
}

// ToImageTemplatePropertiesVmBootPtrOutput converts to ImageTemplatePropertiesVmBootPtrOutput.
func (v ImageTemplatePropertiesVmBootPtrOutput) ToImageTemplatePropertiesVmBootPtrOutput() ImageTemplatePropertiesVmBootPtrOutput {
	return v
}

// ToImageTemplatePropertiesVmBootPtrOutputWithContext converts to ImageTemplatePropertiesVmBootPtrOutput under a context.
func (v ImageTemplatePropertiesVmBootPtrOutput) ToImageTemplatePropertiesVmBootPtrOutputWithContext(_ context.Context) ImageTemplatePropertiesVmBootPtrOutput {
	return v
}

func init() {
	pulumi.RegisterOutputType(ImageTemplatePropertiesOptimizeOutput{})
	pulumi.RegisterOutputType(ImageTemplatePropertiesOptimizePtrOutput{})
	pulumi.RegisterOutputType(ImageTemplatePropertiesVmBootOutput{})
	pulumi.RegisterOutputType(ImageTemplatePropertiesVmBootPtrOutput{})
}
