// Package docscheck reads the project's Markdown documents and finds links that lead nowhere, and commands, keys and examples that are not
// those of this repository. It fetches nothing and runs no command of a document. Commands of other people's programs are not its business.
package docscheck

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"aks-regulated-pulumi/config"
)

// Finding is one mistake in a document.
type Finding struct {
	File    string // below the checker's root, with slashes
	Line    int    // from 1 on
	Message string
}

// String is the finding in the form that editors jump to.
func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message) }

// Checker knows what links may lead to and what commands may say.
type Checker struct {
	// Root is the repository's directory.
	Root string
	// Hosts are those that links may lead to.
	Hosts map[string]bool
	// Project is the namespace of Keys, the configuration keys. Required has values, in the form in which Pulumi stores them,
	// that complete an example to a valid configuration. Tools are the names in imageBuilder.toolVersions.
	Project  string
	Keys     []config.Key
	Required map[string]string
	Tools    []string
	// Programs are the command lines of the project's own programs, by name.
	Programs map[string]func() *cobra.Command
	// Targets name the program, and the subcommand, that a target of the Makefile hands ARGS to.
	Targets map[string][]string

	makefile  string
	documents map[string]*document
}

// Check returns the mistakes of the documents, given by their paths below the root, in the order of files and lines.
func (c *Checker) Check(paths ...string) ([]Finding, error) {
	text, err := os.ReadFile(filepath.Join(c.Root, "Makefile"))
	if err != nil {
		return nil, fmt.Errorf("read the targets of make: %w", err)
	}
	c.makefile = string(text)
	var findings []Finding
	for _, path := range paths {
		doc, err := c.document(path)
		if err != nil {
			return nil, err
		}
		links, err := c.links(doc)
		if err != nil {
			return nil, err
		}
		findings = slices.Concat(findings, links, c.commands(doc), c.examples(doc))
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return findings, nil
}

// document reads a document once.
func (c *Checker) document(path string) (*document, error) {
	path = filepath.ToSlash(filepath.Clean(path))
	if doc, ok := c.documents[path]; ok {
		return doc, nil
	}
	source, err := os.ReadFile(filepath.Join(c.Root, filepath.FromSlash(path)))
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	if c.documents == nil {
		c.documents = map[string]*document{}
	}
	c.documents[path] = parse(path, source)
	return c.documents[path], nil
}

// exists reports whether a path below the root is there.
func (c *Checker) exists(path string) bool {
	_, err := os.Stat(filepath.Join(c.Root, filepath.FromSlash(path)))
	return err == nil
}
