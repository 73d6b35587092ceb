package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AutoRunState turns automatic builds on or off.
type AutoRunState string

// Values of AutoRunState.
const (
	AutoRunStateAutoRunEnabled  = AutoRunState("Enabled")
	AutoRunStateAutoRunDisabled = AutoRunState("Disabled")
)

// ElementType names the enumeration for the Pulumi marshaller.
func (AutoRunState) ElementType() reflect.Type { return reflect.TypeFor[AutoRunState]() }

// AutoRunStatePtrInput accepts a AutoRunState value or an output.
type AutoRunStatePtrInput interface {
	pulumi.Input
	ToAutoRunStatePtrOutput() AutoRunStatePtrOutput
	ToAutoRunStatePtrOutputWithContext(context.Context) AutoRunStatePtrOutput
}

// ToAutoRunStatePtrOutput converts to AutoRunStatePtrOutput.
func (v AutoRunState) ToAutoRunStatePtrOutput() AutoRunStatePtrOutput {
	return v.ToAutoRunStatePtrOutputWithContext(context.Background())
}

// ToAutoRunStatePtrOutputWithContext converts to AutoRunStatePtrOutput under a context.
func (v AutoRunState) ToAutoRunStatePtrOutputWithContext(ctx context.Context) AutoRunStatePtrOutput {
	return toPtr[AutoRunState](ctx, v).(AutoRunStatePtrOutput)
}

// AutoRunStateOutput is an output of AutoRunState.
type AutoRunStateOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (AutoRunStateOutput) ElementType() reflect.Type { return reflect.TypeFor[AutoRunState]() }

// ToAutoRunStatePtrOutput converts to AutoRunStatePtrOutput.
func (v AutoRunStateOutput) ToAutoRunStatePtrOutput() AutoRunStatePtrOutput {
	return v.ToAutoRunStatePtrOutputWithContext(context.Background())
}

// ToAutoRunStatePtrOutputWithContext converts to AutoRunStatePtrOutput under a context.
func (v AutoRunStateOutput) ToAutoRunStatePtrOutputWithContext(ctx context.Context) AutoRunStatePtrOutput {
	return toPtr[AutoRunState](ctx, v).(AutoRunStatePtrOutput)
}

// AutoRunStatePtrOutput is an output of *AutoRunState.
type AutoRunStatePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (AutoRunStatePtrOutput) ElementType() reflect.Type { return reflect.TypeFor[*AutoRunState]() }

// ToAutoRunStatePtrOutput converts to AutoRunStatePtrOutput.
func (v AutoRunStatePtrOutput) ToAutoRunStatePtrOutput() AutoRunStatePtrOutput {
	return v
}

// ToAutoRunStatePtrOutputWithContext converts to AutoRunStatePtrOutput under a context.
func (v AutoRunStatePtrOutput) ToAutoRunStatePtrOutputWithContext(_ context.Context) AutoRunStatePtrOutput {
	return v
}

// VMBootOptimizationState turns boot optimization on or off.
type VMBootOptimizationState string

// Values of VMBootOptimizationState.
const (
	VMBootOptimizationStateEnabled  = VMBootOptimizationState("Enabled")
	VMBootOptimizationStateDisabled = VMBootOptimizationState("Disabled")
)

// ElementType names the enumeration for the Pulumi marshaller.
func (VMBootOptimizationState) ElementType() reflect.Type {
	return reflect.TypeFor[VMBootOptimizationState]()
}

// VMBootOptimizationStatePtrInput accepts a VMBootOptimizationState value or an output.
type VMBootOptimizationStatePtrInput interface {
	pulumi.Input
	ToVMBootOptimizationStatePtrOutput() VMBootOptimizationStatePtrOutput
	ToVMBootOptimizationStatePtrOutputWithContext(context.Context) VMBootOptimizationStatePtrOutput
}

// ToVMBootOptimizationStatePtrOutput converts to VMBootOptimizationStatePtrOutput.
func (v VMBootOptimizationState) ToVMBootOptimizationStatePtrOutput() VMBootOptimizationStatePtrOutput {
	return v.ToVMBootOptimizationStatePtrOutputWithContext(context.Background())
}

// ToVMBootOptimizationStatePtrOutputWithContext converts to VMBootOptimizationStatePtrOutput under a context.
func (v VMBootOptimizationState) ToVMBootOptimizationStatePtrOutputWithContext(ctx context.Context) VMBootOptimizationStatePtrOutput {
	return toPtr[VMBootOptimizationState](ctx, v).(VMBootOptimizationStatePtrOutput)
}

