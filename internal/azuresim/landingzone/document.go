// Package landingzone reads what other people own before a stack is made: subscriptions, resources in them, locks, and what the deployer may do
// there. It makes the resources by the rules that hold for everybody.
//
// A landing zone is a YAML document:
//
//	subscriptions:                  # besides the login's, by a name for this document
//	  connectivity: 11111111-1111-4111-8111-111111111111
//	managementGroups:               # with the subscriptions in each; login is the login's
//	  landing-zones: [login]
//	groups:                         # resource groups, in this order
//	- name: rg-hub
//	  subscription: connectivity    # login unless set
//	  location: swedencentral
//	  resources:                    # inputs as azure-native has them; name is that of the resource
//	  - type: network:VirtualNetwork
//	    name: vnet-hub
//	    addressSpace: {addressPrefixes: [10.0.0.0/22]}
//	resources: []                   # what lies in no group, such as assignments of policies, in the same form
//	later:                          # what its owner makes minutes after what it refers to is there, and deletes once that is gone
//	- type: network:VirtualNetworkPeering
//	  subscription: connectivity
//	  resourceGroupName: rg-hub
//	  virtualNetworkName: vnet-hub
//	  name: hub-to-spoke
//	  remoteVirtualNetwork: {id: /subscriptions/.../virtualNetworks/spoke}
//	locks:
//	- {at: "${rg-hub}", level: CanNotDelete}
//	rights:                         # of the deployer; without any in the login's subscription it owns that
//	- {at: "${connectivity}", role: Reader}
//	- {at: "${vnet-hub}", actions: [Microsoft.Network/virtualNetworks/peer/action]}
//
// ${name} is the id of a subscription, management group, group, or resource that is further up; ${name:property} is an output of a resource, and
// in place of a name an id may stand there. A resource whose name is that of another goes by the name that as gives it.
package landingzone

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// login is the name of the login's subscription.
const login = "login"

type document struct {
	Subscriptions    map[string]string   `json:"subscriptions"`
	ManagementGroups map[string][]string `json:"managementGroups"`
	Groups           []group             `json:"groups"`
	Resources        []map[string]any    `json:"resources"`
	Later            []map[string]any    `json:"later"`
	Locks            []lock              `json:"locks"`
	Rights           []right             `json:"rights"`
}

type group struct {
	Name         string            `json:"name"`
	Subscription string            `json:"subscription"`
	Location     string            `json:"location"`
	Tags         map[string]string `json:"tags"`
	Resources    []map[string]any  `json:"resources"`
}

type lock struct {
	At    string `json:"at"`
	Name  string `json:"name"`
	Level string `json:"level"`
}

type right struct {
	At         string   `json:"at"`
	Role       string   `json:"role"`
	Actions    []string `json:"actions"`
	NotActions []string `json:"notActions"`
}

// planned is a resource that the document asks for.
type planned struct {
	kind         *arm.Kind
	subscription string // GUID
	id           string
	inputs       map[string]any // with ${name:property} still in them
}

// Document is a landing zone, read and checked.
type Document struct {
	tenant           arm.Tenant
	resources, later []planned
}

// Tenant is what the document says of subscriptions, management groups and rights.
func (d *Document) Tenant() arm.Tenant { return d.tenant }

// Parse reads a document for the kinds of resources in a catalog. Errors name the place in the document.
func Parse(content []byte, catalog *arm.Catalog) (*Document, error) {
	var written document
	if err := yaml.UnmarshalStrict(content, &written); err != nil {
		return nil, fmt.Errorf("read landing zone: %w", err)
	}
	r := &reader{catalog: catalog, known: map[string]string{}, subscriptions: map[string]string{}}
	if err := r.read(&written); err != nil {
		return nil, fmt.Errorf("landing zone: %w", err)
	}
	return &r.made, nil
}

// reader resolves a document from top to bottom.
type reader struct {
	catalog       *arm.Catalog
	subscriptions map[string]string // GUIDs by name
	known         map[string]string // ids by name; empty for a name that two resources have
	made          Document
}

func (r *reader) read(written *document) error {
	if err := r.readTenant(written); err != nil {
		return err
	}
	for _, g := range written.Groups {
		if err := r.readGroup(g); err != nil {
			return err
		}
	}
	for i, resource := range written.Resources {
		if err := r.readResource(resource, tree.Text(resource, "subscription"), nil); err != nil {
			return fmt.Errorf("resources[%d]: %w", i, err)
		}
	}
	made := r.made.resources
	for i, resource := range written.Later {
		if err := r.readResource(resource, tree.Text(resource, "subscription"), nil); err != nil {
			return fmt.Errorf("later[%d]: %w", i, err)
		}
	}
	r.made.later, r.made.resources = slices.Clone(r.made.resources[len(made):]), made
	for i, l := range written.Locks {
		name := l.Name
		if name == "" {
			name = fmt.Sprintf("lock-%d", i+1)
		}
		inputs := map[string]any{"type": arm.ManagementLocks, "as": "locks/" + name, "scope": l.At, "lockName": name, "level": l.Level}
		if err := r.readResource(inputs, login, nil); err != nil {
			return fmt.Errorf("locks[%d]: %w", i, err)
		}
	}
	return r.readRights(written.Rights)
}

