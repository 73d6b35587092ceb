package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"aks-regulated-pulumi/internal/validate"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// outputs are enough for the checks that these tests run.
const outputs = `{"01": {"clusterName": "aks-test", "addressSpace": "10.240.0.0/16", "kubernetesVersion": "1.35",
	"vaultName": "kv", "ingressClientId": "id", "ingressAddress": "10.240.4.4", "ingressHost": "host", "other": [1],
	"nodePools": [{"name": "npsystem", "minCount": 1, "maxCount": 1}],
	"gitOps": {"mode": "flux", "repositoryUrl": "https://x", "branch": "main", "path": "./cluster-manifests",
		"substitutions": {"registry": "r", "tenant_id": "t"}}}}`

type fixture struct {
	app            *App
	stdin          string
	stdout, stderr bytes.Buffer
	// kubeconfig and context are what the command line chose.
	kubeconfig, context string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{stdin: outputs}
	node := &corev1.Node{Status: corev1.NodeStatus{NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.35.1"}}}
	node.Name = "aks-npsystem-0"
	config := &rest.Config{Host: "https://10.240.8.4", ExecProvider: &clientcmdapi.ExecConfig{Command: "kubelogin"}}
	typed := fake.NewClientset(node)
	typed.PrependReactor("create", "selfsubjectreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authenticationv1.SelfSubjectReview{}, nil
	})
	cluster := &validate.Cluster{Config: config, Typed: typed}
	f.app = &App{
		Manifests: fstest.MapFS{
			"unified/kustomization.yaml":      {Data: []byte("kind: Kustomization\nresources: [namespace.yaml]\n")},
			"unified/namespace.yaml":          {Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: ingress}\n")},
			"falco-system/kustomization.yaml": {Data: []byte("kind: Kustomization\nresources: [namespace.yaml]\n")},
			"falco-system/namespace.yaml":     {Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: falco-system}\n")},
		},
		Connect: func(kubeconfig, context string) (*validate.Cluster, error) {
			f.kubeconfig, f.context = kubeconfig, context
			return cluster, nil
		},
		Stdout: &f.stdout, Stderr: &f.stderr,
	}
	return f
}

// run runs a command line afresh.
func (f *fixture) run(t *testing.T, args ...string) int {
	app := &App{
		Manifests: f.app.Manifests, Connect: f.app.Connect, Stdin: strings.NewReader(f.stdin),
		Stdout: f.app.Stdout, Stderr: f.app.Stderr,
	}
	f.stdout.Reset()
	f.stderr.Reset()
	return app.Run(t.Context(), args)
}

// A table goes to people, one document to programs, and the exit code tells failed checks from passed ones.
func TestRun(t *testing.T) {
	f := newFixture(t)
	file := filepath.Join(t.TempDir(), "stamps.json")
	require.NoError(t, os.WriteFile(file, []byte(outputs), 0o600))
	code := f.run(t, "--outputs", file, "--stamp", "01", "--only", "api-private,nodes-version",
		"--kubeconfig", "k", "--context", "c")
	assert.Equal(t, ExitPassed, code, f.stderr.String())
	assert.Contains(t, f.stdout.String(), "2 passed, 0 failed, 0 skipped\n")
	assert.Equal(t, []string{"k", "c"}, []string{f.kubeconfig, f.context})
	assert.Empty(t, f.stderr.String())

	code = f.run(t, "--outputs", "-", "--json", "--only", "nodes-version", "--only", "namespaces")
	assert.Equal(t, ExitFailed, code)
	assert.Empty(t, f.stderr.String(), "the report has shown what failed")
	var report validate.Report
	require.NoError(t, json.Unmarshal(f.stdout.Bytes(), &report))
	assert.Equal(t, []int{1, 1, 0}, []int{report.Passed, report.Failed, report.Skipped})
	assert.Equal(t, "aks-test", report.Cluster)

	assert.Equal(t, ExitPassed, f.run(t, "--outputs", "-", "--only", "nodes-zones"), "what is skipped does not fail")
	assert.Contains(t, f.stdout.String(), "0 passed, 0 failed, 1 skipped")
}

// What keeps the command from checking anything is one line, or one document, and has its own exit code.
func TestErrors(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no outputs", nil, "--outputs is missing: pulumi stack output stamps --json"},
		{"no file", []string{"--outputs", "nowhere.json"}, "outputs: open nowhere.json"},
		{"other stamp", []string{"--outputs", "-", "--stamp", "07"}, `no stamp "07"`},
		{"no commit", []string{"--outputs", "-", "--revision", "main"}, `--revision "main" is no commit`},
		{"a commit that was not found", []string{"--outputs", "-", "--revision", ""}, `--revision "" is no commit`},
		{"no time", []string{"--outputs", "-", "--timeout", "0s"}, "--timeout 0s leaves no time"},
		{"unknown check", []string{"--outputs", "-", "--only", "luck"}, "no check luck"},
		{"unknown flag", []string{"--fast"}, "unknown flag: --fast"},
		{"argument", []string{"stamps.json"}, "unknown command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, ExitError, f.run(t, tt.args...))
			assert.Contains(t, f.stderr.String(), "validate: "+tt.want)
			assert.Equal(t, 1, strings.Count(f.stderr.String(), "\n"))
			assert.Empty(t, f.stdout.String())
		})
	}
	f.stdin = `{"01": {}}`
	assert.Equal(t, ExitError, f.run(t, "--outputs", "-"))
	assert.Contains(t, f.stderr.String(), "outputs of stamp 01: missing: clusterName, addressSpace,")

	assert.Equal(t, ExitError, f.run(t, "--json", "--outputs", "nowhere.json"))
	assert.JSONEq(t, `{"error": "outputs: open nowhere.json: no such file or directory"}`, f.stdout.String())
	assert.Empty(t, f.stderr.String())
}

