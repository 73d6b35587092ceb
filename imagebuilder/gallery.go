package imagebuilder

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	compute "aks-regulated-pulumi/internal/azurenative/compute/v20240303"
)

// newGallery registers the Azure Compute Gallery and the image definition that a SharedImage build adds versions to. Only
// a gallery image can carry Trusted Launch.
func newGallery(
	ctx *pulumi.Context, name string, args *JumpBoxImageArgs, opts ...pulumi.ResourceOption,
) (*compute.GalleryImage, error) {
	// Image versions belong to Azure Image Builder, not to Pulumi, and Azure deletes no definition that still has versions: gallery and
	// definition stay until their resource group is deleted.
	opts = append(opts, pulumi.RetainOnDelete(true))
	gallery, err := compute.NewGallery(ctx, name, &compute.GalleryArgs{
		GalleryName:       pulumi.String(galleryName),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		Description:       pulumi.String("Golden images of the operators' jump boxes."),
	}, append(opts, pulumi.Protect(args.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("image gallery: %w", err)
	}
	definition, err := compute.NewGalleryImage(ctx, name, &compute.GalleryImageArgs{
		GalleryImageName:  pulumi.String(imageDefinitionName),
		GalleryName:       gallery.Name,
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		OsType:            compute.OperatingSystemTypesLinux,
		OsState:           compute.OperatingSystemStateTypesGeneralized,
		HyperVGeneration:  pulumi.String("V2"),
		Architecture:      pulumi.String("x64"),
		Features: compute.GalleryImageFeatureArray{compute.GalleryImageFeatureArgs{
			Name: pulumi.String("SecurityType"), Value: pulumi.String("TrustedLaunchSupported"),
		}},
		Identifier: compute.GalleryImageIdentifierArgs{
			Publisher: pulumi.String("aks-regulated"),
			Offer:     pulumi.String("jumpbox"),
			// An identifier cannot change, so it does not name a release.
			Sku: pulumi.String("ubuntu-lts"),
		},
	}, append(opts, pulumi.Protect(args.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("image definition: %w", err)
	}
	return definition, nil
}

// notFound matches what Azure answers for a missing image, gallery or resource group.
var notFound = regexp.MustCompile(`\b(Resource|ResourceGroup|Parent[A-Za-z]*)?NotFound\b`)

// imageExists reports whether the image has been built. A missing image, or one that Azure did not complete, has not; any other
// failure is an error.
func imageExists(ctx *pulumi.Context, args *JumpBoxImageArgs, names Names, opts ...pulumi.InvokeOption) (bool, error) {
	token, query := "azure-native:compute/v20240701:getImage", map[string]any{
		"resourceGroupName": args.ResourceGroups.Image, "imageName": names.Image,
	}
	if args.ImageBuilder.Distribute == config.SharedImage {
		token, query = "azure-native:compute/v20240303:getGalleryImageVersion", map[string]any{
			"resourceGroupName": args.ResourceGroups.Image, "galleryName": galleryName,
			"galleryImageName": imageDefinitionName, "galleryImageVersionName": names.GalleryVersion,
		}
	}
	var found struct {
		ProvisioningState string `pulumi:"provisioningState"`
	}
	// Without a version the engine takes the newest release of the provider that the stack or the machine has.
	err := ctx.Invoke(token, query, &found, utilities.PkgInvokeDefaultOpts(opts)...)
	if err == nil {
		return found.ProvisioningState == "Succeeded", nil
	}
	if notFound.MatchString(err.Error()) {
		return false, nil
	}
	return false, fmt.Errorf("look for image %s: %w", names.Image, err)
}
