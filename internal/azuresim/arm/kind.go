// Package arm is the core of the simulated Azure Resource Manager: kinds of resources, operations on them, the store with its journal,
// references, clock and faults. It knows no service; what a service needs of it is in the fields of Kind and Options.
package arm

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Kind is one type of Azure resource: how azure-native names it, where ARM keeps it, and how it behaves. Only Token and Path are
// needed; a kind without a name rule and times is one that Azure alone creates and that can be looked up.
type Kind struct {
	// The Pulumi type without provider and API version, for example network:VirtualNetwork.
	Token string
	// The template of the Azure resource id. Names in braces are inputs; subscriptionId is filled in.
	Path string
	// Azure's rule for the last name of the id; nil takes any.
	Name *regexp.Regexp
	// How the service spells its ids, where it does not keep the case of the request; nil for one that does.
	Spelling func(id string) string
	// The resource has a location: that of its resource group if it is given none.
	Located bool
	// The kind is a part of its parent, such as a subnet that a network has inline: it can be looked up, and the simulator makes none by itself.
	Part bool
	// A resource group: its contents are deleted with it, and it needs a location of its own.
	Container bool
	// What Azure refuses to change in a resource that exists. Whether azure-native replaces the resource is another matter: see package
	// metadata.
	Immutable []Immutable
	// Properties, at any depth, that Azure takes and never returns. The simulator does not keep them either.
	WriteOnly []string
	// Inputs, or properties in them, that name something without needing it: it may be created later, or lie outside of the subscription.
	WeakReferences []string
	// Inputs whose resource has to exist when this one is made, and can be deleted later all the same: what an alert watches, the network on the
	// other side of a peering.
	Releases []string
	// The id by which Azure knows a resource of this kind wherever it is defined, and under which others may refer to it; ok is false
	// for an id of another type. Nil if there is only one id.
	CanonicalID func(id string) (canonical string, ok bool)

	// What of Azure takes a while to be known everywhere after it was made or changed; empty for what is known at once.
	Spreads azurefacts.Spread
	// How long Azure takes to create, update and delete.
	Create, Update, Remove time.Duration
	// How much longer creating or updating takes for what is asked.
	ExtraTime func(*Operation) time.Duration

	// What Azure refuses, in order. Rules see the resource as it is to be, under the subscription's lock.
	Rules []func(*Operation) error
	// Why the resource cannot be deleted, beyond being in use; nil if nothing else prevents that.
	CheckRemoval func(*Operation) error
	// The ids of resources that Azure changes in passing, and so refuses to change at the same time. What joins subnets also changes
	// their networks: see JoinsSubnets.
	Locks func(*Operation) []string
	// What Azure answers while another operation, the holder, changes something that this one locks; nil is AnotherOperationInProgress, or
	// ReferencedResourceNotProvisioned where a subnet is joined.
	Busy func(op *Operation, locked, holder string) error
	// What the resource holds beyond its properties, derived from inputs that are not kept.
	Contents func(*Operation) map[string]any
	// What happens while Azure creates or updates, beyond taking time. It runs without the subscription's lock.
	Execute func(*Operation) error
	// Whether what the resource runs works on the network as it is once the time has passed. If not, the resource is left in state
	// Failed. It runs under the lock, before Compute.
	CheckStartup func(*Operation) error
	// The outputs that Azure adds to the inputs.
	Compute func(*Operation) map[string]any
	// Makes of the outputs what a GET answers: lists in the order of the service, ids in its case, defaults, and what other resources add or
	// take away. It sees a copy, under the lock, at every read: also right after a change, as azure-native reads then.
	Returned func(s *Subscription, r *Record, outputs map[string]any)
	// Inputs into which Compute adds something, so that a preview does not know them.
	UnknownInPreview []string
	// Creates the resources that Azure creates implicitly.
	CreateImplicit func(*Operation)
	// The resources that Azure is going to create in the group of the owner, as policies judge them before.
	ManagedResources func(*Operation) []flow.Resource
	// Deletes what Azure created implicitly.
	CleanUp func(*Subscription, *Record)

	// Inputs and outputs of a resource that exists without having been created; nil outputs if there is none of that id.
	BuiltIn func(id string) (inputs, outputs map[string]any)
	// Applies what is due by now to a resource that no operation is changing. It may delete the resource.
	CompleteDue func(s *Subscription, r *Record, now time.Time)
	// What az rest --method post can do with the resource, by the last segment of the URL.
	Actions map[string]func(*Subscription, *Record) error
	// Properties that change without an operation, as az rest reads them.
	Observe func(*Subscription, *Record) map[string]any

	// The resource has addresses in the subnets that it refers to. While it is being changed their networks are Updating: Azure lets
	// several resources join a network at once, and nothing else change it.
	JoinsSubnets bool
	// The resource gets addresses in the subnets that it refers to while it runs, as an image template does.
	JoinsOnRun bool
	// The resource is deleted with its parent, instead of keeping that from being deleted.
	DeletedWithParent bool
	// The resource neither keeps its parent from being deleted nor goes with it.
	Orphaned bool
	// The resource can be deleted with what lies in it, which it takes along.
	CascadesDelete bool
	// The resource can be deleted while others refer to it, which then refer to nothing.
	DeletedInUse bool
	// What private endpoints can lead to; nil for kinds without a private link.
	PrivateLink *PrivateLink
	// The deny assignment that a resource has on the resource group that it manages, in words; empty for none.
	DenyAssignment func(owner *Record, groupID string) string

	// Set by the catalog that the kind is in: what matches its ids, and the catalog itself.
	pattern *regexp.Regexp
	catalog *Catalog
}

