package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplateManagedImageDistributor is the resolved form of ImageTemplateManagedImageDistributorArgs.
type ImageTemplateManagedImageDistributor struct {
	Type          string            `pulumi:"type"`
	ImageId       string            `pulumi:"imageId"`
	Location      string            `pulumi:"location"`
	RunOutputName string            `pulumi:"runOutputName"`
	ArtifactTags  map[string]string `pulumi:"artifactTags"`
}

// ImageTemplateManagedImageDistributorArgs writes the result as a managed image. A managed image cannot carry
// Trusted Launch and stays in one region.
type ImageTemplateManagedImageDistributorArgs struct {
	// Discriminator, always "ManagedImage". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// ARM id of the image to create; an image of that name must not exist. Required.
	ImageId pulumi.StringInput `pulumi:"imageId"`
	// Azure region of the image. Required.
	Location pulumi.StringInput `pulumi:"location"`
	// Name of the run output: 1 to 64 letters, digits, '-', '_' or '.'. Required.
	RunOutputName pulumi.StringInput `pulumi:"runOutputName"`
	// Tags on the image.
	ArtifactTags pulumi.StringMapInput `pulumi:"artifactTags"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateManagedImageDistributorArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateManagedImageDistributor]()
}

// ImageTemplateSharedImageDistributor is the resolved form of ImageTemplateSharedImageDistributorArgs.
type ImageTemplateSharedImageDistributor struct {
	Type               string            `pulumi:"type"`
	GalleryImageId     string            `pulumi:"galleryImageId"`
	RunOutputName      string            `pulumi:"runOutputName"`
	TargetRegions      []TargetRegion    `pulumi:"targetRegions"`
	ReplicationRegions []string          `pulumi:"replicationRegions"`
	ExcludeFromLatest  *bool             `pulumi:"excludeFromLatest"`
	StorageAccountType *string           `pulumi:"storageAccountType"`
	Versioning         interface{}       `pulumi:"versioning"`
	ArtifactTags       map[string]string `pulumi:"artifactTags"`
}

// ImageTemplateSharedImageDistributorArgs writes the result as a version of an Azure Compute Gallery image definition.
// Set one of ReplicationRegions (deprecated by Azure) and TargetRegions.
type ImageTemplateSharedImageDistributorArgs struct {
	// Discriminator, always "SharedImage". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// ARM id of the image definition, optionally with /versions/{major.minor.patch} to fix the version. Required.
	GalleryImageId pulumi.StringInput `pulumi:"galleryImageId"`
	// Name of the run output: 1 to 64 letters, digits, '-', '_' or '.'. Required.
	RunOutputName pulumi.StringInput `pulumi:"runOutputName"`
	// Regions that receive a replica; one must be the gallery's own region.
	TargetRegions TargetRegionArrayInput `pulumi:"targetRegions"`
	// Names of regions that receive one replica each.
	ReplicationRegions pulumi.StringArrayInput `pulumi:"replicationRegions"`
	// Keep this version out of what "latest" resolves to. Default false.
	ExcludeFromLatest pulumi.BoolPtrInput `pulumi:"excludeFromLatest"`
	// Storage of replicas, a SharedImageStorageAccountType. Default Standard_LRS.
	StorageAccountType pulumi.StringPtrInput `pulumi:"storageAccountType"`
	// DistributeVersionerLatestArgs or DistributeVersionerSourceArgs: how the version number is made up.
	Versioning pulumi.Input `pulumi:"versioning"`
	// Tags on the image version.
	ArtifactTags pulumi.StringMapInput `pulumi:"artifactTags"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateSharedImageDistributorArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateSharedImageDistributor]()
}

// DistributeVersionerLatest is the resolved form of DistributeVersionerLatestArgs.
type DistributeVersionerLatest struct {
	Scheme string `pulumi:"scheme"`
	Major  *int   `pulumi:"major"`
}

