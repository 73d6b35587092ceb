package arm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Catalog is the kinds of resources that a simulator knows.
type Catalog struct {
	// ByToken are the kinds by token, such as network:VirtualNetwork.
	ByToken map[string]*Kind
	sorted  []*Kind // by token
	aliased []*Kind // those that have a CanonicalID
}

// NewCatalog makes a catalog. Two kinds of one token are a mistake in the program, so it panics.
func NewCatalog(kinds ...*Kind) *Catalog {
	c := &Catalog{ByToken: map[string]*Kind{}}
	for _, k := range kinds {
		if c.ByToken[k.Token] != nil {
			panic("two kinds are named " + k.Token)
		}
		known := *k
		known.pattern, known.catalog = idPattern(k.Path), c
		c.ByToken[k.Token] = &known
	}
	for _, token := range slices.Sorted(maps.Keys(c.ByToken)) {
		c.sorted = append(c.sorted, c.ByToken[token])
		if c.ByToken[token].CanonicalID != nil {
			c.aliased = append(c.aliased, c.ByToken[token])
		}
	}
	return c
}

// KindOf finds the kind of a Pulumi type token such as azure-native:network/v20240501:VirtualNetwork.
func (c *Catalog) KindOf(token string) (*Kind, error) {
	k, err := c.kindNamed(token)
	if err == nil && k.Part {
		return nil, fmt.Errorf("the simulator knows what is of type %s only as a part of its parent", token)
	}
	return k, err
}

func (c *Catalog) kindNamed(token string) (*Kind, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not a resource type token", token)
	}
	module, _, _ := strings.Cut(parts[1], "/")
	k, ok := c.ByToken[module+":"+parts[2]]
	if !ok {
		return nil, fmt.Errorf("the simulator does not know resource type %s", token)
	}
	return k, nil
}

// KindOfLookup finds the kind that a function such as azure-native:compute/v20240701:getImage looks up.
func (c *Catalog) KindOfLookup(token string) (*Kind, error) {
	at := strings.LastIndex(token, ":get")
	if at < 0 {
		return nil, fmt.Errorf("the simulator does not know function %s", token)
	}
	return c.kindNamed(token[:at+1] + token[at+len(":get"):])
}

// HasType reports whether there are resources of an Azure type.
func (c *Catalog) HasType(armType string) bool {
	for _, kind := range c.ByToken {
		if strings.EqualFold(kind.ARMType(), armType) {
			return true
		}
	}
	return false
}

// BuiltIn is the resource of an id that exists without having been created, or nil.
func (c *Catalog) BuiltIn(id string) *Record {
	for _, k := range c.sorted {
		if k.BuiltIn == nil {
			continue
		}
		path, ok := k.Parse(id)
		if !ok {
			continue
		}
		inputs, outputs := k.BuiltIn(id)
		if outputs == nil {
			continue
		}
		maps.Copy(path, inputs)
		found := &Record{ID: id, ARMType: k.ARMType(), State: StateSucceeded, Inputs: path, Outputs: tree.CloneObject(outputs)}
		found.Outputs["name"], found.Outputs["type"] = resourceid.Name(id), k.ARMType()
		return found
	}
	return nil
}

// canonicalID is the id by which Azure knows the resource of an id wherever it is defined; ok is false if there is only one id.
func (c *Catalog) canonicalID(id string) (canonical string, ok bool) {
	for _, k := range c.aliased {
		if canonical, ok := k.CanonicalID(id); ok {
			return canonical, true
		}
	}
	return "", false
}
