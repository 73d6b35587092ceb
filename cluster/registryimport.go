package cluster

import (
	_ "embed"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	resources "aks-regulated-pulumi/internal/azurenative/resources/v20230801"
	"aks-regulated-pulumi/internal/deploymentscript"
)

// importImagesScript imports images into quarantine/ and promotes them to live/.
//
//go:embed importimages.sh
var importImagesScript string

// importTime is how long both imports of one image may take, including retries, and patience how long all may wait for a role or for a
// source that limits what it gives.
const importTime, patience = 10 * time.Minute, 40 * time.Minute

// importImages registers the deployment script, under an identity that may do nothing but import. az acr import copies within Azure,
// so the script does not need to reach the registry's private endpoint. It runs again only if the list of images
// changes, or the registry is replaced.
func (r *Registry) importImages(
	ctx *pulumi.Context, name string, args *RegistryArgs, azureRegistry, logged pulumi.Resource,
) error {
	child := pulumi.Parent(r)
	identity, err := newIdentity(ctx, name+"-import", args.Site, args.Names().ImageImportIdentity, child)
	if err != nil {
		return err
	}
	roles, err := assignRoles(ctx, name, importRoles(args, r.RegistryID), identity.PrincipalId, child)
	if err != nil {
		return err
	}
	hash := imageListHash(args.Images)
	script, err := deploymentscript.New(ctx, name+"-import-"+hash, &deploymentscript.Args{
		Placement: args.Placement, Scripts: args.Scripts, ResourceGroupName: args.ResourceGroupName, Name: "ds-imageimport-" + hash, Content: importImagesScript,
		Variables: r.importVariables(args), IdentityID: identity.ID().ToStringOutput(),
		Duration: time.Duration(len(args.Images))*importTime + patience,
	}, child,
		// The registry's log has to contain the imports. The service signs in before the script starts, and tries that for ten minutes (Azure
		// document "Develop a deployment script in Bicep", 2025-12-22); the script waits for the role itself.
		pulumi.DependsOn(slices.Concat(args.Spoke.Members(), roles, []pulumi.Resource{logged})),
		pulumi.AdditionalSecretOutputs([]string{"environmentVariables"}),
		// A new registry of the same name is empty.
		pulumi.ReplaceWith([]pulumi.Resource{azureRegistry}))
	if err != nil {
		return err
	}
	r.Imported = script
	return nil
}

func (r *Registry) importVariables(args *RegistryArgs) resources.EnvironmentVariableArray {
	variables := resources.EnvironmentVariableArray{
		resources.EnvironmentVariableArgs{Name: pulumi.String("REGISTRY_NAME"), Value: pulumi.String(r.Name)},
		resources.EnvironmentVariableArgs{Name: pulumi.String("REGISTRY_ID"), Value: r.RegistryID.ToStringPtrOutput()},
		resources.EnvironmentVariableArgs{Name: pulumi.String("IMAGES"), Value: pulumi.String(imageList(args.Images))},
	}
	token := args.Registry.DockerHubToken
	if !token.IsSet() {
		return variables
	}
	return append(variables,
		resources.EnvironmentVariableArgs{
			Name: pulumi.String("DOCKER_HUB_USER"), Value: pulumi.String(args.Registry.DockerHubUser),
		},
		resources.EnvironmentVariableArgs{
			Name:        pulumi.String("DOCKER_HUB_TOKEN"),
			SecureValue: asSecret(token).ToStringPtrOutput(),
		})
}
