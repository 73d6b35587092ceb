package offline

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// opSigns mark what happens to a resource, with the signs that the engine uses.
var opSigns = map[string]string{
	"create":             "+",
	"update":             "~",
	"delete":             "-",
	"replace":            "+-",
	"create-replacement": "+-",
	"delete-replaced":    "+-",
	"read":               ">",
}

// WriteTree writes the resources of the result as a tree, each below the component it belongs to, which the engine draws
// on interactive terminals only. A line has the operation's sign, the type and the name.
func (r *Result) WriteTree(w io.Writer) error {
	steps := map[string]Step{} // by URN: of several steps for one resource the first
	children := map[string][]string{}
	for _, step := range r.Steps {
		if _, seen := steps[step.URN]; !seen {
			steps[step.URN] = step
		}
	}
	for _, step := range r.Steps {
		parent := step.Parent
		if _, known := steps[parent]; !known {
			parent = ""
		}
		if !slices.Contains(children[parent], step.URN) {
			children[parent] = append(children[parent], step.URN)
		}
	}
	var b strings.Builder
	writeBranches(&b, steps, children, "", 0)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print the resources: %w", err)
	}
	return nil
}

func writeBranches(b *strings.Builder, steps map[string]Step, children map[string][]string, parent string, depth int) {
	for _, urn := range children[parent] {
		step := steps[urn]
		fmt.Fprintf(b, " %-2s %s%s %s\n", opSigns[step.Op], strings.Repeat("  ", depth), step.Type, nameOf(urn))
		writeBranches(b, steps, children, urn, depth+1)
	}
}

// nameOf returns the resource's name, the last part of its URN: urn:pulumi:stack::project::types::name.
func nameOf(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	return parts[len(parts)-1]
}
