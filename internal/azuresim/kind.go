package azuresim

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// kind is one type of Azure resource: how azure-native names it, where ARM keeps it, and how it behaves. Only token and path are
// needed; a kind without a name rule and times is one that Azure alone creates and that can be looked up.
type kind struct {
	// The Pulumi type without provider and API version, for example network:VirtualNetwork.
	token string
	// The template of the Azure resource id. Names in braces are inputs; subscriptionId is filled in.
	path string
	// Azure's rule for the last name of the id; nil takes any.
	name *regexp.Regexp
	// The resource has a location: that of its resource group if it is given none.
	located bool
	// A resource group: its contents are deleted with it, and it needs a location of its own.
	container bool
	// Inputs, or properties in them, whose change makes azure-native replace the resource. The inputs of the path and the location
	// always do.
	replaceOn []string
	// Properties, at any depth, that Azure takes and never returns. The simulator does not keep them either.
	writeOnly []string
	// Inputs, or properties in them, that name something without needing it: it may be created later, or lie outside of the subscription.
	weakReferences []string
	// The id by which Azure knows a resource of this kind wherever it is defined, and under which others may refer to it; ok is false
	// for an id of another type. Nil if there is only one id.
	canonicalID func(id string) (canonical string, ok bool)

	// How long Azure takes to create, update and delete, and how much longer than that for what is asked.
	create, update, remove time.Duration
	extraTime              func(*operation) time.Duration

	// What Azure refuses, in order. Rules see the resource as it is to be, under the subscription's lock.
	rules []func(*operation) error
	// Why the resource cannot be deleted, beyond being in use; nil if nothing else prevents that.
	checkRemoval func(*operation) error
	// The ids of resources that Azure changes in passing, and so refuses to change at the same time.
	locks func(*operation) []string
	// What the resource holds beyond its properties, derived from inputs that are not kept.
	contents func(*operation) map[string]any
	// What happens while Azure creates or updates, beyond taking time. It runs without the subscription's lock.
	execute func(*operation) error
	// Whether what the resource runs works on the network as it is once the time has passed. If not, the resource is left in state
	// Failed. It runs under the lock, before compute.
	checkStartup func(*operation) error
	// The outputs that Azure adds to the inputs.
	compute func(*operation) map[string]any
	// Inputs into which compute adds something, so that a preview does not know them.
	unknownInPreview []string
	// Creates the resources that Azure creates implicitly.
	createImplicit func(*operation)
	// The resources that Azure is going to create in the group of the owner, as policies judge them before.
	managedResources func(*operation) []flow.Resource
	// Deletes what Azure created implicitly.
	cleanUp func(*subscription, *record)

	// Inputs and outputs of a resource that exists without having been created; nil outputs if there is none of that id.
	builtIn func(id string) (inputs, outputs map[string]any)
	// Applies what is due by now to a resource that no operation is changing. It may delete the resource.
	completeDue func(s *subscription, r *record, now time.Time)
	// What az rest --method post can do with the resource, by the last segment of the URL.
	actions map[string]func(*subscription, *record) error
	// Properties that change without an operation, as az rest reads them.
	observe func(*subscription, *record) map[string]any

	// The resource has addresses in the subnets that it refers to.
	joinsSubnets bool
	// The resource gets addresses in the subnets that it refers to while it runs, as an image template does.
	joinsOnRun bool
	// The resource is deleted with its parent, instead of keeping that from being deleted.
	deletedWithParent bool
	// The resource can be deleted with what lies in it, which it takes along.
	cascadesDelete bool
	// What private endpoints can lead to; nil for kinds without a private link.
	privateLink *privateLink
	// The deny assignment that a resource has on the resource group that it manages, in words; empty for none.
	denyAssignment func(owner *record, groupID string) string

	// Set by the catalog that the kind is in: what matches its ids, and the catalog itself.
	pattern *regexp.Regexp
	catalog *catalog
}

// createBeforeDelete is the input in which azure-native remembers that a name has a random part.
const createBeforeDelete = "__createBeforeDelete"

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// armType is the ARM type, for example Microsoft.Network/virtualNetworks/virtualNetworkPeerings.
func (k *kind) armType() string { return resourceid.Type(k.path) }

// pathInputs are the inputs that the id consists of, the resource's own name last.
func (k *kind) pathInputs() []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(k.path, -1) {
		if match[1] != "subscriptionId" {
			names = append(names, match[1])
		}
	}
	return names
}

func (k *kind) nameInput() string {
	names := k.pathInputs()
	return names[len(names)-1]
}

// id renders the resource id; ok is false while an input of the path is unknown or missing.
func (k *kind) id(inputs map[string]any) (id string, ok bool) {
	ok = true
	id = placeholder.ReplaceAllStringFunc(k.path, func(match string) string {
		name := match[1 : len(match)-1]
		if name == "subscriptionId" {
			return SubscriptionID
		}
		value := strings.TrimSuffix(tree.Text(inputs, name), "/")
		ok = ok && value != ""
		return value
	})
	return "/" + strings.TrimLeft(strings.ReplaceAll(id, "//", "/"), "/"), ok
}

// parse is the reverse of id: the inputs that an id consists of; ok is false if the id is not of this kind.
func (k *kind) parse(id string) (inputs map[string]any, ok bool) {
	match := k.pattern.FindStringSubmatch(id)
	if match == nil {
		return nil, false
	}
	inputs = map[string]any{}
	for i, name := range placeholder.FindAllStringSubmatch(k.path, -1) {
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

// stored are inputs as Azure keeps them: without what it never gives back.
func (k *kind) stored(inputs map[string]any) map[string]any {
	stored := tree.CloneObject(inputs)
	dropNames(stored, k.writeOnly)
	return stored
}

// checkName checks the name by Azure's rule.
func (k *kind) checkName(inputs map[string]any) error {
	name := tree.Text(inputs, k.nameInput())
	if k.name != nil && !k.name.MatchString(name) {
		return badRequest("InvalidResourceName", "%s: %q is not a valid name; it must match %s", k.armType(), name, k.name)
	}
	return nil
}
