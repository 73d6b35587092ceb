package bootstrap

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	kubernetesconfiguration "aks-regulated-pulumi/internal/azurenative/kubernetesconfiguration/v20230501"
	"aks-regulated-pulumi/stamp"
)

// FluxArgs configures Flux.
type FluxArgs struct {
	*StampArgs
	// Folders are what Flux applies.
	Folders []Folder
}

// Flux is the AKS extension with the two controllers that a cluster needs, and the configuration that points them at the repository.
// It exists once everything in the manifests is ready.
type Flux struct {
	pulumi.ResourceState

	// ExtensionID and ConfigurationID are the Azure resource ids.
	ExtensionID, ConfigurationID pulumi.StringOutput
}

// extensionSettings select which of Flux's controllers run: as few as possible (walkthrough, "Validate cluster access and
// bootstrapping"). Azure takes only strings. Multi-tenancy is not among them: the extension enforces it unless told otherwise.
var extensionSettings = map[string]string{
	"source-controller.enabled":           "true",
	"kustomize-controller.enabled":        "true",
	"helm-controller.enabled":             "false",
	"notification-controller.enabled":     "false",
	"image-automation-controller.enabled": "false",
	"image-reflector-controller.enabled":  "false",
	// A variable without a value stops the sync; Flux does the same from 2.9 on.
	"kustomize-controller.strict-substitution-mode": "true",
}

const (
	// extensionTimeout is how long Pulumi waits for the extension: half an hour was too short for others
	// (hashicorp/terraform-provider-azurerm, issue 25952). Deleting keeps the two hours that azure-native waits by itself.
	extensionTimeout = time.Hour
	// configurationGrace is how long Pulumi waits beyond what Azure is told to wait.
	configurationGrace = 15 * time.Minute
)

// NewFlux registers the extension and its configuration.
func NewFlux(ctx *pulumi.Context, name string, args *FluxArgs, opts ...pulumi.ResourceOption) (*Flux, error) {
	flux := &Flux{}
	if err := ctx.RegisterComponentResource("aksregulated:bootstrap:Flux", name, flux, opts...); err != nil {
		return nil, fmt.Errorf("flux: %w", err)
	}
	child := pulumi.Composite(pulumi.Parent(flux), args.withCluster())
	extension, err := kubernetesconfiguration.NewExtension(ctx, name, &kubernetesconfiguration.ExtensionArgs{
		ClusterRp:               pulumi.String("Microsoft.ContainerService"),
		ClusterResourceName:     pulumi.String("managedClusters"),
		ClusterName:             args.Cluster.ClusterName,
		ResourceGroupName:       args.ResourceGroupName,
		ExtensionName:           pulumi.String("flux"),
		ExtensionType:           pulumi.String("microsoft.flux"),
		ReleaseTrain:            pulumi.String("Stable"),
		AutoUpgradeMinorVersion: pulumi.Bool(true), // so the version must stay unset
		Scope: kubernetesconfiguration.ScopeArgs{
			Cluster: kubernetesconfiguration.ScopeClusterArgs{ReleaseNamespace: pulumi.String(stamp.FluxNamespace)},
		},
		ConfigurationSettings: pulumi.ToStringMap(extensionSettings),
	}, child,
		// Its agents start on nodes, and reach Azure through the spoke's egress. As in the walkthrough, only the configuration is missing
		// after that.
		pulumi.DependsOn(append(args.Ingress.Members(), args.Cluster.Members()...)),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: extensionTimeout.String(), Update: extensionTimeout.String()}))
	if err != nil {
		return nil, fmt.Errorf("flux extension: %w", err)
	}
	configuration, err := flux.configure(ctx, name, args, child, extension)
	if err != nil {
		return nil, err
	}
	flux.ExtensionID = extension.ID().ToStringOutput()
	flux.ConfigurationID = configuration.ID().ToStringOutput()
	if err := ctx.RegisterResourceOutputs(flux, pulumi.Map{
		"extensionId": flux.ExtensionID, "configurationId": flux.ConfigurationID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of flux: %w", err)
	}
	return flux, nil
}

