// Command azurenative writes internal/azurenative from the schemas in internal/azurenative/schema, with the code generator that
// makes the Azure Native SDK. It runs in the root of the repository; with -check it writes nothing, and fails if it would.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	gen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// target is where the generated packages go, one folder per module and API version.
const target = "internal/azurenative"

// pluginFile names the provider for language hosts. It goes where a program imports a package, so that ours finds it.
const pluginFile = "pulumi-plugin.json"

func main() {
	check := flag.Bool("check", false, "fail if a file differs from what would be written")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintf(os.Stderr, "azurenative: %v\n", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	releases, err := readReleases(filepath.Join(target, "schema"))
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, r := range releases {
		generated, err := generate(r)
		if err != nil {
			return err
		}
		maps.Copy(files, generated)
	}
	stale, err := obsolete(files)
	if err != nil {
		return err
	}
	if check {
		return compare(files, stale)
	}
	return write(files, stale)
}

// generate returns the content of each file by its path in the repository.
func generate(r release) (map[string][]byte, error) {
	pkg, err := schema.ImportSpec(r.spec, nil, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return nil, fmt.Errorf("bind the schema: %w", err)
	}
	generated, err := gen.GeneratePackage("tools/azurenative", pkg, nil)
	if err != nil {
		return nil, fmt.Errorf("generate the packages: %w", err)
	}
	files := map[string][]byte{}
	for path, content := range generated {
		if path == pluginFile && r.version != "" {
			files[filepath.Join(r.folder, "utilities", path)] = content
			continue
		}
		// The provider and its configuration are those of the official SDK, and so are the utilities for its version.
		if folder := filepath.Dir(path); folder == "." || folder == "config" || folder == "utilities" && r.version == "" {
			continue
		}
		if files[filepath.Join(r.folder, path)], err = withoutUntypedOutputs(path, content); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// obsolete lists generated files of which no schema speaks any more.
func obsolete(files map[string][]byte) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(target, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || files[path] != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.HasPrefix(content, []byte("// Code generated ")) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for obsolete files: %w", err)
	}
	return paths, nil
}

func compare(files map[string][]byte, stale []string) error {
	for path, content := range files {
		if existing, err := os.ReadFile(path); err != nil || !bytes.Equal(existing, content) {
			stale = append(stale, path)
		}
	}
	if len(stale) > 0 {
		slices.Sort(stale)
		return errors.New("not what the schema says, run \"make azurenative\": " + strings.Join(stale, ", "))
	}
	return nil
}

func write(files map[string][]byte, stale []string) error {
	for _, path := range stale {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove an obsolete file: %w", err)
		}
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("create a package: %w", err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return fmt.Errorf("write a package: %w", err)
		}
	}
	return nil
}
