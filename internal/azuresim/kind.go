package azuresim

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// kind is one type of Azure resource: how azure-native names it, where ARM keeps it, and how it behaves.
type kind struct {
	// token is the Pulumi type without provider and API version, for example network:VirtualNetwork.
	token string
	// path is the template of the Azure resource id; names in braces are inputs.
	path string
	// name is Azure's rule for the last name of the id.
	name *regexp.Regexp
	// located resources take their resource group's region if they are given none.
	located bool
	// replace names the inputs, or properties in them, besides those of the path and the location, at whose change azure-native
	// replaces.
	replace []string
	// create, update and remove are how long Azure takes.
	create, update, remove time.Duration
	// rules refuse what Azure refuses; they see the resource as it is to be.
	rules []func(*operation) error
	// locks are the ids of resources that Azure changes along, and refuses to change twice at a time.
	locks func(*operation) []string
	// compute adds the outputs that Azure computes.
	compute func(*operation) map[string]any
	// nested names the inputs into which compute adds something, so that a preview does not know them.
	nested []string
	// work is what happens while Azure creates or updates, beyond taking time; it runs without the lock.
	work func(*operation) error
	// extra is how much longer creating or updating takes for what is asked.
	extra func(*operation) time.Duration
	// comesUp decides, once the time has passed and under the lock, whether what the resource runs works on the network as it
	// is then. If not, the resource is left in state Failed.
	comesUp func(*operation) error
	// along makes what Azure makes along with the resource.
	along func(*operation)
	// removed cleans up what Azure made along with the resource.
	removed func(*subscription, *record)
	// loose names the inputs, or properties in them, that refer to something without needing it: to be made later, or outside the
	// subscription.
	loose []string
	// writeOnly names the properties, at any depth, that Azure takes and never gives back.
	writeOnly []string
	// joins resources have addresses in the subnets that they refer to.
	joins bool
	// follows resources go with what they lie in, instead of keeping it from being deleted.
	follows bool
	// whole resources can be deleted with what lies in them, and take it along.
	whole bool
	// always is the state of a resource that nobody can make, because it is always there; nil if there is none of that id.
	always func(id string) map[string]any
	// brings are the resources that Azure makes along in the group of the resource's owner, where policies judge them too.
	brings func(*operation) []flow.Resource
	// contents are what the resource holds beyond its properties, from inputs that are not kept.
	contents func(*operation) map[string]any
	// removal refuses to delete what Azure, or the way azure-native takes, refuses to delete.
	removal func(*operation) error
}

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
	pattern := "(?i)^"
	rest := k.path
	for _, at := range placeholder.FindAllStringIndex(k.path, -1) {
		offset := len(k.path) - len(rest)
		pattern += regexp.QuoteMeta(rest[:at[0]-offset])
		// A path that starts with an input starts with a whole id.
		switch at[0] {
		case 0:
			pattern += "(/.+)"
		case 1:
			pattern += "(.+)" // after the slash that some scopes come without
		default:
			pattern += "([^/]+)"
		}
		rest = k.path[at[1]:]
	}
	match := regexp.MustCompile(pattern + regexp.QuoteMeta(rest) + "/?$").FindStringSubmatch(id)
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

// stored are inputs as Azure keeps them: without what it never gives back.
func (k *kind) stored(inputs map[string]any) map[string]any {
	stored := tree.CloneObject(inputs)
	dropNames(stored, k.writeOnly)
	return stored
}

// checkName holds the name against Azure's rule.
func (k *kind) checkName(inputs map[string]any) error {
	name := tree.Text(inputs, k.nameInput())
	if k.name != nil && !k.name.MatchString(name) {
		return badRequest("InvalidResourceName", "%s: %q is not a valid name; it must match %s", k.armType(), name, k.name)
	}
	return nil
}

// catalog holds every kind by token.
var catalog = map[string]*kind{}

// The rows' rules look kinds up in the catalog, so it cannot be initialized from them in its declaration.
func init() {
	for _, rows := range [][]*kind{
		clusterKinds,
		resourceKinds, networkKinds, firewallKinds, dnsKinds, monitorKinds, identityKinds, computeKinds,
		registryKinds, vaultKinds, privateEndpointKinds, policyKinds, defenderKinds, collectionKinds, alertKinds, federationKinds, gitOpsKinds,
	} {
		for _, k := range rows {
			catalog[k.token] = k
		}
	}
}

// kindOf finds the kind of a Pulumi type token such as azure-native:network/v20240501:VirtualNetwork.
func kindOf(token string) (*kind, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not a resource type token", token)
	}
	module, _, _ := strings.Cut(parts[1], "/")
	k, ok := catalog[module+":"+parts[2]]
	if !ok {
		return nil, fmt.Errorf("the simulator does not know resource type %s", token)
	}
	return k, nil
}

// kindOfLookup finds the kind that a function such as azure-native:compute/v20240701:getImage looks up.
func kindOfLookup(token string) (*kind, error) {
	at := strings.LastIndex(token, ":get")
	if at < 0 {
		return nil, fmt.Errorf("the simulator does not know function %s", token)
	}
	return kindOf(token[:at+1] + token[at+len(":get"):])
}
