// Package recording registers a program against a monitor that records what it registers, and answers as Azure would. Tests and the
// documentation read the records; no engine and no provider runs.
package recording

import (
	"context"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/hooks"
)

// Project is the name of the Pulumi project, and so the namespace of its keys.
const Project = "aks-regulated-pulumi"

// Registration is one resource as the program registered it. Numbers in Inputs are float64, and Name lacks the hash of an
// image template.
type Registration struct {
	URN, Type, Name, ID string
	Inputs              map[string]any
	// Parent is a URN, as are Dependencies and DeletedWith. Provider is empty for the default provider.
	Parent, Provider    string
	Dependencies        []string
	Protect             bool
	IgnoreChanges       []string
	RetainOnDelete      bool
	DeletedWith         string
	CreateTimeout       string
	SecretOutputs       []string
	ReplaceOnChanges    []string
	DeleteBeforeReplace bool
	// ReplaceWith are URNs; ReplacementTrigger is nil without one.
	ReplaceWith        []string
	ReplacementTrigger any
}

// ofOneTemplate is the hash that ends the logical names of what belongs to one image template.
var ofOneTemplate = regexp.MustCompile(`-[0-9a-f]{10}$`)

// String names a registration in messages of tests.
func (r Registration) String() string { return r.Type + " " + r.Name }

// Custom reports whether a provider makes the resource; a component has none.
func (r Registration) Custom() bool { return !strings.HasPrefix(r.Type, "aksregulated:") }

// Monitor stands in for the engine: it records what the program registers and answers as Azure would.
type Monitor struct {
	mu sync.Mutex
	// Registered are the resources by URN, Invoked the look-ups in their order, Warnings those to the operator, Exports the stack's outputs.
	Registered map[string]Registration
	Invoked    []pulumi.MockCallArgs
	Warnings   []string
	Exports    map[string]any
	// LookUpError is the answer to a look-up of an image; nil means that the image exists.
	LookUpError error
	// Refusals are Azure's answers to look-ups of what others own, by name; what has none is found.
	Refusals map[string]string
	// Found are the outputs of what others own, by name.
	Found map[string]map[string]any
	// Hooks are what runs before a resource is made, by the hook's name.
	Hooks map[string]func(context.Context) error
	// Retries decide whether a resource that could not be made is tried again, by the hook's name.
	Retries map[string]func(ctx context.Context, failures []string) (bool, error)
	// Finally is called once the program has registered everything, while its hooks may still ask the monitor; nil for nothing.
	Finally func() error
	// Token is the answer to a request for a token of the Azure login.
	Token string
	// FoundState is the provisioning state of the image that exists; empty means Succeeded.
	FoundState string
	// Stacks are the outputs of other stacks of the project, by their names.
	Stacks map[string]map[string]any
	// Answers are outputs in place of the usual ones, by logical name.
	Answers map[string]map[string]any
	// Listed are collections of what others own, by the path that lists them.
	Listed map[string][]any
}

// BeforeCreate records a hook, which nothing runs. It is an error if there is one of the name.
func (m *Monitor) BeforeCreate(name string, run func(context.Context) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkHook(name); err != nil {
		return err
	}
	m.Hooks[name] = run
	return nil
}

