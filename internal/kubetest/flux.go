package kubetest

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fluxNamespace is where Flux's controllers believe to run.
const fluxNamespace = "flux-system"

// StartFlux starts source-controller and kustomize-controller as administrators of the cluster, which needs their CRDs and the namespace
// flux-system before, and stops them when the test ends.
func (c *ControlPlane) StartFlux(t testing.TB) {
	t.Helper()
	storage, _, err := freeAddress()
	require.NoError(t, err)
	c.startController(t, "source-controller", "--storage-path", filepath.Join(c.directory, "artifacts"),
		"--storage-addr", storage, "--storage-adv-addr", storage)
	c.startController(t, "kustomize-controller", "--no-remote-bases")
}

func (c *ControlPlane) startController(t testing.TB, name string, arguments ...string) {
	t.Helper()
	health, _, err := freeAddress()
	require.NoError(t, err)
	metrics, _, err := freeAddress()
	require.NoError(t, err)
	environment := []string{
		"KUBECONFIG=" + c.Kubeconfig(t), "RUNTIME_NAMESPACE=" + fluxNamespace, "TMPDIR=" + t.TempDir(),
	}
	check := func(ctx context.Context) error { return get(ctx, http.DefaultClient, "http://"+health+"/readyz") }
	// There is one of each, so that none has to be elected; nothing receives their events beside the API server.
	c.run(t, name, environment, check, append(arguments, "--watch-all-namespaces", "--enable-leader-election=false",
		"--events-addr=", "--log-level=info", "--health-addr", health, "--metrics-addr", metrics)...)
}
