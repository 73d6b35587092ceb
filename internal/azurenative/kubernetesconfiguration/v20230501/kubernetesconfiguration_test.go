package kubernetesconfiguration

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder records what is registered.
type recorder struct {
	mu      sync.Mutex
	created []pulumi.MockResourceArgs
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.created = append(r.created, args)
	return "/" + args.Name, args.Inputs, nil
}

func (*recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

func run(t *testing.T, program pulumi.RunFunc) *recorder {
	t.Helper()
	r := &recorder{}
	require.NoError(t, pulumi.RunErr(program, pulumi.WithMocks("project", "stack", r)))
	return r
}

// one checks token and version of the only resource and returns its inputs.
func (r *recorder) one(t *testing.T, token string) map[string]any {
	t.Helper()
	require.Len(t, r.created, 1)
	assert.Equal(t, token, r.created[0].TypeToken)
	opts, err := pulumi.NewResourceOptions(utilities.PkgResourceDefaultOpts(nil)...)
	require.NoError(t, err)
	assert.Equal(t, opts.Version, r.created[0].RegisterRPC.GetVersion())
	assert.Equal(t, "2.90.0", r.created[0].RegisterRPC.GetVersion())
	return r.created[0].Inputs.Mappable()
}

// A stack made with this type keeps its state when the SDK's module takes over: same token, version, properties and defaults.
func TestExtensionRegistration(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := NewExtension(ctx, "flux", &ExtensionArgs{
			ClusterName: pulumi.String("aks"), ClusterResourceName: pulumi.String("managedClusters"),
			ClusterRp: pulumi.String("Microsoft.ContainerService"), ResourceGroupName: pulumi.String("rg"),
			ExtensionName: pulumi.String("flux"), ExtensionType: pulumi.String("microsoft.flux"),
			ConfigurationSettings: pulumi.StringMap{"helm-controller.enabled": pulumi.String("false")},
			Scope:                 ScopeArgs{Cluster: ScopeClusterArgs{ReleaseNamespace: pulumi.String("flux-system")}},
		})
		return err
	})
	assert.Equal(t, map[string]any{
		"clusterName": "aks", "clusterResourceName": "managedClusters", "clusterRp": "Microsoft.ContainerService", "resourceGroupName": "rg",
		"extensionName": "flux", "extensionType": "microsoft.flux", "autoUpgradeMinorVersion": true, "releaseTrain": "Stable",
		"configurationSettings": map[string]any{"helm-controller.enabled": "false"},
		"scope":                 map[string]any{"cluster": map[string]any{"releaseNamespace": "flux-system"}},
	}, r.one(t, "azure-native:kubernetesconfiguration/v20230501:Extension"))
}

// The same holds for the configuration, with all that it is made of.
func TestFluxConfigurationRegistration(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := NewFluxConfiguration(ctx, "bootstrap", &FluxConfigurationArgs{
			ClusterName: pulumi.String("aks"), ClusterResourceName: pulumi.String("managedClusters"),
			ClusterRp: pulumi.String("Microsoft.ContainerService"), ResourceGroupName: pulumi.String("rg"),
			FluxConfigurationName: pulumi.String("bootstrap"), Namespace: pulumi.String("flux-system"), Scope: pulumi.String("cluster"),
			GitRepository: GitRepositoryDefinitionArgs{
				Url: pulumi.String("ssh://git@example.com/repo"), SyncIntervalInSeconds: pulumi.Int(300), TimeoutInSeconds: pulumi.Int(180),
				RepositoryRef: RepositoryRefDefinitionArgs{Branch: pulumi.String("main")}, SshKnownHosts: pulumi.String("aGk="),
			},
			Kustomizations: KustomizationDefinitionMap{"unified": KustomizationDefinitionArgs{
				Path: pulumi.String("./manifests"), Prune: pulumi.Bool(true), Wait: pulumi.Bool(true), DependsOn: pulumi.ToStringArray([]string{"a"}),
				PostBuild: PostBuildDefinitionArgs{Substitute: pulumi.StringMap{"a": pulumi.String("b")}},
			}},
			WaitForReconciliation: pulumi.Bool(true), ReconciliationWaitDuration: pulumi.String("PT30M"),
		})
		return err
	})
	assert.Equal(t, map[string]any{
		"clusterName": "aks", "clusterResourceName": "managedClusters", "clusterRp": "Microsoft.ContainerService", "resourceGroupName": "rg",
		"fluxConfigurationName": "bootstrap", "namespace": "flux-system", "scope": "cluster", "sourceKind": "GitRepository", "suspend": false,
		"gitRepository": map[string]any{
			"url": "ssh://git@example.com/repo", "syncIntervalInSeconds": 300.0, "timeoutInSeconds": 180.0, "sshKnownHosts": "aGk=",
			"repositoryRef": map[string]any{"branch": "main"},
		},
		"kustomizations": map[string]any{"unified": map[string]any{
			"path": "./manifests", "prune": true, "wait": true, "dependsOn": []any{"a"},
			"postBuild": map[string]any{"substitute": map[string]any{"a": "b"}},
		}},
		"waitForReconciliation": true, "reconciliationWaitDuration": "PT30M",
	}, r.one(t, "azure-native:kubernetesconfiguration/v20230501:FluxConfiguration"))
}

// A forgotten required argument is an error that names it, before anything is registered.
func TestRequiredArguments(t *testing.T) {
	complete := ExtensionArgs{
		ClusterName: pulumi.String("aks"), ClusterResourceName: pulumi.String("managedClusters"),
		ClusterRp: pulumi.String("Microsoft.ContainerService"), ResourceGroupName: pulumi.String("rg"),
	}
	for want, forget := range map[string]func(*ExtensionArgs){
		"'ClusterName'":         func(a *ExtensionArgs) { a.ClusterName = nil },
		"'ClusterResourceName'": func(a *ExtensionArgs) { a.ClusterResourceName = nil },
		"'ClusterRp'":           func(a *ExtensionArgs) { a.ClusterRp = nil },
		"'ResourceGroupName'":   func(a *ExtensionArgs) { a.ResourceGroupName = nil },
	} {
		args := complete
		forget(&args)
		r := run(t, func(ctx *pulumi.Context) error {
			_, err := NewExtension(ctx, "flux", &args)
			assert.ErrorContains(t, err, want)
			_, err = NewFluxConfiguration(ctx, "flux", &FluxConfigurationArgs{
				ClusterName: args.ClusterName, ClusterResourceName: args.ClusterResourceName, ClusterRp: args.ClusterRp,
				ResourceGroupName: args.ResourceGroupName,
			})
			assert.ErrorContains(t, err, want)
			return nil
		})
		assert.Empty(t, r.created)
	}
}

// Existing resources can be read by id.
func TestGet(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		if _, err := GetExtension(ctx, "flux", pulumi.ID("/some/extension"), nil); err != nil {
			return err
		}
		_, err := GetFluxConfiguration(ctx, "bootstrap", pulumi.ID("/some/configuration"), nil)
		return err
	})
	var ids []string
	for _, read := range r.created {
		ids = append(ids, read.ID)
	}
	assert.ElementsMatch(t, []string{"/some/extension", "/some/configuration"}, ids)
}
