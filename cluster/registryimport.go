package cluster

import (
	_ "embed"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	resources "aks-regulated-pulumi/internal/azurenative/resources/v20230801"
	"aks-regulated-pulumi/internal/deploymentscript"
	"aks-regulated-pulumi/rbac"
)

// importImagesScript imports images into quarantine/ and promotes them to live/.
//
//go:embed importimages.sh
var importImagesScript string

// importTime is how long both imports of one image may take, tries that fail included.
const importTime = 10 * time.Minute

// importImages registers the deployment script, under an identity that may do nothing but import. az acr import copies within
// Azure, so the script needs no way to the registry's private endpoint. It runs again only if the list of images is another.
func (r *Registry) importImages(
	ctx *pulumi.Context, name string, args *RegistryArgs, images []Image, logged pulumi.Resource,
) error {
	child := pulumi.Parent(r)
	cfg := args.Config
	identity, err := newIdentity(ctx, name, args.Site, args.Names().ImageImportIdentity, child)
	if err != nil {
		return err
	}
	role, err := rbac.Assign(ctx, name, &rbac.AssignmentArgs{
		RoleDefinitionID: args.ImportRoleID,
		PrincipalID:      identity.PrincipalId,
		Scope:            r.RegistryID,
		Description:      "The deployment script imports the bootstrap images into this registry.",
	}, child)
	if err != nil {
		return err
	}
	hash := imageListHash(images)
	script, err := deploymentscript.New(ctx, name+"-"+hash, &deploymentscript.Args{
		Config: cfg, ResourceGroupName: args.ResourceGroupName, Name: "ds-imageimport-" + hash, Content: importImagesScript,
		Variables: r.importVariables(args, images), IdentityID: identity.ID().ToStringOutput(),
		Duration: time.Duration(len(images)) * importTime,
	}, child,
		// The imports are to be seen in the registry's log. The service signs in before the script starts, which fails while the
		// role is not known everywhere: the spoke takes the minutes that this needs.
		pulumi.DependsOn(append(args.Spoke.Members(), role, logged)),
		pulumi.AdditionalSecretOutputs([]string{"environmentVariables"}))
	if err != nil {
		return err
	}
	r.Imported = script
	return nil
}

func (r *Registry) importVariables(args *RegistryArgs, images []Image) resources.EnvironmentVariableArray {
	variables := resources.EnvironmentVariableArray{
		resources.EnvironmentVariableArgs{Name: pulumi.String("REGISTRY_NAME"), Value: pulumi.String(r.Name)},
		resources.EnvironmentVariableArgs{Name: pulumi.String("REGISTRY_ID"), Value: r.RegistryID.ToStringPtrOutput()},
		resources.EnvironmentVariableArgs{Name: pulumi.String("IMAGES"), Value: pulumi.String(imageList(images))},
	}
	token := args.Config.Registry.DockerHubToken
	if !token.IsSet() {
		return variables
	}
	return append(variables,
		resources.EnvironmentVariableArgs{
			Name: pulumi.String("DOCKER_HUB_USER"), Value: pulumi.String(args.Config.Registry.DockerHubUser),
		},
		resources.EnvironmentVariableArgs{
			Name:        pulumi.String("DOCKER_HUB_TOKEN"),
			SecureValue: asSecret(token).ToStringPtrOutput(),
		})
}