// DistributeVersionerLatestArgs numbers the version one after the newest existing one.
type DistributeVersionerLatestArgs struct {
	// Discriminator, always "Latest". Required.
	Scheme pulumi.StringInput `pulumi:"scheme"`
	// Major version to count within; -1, the default, counts over all.
	Major pulumi.IntPtrInput `pulumi:"major"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (DistributeVersionerLatestArgs) ElementType() reflect.Type {
	return reflect.TypeFor[DistributeVersionerLatest]()
}

// DistributeVersionerSource is the resolved form of DistributeVersionerSourceArgs.
type DistributeVersionerSource struct {
	Scheme string `pulumi:"scheme"`
}

// DistributeVersionerSourceArgs numbers the version after the source image's own version.
type DistributeVersionerSourceArgs struct {
	// Discriminator, always "Source". Required.
	Scheme pulumi.StringInput `pulumi:"scheme"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (DistributeVersionerSourceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[DistributeVersionerSource]()
}

// TargetRegion is the resolved form of TargetRegionArgs.
type TargetRegion struct {
	Name               string  `pulumi:"name"`
	ReplicaCount       *int    `pulumi:"replicaCount"`
	StorageAccountType *string `pulumi:"storageAccountType"`
}

// TargetRegionArgs is one region of a gallery image version.
type TargetRegionArgs struct {
	// Azure region. Required.
	Name pulumi.StringInput `pulumi:"name"`
	// Number of replicas. Default 1.
	ReplicaCount pulumi.IntPtrInput `pulumi:"replicaCount"`
	// Storage of replicas here, a SharedImageStorageAccountType.
	StorageAccountType pulumi.StringPtrInput `pulumi:"storageAccountType"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (TargetRegionArgs) ElementType() reflect.Type { return reflect.TypeFor[TargetRegion]() }

// TargetRegionInput accepts TargetRegionArgs or an output.
type TargetRegionInput interface {
	pulumi.Input
	ToTargetRegionOutput() TargetRegionOutput
	ToTargetRegionOutputWithContext(context.Context) TargetRegionOutput
}

// ToTargetRegionOutput converts to TargetRegionOutput.
func (v TargetRegionArgs) ToTargetRegionOutput() TargetRegionOutput {
	return v.ToTargetRegionOutputWithContext(context.Background())
}

// ToTargetRegionOutputWithContext converts to TargetRegionOutput under a context.
func (v TargetRegionArgs) ToTargetRegionOutputWithContext(ctx context.Context) TargetRegionOutput {
	return pulumi.ToOutputWithContext(ctx, v).(TargetRegionOutput)
}

// TargetRegionOutput is an output of TargetRegion.
type TargetRegionOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (TargetRegionOutput) ElementType() reflect.Type { return reflect.TypeFor[TargetRegion]() }

// ToTargetRegionOutput converts to TargetRegionOutput.
func (v TargetRegionOutput) ToTargetRegionOutput() TargetRegionOutput {
	return v
}

// ToTargetRegionOutputWithContext converts to TargetRegionOutput under a context.
func (v TargetRegionOutput) ToTargetRegionOutputWithContext(_ context.Context) TargetRegionOutput {
	return v
}

// TargetRegionArray is a list of TargetRegionArgs or outputs.
type TargetRegionArray []TargetRegionInput

// ElementType names the resolved form for the Pulumi marshaller.
func (TargetRegionArray) ElementType() reflect.Type { return reflect.TypeFor[[]TargetRegion]() }

// TargetRegionArrayInput accepts TargetRegionArray or an output.
type TargetRegionArrayInput interface {
	pulumi.Input
	ToTargetRegionArrayOutput() TargetRegionArrayOutput
	ToTargetRegionArrayOutputWithContext(context.Context) TargetRegionArrayOutput
}

// ToTargetRegionArrayOutput converts to TargetRegionArrayOutput.
func (v TargetRegionArray) ToTargetRegionArrayOutput() TargetRegionArrayOutput {
	return v.ToTargetRegionArrayOutputWithContext(context.Background())
}

// ToTargetRegionArrayOutputWithContext converts to TargetRegionArrayOutput under a context.
func (v TargetRegionArray) ToTargetRegionArrayOutputWithContext(ctx context.Context) TargetRegionArrayOutput {
	return pulumi.ToOutputWithContext(ctx, v).(TargetRegionArrayOutput)
}

// TargetRegionArrayOutput is an output of []TargetRegion.
type TargetRegionArrayOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (TargetRegionArrayOutput) ElementType() reflect.Type { return reflect.TypeFor[[]TargetRegion]() }

// ToTargetRegionArrayOutput converts to TargetRegionArrayOutput.
func (v TargetRegionArrayOutput) ToTargetRegionArrayOutput() TargetRegionArrayOutput {
	return v
}

// ToTargetRegionArrayOutputWithContext converts to TargetRegionArrayOutput under a context.
func (v TargetRegionArrayOutput) ToTargetRegionArrayOutputWithContext(_ context.Context) TargetRegionArrayOutput {
	return v
}

func init() {
	pulumi.RegisterOutputType(TargetRegionOutput{})
	pulumi.RegisterOutputType(TargetRegionArrayOutput{})
}
