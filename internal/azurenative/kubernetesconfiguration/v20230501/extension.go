// Package kubernetesconfiguration holds the azure-native cluster extension and Flux configuration, API version 2023-05-01.
//
// It stands in for github.com/pulumi/pulumi-azure-native-sdk/kubernetesconfiguration/v2/v20230501 with the same names and tokens, as far
// as this program uses them: sources are Git repositories. Import it under the alias kubernetesconfiguration, so that only the import
// path changes when the module is used.
package kubernetesconfiguration

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const extensionToken = "azure-native:kubernetesconfiguration/v20230501:Extension"

// Extension is software that Azure installs in a cluster and keeps up to date.
type Extension struct {
	pulumi.CustomResourceState

	// Whether Azure installs new minor versions by itself.
	AutoUpgradeMinorVersion pulumi.BoolPtrOutput `pulumi:"autoUpgradeMinorVersion"`
	// Settings by name; all values are strings.
	ConfigurationSettings pulumi.StringMapOutput `pulumi:"configurationSettings"`
	// Version that is installed.
	CurrentVersion pulumi.StringOutput `pulumi:"currentVersion"`
	// Type of the extension, such as microsoft.flux.
	ExtensionType pulumi.StringPtrOutput `pulumi:"extensionType"`
	// Name of the extension.
	Name pulumi.StringOutput `pulumi:"name"`
	// Creating, Succeeded, Failed, Canceled, Updating or Deleting.
	ProvisioningState pulumi.StringOutput `pulumi:"provisioningState"`
	// Train of releases that the extension follows, such as Stable.
	ReleaseTrain pulumi.StringPtrOutput `pulumi:"releaseTrain"`
	// ARM type of the extension.
	Type pulumi.StringOutput `pulumi:"type"`
}

// NewExtension registers an extension. It fails if the resource group or one of the names of the cluster is not set.
func NewExtension(ctx *pulumi.Context,
	name string, args *ExtensionArgs, opts ...pulumi.ResourceOption) (*Extension, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := clusterArguments(args.ClusterName, args.ClusterResourceName, args.ClusterRp, args.ResourceGroupName); err != nil {
		return nil, err
	}
	completed := *args
	if completed.AutoUpgradeMinorVersion == nil {
		completed.AutoUpgradeMinorVersion = pulumi.BoolPtr(true)
	}
	if completed.ReleaseTrain == nil {
		completed.ReleaseTrain = pulumi.StringPtr("Stable")
	}
	opts = append(opts, pulumi.Aliases(otherVersions("Extension", "v20200701preview", "v20210501preview", "v20210901", "v20211101preview",
		"v20220101preview", "v20220301", "v20220402preview", "v20220701", "v20221101", "v20241101")))
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Extension
	if err := ctx.RegisterResource(extensionToken, name, &completed, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// clusterArguments are what both resources need to find their cluster.
func clusterArguments(clusterName, clusterResourceName, clusterRp, resourceGroupName pulumi.StringInput) error {
	for _, argument := range []struct {
		name  string
		value pulumi.StringInput
	}{
		{"ClusterName", clusterName}, {"ClusterResourceName", clusterResourceName}, {"ClusterRp", clusterRp},
		{"ResourceGroupName", resourceGroupName},
	} {
		if argument.value == nil {
			return errors.New("invalid value for required argument '" + argument.name + "'")
		}
	}
	return nil
}

// otherVersions are the tokens under which other API versions register the same Azure resource.
func otherVersions(resource string, versions ...string) []pulumi.Alias {
	aliases := []pulumi.Alias{{Type: pulumi.String("azure-native:kubernetesconfiguration:" + resource)}}
	for _, version := range versions {
		aliases = append(aliases, pulumi.Alias{Type: pulumi.String("azure-native:kubernetesconfiguration/" + version + ":" + resource)})
	}
	return aliases
}

// GetExtension reads an existing extension by its ARM id.
func GetExtension(ctx *pulumi.Context,
	name string, id pulumi.IDInput, state *ExtensionState, opts ...pulumi.ResourceOption) (*Extension, error) {
	var resource Extension
	if err := ctx.ReadResource(extensionToken, name, id, state, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

type extensionState struct{}

// ExtensionState qualifies a lookup; this resource needs nothing beside its id.
type ExtensionState struct{}

// ElementType names the resolved form for the Pulumi marshaller.
func (ExtensionState) ElementType() reflect.Type {
	return reflect.TypeFor[extensionState]()
}

type extensionArgs struct {
	AutoUpgradeMinorVersion        *bool             `pulumi:"autoUpgradeMinorVersion"`
	ClusterName                    string            `pulumi:"clusterName"`
	ClusterResourceName            string            `pulumi:"clusterResourceName"`
	ClusterRp                      string            `pulumi:"clusterRp"`
	ConfigurationProtectedSettings map[string]string `pulumi:"configurationProtectedSettings"`
	ConfigurationSettings          map[string]string `pulumi:"configurationSettings"`
	ExtensionName                  *string           `pulumi:"extensionName"`
	ExtensionType                  *string           `pulumi:"extensionType"`
	ReleaseTrain                   *string           `pulumi:"releaseTrain"`
	ResourceGroupName              string            `pulumi:"resourceGroupName"`
	Scope                          *Scope            `pulumi:"scope"`
	Version                        *string           `pulumi:"version"`
}

// ExtensionArgs describes an extension.
type ExtensionArgs struct {
	// Whether Azure installs new minor versions by itself. Default: true.
	AutoUpgradeMinorVersion pulumi.BoolPtrInput
	// Name of the cluster. Required.
	ClusterName pulumi.StringInput
	// Kind of the cluster in its resource provider, such as managedClusters. Required.
	ClusterResourceName pulumi.StringInput
	// Resource provider of the cluster, such as Microsoft.ContainerService. Required.
	ClusterRp pulumi.StringInput
	// Settings by name that Azure does not give back.
	ConfigurationProtectedSettings pulumi.StringMapInput
	// Settings by name; all values are strings.
	ConfigurationSettings pulumi.StringMapInput
	// Name of the extension. Default: generated by Pulumi.
	ExtensionName pulumi.StringPtrInput
	// Type of the extension, such as microsoft.flux.
	ExtensionType pulumi.StringPtrInput
	// Train of releases that the extension follows. Default: Stable.
	ReleaseTrain pulumi.StringPtrInput
	// Resource group of the cluster. Required.
	ResourceGroupName pulumi.StringInput
	// Where the extension is installed.
	Scope ScopePtrInput
	// Version to stay at; must not be set while AutoUpgradeMinorVersion is on.
	Version pulumi.StringPtrInput
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ExtensionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[extensionArgs]()
}
