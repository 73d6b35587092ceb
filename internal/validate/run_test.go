package validate

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
)

// A deployment in which all is as it should be passes every check, in the order of the table.
func TestAllPasses(t *testing.T) {
	l := newLab(t)
	report, err := l.run("pod-security")
	require.NoError(t, err)
	assert.Len(t, report.Checks, 1, "--only runs nothing else")

	report, err = l.run()
	require.NoError(t, err)
	assert.Empty(t, failures(report))
	var ids, described []string
	for _, c := range report.Checks {
		ids = append(ids, c.ID)
	}
	for _, c := range Checks() {
		described = append(described, c.ID)
	}
	assert.Empty(t, cmp.Diff(described, ids))
	assert.Equal(t, []int{len(ids), 0, 0}, []int{report.Passed, report.Failed, report.Skipped})
	assert.Equal(t, []string{"01", "aks-test"}, []string{report.Stamp, report.Cluster})

	l = newLab(t)
	l.expected.GitOps.Mode = ModeManifests
	for _, agent := range azureAgents {
		l.remove("Deployment", "flux-system/"+agent)
	}
	l.remove("Pod", "flux-system/source-controller")
	l.set("Kustomization", "flux-system/bootstrap-virtual-nodes", "spec.path", "./cluster-manifests/vn2")
	report, err = l.run()
	require.NoError(t, err)
	assert.Empty(t, failures(report), "without the extension its agents are not missed, and the chart brings virtual nodes")
}

// A report reads as a table without colours, and as one JSON document.
func TestReport(t *testing.T) {
	l := newLab(t)
	l.set("Deployment", "ingress/traefik", "status.availableReplicas", int64(1))
	report, err := l.run("deployments", "namespaces")
	require.NoError(t, err)

	var table, document bytes.Buffer
	require.NoError(t, report.WriteTable(&table))
	lines := strings.Split(table.String(), "\n")
	assert.Equal(t, []string{"CHECK", "RESULT", "DETAILS"}, strings.Fields(lines[0]))
	assert.Regexp(t, `^namespaces +passed +11 expected ones are active, none besides$`, lines[1])
	assert.Regexp(t, `^deployments +failed +Deployment ingress/traefik has 1 of 2 replicas available\. Look at `, lines[2])
	assert.Equal(t, "1 passed, 1 failed, 0 skipped", lines[3])
	assert.NotContains(t, table.String(), "\x1b")

	require.NoError(t, report.WriteJSON(&document))
	var read map[string]any
	require.NoError(t, json.Unmarshal(document.Bytes(), &read))
	for _, field := range []string{"stamp", "cluster", "checks", "passed", "failed", "skipped"} {
		assert.Contains(t, read, field)
	}
	first := read["checks"].([]any)[0].(map[string]any)
	assert.Equal(t, "namespaces", first["id"])
	assert.Equal(t, "passed", first["result"])
}

// What the API server refuses to tell is a failed check that says whom to sign in as; the others go on.
func TestForbidden(t *testing.T) {
	l := newLab(t)
	l.fail = func(action clienttesting.Action) error {
		if action.GetResource().Resource == "nodes" {
			return apierrors.NewForbidden(schema.GroupResource{Resource: "nodes"}, "", errors.New("no"))
		}
		return nil
	}
	report, err := l.run("nodes-ready", "namespaces")
	require.NoError(t, err)
	found := failures(report)
	assert.Contains(t, found["nodes-ready"], "failed: not allowed: nodes is forbidden")
	assert.Contains(t, found["nodes-ready"], "Sign in as a member of the cluster's administrators")
	assert.NotContains(t, found, "namespaces")
}

// Other answers of the API server are a failed check, too: it answers.
func TestServerError(t *testing.T) {
	l := newLab(t)
	l.fail = func(action clienttesting.Action) error {
		if action.GetResource().Resource == "namespaces" {
			return apierrors.NewInternalError(errors.New("etcd is full"))
		}
		return nil
	}
	report, err := l.run("namespaces")
	require.NoError(t, err)
	assert.Contains(t, failures(report)["namespaces"], "the API server answers: Internal error occurred: etcd is full")
}

// Without a connection or a sign-in there is nothing to report, and the error says what to do.
func TestNoConnection(t *testing.T) {
	refused := &url.Error{Op: "Get", URL: "https://api", Err: errors.New("connection refused")}
	expired := apierrors.NewUnauthorized("token expired")
	tests := []struct {
		name     string
		resource string
		err      error
		want     string
	}{
		{"at the start", "selfsubjectreviews", refused, "run this on a jump box or agent inside the network"},
		{"on the way", "nodes", refused, "check nodes-ready: no connection to the cluster"},
		{"refused user", "selfsubjectreviews", expired, "refuses this user"},
		{"expired on the way", "nodes", expired, "sign in again"},
		{"broken API server", "selfsubjectreviews", apierrors.NewInternalError(errors.New("no")), "who the user is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.fail = func(action clienttesting.Action) error {
				if action.GetResource().Resource == tt.resource {
					return tt.err
				}
				return nil
			}
			report, err := l.run()
			assert.Nil(t, report)
			require.ErrorContains(t, err, tt.want)
			assert.ErrorIs(t, err, tt.err)
		})
	}
}

// A check that hangs fails after its time; a run that hangs ends after its own.
func TestTimeouts(t *testing.T) {
	hang := func(l *lab) {
		l.fail = func(action clienttesting.Action) error {
			if action.GetResource().Resource != "namespaces" {
				return nil
			}
			time.Sleep(60 * time.Millisecond)
			return errors.New("timed out")
		}
	}
	l := newLab(t)
	l.options.CheckTimeout = 20 * time.Millisecond
	hang(l)
	report, err := l.run("namespaces", "deployments")
	require.NoError(t, err)
	assert.Contains(t, failures(report)["namespaces"], "no answer within 20ms")

	l = newLab(t)
	l.options.Timeout = 20 * time.Millisecond
	hang(l)
	_, err = l.run("namespaces")
	assert.EqualError(t, err, "check namespaces was not finished: 20ms are over")
}

// Mistakes of the caller are errors, not failed checks.
func TestMistakes(t *testing.T) {
	l := newLab(t)
	_, err := l.run("nodes-ready", "nodes-happy")
	require.EqualError(t, err, "no check nodes-happy: --list names them all")

	delete(l.expected.GitOps.Substitutions, "traefik_tag")
	_, err = l.run()
	require.ErrorContains(t, err, "variables without a value: traefik_tag (Deployment ingress/traefik)")

	_, err = Run(t.Context(), &Cluster{}, &Expected{}, l.options)
	require.ErrorContains(t, err, "expectations: missing: clusterName, addressSpace")
}

// The document lists every check as the program knows it.
func TestDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/validate.md")
	require.NoError(t, err)
	var rows []string
	for line := range strings.SplitSeq(string(document), "\n") {
		if strings.HasPrefix(line, "| `") && !strings.HasPrefix(line, "| `--") {
			rows = append(rows, line)
		}
	}
	var want []string
	for _, c := range Checks() {
		want = append(want, "| `"+c.ID+"` | "+c.Title+" | "+c.Source+" | "+c.Serves+" |")
	}
	assert.Empty(t, cmp.Diff(want, rows), "docs/validate.md")
}
