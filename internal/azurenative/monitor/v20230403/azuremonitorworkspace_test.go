package monitor

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
	state := args.Inputs.Copy()
	state["name"] = args.Inputs["azureMonitorWorkspaceName"]
	return "/accounts/amw", state, nil
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

// A stack made with this type keeps its state when the SDK's module takes over: same token, version and properties.
func TestRegistration(t *testing.T) {
	var mu sync.Mutex
	var names []any
	r := run(t, func(ctx *pulumi.Context) error {
		workspace, err := NewAzureMonitorWorkspace(ctx, "metrics", &AzureMonitorWorkspaceArgs{
			AzureMonitorWorkspaceName: pulumi.String("amw"), Location: pulumi.String("eastus2"),
			PublicNetworkAccess: pulumi.String("Enabled"), ResourceGroupName: pulumi.String("rg"),
			Tags: pulumi.StringMap{"a": pulumi.String("b")},
		})
		if err != nil {
			return err
		}
		// workspace.Name ties the combination to the program, which then waits for it.
		pulumi.All(workspace.Name, workspace.ToAzureMonitorWorkspaceOutput().Name()).ApplyT(func(v []any) []any {
			mu.Lock()
			defer mu.Unlock()
			names = v
			return v
		})
		return nil
	})
	require.Len(t, r.created, 1)
	got := r.created[0]
	assert.Equal(t, "azure-native:monitor/v20230403:AzureMonitorWorkspace", got.TypeToken)
	assert.Equal(t, map[string]any{
		"azureMonitorWorkspaceName": "amw", "location": "eastus2", "publicNetworkAccess": "Enabled", "resourceGroupName": "rg",
		"tags": map[string]any{"a": "b"},
	}, got.Inputs.Mappable())
	opts, err := pulumi.NewResourceOptions(utilities.PkgResourceDefaultOpts(nil)...)
	require.NoError(t, err)
	assert.Equal(t, opts.Version, got.RegisterRPC.GetVersion())
	assert.Equal(t, "2.90.0", got.RegisterRPC.GetVersion())
	assert.Equal(t, []any{"amw", "amw"}, names)
}

// A forgotten required argument is an error that names it, before anything is registered.
func TestRequiredArguments(t *testing.T) {
	for want, args := range map[string]*AzureMonitorWorkspaceArgs{
		"missing one or more required arguments": nil,
		"'ResourceGroupName'":                    {Location: pulumi.String("eastus2")},
	} {
		r := run(t, func(ctx *pulumi.Context) error {
			_, err := NewAzureMonitorWorkspace(ctx, "metrics", args)
			assert.ErrorContains(t, err, want)
			return nil
		})
		assert.Empty(t, r.created)
	}
}

// An existing workspace can be read by id.
func TestGet(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := GetAzureMonitorWorkspace(ctx, "existing", pulumi.ID("/some/account"), nil)
		return err
	})
	require.Len(t, r.created, 1)
	assert.Equal(t, "/some/account", r.created[0].ID)
}