// The list names every check without a cluster.
func TestList(t *testing.T) {
	f := newFixture(t)
	f.app.Connect = nil
	assert.Equal(t, ExitPassed, f.run(t, "--list"))
	assert.Equal(t, len(validate.Checks())+1, strings.Count(f.stdout.String(), "\n"))
	assert.Equal(t, ExitPassed, f.run(t, "--list", "--json"))
	var listed []validate.Description
	require.NoError(t, json.Unmarshal(f.stdout.Bytes(), &listed))
	assert.Equal(t, validate.Checks(), listed)
}

func writeKubeconfig(t *testing.T, server string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	text := "apiVersion: v1\nkind: Config\ncurrent-context: right\nusers: [{name: me, user: {token: secret}}]\n" +
		"clusters: [{name: a, cluster: {server: '" + server + "', insecure-skip-tls-verify: true}},\n" +
		"  {name: b, cluster: {server: 'https://127.0.0.1:1'}}]\n" +
		"contexts: [{name: right, context: {cluster: a, user: me}}, {name: wrong, context: {cluster: b, user: me}}]\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// The kubeconfig is found as kubectl finds it; without one, or without an API server behind it, nothing can be checked.
func TestKubeconfig(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/selfsubjectreviews") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}`)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "status": {"userInfo":
			{"username": "me", "groups": ["system:masters"]}}}`)
	}))
	defer server.Close()
	f := newFixture(t)
	f.app.Connect = Connect
	t.Setenv("KUBECONFIG", writeKubeconfig(t, server.URL))
	assert.Equal(t, ExitFailed, f.run(t, "--outputs", "-", "--only", "api-sign-in"), f.stderr.String())
	assert.Contains(t, f.stdout.String(), "the kubeconfig's user has a token; the kubeconfig's user runs no sign-in command; "+
		"me is in system:masters.")
	assert.Equal(t, ExitFailed, f.run(t, "--outputs", "-", "--only", "nodes-ready"))
	assert.Contains(t, f.stdout.String(), "Sign in as a member of the cluster's administrators")

	assert.Equal(t, ExitError, f.run(t, "--outputs", "-", "--context", "wrong"))
	assert.Contains(t, f.stderr.String(), "no connection to https://127.0.0.1:1: run this on a jump box or agent inside the network")
	assert.Equal(t, ExitError, f.run(t, "--outputs", "-", "--context", "other"))
	assert.Contains(t, f.stderr.String(), "no usable kubeconfig, get one by az aks get-credentials")

	t.Setenv("KUBECONFIG", "")
	t.Setenv("HOME", t.TempDir())
	assert.Equal(t, ExitError, f.run(t, "--outputs", "-", "--kubeconfig", "nowhere"))
	assert.Contains(t, f.stderr.String(), "no usable kubeconfig")
	assert.Equal(t, ExitFailed, f.run(t, "--outputs", "-", "--kubeconfig", writeKubeconfig(t, server.URL), "--only", "api-private"))
}

// An API server that does not answer costs no more than the time that is given.
func TestTimeout(t *testing.T) {
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-released }))
	defer server.Close()
	defer close(released)
	f := newFixture(t)
	f.app.Connect = Connect
	started := time.Now()
	code := f.run(t, "--outputs", "-", "--kubeconfig", writeKubeconfig(t, server.URL), "--timeout", "100ms")
	assert.Equal(t, ExitError, code)
	assert.Less(t, time.Since(started), 10*time.Second)
	assert.Contains(t, f.stderr.String(), "deadline exceeded")
}

// The command links neither Pulumi nor Azure's SDK: it is one small file to bring along.
func TestSmall(t *testing.T) {
	listed, err := exec.Command("go", "list", "-deps", "aks-regulated-pulumi/cmd/validate").CombinedOutput()
	require.NoError(t, err, string(listed))
	assert.Contains(t, string(listed), "k8s.io/client-go/kubernetes\n")
	assert.NotContains(t, string(listed), "github.com/pulumi/")
	assert.NotContains(t, string(listed), "github.com/Azure/")
}
