// Command crds prints the custom resource definitions of the pinned Flux controllers, without their descriptions.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// modules bring the definitions in config/crd/bases.
var modules = []string{"github.com/fluxcd/source-controller", "github.com/fluxcd/kustomize-controller"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "crds:", err)
		os.Exit(1)
	}
}

func run() error {
	fmt.Println(`# Written by "make flux-crds" from the pinned Flux controllers.`)
	for _, module := range modules {
		directory, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			return fmt.Errorf("find module %s: %w", module, err)
		}
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(directory)), "config/crd/bases/*.yaml"))
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("module %s has no definitions", module)
		}
		for _, file := range files {
			if err := printWithoutDescriptions(file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return nil
}

func printWithoutDescriptions(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var definition map[string]any
	if err := yaml.Unmarshal(bytes.TrimPrefix(text, []byte("---\n")), &definition); err != nil {
		return err
	}
	printed, err := yaml.Marshal(withoutDescriptions(definition))
	if err != nil {
		return err
	}
	fmt.Printf("---\n%s", printed)
	return nil
}

// withoutDescriptions leaves texts named description out; a property of that name has a schema instead.
func withoutDescriptions(node any) any {
	switch node := node.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, value := range node {
			if _, isText := value.(string); key == "description" && isText {
				continue
			}
			kept[key] = withoutDescriptions(value)
		}
		return kept
	case []any:
		kept := make([]any, 0, len(node))
		for _, value := range node {
			kept = append(kept, withoutDescriptions(value))
		}
		return kept
	}
	return node
}