func (f *Flux) configure(
	ctx *pulumi.Context, name string, args *FluxArgs, child pulumi.ResourceOption, extension pulumi.Resource,
) (*kubernetesconfiguration.FluxConfiguration, error) {
	bootstrap := args.Settings.Bootstrap
	wait := (time.Duration(bootstrap.WaitMinutes)*time.Minute + configurationGrace).String()
	configuration, err := kubernetesconfiguration.NewFluxConfiguration(ctx, name, &kubernetesconfiguration.FluxConfigurationArgs{
		ClusterRp:                      pulumi.String("Microsoft.ContainerService"),
		ClusterResourceName:            pulumi.String("managedClusters"),
		ClusterName:                    args.Cluster.ClusterName,
		ResourceGroupName:              args.ResourceGroupName,
		FluxConfigurationName:          pulumi.String(configurationName),
		Namespace:                      pulumi.String(stamp.FluxNamespace),
		Scope:                          pulumi.String("cluster"),
		SourceKind:                     pulumi.String("GitRepository"),
		Suspend:                        pulumi.Bool(false),
		GitRepository:                  gitRepository(bootstrap),
		ConfigurationProtectedSettings: protectedSettings(bootstrap.Repository),
		Kustomizations:                 kustomizations(bootstrap, args.Folders),
		// Without it the update would end before anything has been applied.
		WaitForReconciliation:      pulumi.Bool(true),
		ReconciliationWaitDuration: pulumi.String(fmt.Sprintf("PT%dM", bootstrap.WaitMinutes)),
	}, child,
		pulumi.DependsOn(append(args.ready(), extension)),
		pulumi.AdditionalSecretOutputs([]string{"configurationProtectedSettings"}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: wait, Update: wait}))
	if err != nil {
		return nil, fmt.Errorf("flux configuration: %w", err)
	}
	return configuration, nil
}

func kustomizations(bootstrap config.Bootstrap, folders []Folder) kubernetesconfiguration.KustomizationDefinitionMap {
	definitions := kubernetesconfiguration.KustomizationDefinitionMap{}
	for _, folder := range folders {
		definition := kubernetesconfiguration.KustomizationDefinitionArgs{
			Path:                   pulumi.String(folder.Path),
			SyncIntervalInSeconds:  pulumi.Int(bootstrap.SyncIntervalSeconds),
			TimeoutInSeconds:       pulumi.Int(bootstrap.SyncTimeoutSeconds),
			RetryIntervalInSeconds: pulumi.Int(bootstrap.RetryIntervalSeconds),
			Prune:                  pulumi.Bool(true),
			Force:                  pulumi.Bool(false),
			Wait:                   pulumi.Bool(folder.Wait),
			PostBuild:              kubernetesconfiguration.PostBuildDefinitionArgs{Substitute: folder.Substitutions},
		}
		if len(folder.After) > 0 {
			definition.DependsOn = pulumi.ToStringArray(folder.After)
		}
		definitions[folder.Name] = definition
	}
	return definitions
}

func gitRepository(bootstrap config.Bootstrap) kubernetesconfiguration.GitRepositoryDefinitionArgs {
	repository := bootstrap.Repository
	definition := kubernetesconfiguration.GitRepositoryDefinitionArgs{
		Url:                   pulumi.String(repository.URL),
		RepositoryRef:         kubernetesconfiguration.RepositoryRefDefinitionArgs{Branch: pulumi.String(repository.Branch)},
		SyncIntervalInSeconds: pulumi.Int(bootstrap.SourceIntervalSeconds),
		TimeoutInSeconds:      pulumi.Int(bootstrap.SourceTimeoutSeconds),
	}
	if repository.HTTPSUser != "" {
		definition.HttpsUser = pulumi.String(repository.HTTPSUser)
	}
	if repository.SSHKnownHosts != "" {
		definition.SshKnownHosts = pulumi.String(base64.StdEncoding.EncodeToString([]byte(repository.SSHKnownHosts)))
	}
	return definition
}

// protectedSettings sign in to a private repository; nil for a public one. Azure takes base64.
func protectedSettings(repository config.Repository) pulumi.StringMapInput {
	settings := pulumi.StringMap{}
	for name, secret := range map[string]config.Secret{"httpsKey": repository.HTTPSToken, "sshPrivateKey": repository.SSHPrivateKey} {
		if secret.IsSet() {
			settings[name] = pulumi.ToSecret(pulumi.String(base64.StdEncoding.EncodeToString([]byte(secret.Reveal())))).(pulumi.StringOutput)
		}
	}
	if len(settings) == 0 {
		return nil
	}
	return settings
}
