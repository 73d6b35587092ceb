package components

import (
	"os"
	"path"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"

	"aks-regulated-pulumi/cluster"
)

// Images, definitions and the controllers that tests run are of one version: raising one alone is a mistake.
func TestFluxHasOneVersion(t *testing.T) {
	const file = "../../tools/flux/go.mod"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	module, err := modfile.Parse(file, text, nil)
	require.NoError(t, err)
	versions := map[string]string{}
	for _, required := range module.Require {
		versions[required.Mod.Path] = required.Mod.Version
	}
	for _, image := range cluster.FluxImages {
		assert.Equal(t, image.Tag, versions["github.com/fluxcd/"+path.Base(image.Repository)], image.Repository)
	}
}
