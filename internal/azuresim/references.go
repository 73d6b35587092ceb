package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// collectReferences collects the Azure resource ids in a value, with the path of the property that holds each; it leaves out what
// lies in a weak reference.
func collectReferences(value any, path string, weak []string, found map[string]string) {
	if slices.ContainsFunc(weak, func(name string) bool { return inPath(path, name) }) {
		return
	}
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(strings.ToLower(v), "/subscriptions/") {
			found[v] = path
		}
	case map[string]any:
		for name, item := range v {
			collectReferences(name, path, weak, found)
			collectReferences(item, path+"."+name, weak, found)
		}
	case []any:
		for _, item := range v {
			collectReferences(item, path, weak, found)
		}
	}
}

// inPath reports whether a property is the one named, or lies in it.
func inPath(path, within string) bool {
	return path == within || strings.HasPrefix(path, within+".") || strings.HasPrefix(path, within+"[")
}

// referencesOf collects what a resource needs to exist, which leaves out the properties that only name something.
func referencesOf(k *kind, inputs map[string]any) map[string]string {
	found := map[string]string{}
	var weak []string
	if k != nil {
		weak = k.weakReferences
	}
	for name, value := range inputs {
		collectReferences(value, name, weak, found)
	}
	return found
}

// checkParent demands that what the id lies in exists and is ready.
func (s *subscription) checkParent(id string) error {
	parent := resourceid.Parent(id)
	if resourceid.Equal(parent, "/subscriptions/"+SubscriptionID) || s.isService(parent) {
		return nil
	}
	if group := parentGroupID(id); group != "" && s.find(group) == nil && !resourceid.Equal(group, id) {
		return notFound("ResourceGroupNotFound", "resource group %q could not be found", resourceid.Name(group))
	}
	if s.isReady(parent) {
		return nil
	}
	return notFound("ParentResourceNotFound", "cannot create %s because its parent %s does not exist or is not ready", id, parent)
}

// isService recognizes ids such as .../storageAccounts/x/blobServices/default, which Azure makes along with the account.
func (s *subscription) isService(id string) bool {
	account := resourceid.Parent(id)
	return strings.HasSuffix(resourceid.Key(id), "services/default") &&
		strings.Contains(resourceid.Key(account), "/storageaccounts/") && s.isReady(account)
}

// checkReferences demands that everything the resource refers to exists and is ready.
func (s *subscription) checkReferences(op *operation) error {
	found := referencesOf(op.kind, op.inputs)
	for _, id := range sortedReferences(op) {
		if resourceid.Within(id, op.id) {
			continue // parts of the resource refer to each other
		}
		if !resourceid.Within(id, "/subscriptions/"+SubscriptionID) {
			return forbidden("LinkedAuthorizationFailed", "%s refers to %s in a subscription that the deployment has no access to",
				found[id], id)
		}
		if !s.isReady(id) && !s.isService(id) && s.catalog().builtIn(id) == nil {
			return notFound("InvalidResourceReference", "%s of %s refers to %s, which does not exist or is not ready", found[id], op.id, id)
		}
	}
	return nil
}

// isReady reports whether an id is a resource in a good state, or part of one, such as an inline subnet.
func (s *subscription) isReady(id string) bool {
	if resourceid.Equal(id, "/subscriptions/"+SubscriptionID) {
		return true
	}
	if r := s.find(id); r != nil {
		return r.usable()
	}
	parent := s.find(resourceid.Parent(id))
	if parent == nil || !parent.usable() {
		return false
	}
	partType := resourceid.Name(resourceid.Type(id))
	for _, part := range tree.List(parent.Outputs, partType) {
		if strings.EqualFold(tree.Text(part, "name"), resourceid.Name(id)) {
			return true
		}
	}
	return false
}

// userOf returns the id of a resource that refers to id or, if children count, lies in it; empty if there is none.
func (s *subscription) userOf(id string, children bool) string {
	for _, r := range s.sorted() {
		if resourceid.Within(id, r.ID) {
			continue
		}
		if resourceid.Within(r.ID, id) {
			if children && (r.kind == nil || !r.kind.deletedWithParent) {
				return r.ID
			}
			continue
		}
		if r.refersTo(id) {
			return r.ID
		}
	}
	return ""
}

// refersTo reports whether a resource refers to id or to something in it, be it only once an update has ended.
func (r *record) refersTo(id string) bool {
	canonical, aliased := "", false
	if r.kind != nil {
		canonical, aliased = r.kind.catalog.canonicalID(id)
	}
	for _, inputs := range []map[string]any{r.Inputs, r.Pending} {
		for reference := range referencesOf(r.kind, inputs) {
			if resourceid.Within(reference, id) || aliased && resourceid.Within(reference, canonical) {
				return true
			}
		}
	}
	return false
}

// occupantOf returns the id of another resource that has addresses in a subnet, or the empty string.
func (s *subscription) occupantOf(subnetID, except string) string {
	for _, r := range s.sorted() {
		if r.joinsSubnets() && !resourceid.Equal(r.ID, except) && r.refersTo(subnetID) {
			return r.ID
		}
	}
	return ""
}

// checkAddressFree refuses a public IP address that something else has.
func checkAddressFree(op *operation, addressID string) error {
	for _, r := range op.sub.sorted() {
		// What lies on the address, such as a diagnostic setting, does not use it.
		if !resourceid.Equal(r.ID, op.id) && !resourceid.Within(r.ID, addressID) && r.refersTo(addressID) && !isExtension(r) {
			return badRequest("PublicIPAddressInUse", "%s is in use by %s", addressID, r.ID)
		}
	}
	return nil
}

// isExtension recognizes resources that lie on another one: settings, roles, flow logs.
func isExtension(r *record) bool {
	return strings.HasPrefix(r.Token, "insights:") || strings.HasPrefix(r.Token, "authorization:") || r.Token == "network:FlowLog"
}

func parentGroupID(id string) string {
	group := resourceid.Group(id)
	if group == "" {
		return ""
	}
	return groupNamed(group)
}
