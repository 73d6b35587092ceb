// Command docs writes docs/configuration.md from the table of configuration keys. Run it in the project's directory.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"aks-regulated-pulumi/config"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "docs: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	file := filepath.Join("docs", "configuration.md")
	if err := os.WriteFile(file, []byte(config.Markdown()), 0o644); err != nil {
		return fmt.Errorf("write the configuration reference: %w", err)
	}
	return nil
}
