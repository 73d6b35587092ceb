package virtualmachineimages

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplateLastRunStatusResponse is the state of the current or latest build.
type ImageTemplateLastRunStatusResponse struct {
	// Running, Canceling, Succeeded, PartiallySucceeded, Failed or Canceled; unset before the first build.
	RunState *string `pulumi:"runState"`
	// Queued, Building, Customizing, Optimizing, Validating or Distributing.
	RunSubState *string `pulumi:"runSubState"`
	// What went wrong; it names the storage account and path of customization.log.
	Message *string `pulumi:"message"`
	// RFC 3339 time the build started.
	StartTime *string `pulumi:"startTime"`
	// RFC 3339 time the build ended.
	EndTime *string `pulumi:"endTime"`
}

// ImageTemplateLastRunStatusResponseOutput is an output of ImageTemplateLastRunStatusResponse.
type ImageTemplateLastRunStatusResponseOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplateLastRunStatusResponseOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateLastRunStatusResponse]()
}

// RunState is the field of that name; see ImageTemplateLastRunStatusResponse.
func (o ImageTemplateLastRunStatusResponseOutput) RunState() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ImageTemplateLastRunStatusResponse) *string { return v.RunState }).(pulumi.StringPtrOutput)
}

// RunSubState is the field of that name; see ImageTemplateLastRunStatusResponse.
func (o ImageTemplateLastRunStatusResponseOutput) RunSubState() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ImageTemplateLastRunStatusResponse) *string { return v.RunSubState }).(pulumi.StringPtrOutput)
}

// Message is the field of that name; see ImageTemplateLastRunStatusResponse.
func (o ImageTemplateLastRunStatusResponseOutput) Message() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ImageTemplateLastRunStatusResponse) *string { return v.Message }).(pulumi.StringPtrOutput)
}

// StartTime is the field of that name; see ImageTemplateLastRunStatusResponse.
func (o ImageTemplateLastRunStatusResponseOutput) StartTime() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ImageTemplateLastRunStatusResponse) *string { return v.StartTime }).(pulumi.StringPtrOutput)
}

// EndTime is the field of that name; see ImageTemplateLastRunStatusResponse.
func (o ImageTemplateLastRunStatusResponseOutput) EndTime() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ImageTemplateLastRunStatusResponse) *string { return v.EndTime }).(pulumi.StringPtrOutput)
}

// ProvisioningErrorResponse is why the template, not a build of it, could not be created.
type ProvisioningErrorResponse struct {
	// Kind of error, such as BadSourceType or NoCustomizerScript.
	ProvisioningErrorCode *string `pulumi:"provisioningErrorCode"`
	// Explanation for the operator.
	Message *string `pulumi:"message"`
}

// ProvisioningErrorResponseOutput is an output of ProvisioningErrorResponse.
type ProvisioningErrorResponseOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ProvisioningErrorResponseOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ProvisioningErrorResponse]()
}

// ProvisioningErrorCode is the field of that name; see ProvisioningErrorResponse.
func (o ProvisioningErrorResponseOutput) ProvisioningErrorCode() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ProvisioningErrorResponse) *string { return v.ProvisioningErrorCode }).(pulumi.StringPtrOutput)
}

// Message is the field of that name; see ProvisioningErrorResponse.
func (o ProvisioningErrorResponseOutput) Message() pulumi.StringPtrOutput {
	return o.ApplyT(func(v ProvisioningErrorResponse) *string { return v.Message }).(pulumi.StringPtrOutput)
}

func init() {
	pulumi.RegisterOutputType(ImageTemplateLastRunStatusResponseOutput{})
	pulumi.RegisterOutputType(ProvisioningErrorResponseOutput{})
}