// OnError records a hook, which nothing runs. It is an error if there is one of the name.
func (m *Monitor) OnError(name string, retry func(ctx context.Context, failures []string) (bool, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkHook(name); err != nil {
		return err
	}
	m.Retries[name] = retry
	return nil
}

// checkHook refuses a second hook of a name. The engine does as well, but the SDK then leaves the resource out and says nothing.
func (m *Monitor) checkHook(name string) error {
	if m.Hooks[name] != nil || m.Retries[name] != nil {
		return fmt.Errorf("there is a hook %q already", name)
	}
	return nil
}

func (m *Monitor) imageState() string {
	if m.FoundState == "" {
		return "Succeeded"
	}
	return m.FoundState
}

// NewResource records a registration.
func (m *Monitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	rpc := args.RegisterRPC
	if rpc == nil {
		return m.readStack(args)
	}
	inputs := args.Inputs.Mappable()
	id, outputs, err := answer(args.TypeToken, args.Name, m.subscriptionOf(rpc.GetProvider()), inputs)
	if err != nil {
		return "", nil, err
	}
	if answers := m.Answers[args.Name]; answers != nil {
		outputs = maps.Clone(outputs)
		maps.Copy(outputs, answers)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	urn := urnOf(rpc.GetParent(), args.TypeToken, args.Name)
	if _, taken := m.Registered[urn]; taken {
		return "", nil, fmt.Errorf("%s is registered twice", urn)
	}
	m.Registered[urn] = Registration{
		URN: urn, Type: args.TypeToken, Name: ofOneTemplate.ReplaceAllString(args.Name, ""), ID: id, Inputs: inputs, Parent: rpc.GetParent(), Provider: rpc.GetProvider(),
		Dependencies: rpc.GetDependencies(), Protect: rpc.GetProtect(), IgnoreChanges: rpc.GetIgnoreChanges(),
		RetainOnDelete: rpc.GetRetainOnDelete(), DeletedWith: rpc.GetDeletedWith(), CreateTimeout: rpc.GetCustomTimeouts().GetCreate(),
		SecretOutputs:    rpc.GetAdditionalSecretOutputs(),
		ReplaceOnChanges: rpc.GetReplaceOnChanges(), DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(),
		ReplaceWith: rpc.GetReplaceWith(), ReplacementTrigger: rpc.GetReplacementTrigger().AsInterface(),
	}
	return id, resource.NewPropertyMapFromMap(outputs), nil
}

// readStack answers the one kind of read that the program makes, of another stack.
func (m *Monitor) readStack(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	name := args.Inputs["name"]
	if args.TypeToken != "pulumi:pulumi:StackReference" || !name.IsString() {
		return "", nil, fmt.Errorf("read of %s %s: the program reads only stacks", args.TypeToken, args.Name)
	}
	outputs, known := m.Stacks[path.Base(name.StringValue())]
	if !known {
		return "", nil, fmt.Errorf("unknown stack %q", name.StringValue())
	}
	return name.StringValue(), resource.PropertyMap{
		"name": name, "outputs": resource.NewObjectProperty(resource.NewPropertyMapFromMap(outputs)),
	}, nil
}

// subscriptionOf is the GUID of the subscription of a resource, by its provider as the program refers to it: its URN and its id.
func (m *Monitor) subscriptionOf(provider string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at := strings.LastIndex(provider, "::"); at > 0 {
		if id, named := m.Registered[provider[:at]].Inputs["subscriptionId"].(string); named {
			return id
		}
	}
	return SubscriptionID
}

// urnOf is the URN that the engine gives to a resource.
func urnOf(parent, typ, name string) string {
	parentType := tokens.Type("")
	if urn := resource.URN(parent); urn != "" && urn.QualifiedType() != resource.RootStackType {
		parentType = urn.QualifiedType()
	}
	return string(resource.NewURN("test", Project, parentType, tokens.Type(typ), name))
}

// Run executes a program against the monitor, with a stack's configuration as Pulumi stores it: one JSON value for each namespaced key.
func (m *Monitor) Run(stored map[string]string, program pulumi.RunFunc) error {
	m.Registered, m.Exports = map[string]Registration{}, map[string]any{}
	m.Hooks, m.Retries = map[string]func(context.Context) error{}, map[string]func(context.Context, []string) (bool, error){}
	var pending sync.WaitGroup
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		ctx.Log = warningLog{Log: ctx.Log, monitor: m}
		ctx = hooks.Record(ctx, m)
		if m.Token == "" {
			ctx = armclient.Instead(ctx, m.list)
		}
		if err := program(ctx); err != nil {
			return err
		}
		if m.Finally != nil {
			if err := m.Finally(); err != nil {
				return err
			}
		}
		for name, value := range ctx.GetCurrentExportMap() {
			pending.Add(1)
			pulumi.ToOutput(value).ApplyT(func(resolved any) any {
				defer pending.Done()
				m.mu.Lock()
				defer m.mu.Unlock()
				m.Exports[name] = resolved
				return resolved
			})
		}
		return nil
	}, pulumi.WithMocks(Project, "test", m), func(info *pulumi.RunInfo) {
		info.Config = stored
		for _, key := range config.Keys {
			if section, _, _ := strings.Cut(key.Name, "."); key.Secret {
				info.ConfigSecretKeys = append(info.ConfigSecretKeys, Project+":"+section)
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
	monitor *Monitor
}

// Warn records a warning.
func (l warningLog) Warn(message string, args *pulumi.LogArgs) error {
	l.monitor.mu.Lock()
	l.monitor.Warnings = append(l.monitor.Warnings, message)
	l.monitor.mu.Unlock()
	return l.Log.Warn(message, args)
}

// All returns every registration in a stable order.
func (m *Monitor) All() []Registration {
	urns := slices.Sorted(maps.Keys(m.Registered))
	registrations := make([]Registration, 0, len(urns))
	for _, urn := range urns {
		registrations = append(registrations, m.Registered[urn])
	}
	return registrations
}

// OfType returns the registrations of one type in a stable order.
func (m *Monitor) OfType(typ string) []Registration {
	return slices.DeleteFunc(m.All(), func(r Registration) bool { return r.Type != typ })
}

// WaitsFor reports whether a resource is created only after another, directly or through others.
func (m *Monitor) WaitsFor(later, earlier Registration) bool {
	seen := map[string]bool{}
	queue := []string{later.URN}
	for len(queue) > 0 {
		urn := queue[0]
		queue = queue[1:]
		for _, dependency := range m.Registered[urn].Dependencies {
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
