package arm

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// collectReferences collects the Azure resource ids in a value, with the path of the property that holds each; it leaves out what
// lies in a weak reference.
func collectReferences(value any, path string, weak []string, found map[string]string) {
	if slices.ContainsFunc(weak, func(name string) bool { return InPath(path, name) }) {
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

// InPath reports whether a property is the one named, or lies in it.
func InPath(path, within string) bool {
	return path == within || strings.HasPrefix(path, within+".") || strings.HasPrefix(path, within+"[")
}

// referencesOf collects what a resource needs to exist, which leaves out the properties that only name something, and those in except.
func referencesOf(k *Kind, inputs map[string]any, except ...string) map[string]string {
	found := map[string]string{}
	weak := except
	if k != nil {
		weak = slices.Concat(k.WeakReferences, except)
	}
	for name, value := range inputs {
		collectReferences(value, name, weak, found)
	}
	return found
}

// checkParent demands that what the id lies in exists and is ready.
func (s *Subscription) checkParent(id string) error {
	parent := resourceid.Parent(id)
	if subscription := resourceid.Subscription(id); subscription != "" && !s.Has(subscription) {
		return SubscriptionNotFound(subscription)
	}
	if s.isScope(parent) || s.isService(parent) {
		return nil
	}
	if group := ParentGroupID(id); group != "" && s.Find(group) == nil && !resourceid.Equal(group, id) {
		return NotFound("ResourceGroupNotFound", "resource group %q could not be found", resourceid.Name(group))
	}
	if s.IsReady(parent) {
		return nil
	}
	return NotFound("ParentResourceNotFound", "cannot create %s because its parent %s does not exist or is not ready", id, parent)
}

// isService recognizes ids such as .../storageAccounts/x/blobServices/default, which Azure makes along with the account.
func (s *Subscription) isService(id string) bool {
	account := resourceid.Parent(id)
	return strings.HasSuffix(resourceid.Key(id), "services/default") &&
		strings.Contains(resourceid.Key(account), "/storageaccounts/") && s.IsReady(account)
}

// checkReferences demands that everything the resource refers to exists and is ready.
func (s *Subscription) checkReferences(op *Operation) error {
	found := referencesOf(op.Kind, op.Inputs)
	for _, id := range SortedReferences(op) {
		if resourceid.Within(id, op.ID) {
			continue // parts of the resource refer to each other
		}
		if !s.Has(resourceid.Subscription(id)) {
			return Forbidden("LinkedAuthorizationFailed", "%s refers to %s in a subscription that the deployment has no access to",
				found[id], id)
		}
		if !s.IsReady(id) && !s.isService(id) && s.Catalog().BuiltIn(id) == nil {
			return NotFound("InvalidResourceReference", "%s of %s refers to %s, which does not exist or is not ready", found[id], op.ID, id)
		}
	}
	return nil
}

// SortedReferences are the ids that a resource needs, in a stable order.
func SortedReferences(op *Operation) []string {
	var ids []string
	for id := range referencesOf(op.Kind, op.Inputs) {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// IsReady reports whether an id is a resource in a good state, or part of one, such as an inline subnet.
func (s *Subscription) IsReady(id string) bool {
	if s.isScope(id) {
		return true
	}
	if r := s.Find(id); r != nil {
		return r.Usable()
	}
	parent := s.Find(resourceid.Parent(id))
	if parent == nil || !parent.Usable() {
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

// Gone reports whether an id is that of a resource, or of a part of one, which there is none of.
func (s *Subscription) Gone(id string) bool {
	return !s.isScope(id) && s.Find(id) == nil && !s.IsReady(id) && s.Catalog().BuiltIn(id) == nil
}

// UserOf returns the id of a resource that keeps id from being deleted by referring to it; empty if there is none.
func (s *Subscription) UserOf(id string) string {
	for _, r := range s.Sorted() {
		var releases []string
		if r.Kind != nil {
			releases = r.Kind.Releases
		}
		if !resourceid.Within(id, r.ID) && !resourceid.Within(r.ID, id) && r.refersTo(id, releases...) {
			return r.ID
		}
	}
	return ""
}

// childOf returns the id of a resource that lies in id and has to be deleted before it; empty if there is none.
func (s *Subscription) childOf(id string) string {
	for _, r := range s.Sorted() {
		if resourceid.Within(r.ID, id) && !resourceid.Equal(r.ID, id) && (r.Kind == nil || !r.Kind.DeletedWithParent && !r.Kind.Orphaned) {
			return r.ID
		}
	}
	return ""
}

// RefersTo reports whether a resource refers to id or to something in it, be it only once an update has ended.
func (r *Record) RefersTo(id string) bool { return r.refersTo(id) }

func (r *Record) refersTo(id string, except ...string) bool {
	canonical, aliased := "", false
	if r.Kind != nil {
		canonical, aliased = r.Kind.catalog.canonicalID(id)
	}
	for _, inputs := range []map[string]any{r.Inputs, r.Pending} {
		for reference := range referencesOf(r.Kind, inputs, except...) {
			if resourceid.Within(reference, id) {
				return true
			}
			if !aliased {
				continue
			}
			if known, ok := r.Kind.catalog.canonicalID(reference); ok && known == canonical {
				return true
			}
		}
	}
	return false
}

// OccupantOf returns the id of another resource that has addresses in a subnet, or the empty string.
func (s *Subscription) OccupantOf(subnetID, except string) string {
	for _, r := range s.Sorted() {
		if r.JoinsSubnets() && !resourceid.Equal(r.ID, except) && r.RefersTo(subnetID) {
			return r.ID
		}
	}
	return ""
}
