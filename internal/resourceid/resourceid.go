// Package resourceid takes the ids of Azure Resource Manager apart:
//
//	/subscriptions/{id}/resourceGroups/{name}/providers/{namespace}/{type}/{name}
//
// An id may also end in a part of a resource, such as a subnet or a gateway's listener, and belong to an extension resource, whose own
// /providers/ follows the id of what it extends. All functions take ids as Azure and users spell them, in any case and with or without a slash
// at the end, and answer with an empty string where an id has no such part.
//
// azcore's arm.ParseResourceID reads the same form, but refuses a path template such as
// {scope}/providers/Microsoft.Authorization/roleAssignments/{name}, and links a whole HTTP client into packages that only compare strings.
package resourceid

import "strings"

// Types of the two kinds of ids that name no provider.
const (
	TypeSubscription  = "Microsoft.Resources/subscriptions"
	TypeResourceGroup = "Microsoft.Resources/resourceGroups"
)

const providers = "/providers/"

// Key is the form in which ids are compared and looked up: Azure ignores their case.
func Key(id string) string { return strings.ToLower(strings.TrimRight(id, "/")) }

// Equal reports whether two ids are of the same resource.
func Equal(a, b string) bool { return Key(a) == Key(b) }

// Name is the last segment, in its own spelling.
func Name(id string) string {
	id = strings.TrimRight(id, "/")
	return id[strings.LastIndexByte(id, '/')+1:]
}

// Parent is the id one level up: the resource of a child or a part, the group or subscription of a top-level resource, and the extended
// resource of an extension resource. A group's parent is its subscription, which has none.
func Parent(id string) string {
	segments := split(id)
	if len(segments) < 3 {
		return ""
	}
	segments = segments[:len(segments)-2]
	if n := len(segments); n >= 2 && strings.EqualFold(segments[n-2], "providers") {
		segments = segments[:n-2]
	}
	return strings.Join(segments, "/")
}

// Type is the resource type, such as Microsoft.Network/virtualNetworks/subnets; of an extension resource, the extension's own.
func Type(id string) string {
	at := strings.LastIndex(strings.ToLower(id), providers)
	if at < 0 {
		return typeWithoutProvider(split(id))
	}
	segments := split(id[at+len(providers):])
	kind := segments[0]
	for i := 1; i < len(segments); i += 2 {
		kind += "/" + segments[i]
	}
	return kind
}

func typeWithoutProvider(segments []string) string {
	switch {
	case len(segments) < 3 || segments[0] != "" || !strings.EqualFold(segments[1], "subscriptions"):
		return ""
	case len(segments) == 5:
		return TypeResourceGroup
	}
	return TypeSubscription
}

// Group is the name of the resource group that the id lies in or is.
func Group(id string) string { return after(id, "resourceGroups") }

// Subscription is the GUID of the subscription that the id lies in or is.
func Subscription(id string) string { return after(id, "subscriptions") }

// InGroup is the id of a resource group by its subscription's GUID and its name.
func InGroup(subscription, group string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/" + group
}

// Within reports whether the id is the scope or lies below it.
func Within(id, scope string) bool {
	id, scope = Key(id), Key(scope)
	return id == scope || strings.HasPrefix(id, scope+"/")
}

func split(id string) []string { return strings.Split(strings.TrimRight(id, "/"), "/") }

// after is the segment that follows the first one of a name.
func after(id, name string) string {
	segments := split(id)
	for i, segment := range segments[:len(segments)-1] {
		if strings.EqualFold(segment, name) {
			return segments[i+1]
		}
	}
	return ""
}
