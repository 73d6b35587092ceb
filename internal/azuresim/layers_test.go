package azuresim

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layers are the packages of the simulator from the top down; "services" stands for each package below it. A package may import those
// of lower layers, and none of its own.
var layers = [][]string{
	{"."},
	{"provider", "landingzone"},
	{"kube", "scripts"},
	{"services"},
	{"vaultdata"},
	{"networking"},
	{"authz", "policy", "vmsize"},
	{"arm"},
	{"diff", "metadata"},
}

const module = "aks-regulated-pulumi/"

func layerOf(t *testing.T, dir string) int {
	t.Helper()
	if strings.HasPrefix(dir, "services/") {
		dir = "services"
	}
	for i, packages := range layers {
		for _, name := range packages {
			if name == dir {
				return i
			}
		}
	}
	require.Fail(t, "a package without a layer", dir)
	return 0
}

// Imports only point down, so that a service can be read, and changed, without any other. What is below the simulator imports nothing of it,
// and the rest of the repository nothing but its facade.
func TestImportsPointDown(t *testing.T) {
	root, edges := filepath.Join("..", ".."), 0
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			to, ours := strings.CutPrefix(imported+"/", module+"internal/azuresim/")
			if !ours {
				continue
			}
			edges++
			in, err := filepath.Rel(root, filepath.Dir(name))
			require.NoError(t, err)
			from, inside := strings.CutPrefix(filepath.ToSlash(in)+"/", "internal/azuresim/")
			if !inside {
				assert.Empty(t, to, "%s imports %s instead of the facade", name, imported)
				continue
			}
			assert.Less(t, layerOf(t, path.Clean(from)), layerOf(t, path.Clean(to)), "%s imports %s", name, imported)
		}
		return nil
	}))
	assert.Greater(t, edges, 100, "the test finds the imports")
}
