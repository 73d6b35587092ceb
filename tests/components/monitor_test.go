package components

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

const (
	projectName    = "aks-regulated-pulumi"
	subscriptionID = "6f1d1e6e-27ce-4a5b-8f1e-4d6f0b6a6a01"
	subscription   = "/subscriptions/" + subscriptionID
)

// registration is one resource as the program registered it. Numbers in Inputs are float64, and Name lacks the hash of an
// image template.
type registration struct {
	URN, Type, Name, ID string
	Inputs              map[string]any
	Parent              string // URN
	Dependencies        []string
	Protect             bool
	IgnoreChanges       []string
	RetainOnDelete      bool
	DeletedWith         string // URN
	CreateTimeout       string
	SecretOutputs       []string
	ReplaceOnChanges    []string
	DeleteBeforeReplace bool
}

// ofOneTemplate is the hash that ends the logical names of what belongs to one image template.
var ofOneTemplate = regexp.MustCompile(`-[0-9a-f]{10}$`)

// String names a registration in messages of tests.
func (r registration) String() string { return r.Type + " " + r.Name }

// custom tells resources of a provider from components.
func (r registration) custom() bool { return !strings.HasPrefix(r.Type, "aksregulated:") }

// recordingMonitor stands in for the engine: it records what the program registers and answers as Azure would.
type recordingMonitor struct {
	mu         sync.Mutex
	registered map[string]registration // by URN
	invoked    []pulumi.MockCallArgs
	warnings   []string
	exports    map[string]any
	// lookUpError is the answer to a look-up of an image; nil means that the image exists.
	lookUpError error
	// foundState is the provisioning state of the image that exists; empty means Succeeded.
	foundState string
}

func (m *recordingMonitor) imageState() string {
	if m.foundState == "" {
		return "Succeeded"
	}
	return m.foundState
}

// NewResource records a registration.
func (m *recordingMonitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	rpc := args.RegisterRPC
	if rpc == nil {
		return "", nil, fmt.Errorf("read of %s %s: the program reads nothing", args.TypeToken, args.Name)
	}
	inputs := args.Inputs.Mappable()
	id, outputs, err := answer(args.TypeToken, args.Name, inputs)
	if err != nil {
		return "", nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	urn := urnOf(rpc.GetParent(), args.TypeToken, args.Name)
	if _, taken := m.registered[urn]; taken {
		return "", nil, fmt.Errorf("%s is registered twice", urn)
	}
	m.registered[urn] = registration{
		URN: urn, Type: args.TypeToken, Name: ofOneTemplate.ReplaceAllString(args.Name, ""), ID: id, Inputs: inputs, Parent: rpc.GetParent(),
		Dependencies: rpc.GetDependencies(), Protect: rpc.GetProtect(), IgnoreChanges: rpc.GetIgnoreChanges(),
		RetainOnDelete: rpc.GetRetainOnDelete(), DeletedWith: rpc.GetDeletedWith(), CreateTimeout: rpc.GetCustomTimeouts().GetCreate(),
		SecretOutputs:    rpc.GetAdditionalSecretOutputs(),
		ReplaceOnChanges: rpc.GetReplaceOnChanges(), DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(),
	}
	return id, resource.NewPropertyMapFromMap(outputs), nil
}

// Call answers the program's look-ups.
func (m *recordingMonitor) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invoked = append(m.invoked, args)
	switch args.Token {
	case "azure-native:authorization:getClientConfig":
		return resource.NewPropertyMapFromMap(map[string]any{
			"subscriptionId": subscriptionID,
			"tenantId":       "0c9a3f0e-5b3c-4c57-93a1-2f9c3bb0a001",
			"clientId":       "0c9a3f0e-5b3c-4c57-93a1-2f9c3bb0a002",
			"objectId":       "0c9a3f0e-5b3c-4c57-93a1-2f9c3bb0a003",
		}), nil
	case "azure-native:compute/v20240701:getImage", "azure-native:compute/v20240303:getGalleryImageVersion":
		return resource.NewPropertyMapFromMap(map[string]any{"id": "as found", "provisioningState": m.imageState()}), m.lookUpError
	case "azure-native:containerservice/v20240901:listManagedClusterUserCredentials":
		return resource.NewPropertyMapFromMap(object{"kubeconfigs": list{
			object{"name": "clusterUser", "value": base64.StdEncoding.EncodeToString([]byte(azureKubeconfig))},
		}}), nil
	}
	return nil, fmt.Errorf("unexpected call of %s", args.Token)
}

