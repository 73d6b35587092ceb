package azuresim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// catalog is the kinds of resources that a simulator knows.
type catalog struct {
	byToken map[string]*kind
	sorted  []*kind // by token
}

// newCatalog makes a catalog. Two kinds of one token are a mistake in the program, so it panics.
func newCatalog(kinds ...*kind) *catalog {
	c := &catalog{byToken: map[string]*kind{}}
	for _, k := range kinds {
		if c.byToken[k.token] != nil {
			panic("two kinds are named " + k.token)
		}
		known := *k
		known.pattern, known.catalog = idPattern(k.path), c
		c.byToken[k.token] = &known
	}
	for _, token := range slices.Sorted(maps.Keys(c.byToken)) {
		c.sorted = append(c.sorted, c.byToken[token])
	}
	return c
}

// kindOf finds the kind of a Pulumi type token such as azure-native:network/v20240501:VirtualNetwork.
func (c *catalog) kindOf(token string) (*kind, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not a resource type token", token)
	}
	module, _, _ := strings.Cut(parts[1], "/")
	k, ok := c.byToken[module+":"+parts[2]]
	if !ok {
		return nil, fmt.Errorf("the simulator does not know resource type %s", token)
	}
	return k, nil
}

// kindOfLookup finds the kind that a function such as azure-native:compute/v20240701:getImage looks up.
func (c *catalog) kindOfLookup(token string) (*kind, error) {
	at := strings.LastIndex(token, ":get")
	if at < 0 {
		return nil, fmt.Errorf("the simulator does not know function %s", token)
	}
	return c.kindOf(token[:at+1] + token[at+len(":get"):])
}

// builtIn is the resource of an id that exists without having been created, or nil.
func (c *catalog) builtIn(id string) *record {
	for _, k := range c.sorted {
		if k.builtIn == nil {
			continue
		}
		path, ok := k.parse(id)
		if !ok {
			continue
		}
		inputs, outputs := k.builtIn(id)
		if outputs == nil {
			continue
		}
		maps.Copy(path, inputs)
		found := &record{ID: id, ARMType: k.armType(), State: stateSucceeded, Inputs: path, Outputs: tree.CloneObject(outputs)}
		found.Outputs["name"], found.Outputs["type"] = resourceid.Name(id), k.armType()
		return found
	}
	return nil
}

// canonicalID is the id by which Azure knows the resource of an id wherever it is defined; ok is false if there is only one id.
func (c *catalog) canonicalID(id string) (canonical string, ok bool) {
	for _, k := range c.sorted {
		if k.canonicalID == nil {
			continue
		}
		if canonical, ok := k.canonicalID(id); ok {
			return canonical, true
		}
	}
	return "", false
}
