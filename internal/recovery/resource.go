package recovery

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// object is a JSON object of the state. What is not looked at here stays as the CLI exported it.
type object = map[string]any

// resource is a resource of the state or of a pending operation.
type resource struct{ object }

func (r resource) text(name string) string {
	text, _ := r.object[name].(string)
	return text
}

func (r resource) is(name string) bool { is, _ := r.object[name].(bool); return is }

func (r resource) urn() string     { return r.text("urn") }
func (r resource) token() string   { return r.text("type") }
func (r resource) id() string      { return r.text("id") }
func (r resource) inputs() object  { return asObject(r.object["inputs"]) }
func (r resource) outputs() object { return asObject(r.object["outputs"]) }

// name is the logical name.
func (r resource) name() string {
	urn := r.urn()
	return urn[strings.LastIndex(urn, "::")+2:]
}

// refersTo reports whether the state needs another resource for this one.
func (r resource) refersTo(urn string) bool {
	return r.text("parent") == urn || r.text("deletedWith") == urn ||
		slices.Contains(texts(r.object["dependencies"]), urn) || slices.Contains(texts(r.object["replaceWith"]), urn)
}

// withID is a copy with an id.
func (r resource) withID(id string) resource {
	copied := object{}
	for name, value := range r.object {
		copied[name] = value
	}
	copied["id"] = id
	return resource{copied}
}

func asObject(value any) object {
	found, _ := value.(object)
	return found
}

func texts(value any) []string {
	list, _ := value.([]any)
	var found []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			found = append(found, text)
		}
	}
	return found
}

// How the state marks a special value, and a secret among these; the CLI encrypts one that comes as plaintext.
const (
	signature       = "4dabf18193072939515e22adb298388d"
	secretSignature = "1b47061264138c4ac30d75fd1eb44270"
)

// Where the engine shows values, it has these texts in the place of a secret, and of what only an update can tell.
const (
	secretText  = "[secret]"
	unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
)

// masked reports whether a value, or a part of it, is a secret or not known.
func masked(value any) bool {
	switch value := value.(type) {
	case string:
		return value == secretText || value == unknownText
	case object:
		if value[signature] == secretSignature {
			return true
		}
		for _, part := range value {
			if masked(part) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, masked)
	}
	return false
}

// secret is a value as the state has one that the CLI is still to encrypt; nil for one that cannot be.
func secret(value any) any {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return object{signature: secretSignature, "plaintext": string(encoded)}
}

// provisioning is what Azure says of the last operation on a resource; empty for types that say nothing.
func (r resource) provisioning() string {
	outputs := resource{r.outputs()}
	nested := resource{asObject(outputs.object["properties"])}
	return strings.ToLower(cmp.Or(outputs.text("provisioningState"), nested.text("provisioningState")))
}

// ended are the states in which Azure Resource Manager is done with a resource ("Track asynchronous Azure operations").
var ended = []string{"", "succeeded", "failed", "canceled", "cancelled"}

func (r resource) underWay() bool { return !slices.Contains(ended, r.provisioning()) }

func (r resource) failed() bool {
	state := r.provisioning()
	return state != "" && state != "succeeded"
}
