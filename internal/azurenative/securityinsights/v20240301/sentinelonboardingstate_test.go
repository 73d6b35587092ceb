package securityinsights

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// monitor records what is registered.
type monitor struct {
	mu      sync.Mutex
	created []pulumi.MockResourceArgs
}

func (m *monitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.created = append(m.created, args)
	state := args.Inputs.Copy()
	state["name"] = args.Inputs["sentinelOnboardingStateName"]
	return "/onboardingStates/default", state, nil
}

func (*monitor) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

func run(t *testing.T, program pulumi.RunFunc) *monitor {
	t.Helper()
	m := &monitor{}
	require.NoError(t, pulumi.RunErr(program, pulumi.WithMocks("project", "stack", m)))
	return m
}

// A stack made with this type keeps its state when the SDK's module takes over: same token, version and properties.
func TestRegistration(t *testing.T) {
	var mu sync.Mutex
	var names []any
	m := run(t, func(ctx *pulumi.Context) error {
		state, err := NewSentinelOnboardingState(ctx, "sentinel", &SentinelOnboardingStateArgs{
			ResourceGroupName:           pulumi.String("rg"),
			WorkspaceName:               pulumi.String("la-hub"),
			SentinelOnboardingStateName: pulumi.String("default"),
			CustomerManagedKey:          pulumi.Bool(false),
		})
		if err != nil {
			return err
		}
		// state.Name ties the combination to the program, which then waits for it.
		pulumi.All(state.Name, state.ToSentinelOnboardingStateOutput().Name()).ApplyT(func(v []any) []any {
			mu.Lock()
			defer mu.Unlock()
			names = v
			return v
		})
		return nil
	})
	require.Len(t, m.created, 1)
	got := m.created[0]
	assert.Equal(t, "azure-native:securityinsights/v20240301:SentinelOnboardingState", got.TypeToken)
	assert.Equal(t, map[string]any{
		"resourceGroupName": "rg", "workspaceName": "la-hub", "sentinelOnboardingStateName": "default", "customerManagedKey": false,
	}, got.Inputs.Mappable())
	opts, err := pulumi.NewResourceOptions(utilities.PkgResourceDefaultOpts(nil)...)
	require.NoError(t, err)
	require.NotNil(t, got.RegisterRPC)
	assert.Equal(t, opts.Version, got.RegisterRPC.GetVersion())
	assert.Equal(t, "2.90.0", got.RegisterRPC.GetVersion())
	assert.Equal(t, []any{"default", "default"}, names)
}

// A forgotten required argument is an error that names it, before anything is registered.
func TestRequiredArguments(t *testing.T) {
	tests := map[string]struct {
		args *SentinelOnboardingStateArgs
		want string
	}{
		"nothing":           {nil, "missing one or more required arguments"},
		"no resource group": {&SentinelOnboardingStateArgs{WorkspaceName: pulumi.String("la")}, "'ResourceGroupName'"},
		"no workspace":      {&SentinelOnboardingStateArgs{ResourceGroupName: pulumi.String("rg")}, "'WorkspaceName'"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := run(t, func(ctx *pulumi.Context) error {
				_, err := NewSentinelOnboardingState(ctx, "sentinel", tt.args)
				assert.ErrorContains(t, err, tt.want)
				return nil
			})
			assert.Empty(t, m.created)
		})
	}
}

// An existing onboarding state can be read by id.
func TestGet(t *testing.T) {
	m := run(t, func(ctx *pulumi.Context) error {
		_, err := GetSentinelOnboardingState(ctx, "existing", pulumi.ID("/some/state"), nil)
		return err
	})
	require.Len(t, m.created, 1)
	assert.Equal(t, "/some/state", m.created[0].ID)
}