// Immutable are properties that cannot be changed, with what Azure says to an update that tries.
type Immutable struct {
	// Paths are names, such as zones or identity.type.
	Paths []string
	// Code is Azure's; empty for PropertyChangeNotAllowed, which several services have (pulumi-azure-native issue 959 for AKS, Azure document
	// "Troubleshoot shared images" for galleries). It stands for the others where no report names theirs.
	Code string
	// Why goes on after "changing property x of y is not allowed".
	Why string
}

// CreateBeforeDelete is the input in which azure-native remembers that a name has a random part.
const CreateBeforeDelete = "__createBeforeDelete"

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// ARMType is the ARM type, for example Microsoft.Network/virtualNetworks/virtualNetworkPeerings.
func (k *Kind) ARMType() string { return resourceid.Type(k.Path) }

// PathInputs are the inputs that the id consists of, the resource's own name last.
func (k *Kind) PathInputs() []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(k.Path, -1) {
		if match[1] != "subscriptionId" {
			names = append(names, match[1])
		}
	}
	return names
}

// NameInput is the input with the resource's own name.
func (k *Kind) NameInput() string {
	names := k.PathInputs()
	return names[len(names)-1]
}

// ID renders the resource id, in the subscription of a GUID unless the inputs name a scope; ok is false while an input of the path is unknown
// or missing.
func (k *Kind) ID(subscription string, inputs map[string]any) (id string, ok bool) {
	ok = true
	id = placeholder.ReplaceAllStringFunc(k.Path, func(match string) string {
		name := match[1 : len(match)-1]
		if name == "subscriptionId" {
			return subscription
		}
		value := strings.TrimSuffix(tree.Text(inputs, name), "/")
		ok = ok && value != ""
		return value
	})
	return "/" + strings.TrimLeft(strings.ReplaceAll(id, "//", "/"), "/"), ok
}

// Parse is the reverse of id: the inputs that an id consists of; ok is false if the id is not of this kind.
func (k *Kind) Parse(id string) (inputs map[string]any, ok bool) {
	match := k.pattern.FindStringSubmatch(id)
	if match == nil {
		return nil, false
	}
	inputs = map[string]any{}
	for i, name := range placeholder.FindAllStringSubmatch(k.Path, -1) {
		if name[1] != "subscriptionId" {
			inputs[name[1]] = match[i+1]
		}
	}
	return inputs, true
}

// idPattern matches the ids that a path describes, with a group for each name in braces.
func idPattern(path string) *regexp.Regexp {
	pattern, rest := "(?i)^", path
	for _, at := range placeholder.FindAllStringIndex(path, -1) {
		offset := len(path) - len(rest)
		pattern += regexp.QuoteMeta(rest[:at[0]-offset])
		switch at[0] {
		case 0: // a path that starts with an input starts with a whole id
			pattern += "(/.+)"
		case 1: // after the slash that some scopes come without
			pattern += "(.+)"
		default:
			pattern += "([^/]+)"
		}
		rest = path[at[1]:]
	}
	return regexp.MustCompile(pattern + regexp.QuoteMeta(rest) + "/?$")
}

// Stored are inputs as Azure keeps them: without what it never gives back.
func (k *Kind) Stored(inputs map[string]any) map[string]any {
	stored := tree.CloneObject(inputs)
	dropNames(stored, k.WriteOnly)
	return stored
}

// dropNames takes properties out of a value, at any depth.
func dropNames(value any, names []string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range names {
			delete(v, name)
		}
		for _, item := range v {
			dropNames(item, names)
		}
	case []any:
		for _, item := range v {
			dropNames(item, names)
		}
	}
}

// checkName checks the name by Azure's rule.
func (k *Kind) checkName(inputs map[string]any) error {
	name := tree.Text(inputs, k.NameInput())
	if k.Name != nil && !k.Name.MatchString(name) {
		return BadRequest("InvalidResourceName", "%s: %q is not a valid name; it must match %s", k.ARMType(), name, k.Name)
	}
	return nil
}
