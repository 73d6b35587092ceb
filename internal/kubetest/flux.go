package kubetest

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// FluxNamespace is where Flux's controllers believe to run, and where their service accounts are. These have the controllers'
// names.
const FluxNamespace = "flux-system"

// Names of Flux's controllers.
const (
	SourceController    = "source-controller"
	KustomizeController = "kustomize-controller"
)

// StartFlux starts both controllers of Flux as their service accounts, and stops them when the test ends. Each takes the
// arguments of its Deployment, by the controller's name, and additions to the environment. The cluster needs the CRDs, the namespace
// and the rights of the accounts before.
func (c *ControlPlane) StartFlux(t testing.TB, arguments map[string][]string, environment ...string) {
	t.Helper()
	storage, _, err := freeAddress()
	require.NoError(t, err)
	c.startController(t, SourceController, environment, arguments[SourceController],
		"--storage-path", t.TempDir(), "--storage-addr", storage, "--storage-adv-addr", storage)
	c.startController(t, KustomizeController, environment, arguments[KustomizeController])
}

// startController starts a controller. Of a flag that is among both kinds of arguments, that of this machine counts.
func (c *ControlPlane) startController(t testing.TB, name string, environment, arguments []string, here ...string) {
	t.Helper()
	health, _, err := freeAddress()
	require.NoError(t, err)
	metrics, _, err := freeAddress()
	require.NoError(t, err)
	user, groups := serviceAccount(FluxNamespace, name)
	environment = append([]string{
		"KUBECONFIG=" + c.kubeconfig(t, user, groups...), "RUNTIME_NAMESPACE=" + FluxNamespace, "TMPDIR=" + t.TempDir(),
	}, environment...)
	check := func(ctx context.Context) error { return get(ctx, http.DefaultClient, "http://"+health+"/readyz") }
	// There is one of each, so that none has to be elected.
	here = append(here, "--enable-leader-election=false", "--log-level=error", "--health-addr", health, "--metrics-addr", metrics)
	p := c.run(t, name, environment, check, append(arguments, here...)...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", name, p.tail())
		}
	})
}
