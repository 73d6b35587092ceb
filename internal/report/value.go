package report

import (
	"sort"
	"strconv"
	"strings"
)

// at walks into a tree of JSON; what is not there is nil.
func at(value any, path ...string) any {
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// text is a string, number or boolean as text; anything else is empty.
func text(value any, path ...string) string {
	switch v := at(value, path...).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func list(value any, path ...string) []any {
	items, _ := at(value, path...).([]any)
	return items
}

// texts is a list of strings; a single string counts as a list of one.
func texts(value any, path ...string) []string {
	if one, single := at(value, path...).(string); single {
		if one == "" {
			return nil
		}
		return []string{one}
	}
	var found []string
	for _, item := range list(value, path...) {
		if s := text(item); s != "" {
			found = append(found, s)
		}
	}
	return found
}

func truth(value any, path ...string) bool {
	v, _ := at(value, path...).(bool)
	return v
}

func number(value any, path ...string) float64 {
	v, _ := at(value, path...).(float64)
	return v
}

// names lists the keys of an object in order.
func names(value any, path ...string) []string {
	object, _ := at(value, path...).(map[string]any)
	keys := make([]string, 0, len(object))
	for name := range object {
		keys = append(keys, name)
	}
	sort.Strings(keys)
	return keys
}

// idName is the last segment of an Azure id.
func idName(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// idParent is the resource that a child's id names, or empty.
func idParent(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 3 {
		return ""
	}
	return strings.Join(parts[:len(parts)-2], "/")
}

// idKey makes Azure ids comparable: case does not count.
func idKey(id string) string { return strings.ToLower(strings.TrimRight(id, "/")) }

// scopeOf is what an extension resource such as a role assignment or a diagnostic setting is about.
func scopeOf(id string) string {
	if i := strings.LastIndex(id, "/providers/"); i > 0 {
		return id[:i]
	}
	return ""
}

// armType is the type of an Azure id such as Microsoft.Network/virtualNetworks; ids of groups and subscriptions have one too.
func armType(id string) string {
	i := strings.LastIndex(id, "/providers/")
	if i < 0 {
		parts := strings.Split(strings.Trim(id, "/"), "/")
		switch {
		case !strings.HasPrefix(id, "/subscriptions/"):
			return ""
		case len(parts) == 4:
			return "Microsoft.Resources/resourceGroups"
		}
		return "Microsoft.Resources/subscriptions"
	}
	parts := strings.Split(id[i+len("/providers/"):], "/")
	kind := parts[0]
	for n := 1; n < len(parts); n += 2 {
		kind += "/" + parts[n]
	}
	return kind
}

// segment is what follows a name in an id: segment(id, "resourceGroups") is the group's name.
func segment(id, after string) string {
	parts := strings.Split(id, "/")
	for i := range len(parts) - 1 {
		if strings.EqualFold(parts[i], after) {
			return parts[i+1]
		}
	}
	return ""
}
