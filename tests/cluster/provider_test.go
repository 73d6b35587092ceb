//go:build cluster

package cluster_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/offline"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const (
	typeOfProvider      = "pulumi:providers:kubernetes"
	typeOfSource        = "kubernetes:source.toolkit.fluxcd.io/v1:GitRepository"
	typeOfKustomization = "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization"
)

// An update from inside the network brings Flux into a cluster through the Kubernetes API, and is over when everything in the manifests is
// ready. Between changes updates find nothing to do, and a new authority of the cluster replaces nothing. An update that Flux cannot follow
// fails and shows why. The state holds no secret, and all of it can be destroyed from outside.
func TestUpdatesFromInside(t *testing.T) {
	s := startInside(t)
	play := func() { bringUp(t, s.client) }
	revision := s.push(t, "Add the manifests", tree(t))
	s.open(t, map[string]any{})
	up := start(t, s.runner.Up)
	s.startControllers(t, up)
	up.until(t, func() error { return s.unready(t, revision) })
	up.requireWaits(t)
	_, err := up.end(play)
	require.NoError(t, err)
	require.NoError(t, s.status(t, revision, "True", "lastAppliedRevision"))
	s.requireNoSecret(t)

	again, err := start(t, s.runner.Up).end(play)
	require.NoError(t, err)
	assert.Empty(t, changes(again))

	_, err = start(t, s.runner.Refresh).end(play)
	require.NoError(t, err)
	s.authority += string(kubetest.NewAuthority(t))
	s.open(t, map[string]any{})
	rotated, err := start(t, s.runner.Preview).end(play)
	require.NoError(t, err)
	assert.Equal(t, []string{"update " + typeOfProvider}, changes(rotated), "what a refresh finds is no drift")

	s.push(t, "Add a broken manifest", added(t, broken()))
	s.wait = failure
	// Both changes make the controllers look at once.
	s.open(t, map[string]any{"bootstrap.sourceTimeoutSeconds": 100, "bootstrap.syncTimeoutSeconds": 200})
	failed, err := start(t, s.runner.Up).end(play)
	require.ErrorContains(t, err, `"flux-system/bootstrap-unified" failed to fully initialize or become live: timed out waiting`)
	assert.Equal(t, []string{
		"update " + typeOfProvider, "update " + typeOfSource, "update " + typeOfKustomization, "update " + typeOfKustomization,
	}, changes(failed), "Falco's and the one that fails")
	assert.Contains(t, warnings(failed), "Deployment/cluster-baseline-settings/broken dry-run failed")

	s.away.Store(true)
	_, err = start(t, s.runner.Destroy).end(play)
	require.NoError(t, err)
	assert.Empty(t, s.azure.Left())
	for _, o := range []*unstructured.Unstructured{s.source, s.sync} {
		stored, err := s.client.Get(t.Context(), o)
		require.NoError(t, err, "%s goes with the cluster, not before", label(o))
		assert.Nil(t, stored.GetDeletionTimestamp(), label(o))
	}
}

// unready explains why Flux does not wait yet for what it has applied.
func (s *inside) unready(t *testing.T, revision string) error {
	if err := s.status(t, revision, "Unknown", "lastAttemptedRevision"); err != nil {
		return err
	}
	_, err := s.client.Get(t.Context(), deploymentNamed("ingress", "traefik"))
	return err
}

// requireWaits holds that an operation goes on for a while.
func (r *running) requireWaits(t *testing.T) {
	t.Helper()
	select {
	case <-r.done:
		require.FailNow(t, "the update is over before Flux is ready", "%v", r.err)
	case <-time.After(3 * time.Second):
	}
}

// requireNoSecret checks that the state gives no access to the cluster.
func (s *inside) requireNoSecret(t *testing.T) {
	t.Helper()
	text, err := s.runner.Export(t.Context())
	require.NoError(t, err)
	printed, err := os.ReadFile(s.credential)
	require.NoError(t, err)
	var credential struct {
		Status struct {
			ClientKeyData string `json:"clientKeyData"`
		} `json:"status"`
	}
	require.NoError(t, json.Unmarshal(printed, &credential))
	key := strings.Split(credential.Status.ClientKeyData, "\n")
	require.Greater(t, len(key), 2)
	assert.NotContains(t, string(text), key[1])
	var state deployed
	require.NoError(t, json.Unmarshal(text, &state))
	var kubeconfigs []string
	for _, resource := range state.Deployment.Resources {
		if resource.Type == typeOfProvider {
			var inputs struct {
				Kubeconfig string `json:"kubeconfig"`
			}
			require.NoError(t, json.Unmarshal(resource.Inputs, &inputs))
			kubeconfigs = append(kubeconfigs, inputs.Kubeconfig)
		}
	}
	require.Len(t, kubeconfigs, 1)
	config, err := clientcmd.Load([]byte(kubeconfigs[0]))
	require.NoError(t, err)
	require.Len(t, config.AuthInfos, 1)
	for _, user := range config.AuthInfos {
		require.NotNil(t, user.Exec)
		assert.Equal(t, &api.AuthInfo{Exec: user.Exec, Extensions: user.Extensions}, user, "nothing but a command")
	}
}

// changes are the steps of an operation that change something, as "op type".
func changes(result *offline.Result) []string {
	var steps []string
	for _, step := range result.Steps {
		if step.Op != "same" && step.Op != "refresh" && step.Op != "read" {
			steps = append(steps, step.Op+" "+step.Type)
		}
	}
	return steps
}

// warnings are what providers say while they wait.
func warnings(result *offline.Result) string {
	var said []string
	for _, event := range result.Events {
		if event.DiagnosticEvent != nil && event.DiagnosticEvent.Severity == "warning" {
			said = append(said, event.DiagnosticEvent.Message)
		}
	}
	return strings.Join(said, "\n")
}
