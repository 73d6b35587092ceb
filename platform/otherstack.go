package platform

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/tree"
)

// otherStack is what another stack of the project has made. It collects what is missing, so that one error names all of it.
type otherStack struct {
	// key is the configuration key that names the stack.
	key, name string
	outputs   map[string]any
	problems  []config.Problem
}

// readStack reads outputs of another stack, which has to be in the same backend. They are plain values, known before anything is registered: so
// are the names and ids that the program computes from them, in a preview as well.
func readStack(ctx *pulumi.Context, key, name string, outputs ...string) (*otherStack, error) {
	if name == ctx.Stack() {
		return nil, &config.Error{Problems: []config.Problem{{Key: key, Value: name, Allowed: "the name of another stack than this one"}}}
	}
	// Pulumi Cloud wants the full name. Other backends take it as well, with the word organization in place of one.
	reference, err := pulumi.NewStackReference(ctx, key, &pulumi.StackReferenceArgs{
		Name: pulumi.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), name),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: find stack %s: %w", key, name, err)
	}
	other := &otherStack{key: key, name: name, outputs: map[string]any{}}
	for _, output := range outputs {
		details, err := reference.GetOutputDetails(output)
		if err != nil {
			return nil, fmt.Errorf("%s: read stack %s, which has to be one of the same backend that was updated before: %w", key, name, err)
		}
		// There is no value for an output that does not exist, in a preview as in an update.
		other.outputs[output] = details.Value
	}
	return other, nil
}

func (o *otherStack) lacks(want string, path []string) {
	o.problems = append(o.problems, config.Problem{
		Key: o.key, Value: o.name,
		Allowed: fmt.Sprintf("a stack whose output %s is %s: one that has the part, updated with this version of the program",
			strings.Join(path, "."), want),
	})
}

// text reads a text, by the name of an output and those of properties in it.
func (o *otherStack) text(path ...string) string {
	text := tree.Text(o.outputs, path...)
	if text == "" {
		o.lacks("a text", path)
	}
	return text
}

// optional reads a text that may be missing.
func (o *otherStack) optional(path ...string) string { return tree.Text(o.outputs, path...) }

// number reads a whole number.
func (o *otherStack) number(path ...string) int {
	number, isNumber := tree.Number(o.outputs, path...)
	if !isNumber {
		o.lacks("a number", path)
	}
	return int(number)
}

// flag reads true or false.
func (o *otherStack) flag(path ...string) bool {
	value, isFlag := tree.At(o.outputs, path...).(bool)
	if !isFlag {
		o.lacks("true or false", path)
	}
	return value
}

// prefixes reads a list of ranges.
func (o *otherStack) prefixes(path ...string) []netip.Prefix {
	var prefixes []netip.Prefix
	elements := tree.Texts(o.outputs, path...)
	for _, element := range elements {
		if prefix, err := netip.ParsePrefix(element); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	if len(prefixes) == 0 || len(prefixes) < len(elements) {
		o.lacks("a list of ranges in CIDR notation", path)
	}
	return prefixes
}

// texts reads an object of texts.
func (o *otherStack) texts(path ...string) map[string]string {
	texts := map[string]string{}
	for name, value := range tree.Object(o.outputs, path...) {
		texts[name], _ = value.(string)
	}
	if len(texts) == 0 {
		o.lacks("an object of texts", path)
	}
	return texts
}
