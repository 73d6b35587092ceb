//go:build cluster

package cluster_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// The definitions that mode manifests applies are those of the controllers whose images it pulls, and which these tests run.
func TestDefinitionsAreThoseOfTheControllers(t *testing.T) {
	written, err := os.ReadFile("../../bootstrap/flux-system/crds.yaml")
	require.NoError(t, err)
	program := exec.Command("go", "run", "./crds")
	program.Dir = "../../tools/flux"
	program.Stderr = os.Stderr
	current, err := program.Output()
	require.NoError(t, err)
	if diff := cmp.Diff(string(current), string(written)); diff != "" {
		t.Errorf("bootstrap/flux-system/crds.yaml is stale; write it with: make flux-crds\n(-want +have)\n%s", diff)
	}
}