func (r *reader) readTenant(written *document) error {
	r.subscriptions[login] = arm.SubscriptionID
	for _, name := range slices.Sorted(maps.Keys(written.Subscriptions)) {
		guid := strings.ToLower(written.Subscriptions[name])
		if !arm.GUIDPattern.MatchString(guid) || r.subscriptions[name] != "" {
			return fmt.Errorf("subscriptions: %s: %q must be a GUID, and the name another than %s", name, guid, login)
		}
		r.subscriptions[name] = guid
		r.made.tenant.Subscriptions = append(r.made.tenant.Subscriptions, guid)
	}
	for name, guid := range r.subscriptions {
		r.known[name] = "/subscriptions/" + guid
	}
	r.made.tenant.ManagementGroups = map[string][]string{}
	for name, members := range written.ManagementGroups {
		r.known[name] = arm.ManagementGroup(name)
		r.made.tenant.ManagementGroups[name] = []string{}
		for _, member := range members {
			if r.subscriptions[member] == "" {
				return fmt.Errorf("managementGroups: %s: there is no subscription %q", name, member)
			}
			r.made.tenant.ManagementGroups[name] = append(r.made.tenant.ManagementGroups[name], r.subscriptions[member])
		}
	}
	return nil
}

func (r *reader) readGroup(g group) error {
	inputs := map[string]any{"type": arm.ResourceGroup.Token, "resourceGroupName": g.Name, "location": g.Location}
	if len(g.Tags) > 0 {
		tags := map[string]any{}
		for name, value := range g.Tags {
			tags[name] = value
		}
		inputs["tags"] = tags
	}
	if err := r.readResource(inputs, g.Subscription, nil); err != nil {
		return fmt.Errorf("group %s: %w", g.Name, err)
	}
	for i, resource := range g.Resources {
		defaults := map[string]any{"resourceGroupName": g.Name, "location": g.Location}
		if err := r.readResource(resource, g.Subscription, defaults); err != nil {
			return fmt.Errorf("group %s: resources[%d]: %w", g.Name, i, err)
		}
	}
	return nil
}

// readResource adds a resource in a subscription, by name; defaults are inputs that it has unless it says otherwise.
func (r *reader) readResource(written map[string]any, subscription string, defaults map[string]any) error {
	kind, err := r.catalog.KindOf("azure-native:" + tree.Text(written, "type"))
	if err != nil {
		return err
	}
	if subscription == "" {
		subscription = login
	}
	guid := r.subscriptions[subscription]
	if guid == "" {
		return fmt.Errorf("there is no subscription %q", subscription)
	}
	inputs := map[string]any{}
	for name, value := range written {
		switch name {
		case "type", "as", "subscription":
			continue
		case "name":
			name = kind.NameInput()
		}
		if inputs[name], err = r.resolve(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, value := range defaults {
		_, set := inputs[name]
		if used := slices.Contains(kind.PathInputs(), name) || name == "location" && kind.Located; used && !set {
			inputs[name] = value
		}
	}
	id, ok := kind.ID(guid, inputs)
	if !ok {
		return fmt.Errorf("%s needs %s", kind.Token, strings.Join(kind.PathInputs(), ", "))
	}
	called := tree.Text(written, "as")
	if called == "" {
		called = tree.Text(inputs, kind.NameInput())
	}
	_, taken := r.known[called]
	r.known[called] = id
	if taken {
		r.known[called] = ""
	}
	r.made.resources = append(r.made.resources, planned{kind, guid, id, inputs})
	return nil
}

func (r *reader) readRights(written []right) error {
	for i, w := range written {
		scope, err := r.resolve(w.At)
		if err != nil {
			return fmt.Errorf("rights[%d]: at: %w", i, err)
		}
		if !strings.HasPrefix(scope.(string), "/") {
			return fmt.Errorf("rights[%d]: at: %q must be the id of a scope", i, scope)
		}
		permissions := azurefacts.Permissions{Actions: w.Actions, NotActions: w.NotActions}
		if (w.Role == "") == (len(w.Actions) == 0) {
			return fmt.Errorf("rights[%d]: it must have a role or actions", i)
		}
		if w.Role != "" {
			role, known := azurefacts.BuiltInRoleNamed(w.Role)
			if !known {
				return fmt.Errorf("rights[%d]: role: %q must be one of %s", i, w.Role, strings.Join(azurefacts.BuiltInRoleNames(), ", "))
			}
			permissions = role.Permissions
		}
		r.made.tenant.Rights = append(r.made.tenant.Rights, arm.Right{Scope: scope.(string), Permissions: permissions})
	}
	return nil
}