// VMBootOptimizationStateOutput is an output of VMBootOptimizationState.
type VMBootOptimizationStateOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (VMBootOptimizationStateOutput) ElementType() reflect.Type {
	return reflect.TypeFor[VMBootOptimizationState]()
}

// ToVMBootOptimizationStatePtrOutput converts to VMBootOptimizationStatePtrOutput.
func (v VMBootOptimizationStateOutput) ToVMBootOptimizationStatePtrOutput() VMBootOptimizationStatePtrOutput {
	return v.ToVMBootOptimizationStatePtrOutputWithContext(context.Background())
}

// ToVMBootOptimizationStatePtrOutputWithContext converts to VMBootOptimizationStatePtrOutput under a context.
func (v VMBootOptimizationStateOutput) ToVMBootOptimizationStatePtrOutputWithContext(ctx context.Context) VMBootOptimizationStatePtrOutput {
	return toPtr[VMBootOptimizationState](ctx, v).(VMBootOptimizationStatePtrOutput)
}

// VMBootOptimizationStatePtrOutput is an output of *VMBootOptimizationState.
type VMBootOptimizationStatePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (VMBootOptimizationStatePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*VMBootOptimizationState]()
}

// ToVMBootOptimizationStatePtrOutput converts to VMBootOptimizationStatePtrOutput.
func (v VMBootOptimizationStatePtrOutput) ToVMBootOptimizationStatePtrOutput() VMBootOptimizationStatePtrOutput {
	return v
}

// ToVMBootOptimizationStatePtrOutputWithContext converts to VMBootOptimizationStatePtrOutput under a context.
func (v VMBootOptimizationStatePtrOutput) ToVMBootOptimizationStatePtrOutputWithContext(_ context.Context) VMBootOptimizationStatePtrOutput {
	return v
}

// OnBuildError says whether the build VM is removed (cleanup) or kept for inspection (abort).
type OnBuildError string

// Values of OnBuildError.
const (
	OnBuildErrorCleanup = OnBuildError("cleanup")
	OnBuildErrorAbort   = OnBuildError("abort")
)

// ElementType names the enumeration for the Pulumi marshaller.
func (OnBuildError) ElementType() reflect.Type { return reflect.TypeFor[OnBuildError]() }

// ToStringPtrOutput lets the value be used where Azure also accepts other strings.
func (v OnBuildError) ToStringPtrOutput() pulumi.StringPtrOutput {
	return pulumi.String(v).ToStringPtrOutput()
}

// ToStringPtrOutputWithContext is ToStringPtrOutput under a context.
func (v OnBuildError) ToStringPtrOutputWithContext(ctx context.Context) pulumi.StringPtrOutput {
	return pulumi.String(v).ToStringPtrOutputWithContext(ctx)
}

// SharedImageStorageAccountType is the storage a gallery replica is kept on.
type SharedImageStorageAccountType string

// Values of SharedImageStorageAccountType.
const (
	SharedImageStorageAccountType_Standard_LRS = SharedImageStorageAccountType("Standard_LRS")
	SharedImageStorageAccountType_Standard_ZRS = SharedImageStorageAccountType("Standard_ZRS")
	SharedImageStorageAccountType_Premium_LRS  = SharedImageStorageAccountType("Premium_LRS")
)

// ElementType names the enumeration for the Pulumi marshaller.
func (SharedImageStorageAccountType) ElementType() reflect.Type {
	return reflect.TypeFor[SharedImageStorageAccountType]()
}

// ToStringPtrOutput lets the value be used where Azure also accepts other strings.
func (v SharedImageStorageAccountType) ToStringPtrOutput() pulumi.StringPtrOutput {
	return pulumi.String(v).ToStringPtrOutput()
}

// ToStringPtrOutputWithContext is ToStringPtrOutput under a context.
func (v SharedImageStorageAccountType) ToStringPtrOutputWithContext(ctx context.Context) pulumi.StringPtrOutput {
	return pulumi.String(v).ToStringPtrOutputWithContext(ctx)
}

func init() {
	pulumi.RegisterOutputType(AutoRunStateOutput{})
	pulumi.RegisterOutputType(AutoRunStatePtrOutput{})
	pulumi.RegisterOutputType(VMBootOptimizationStateOutput{})
	pulumi.RegisterOutputType(VMBootOptimizationStatePtrOutput{})
}
