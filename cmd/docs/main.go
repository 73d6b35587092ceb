// Command docs writes Pulumi.yaml and docs/configuration.md from the table of configuration keys. Run it in the project's
// directory.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"aks-regulated-pulumi/internal/reference"
)

func main() {
	for file, content := range map[string]string{
		"Pulumi.yaml": reference.Project(),
		filepath.Join("docs", "configuration.md"): reference.Configuration(),
	} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "docs: write the table of configuration keys: %v\n", err)
			os.Exit(1)
		}
	}
}
