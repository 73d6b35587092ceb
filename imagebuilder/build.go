package imagebuilder

import (
	_ "embed"
	"fmt"
	"time"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20230801"
	"aks-regulated-pulumi/internal/deploymentscript"
	"aks-regulated-pulumi/rbac"
)

// runTemplateScript starts the build and waits for it.
//
//go:embed runtemplate.sh
var runTemplateScript string

// BuildArgs configures Build.
type BuildArgs struct {
	*JumpBoxImageArgs
	Names    Names
	Template *Template
	// Dropped means that the image exists, and that the template has been dropped.
	Dropped bool
}

// Build runs an image template and waits for the image: a deployment script does, under an identity that may do nothing else, or the
// update itself.
type Build struct {
	pulumi.ResourceState

	// ImageID is the Azure resource id of the image, known once it has been built.
	ImageID pulumi.StringOutput
}

// NewBuild runs the template, once: it runs again only if the template changes or is replaced. For a template that has been dropped only
// the identity of the script is left.
func NewBuild(ctx *pulumi.Context, name string, args *BuildArgs, opts ...pulumi.ResourceOption) (*Build, error) {
	build := &Build{}
	if err := ctx.RegisterComponentResource("aksregulated:imagebuilder:Build", name, build, opts...); err != nil {
		return nil, fmt.Errorf("image build: %w", err)
	}
	image := imageID(args.JumpBoxImageArgs, args.Names)
	build.ImageID = pulumi.String(image).ToStringOutput()
	run := build.runByAzure
	if args.Scripts.RunBy == config.RunByCaller {
		run = build.runByCaller
	}
	done, err := run(ctx, name, args)
	if err != nil {
		return nil, err
	}
	if done != nil {
		build.ImageID = done.ID().ApplyT(func(pulumi.ID) string { return image }).(pulumi.StringOutput)
	}
	if err := ctx.RegisterResourceOutputs(build, pulumi.Map{"imageId": build.ImageID}); err != nil {
		return nil, fmt.Errorf("outputs of image build: %w", err)
	}
	return build, nil
}

// runByAzure registers the script that runs the template, with its identity and role. It returns nothing for a template that has been dropped.
func (b *Build) runByAzure(ctx *pulumi.Context, name string, args *BuildArgs) (pulumi.CustomResource, error) {
	child := pulumi.Parent(b)
	identity, err := managedidentity.NewUserAssignedIdentity(ctx, name, &managedidentity.UserAssignedIdentityArgs{
		ResourceName:      pulumi.String("mi-aks-jumpbox-imagebuild-run"),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("image build identity: %w", err)
	}
	if args.Dropped {
		return nil, nil
	}
	run, err := rbac.Assign(ctx, name+"-run-"+args.Names.Hash, &rbac.AssignmentArgs{
		RoleDefinitionID: args.Roles.Run,
		PrincipalID:      identity.PrincipalId,
		Scope:            args.Template.TemplateID,
		Description:      "The deployment script runs this template and waits for it.",
	}, child)
	if err != nil {
		return nil, err
	}
	after := append(args.Spoke.Members(), run)
	if args.Scripts.Private() {
		storage, err := rbac.Assign(ctx, name+"-storage", &rbac.AssignmentArgs{
			RoleDefinitionID: pulumi.String(rbac.StorageFileDataPrivileged.ID(args.Subscription.ID)),
			PrincipalID:      identity.PrincipalId,
			Scope:            pulumi.String(args.Scripts.StorageAccountID),
			Description:      "The deployment script keeps its files in this account.",
		}, child)
		if err != nil {
			return nil, err
		}
		after = append(after, storage)
	}
	script, err := deploymentscript.New(ctx, name+"-"+args.Names.Hash, &deploymentscript.Args{
		Placement: args.Placement, Scripts: args.Scripts, ResourceGroupName: args.ResourceGroupName, Name: args.Names.Script, Content: runTemplateScript,
		Variables: resources.EnvironmentVariableArray{
			resources.EnvironmentVariableArgs{Name: pulumi.String("TEMPLATE_ID"), Value: args.Template.TemplateID.ToStringPtrOutput()},
			resources.EnvironmentVariableArgs{Name: pulumi.String("API_VERSION"), Value: pulumi.String("2024-02-01")},
		},
		IdentityID: identity.ID().ToStringOutput(), Duration: time.Duration(args.ImageBuilder.BuildTimeoutMinutes) * time.Minute,
		// The build reaches its hosts only through the spoke's peerings, routes and egress.
	}, child, pulumi.DependsOn(after),
		// A new template of the same name and content has the same id, and nothing built. The engine knows what it replaces itself; Azure
		// gives each template a staging group of its own, which also tells one that was deleted and created again.
		pulumi.ReplaceWith([]pulumi.Resource{args.Template.resource}),
		pulumi.ReplacementTrigger(args.Template.resource.ExactStagingResourceGroup))
	if err != nil {
		return nil, fmt.Errorf("image build: %w", err)
	}
	return script, nil
}
