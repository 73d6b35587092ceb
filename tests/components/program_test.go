package components

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/configtest"
	subs "aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// settings is a stack's configuration by the names of config.Keys.
type settings map[string]string

// storedSettings is a stack's configuration as Pulumi stores it.
type storedSettings map[string]string

// Project is the namespace of the keys.
func (storedSettings) Project() string { return projectName }

// GetConfig returns the value of a namespaced key.
func (s storedSettings) GetConfig(key string) (string, bool) {
	value, ok := s[key]
	return value, ok
}

var testTags = map[string]any{"environment": "test", "costCenter": "42"}

// withTags returns settings that also tag, so that every test sees the tags where they belong.
func withTags(s settings) settings {
	tagged := settings{"tags": `{"environment":"test","costCenter":"42"}`}
	maps.Copy(tagged, s)
	return configtest.Required(tagged)
}

func loadConfig(t *testing.T, s settings) *config.Config {
	t.Helper()
	cfg, err := config.Load(storedSettings(configtest.Stored(t, projectName, withTags(s))), imagebuilder.ToolNames())
	require.NoError(t, err)
	return cfg
}

// login is the subscription of the login.
var login = subs.Subscription{ID: subscriptionID}

// newHub registers a hub in a resource group of its own.
func newHub(ctx *pulumi.Context, cfg *config.Config) (*network.Hub, error) {
	return network.NewHub(ctx, "hub", &network.HubArgs{
		Placement: cfg.Placement, Hub: cfg.Hub, Spokes: cfg.Spokes, Bastion: cfg.Bastion, Firewall: cfg.Firewall, NetworkWatcher: cfg.NetworkWatcher,
		WorkspaceName: cfg.HubWorkspaceName(subscriptionID), FlowLogAccountName: cfg.FlowLogStorageName(subscriptionID),
		Subscription: login, ActivityLogs: []subs.Subscription{login}, ResourceGroupName: pulumi.String(cfg.ResourceGroups.Hub),
	})
}

// newGroup registers a resource group, for components that want one.
func newGroup(ctx *pulumi.Context, name string) (*resources.ResourceGroup, error) {
	return resources.NewResourceGroup(ctx, "workload", &resources.ResourceGroupArgs{ResourceGroupName: pulumi.String(name)})
}

// deploy runs a program that must succeed.
func deploy(t *testing.T, program pulumi.RunFunc) *recordingMonitor {
	t.Helper()
	m := &recordingMonitor{}
	require.NoError(t, m.run(t, nil, program))
	return m
}

// resolve exports an output, so that the test can read it from the monitor.
func resolve(ctx *pulumi.Context, outputs map[string]pulumi.Input) {
	for name, output := range outputs {
		ctx.Export(name, output)
	}
}

// object is shorthand for the objects of expected inputs.
type object = map[string]any

// list is shorthand for the lists of expected inputs.
type list = []any

// assertInputs compares all inputs of a resource with facts, in which numbers may be int.
func assertInputs(t *testing.T, r registration, want object) {
	t.Helper()
	assert.Empty(t, cmp.Diff(decoded(t, want), decoded(t, r.Inputs)), "inputs of %s (-want +have)", r)
}

// without returns a registration that lacks an input, which must have been a text that is not empty.
func without(t *testing.T, r registration, input string) registration {
	t.Helper()
	text, _ := r.Inputs[input].(string)
	assert.NotEmpty(t, text, "%s of %s", input, r)
	r.Inputs = maps.Clone(r.Inputs)
	delete(r.Inputs, input)
	return r
}

// decoded passes a value through JSON, after which equal values have equal types.
func decoded(t *testing.T, value any) any {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	var plain any
	require.NoError(t, json.Unmarshal(encoded, &plain))
	return plain
}

// armPath is the id of a resource in a resource group of the test's subscription.
func armPath(group, provider string) string {
	return subscription + "/resourceGroups/" + group + "/providers/" + provider
}

// assertFamily checks that a component has the given type token and exactly these children, as "type name".
func assertFamily(t *testing.T, m *recordingMonitor, typ, name string, children ...string) registration {
	t.Helper()
	component := m.one(t, typ, name)
	var have []string
	for _, r := range m.All() {
		if r.Parent == component.URN {
			have = append(have, r.String())
		}
	}
	assert.ElementsMatch(t, children, have, "children of %s", component)
	return component
}

// diagnostic is a diagnostic setting as a fact.
type diagnostic struct {
	Setting, Resource string
	Logs, Metrics     []string
	Dedicated         bool
}

// diagnosticsUnder returns the diagnostic settings below a component, by the id of the resource that they are for.
func diagnosticsUnder(t *testing.T, m *recordingMonitor, component registration, workspaceID string) []diagnostic {
	t.Helper()
	var found []diagnostic
	for _, r := range m.OfType(typetoken.Diagnostic) {
		if r.Parent != component.URN {
			continue
		}
		assert.Equal(t, workspaceID, r.Inputs["workspaceId"], r.Name)
		found = append(found, diagnostic{
			Setting: r.Inputs["name"].(string), Resource: r.Inputs["resourceUri"].(string),
			Logs: enabledCategories(t, r, "logs"), Metrics: enabledCategories(t, r, "metrics"),
			Dedicated: r.Inputs["logAnalyticsDestinationType"] == "Dedicated",
		})
	}
	return found
}

func enabledCategories(t *testing.T, r registration, property string) []string {
	t.Helper()
	var categories []string
	entries, _ := r.Inputs[property].([]any)
	for _, entry := range entries {
		settings := entry.(map[string]any)
		assert.Equal(t, true, settings["enabled"], "%s of %s", property, r)
		categories = append(categories, settings["category"].(string))
	}
	return categories
}
