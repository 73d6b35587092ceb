package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// below are the program's packages with those among them that each may import: imports only point down.
var below = map[string][]string{
	"config":       {},
	"rbac":         {"config"},
	"stamp":        {"config"},
	"network":      {"config", "rbac"},
	"imagebuilder": {"config", "network", "rbac"},
	"governance":   {"config", "network", "rbac", "stamp"},
	"monitoring":   {"config", "stamp"},
	"cluster":      {"config", "governance", "monitoring", "network", "rbac", "stamp"},
	"bootstrap":    {"cluster", "cluster-manifests", "config", "network", "stamp"},
	"platform": {
		"bootstrap", "cluster", "cluster-manifests", "config", "governance", "imagebuilder", "monitoring", "network", "rbac", "stamp",
	},
}

const modulePath = "aks-regulated-pulumi/"

// Governance and monitoring can be read, and changed, without the cluster; nothing in the program needs the simulator or the runner.
func TestProgramImportsPointDown(t *testing.T) {
	for name, allowed := range below {
		for path, file := range sources(t, name) {
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				require.NoError(t, err)
				own, ours := strings.CutPrefix(imported, modulePath)
				if !ours {
					continue
				}
				for _, tool := range []string{"internal/azuresim", "internal/offline", "internal/azurefacts"} {
					assert.False(t, own == tool || strings.HasPrefix(own, tool+"/"), "%s imports %s", path, own)
				}
				if !strings.HasPrefix(own, "internal/") {
					assert.True(t, slices.Contains(allowed, own), "%s imports %s", path, own)
				}
			}
		}
	}
}

// A component is given the settings that it needs: only platform, and config itself, know the type of the whole configuration.
func TestOnlyPlatformKnowsTheWholeConfiguration(t *testing.T) {
	for name := range below {
		if name == "platform" || name == "config" {
			continue
		}
		for path, file := range sources(t, name) {
			ast.Inspect(file, func(node ast.Node) bool {
				if selector, ok := node.(*ast.SelectorExpr); ok {
					of, _ := selector.X.(*ast.Ident)
					assert.False(t, of != nil && of.Name == "config" && selector.Sel.Name == "Config", "%s uses config.Config", path)
				}
				return true
			})
		}
	}
}

// sources are the parsed files of a package of the program, without its tests.
func sources(t *testing.T, name string) map[string]*ast.File {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", name))
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		path := filepath.Join("..", name, entry.Name())
		files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
	}
	require.NotEmpty(t, files, name)
	return files
}
