// Package virtualmachineimages holds the azure-native image template, API version 2024-02-01.
//
// It stands in for github.com/pulumi/pulumi-azure-native-sdk/virtualmachineimages/v2/v20240201 with the same names and
// tokens. Import it under the alias virtualmachineimages, so that only the import path changes when the module is used.
// As in that module the caller sets discriminators such as Type; Windows customizers and VHD targets are left out.
package virtualmachineimages

import (
	"context"
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const imageTemplateToken = "azure-native:virtualmachineimages/v20240201:VirtualMachineImageTemplate"

// VirtualMachineImageTemplate is what Azure Image Builder builds an image from. Azure can change little more than its
// tags; anything else is a replacement.
type VirtualMachineImageTemplate struct {
	pulumi.CustomResourceState

	// Longest build, in minutes.
	BuildTimeoutInMinutes pulumi.IntPtrOutput `pulumi:"buildTimeoutInMinutes"`
	// Customizers, in the order they run.
	Customize pulumi.ArrayOutput `pulumi:"customize"`
	// Targets the image is written to.
	Distribute pulumi.ArrayOutput `pulumi:"distribute"`
	// ARM id of the group that holds the build's transient resources and customization.log.
	ExactStagingResourceGroup pulumi.StringOutput `pulumi:"exactStagingResourceGroup"`
	// Current or latest build.
	LastRunStatus ImageTemplateLastRunStatusResponseOutput `pulumi:"lastRunStatus"`
	// Azure region of the template.
	Location pulumi.StringOutput `pulumi:"location"`
	// Tags on what the service creates.
	ManagedResourceTags pulumi.StringMapOutput `pulumi:"managedResourceTags"`
	// Name of the template.
	Name pulumi.StringOutput `pulumi:"name"`
	// Why the template could not be created.
	ProvisioningError ProvisioningErrorResponseOutput `pulumi:"provisioningError"`
	// Creating, Updating, Succeeded, Failed, Deleting or Canceled.
	ProvisioningState pulumi.StringOutput `pulumi:"provisioningState"`
	// Image the build starts from.
	Source pulumi.AnyOutput `pulumi:"source"`
	// Staging group as configured.
	StagingResourceGroup pulumi.StringPtrOutput `pulumi:"stagingResourceGroup"`
	// Tags on the template.
	Tags pulumi.StringMapOutput `pulumi:"tags"`
	// ARM type of the template.
	Type pulumi.StringOutput `pulumi:"type"`
}

// NewVirtualMachineImageTemplate registers an image template. It fails if Distribute, Identity, ResourceGroupName or
// Source is not set.
func NewVirtualMachineImageTemplate(ctx *pulumi.Context,
	name string, args *VirtualMachineImageTemplateArgs, opts ...pulumi.ResourceOption) (*VirtualMachineImageTemplate, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.Distribute == nil {
		return nil, errors.New("invalid value for required argument 'Distribute'")
	}
	if args.Identity == nil {
		return nil, errors.New("invalid value for required argument 'Identity'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.Source == nil {
		return nil, errors.New("invalid value for required argument 'Source'")
	}
	setDefaults(args)
	opts = append(opts, otherVersions("20180201preview", "20190201preview", "20190501preview", "20200214", "20211001",
		"20220214", "20220701", "20230701"))
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource VirtualMachineImageTemplate
	if err := ctx.RegisterResource(imageTemplateToken, name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// setDefaults sends what the service would assume anyway, as the SDK does, so that refresh shows no difference.
func setDefaults(args *VirtualMachineImageTemplateArgs) {
	if args.BuildTimeoutInMinutes == nil {
		args.BuildTimeoutInMinutes = pulumi.IntPtr(0)
	}
	if args.ErrorHandling != nil {
		args.ErrorHandling = args.ErrorHandling.ToImageTemplatePropertiesErrorHandlingPtrOutput().
			ApplyT((*ImageTemplatePropertiesErrorHandling).Defaults).(ImageTemplatePropertiesErrorHandlingPtrOutput)
	}
	if args.Validate != nil {
		args.Validate = args.Validate.ToImageTemplatePropertiesValidatePtrOutput().
			ApplyT((*ImageTemplatePropertiesValidate).Defaults).(ImageTemplatePropertiesValidatePtrOutput)
	}
	if args.VmProfile != nil {
		args.VmProfile = args.VmProfile.ToImageTemplateVmProfilePtrOutput().
			ApplyT((*ImageTemplateVmProfile).Defaults).(ImageTemplateVmProfilePtrOutput)
	}
}

// otherVersions aliases the tokens under which other API versions register the same Azure resource.
func otherVersions(versions ...string) pulumi.ResourceOption {
	aliases := []pulumi.Alias{{Type: pulumi.String("azure-native:virtualmachineimages:VirtualMachineImageTemplate")}}
	for _, v := range versions {
		aliases = append(aliases, pulumi.Alias{
			Type: pulumi.String("azure-native:virtualmachineimages/v" + v + ":VirtualMachineImageTemplate"),
		})
	}
	return pulumi.Aliases(aliases)
}

// GetVirtualMachineImageTemplate reads an existing image template by its ARM id.
func GetVirtualMachineImageTemplate(ctx *pulumi.Context,
	name string, id pulumi.IDInput, state *VirtualMachineImageTemplateState, opts ...pulumi.ResourceOption) (*VirtualMachineImageTemplate, error) {
	var resource VirtualMachineImageTemplate
	if err := ctx.ReadResource(imageTemplateToken, name, id, state, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

type virtualMachineImageTemplateState struct{}

// VirtualMachineImageTemplateState qualifies a lookup; this resource needs nothing beside its id.
type VirtualMachineImageTemplateState struct{}

// ElementType names the resolved form for the Pulumi marshaller.
func (VirtualMachineImageTemplateState) ElementType() reflect.Type {
	return reflect.TypeFor[virtualMachineImageTemplateState]()
}

type virtualMachineImageTemplateArgs struct {
	AutoRun               *ImageTemplateAutoRun                 `pulumi:"autoRun"`
	BuildTimeoutInMinutes *int                                  `pulumi:"buildTimeoutInMinutes"`
	Customize             []interface{}                         `pulumi:"customize"`
	Distribute            []interface{}                         `pulumi:"distribute"`
	ErrorHandling         *ImageTemplatePropertiesErrorHandling `pulumi:"errorHandling"`
	Identity              ImageTemplateIdentity                 `pulumi:"identity"`
	ImageTemplateName     *string                               `pulumi:"imageTemplateName"`
	Location              *string                               `pulumi:"location"`
	ManagedResourceTags   map[string]string                     `pulumi:"managedResourceTags"`
	Optimize              *ImageTemplatePropertiesOptimize      `pulumi:"optimize"`
	ResourceGroupName     string                                `pulumi:"resourceGroupName"`
	Source                interface{}                           `pulumi:"source"`
	StagingResourceGroup  *string                               `pulumi:"stagingResourceGroup"`
	Tags                  map[string]string                     `pulumi:"tags"`
	Validate              *ImageTemplatePropertiesValidate      `pulumi:"validate"`
	VmProfile             *ImageTemplateVmProfile               `pulumi:"vmProfile"`
}

// VirtualMachineImageTemplateArgs describes an image template.
type VirtualMachineImageTemplateArgs struct {
	// Whether saving the template starts a build.
	AutoRun ImageTemplateAutoRunPtrInput
	// Longest build, in minutes from 6 to 960; 0, the default, means 240.
	BuildTimeoutInMinutes pulumi.IntPtrInput
	// Customizers in the order they run: ImageTemplateShellCustomizerArgs, ImageTemplateFileCustomizerArgs.
	Customize pulumi.ArrayInput
	// Targets: ImageTemplateManagedImageDistributorArgs, ImageTemplateSharedImageDistributorArgs. Required.
	Distribute pulumi.ArrayInput
	// What a failed build leaves behind.
	ErrorHandling ImageTemplatePropertiesErrorHandlingPtrInput
	// Identity the image builder acts as. Required.
	Identity ImageTemplateIdentityInput
	// Name of the template: 1 to 64 letters, digits, '-', '_' or '.'. Default: generated by Pulumi.
	ImageTemplateName pulumi.StringPtrInput
	// Azure region of the template. Default: the resource group's.
	Location pulumi.StringPtrInput
	// Tags on what the service creates in the staging group.
	ManagedResourceTags pulumi.StringMapInput
	// Optimization of the result.
	Optimize ImageTemplatePropertiesOptimizePtrInput
	// Resource group of the template. Required.
	ResourceGroupName pulumi.StringInput
	// One of the ...SourceArgs types of this package. Required.
	Source pulumi.Input
	// ARM id of an empty or not yet existing group for transient resources. Default: a new group named IT_...
	StagingResourceGroup pulumi.StringPtrInput
	// Tags on the template.
	Tags pulumi.StringMapInput
	// Checks of the customized image.
	Validate ImageTemplatePropertiesValidatePtrInput
	// Size and network of the build VM.
	VmProfile ImageTemplateVmProfilePtrInput
}

// ElementType names the resolved form for the Pulumi marshaller.
func (VirtualMachineImageTemplateArgs) ElementType() reflect.Type {
	return reflect.TypeFor[virtualMachineImageTemplateArgs]()
}

// VirtualMachineImageTemplateInput accepts a VirtualMachineImageTemplate or an output of one.
type VirtualMachineImageTemplateInput interface {
	pulumi.Input
	ToVirtualMachineImageTemplateOutput() VirtualMachineImageTemplateOutput
	ToVirtualMachineImageTemplateOutputWithContext(ctx context.Context) VirtualMachineImageTemplateOutput
}

// ElementType makes the resource usable as an input.
func (*VirtualMachineImageTemplate) ElementType() reflect.Type {
	return reflect.TypeFor[*VirtualMachineImageTemplate]()
}

// ToVirtualMachineImageTemplateOutput converts to VirtualMachineImageTemplateOutput.
func (v *VirtualMachineImageTemplate) ToVirtualMachineImageTemplateOutput() VirtualMachineImageTemplateOutput {
	return v.ToVirtualMachineImageTemplateOutputWithContext(context.Background())
}

// ToVirtualMachineImageTemplateOutputWithContext converts to VirtualMachineImageTemplateOutput under a context.
func (v *VirtualMachineImageTemplate) ToVirtualMachineImageTemplateOutputWithContext(ctx context.Context) VirtualMachineImageTemplateOutput {
	return pulumi.ToOutputWithContext(ctx, v).(VirtualMachineImageTemplateOutput)
}

// VirtualMachineImageTemplateOutput is an output of *VirtualMachineImageTemplate.
type VirtualMachineImageTemplateOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (VirtualMachineImageTemplateOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*VirtualMachineImageTemplate]()
}

// ToVirtualMachineImageTemplateOutput returns o.
func (o VirtualMachineImageTemplateOutput) ToVirtualMachineImageTemplateOutput() VirtualMachineImageTemplateOutput {
	return o
}

// ToVirtualMachineImageTemplateOutputWithContext returns o.
func (o VirtualMachineImageTemplateOutput) ToVirtualMachineImageTemplateOutputWithContext(context.Context) VirtualMachineImageTemplateOutput {
	return o
}

// Name is the name of the template.
func (o VirtualMachineImageTemplateOutput) Name() pulumi.StringOutput {
	return o.ApplyT(func(v *VirtualMachineImageTemplate) pulumi.StringOutput { return v.Name }).(pulumi.StringOutput)
}

// LastRunStatus is the current or latest build.
func (o VirtualMachineImageTemplateOutput) LastRunStatus() ImageTemplateLastRunStatusResponseOutput {
	return o.ApplyT(func(v *VirtualMachineImageTemplate) ImageTemplateLastRunStatusResponseOutput {
		return v.LastRunStatus
	}).(ImageTemplateLastRunStatusResponseOutput)
}

func init() {
	pulumi.RegisterOutputType(VirtualMachineImageTemplateOutput{})
}
