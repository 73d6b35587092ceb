package kubernetesconfiguration

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const fluxConfigurationToken = "azure-native:kubernetesconfiguration/v20230501:FluxConfiguration"

// FluxConfiguration is a source that Flux follows, and what it applies from there. It needs the extension microsoft.flux.
type FluxConfiguration struct {
	pulumi.CustomResourceState

	// Compliant, Non-Compliant, Pending, Suspended or Unknown.
	ComplianceState pulumi.StringOutput `pulumi:"complianceState"`
	// What went wrong, if anything.
	ErrorMessage pulumi.StringOutput `pulumi:"errorMessage"`
	// Name of the configuration, which is also that of the source in the cluster.
	Name pulumi.StringOutput `pulumi:"name"`
	// Namespace in which the source stands.
	Namespace pulumi.StringPtrOutput `pulumi:"namespace"`
	// Creating, Succeeded, Failed, Canceled, Updating or Deleting.
	ProvisioningState pulumi.StringOutput `pulumi:"provisioningState"`
	// Public SSH key of the cluster, where none was given.
	RepositoryPublicKey pulumi.StringOutput `pulumi:"repositoryPublicKey"`
	// Branch and SHA of the commit that was applied last.
	SourceSyncedCommitId pulumi.StringOutput `pulumi:"sourceSyncedCommitId"`
	// RFC 3339 time of the source's last change.
	SourceUpdatedAt pulumi.StringOutput `pulumi:"sourceUpdatedAt"`
	// RFC 3339 time at which the cluster last told its state.
	StatusUpdatedAt pulumi.StringOutput `pulumi:"statusUpdatedAt"`
	// ARM type of the configuration.
	Type pulumi.StringOutput `pulumi:"type"`
}

// NewFluxConfiguration registers a configuration. It fails if the resource group or one of the names of the cluster is not set.
func NewFluxConfiguration(ctx *pulumi.Context,
	name string, args *FluxConfigurationArgs, opts ...pulumi.ResourceOption) (*FluxConfiguration, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := clusterArguments(args.ClusterName, args.ClusterResourceName, args.ClusterRp, args.ResourceGroupName); err != nil {
		return nil, err
	}
	completed := *args
	if completed.Namespace == nil {
		completed.Namespace = pulumi.StringPtr("default")
	}
	if completed.SourceKind == nil {
		completed.SourceKind = pulumi.StringPtr("GitRepository")
	}
	if completed.Suspend == nil {
		completed.Suspend = pulumi.BoolPtr(false)
	}
	opts = append(opts, pulumi.Aliases(otherVersions("FluxConfiguration", "v20211101preview", "v20220101preview", "v20220301", "v20220701",
		"v20221101", "v20240401preview", "v20241101")))
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource FluxConfiguration
	if err := ctx.RegisterResource(fluxConfigurationToken, name, &completed, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// GetFluxConfiguration reads an existing configuration by its ARM id.
func GetFluxConfiguration(ctx *pulumi.Context,
	name string, id pulumi.IDInput, state *FluxConfigurationState, opts ...pulumi.ResourceOption) (*FluxConfiguration, error) {
	var resource FluxConfiguration
	if err := ctx.ReadResource(fluxConfigurationToken, name, id, state, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

type fluxConfigurationState struct{}

// FluxConfigurationState qualifies a lookup; this resource needs nothing beside its id.
type FluxConfigurationState struct{}

// ElementType names the resolved form for the Pulumi marshaller.
func (FluxConfigurationState) ElementType() reflect.Type {
	return reflect.TypeFor[fluxConfigurationState]()
}

type fluxConfigurationArgs struct {
	ClusterName                    string                             `pulumi:"clusterName"`
	ClusterResourceName            string                             `pulumi:"clusterResourceName"`
	ClusterRp                      string                             `pulumi:"clusterRp"`
	ConfigurationProtectedSettings map[string]string                  `pulumi:"configurationProtectedSettings"`
	FluxConfigurationName          *string                            `pulumi:"fluxConfigurationName"`
	GitRepository                  *GitRepositoryDefinition           `pulumi:"gitRepository"`
	Kustomizations                 map[string]KustomizationDefinition `pulumi:"kustomizations"`
	Namespace                      *string                            `pulumi:"namespace"`
	ReconciliationWaitDuration     *string                            `pulumi:"reconciliationWaitDuration"`
	ResourceGroupName              string                             `pulumi:"resourceGroupName"`
	Scope                          *string                            `pulumi:"scope"`
	SourceKind                     *string                            `pulumi:"sourceKind"`
	Suspend                        *bool                              `pulumi:"suspend"`
	WaitForReconciliation          *bool                              `pulumi:"waitForReconciliation"`
}

// FluxConfigurationArgs describes a configuration.
type FluxConfigurationArgs struct {
	// Name of the cluster. Required.
	ClusterName pulumi.StringInput
	// Kind of the cluster in its resource provider, such as managedClusters. Required.
	ClusterResourceName pulumi.StringInput
	// Resource provider of the cluster, such as Microsoft.ContainerService. Required.
	ClusterRp pulumi.StringInput
	// What signs in to the source, as base64: sshPrivateKey, or httpsKey. Azure does not give it back.
	ConfigurationProtectedSettings pulumi.StringMapInput
	// Name of the configuration. Default: generated by Pulumi.
	FluxConfigurationName pulumi.StringPtrInput
	// The source, if it is a Git repository.
	GitRepository GitRepositoryDefinitionPtrInput
	// What is applied from the source, by name.
	Kustomizations KustomizationDefinitionMapInput
	// Namespace in which the source stands. Default: default.
	Namespace pulumi.StringPtrInput
	// ISO 8601 duration for which Azure waits until the source is applied. Azure's default: PT5M.
	ReconciliationWaitDuration pulumi.StringPtrInput
	// Resource group of the cluster. Required.
	ResourceGroupName pulumi.StringInput
	// What may be applied: cluster, or namespace.
	Scope pulumi.StringPtrInput
	// Kind of the source. Default: GitRepository.
	SourceKind pulumi.StringPtrInput
	// Whether Flux stops to follow the source. Default: false.
	Suspend pulumi.BoolPtrInput
	// Whether the configuration is there only once the source is applied.
	WaitForReconciliation pulumi.BoolPtrInput
}

// ElementType names the resolved form for the Pulumi marshaller.
func (FluxConfigurationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[fluxConfigurationArgs]()
}
