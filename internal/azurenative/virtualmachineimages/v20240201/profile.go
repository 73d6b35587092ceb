package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplateVmProfile is the resolved form of ImageTemplateVmProfileArgs.
type ImageTemplateVmProfile struct {
	VmSize                 *string               `pulumi:"vmSize"`
	OsDiskSizeGB           *int                  `pulumi:"osDiskSizeGB"`
	UserAssignedIdentities []string              `pulumi:"userAssignedIdentities"`
	VnetConfig             *VirtualNetworkConfig `pulumi:"vnetConfig"`
}

// ImageTemplateVmProfileArgs sizes the build VM and places it in a network.
type ImageTemplateVmProfileArgs struct {
	// Size of the build VM. Empty means Standard_D1_v2 (Gen1) or Standard_D2ds_v4 (Gen2).
	VmSize pulumi.StringPtrInput `pulumi:"vmSize"`
	// OS disk size in GiB. 0 keeps the source image's size.
	OsDiskSizeGB pulumi.IntPtrInput `pulumi:"osDiskSizeGB"`
	// ARM ids of identities the build VM itself gets; the template's identity needs to be allowed to assign them.
	UserAssignedIdentities pulumi.StringArrayInput `pulumi:"userAssignedIdentities"`
	// Existing network to build in. Unset builds in a network with a public IP that Azure creates.
	VnetConfig VirtualNetworkConfigPtrInput `pulumi:"vnetConfig"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateVmProfileArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateVmProfile]()
}

// ImageTemplateVmProfilePtrInput accepts ImageTemplateVmProfileArgs, a pointer to it, or an output.
type ImageTemplateVmProfilePtrInput interface {
	pulumi.Input
	ToImageTemplateVmProfilePtrOutput() ImageTemplateVmProfilePtrOutput
	ToImageTemplateVmProfilePtrOutputWithContext(context.Context) ImageTemplateVmProfilePtrOutput
}

// ToImageTemplateVmProfilePtrOutput converts to ImageTemplateVmProfilePtrOutput.
func (v ImageTemplateVmProfileArgs) ToImageTemplateVmProfilePtrOutput() ImageTemplateVmProfilePtrOutput {
	return v.ToImageTemplateVmProfilePtrOutputWithContext(context.Background())
}

// ToImageTemplateVmProfilePtrOutputWithContext converts to ImageTemplateVmProfilePtrOutput under a context.
func (v ImageTemplateVmProfileArgs) ToImageTemplateVmProfilePtrOutputWithContext(ctx context.Context) ImageTemplateVmProfilePtrOutput {
	return toPtr[ImageTemplateVmProfile](ctx, v).(ImageTemplateVmProfilePtrOutput)
}

// ImageTemplateVmProfileOutput is an output of ImageTemplateVmProfile.
type ImageTemplateVmProfileOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplateVmProfileOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateVmProfile]()
}

// ToImageTemplateVmProfilePtrOutput converts to ImageTemplateVmProfilePtrOutput.
func (v ImageTemplateVmProfileOutput) ToImageTemplateVmProfilePtrOutput() ImageTemplateVmProfilePtrOutput {
	return v.ToImageTemplateVmProfilePtrOutputWithContext(context.Background())
}

// ToImageTemplateVmProfilePtrOutputWithContext converts to ImageTemplateVmProfilePtrOutput under a context.
func (v ImageTemplateVmProfileOutput) ToImageTemplateVmProfilePtrOutputWithContext(ctx context.Context) ImageTemplateVmProfilePtrOutput {
	return toPtr[ImageTemplateVmProfile](ctx, v).(ImageTemplateVmProfilePtrOutput)
}

// ImageTemplateVmProfilePtrOutput is an output of *ImageTemplateVmProfile.
type ImageTemplateVmProfilePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplateVmProfilePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ImageTemplateVmProfile]()
}

// ToImageTemplateVmProfilePtrOutput converts to ImageTemplateVmProfilePtrOutput.
func (v ImageTemplateVmProfilePtrOutput) ToImageTemplateVmProfilePtrOutput() ImageTemplateVmProfilePtrOutput {
	return v
}

// ToImageTemplateVmProfilePtrOutputWithContext converts to ImageTemplateVmProfilePtrOutput under a context.
func (v ImageTemplateVmProfilePtrOutput) ToImageTemplateVmProfilePtrOutputWithContext(_ context.Context) ImageTemplateVmProfilePtrOutput {
	return v
}

// Defaults fills unset fields with the service's documented defaults.
func (v *ImageTemplateVmProfile) Defaults() *ImageTemplateVmProfile {
	if v == nil {
		return nil
	}
	filled := *v
	if filled.OsDiskSizeGB == nil {
		filled.OsDiskSizeGB = new(int)
	}
	if filled.VmSize == nil {
		filled.VmSize = new(string)
	}
	filled.VnetConfig = v.VnetConfig.Defaults()
	return &filled
}

// VirtualNetworkConfig is the resolved form of VirtualNetworkConfigArgs.
type VirtualNetworkConfig struct {
	SubnetId                  *string `pulumi:"subnetId"`
	ProxyVmSize               *string `pulumi:"proxyVmSize"`
	ContainerInstanceSubnetId *string `pulumi:"containerInstanceSubnetId"`
}

// VirtualNetworkConfigArgs places the build in an existing virtual network of the template's subscription and region.
type VirtualNetworkConfigArgs struct {
	// ARM id of the subnet of the build VM, with private link service network policies disabled.
	SubnetId pulumi.StringPtrInput `pulumi:"subnetId"`
	// Size of the proxy VM. Empty means Standard_A1_v2; must be empty with ContainerInstanceSubnetId.
	ProxyVmSize pulumi.StringPtrInput `pulumi:"proxyVmSize"`
	// ARM id of a subnet delegated to container instances, for an isolated build without a proxy VM.
	ContainerInstanceSubnetId pulumi.StringPtrInput `pulumi:"containerInstanceSubnetId"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (VirtualNetworkConfigArgs) ElementType() reflect.Type {
	return reflect.TypeFor[VirtualNetworkConfig]()
}

// VirtualNetworkConfigPtrInput accepts VirtualNetworkConfigArgs, a pointer to it, or an output.
type VirtualNetworkConfigPtrInput interface {
	pulumi.Input
	ToVirtualNetworkConfigPtrOutput() VirtualNetworkConfigPtrOutput
	ToVirtualNetworkConfigPtrOutputWithContext(context.Context) VirtualNetworkConfigPtrOutput
}

// ToVirtualNetworkConfigPtrOutput converts to VirtualNetworkConfigPtrOutput.
func (v VirtualNetworkConfigArgs) ToVirtualNetworkConfigPtrOutput() VirtualNetworkConfigPtrOutput {
	return v.ToVirtualNetworkConfigPtrOutputWithContext(context.Background())
}

// ToVirtualNetworkConfigPtrOutputWithContext converts to VirtualNetworkConfigPtrOutput under a context.
func (v VirtualNetworkConfigArgs) ToVirtualNetworkConfigPtrOutputWithContext(ctx context.Context) VirtualNetworkConfigPtrOutput {
	return toPtr[VirtualNetworkConfig](ctx, v).(VirtualNetworkConfigPtrOutput)
}

// VirtualNetworkConfigOutput is an output of VirtualNetworkConfig.
type VirtualNetworkConfigOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (VirtualNetworkConfigOutput) ElementType() reflect.Type {
	return reflect.TypeFor[VirtualNetworkConfig]()
}

// ToVirtualNetworkConfigPtrOutput converts to VirtualNetworkConfigPtrOutput.
func (v VirtualNetworkConfigOutput) ToVirtualNetworkConfigPtrOutput() VirtualNetworkConfigPtrOutput {
	return v.ToVirtualNetworkConfigPtrOutputWithContext(context.Background())
}

// ToVirtualNetworkConfigPtrOutputWithContext converts to VirtualNetworkConfigPtrOutput under a context.
func (v VirtualNetworkConfigOutput) ToVirtualNetworkConfigPtrOutputWithContext(ctx context.Context) VirtualNetworkConfigPtrOutput {
	return toPtr[VirtualNetworkConfig](ctx, v).(VirtualNetworkConfigPtrOutput)
}

// VirtualNetworkConfigPtrOutput is an output of *VirtualNetworkConfig.
type VirtualNetworkConfigPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (VirtualNetworkConfigPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*VirtualNetworkConfig]()
}

// ToVirtualNetworkConfigPtrOutput converts to VirtualNetworkConfigPtrOutput.
func (v VirtualNetworkConfigPtrOutput) ToVirtualNetworkConfigPtrOutput() VirtualNetworkConfigPtrOutput {
	return v
}

// ToVirtualNetworkConfigPtrOutputWithContext converts to VirtualNetworkConfigPtrOutput under a context.
func (v VirtualNetworkConfigPtrOutput) ToVirtualNetworkConfigPtrOutputWithContext(_ context.Context) VirtualNetworkConfigPtrOutput {
	return v
}

// Defaults fills unset fields with the service's documented defaults.
func (v *VirtualNetworkConfig) Defaults() *VirtualNetworkConfig {
	if v == nil {
		return nil
	}
	filled := *v
	if filled.ProxyVmSize == nil {
		filled.ProxyVmSize = new(string)
	}
	return &filled
}

func init() {
	pulumi.RegisterOutputType(ImageTemplateVmProfileOutput{})
	pulumi.RegisterOutputType(ImageTemplateVmProfilePtrOutput{})
	pulumi.RegisterOutputType(VirtualNetworkConfigOutput{})
	pulumi.RegisterOutputType(VirtualNetworkConfigPtrOutput{})
}
