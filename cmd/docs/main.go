// Command docs writes Pulumi.yaml and docs/configuration.md from the table of configuration keys, and the tables of docs/security.md and
// docs/architecture.md from what the program registers. Run it in the project's directory.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"aks-regulated-pulumi/internal/reference"
	"aks-regulated-pulumi/internal/securitydoc"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func write() error {
	written := map[string]string{
		"Pulumi.yaml": reference.Project(),
		filepath.Join("docs", "configuration.md"): reference.Configuration(),
	}
	documents := map[string]string{}
	for _, file := range securitydoc.Files {
		content, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read document: %w", err)
		}
		documents[file] = string(content)
	}
	tabled, err := securitydoc.Write(documents)
	if err != nil {
		return fmt.Errorf("write tables of %v: %w", securitydoc.Files, err)
	}
	for file, content := range tabled {
		written[file] = content
	}
	for file, content := range written {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
	}
	return nil
}