// urnOf is the URN that the engine gives to a resource.
func urnOf(parent, typ, name string) string {
	parentType := tokens.Type("")
	if urn := resource.URN(parent); urn != "" && urn.QualifiedType() != resource.RootStackType {
		parentType = urn.QualifiedType()
	}
	return string(resource.NewURN("test", projectName, parentType, tokens.Type(typ), name))
}

// stableGUID is a GUID that follows from its parts, so that the mock's answers differ and never change.
func stableGUID(parts ...string) string {
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "\n"))))
	return strings.Join([]string{sum[:8], sum[8:12], "4" + sum[12:15], "8" + sum[15:18], sum[18:30]}, "-")
}

// run executes a program against the monitor, with configuration values by the names of config.Keys.
func (m *recordingMonitor) run(t *testing.T, settings map[string]string, program pulumi.RunFunc) error {
	t.Helper()
	m.registered, m.exports = map[string]registration{}, map[string]any{}
	var pending sync.WaitGroup
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		ctx.Log = warningLog{Log: ctx.Log, monitor: m}
		if err := program(ctx); err != nil {
			return err
		}
		for name, value := range ctx.GetCurrentExportMap() {
			pending.Add(1)
			pulumi.ToOutput(value).ApplyT(func(resolved any) any {
				defer pending.Done()
				m.mu.Lock()
				defer m.mu.Unlock()
				m.exports[name] = resolved
				return resolved
			})
		}
		return nil
	}, pulumi.WithMocks(projectName, "test", m), func(info *pulumi.RunInfo) {
		info.Config = configtest.Stored(t, projectName, configtest.Required(settings))
		for _, key := range config.Keys {
			if section, _, _ := strings.Cut(key.Name, "."); key.Secret {
				info.ConfigSecretKeys = append(info.ConfigSecretKeys, projectName+":"+section)
			}
		}
	})
	if err == nil {
		pending.Wait()
	}
	return err
}

// warningLog keeps the warnings that the program gives to its operator.
type warningLog struct {
	pulumi.Log
	monitor *recordingMonitor
}

// Warn records a warning.
func (l warningLog) Warn(message string, args *pulumi.LogArgs) error {
	l.monitor.mu.Lock()
	l.monitor.warnings = append(l.monitor.warnings, message)
	l.monitor.mu.Unlock()
	return l.Log.Warn(message, args)
}

// all returns every registration in a stable order.
func (m *recordingMonitor) all() []registration {
	urns := slices.Sorted(maps.Keys(m.registered))
	registrations := make([]registration, 0, len(urns))
	for _, urn := range urns {
		registrations = append(registrations, m.registered[urn])
	}
	return registrations
}

// ofType returns the registrations of one type in a stable order.
func (m *recordingMonitor) ofType(typ string) []registration {
	return slices.DeleteFunc(m.all(), func(r registration) bool { return r.Type != typ })
}

// one returns the registration of a type and logical name.
func (m *recordingMonitor) one(t *testing.T, typ, name string) registration {
	t.Helper()
	found := slices.DeleteFunc(m.ofType(typ), func(r registration) bool { return r.Name != name })
	require.Len(t, found, 1, "%s %s; registered of that type: %v", typ, name, m.ofType(typ))
	return found[0]
}

// waitsFor tells whether a resource is created only after another, directly or through others.
func (m *recordingMonitor) waitsFor(later, earlier registration) bool {
	seen := map[string]bool{}
	queue := []string{later.URN}
	for len(queue) > 0 {
		urn := queue[0]
		queue = queue[1:]
		for _, dependency := range m.registered[urn].Dependencies {
			if dependency == earlier.URN {
				return true
			}
			if !seen[dependency] {
				seen[dependency] = true
				queue = append(queue, dependency)
			}
		}
	}
	return false
}

func assertWaits(t *testing.T, m *recordingMonitor, later, earlier registration) {
	t.Helper()
	assert.True(t, m.waitsFor(later, earlier), "%s must wait for %s", later, earlier)
}

// The monitor's own promises: what is registered twice is refused, an unknown type is refused, order is transitive.
func TestRecordingMonitor(t *testing.T) {
	m := &recordingMonitor{registered: map[string]registration{
		"a": {URN: "a", Dependencies: []string{"b"}}, "b": {URN: "b", Dependencies: []string{"c", "a"}}, "c": {URN: "c"},
	}}
	assert.True(t, m.waitsFor(m.registered["a"], m.registered["c"]))
	assert.False(t, m.waitsFor(m.registered["c"], m.registered["a"]))
	_, _, err := answer("azure-native:quantum:Workspace", "x", nil)
	require.ErrorContains(t, err, "quantum")
	assert.NotEqual(t, stableGUID("a"), stableGUID("b"))
	assert.Equal(t, stableGUID("a"), stableGUID("a"))
}
