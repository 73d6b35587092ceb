//go:build cluster

package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/platform"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	// skipVariable names the environment variable that keeps tools/cluster from building the provider.
	skipVariable = "KUBETEST_PROVIDER"
	gitHost      = "git.example.com"
	// updatePatience is how long an update of the whole platform may take, on a machine with other things to do.
	updatePatience = 4 * time.Minute
	// failure is how long an update waits for the repository that is to fail, instead of minutes.
	failure = "10s"
)

// inside is the dev stack in mode manifests, updated from inside the network. Azure is simulated; engine, provider, API server, Flux and
// Git are real. The test plays nodes and the controllers of Kubernetes.
type inside struct {
	*flux
	azure    *azuresim.Server
	runner   *offline.Runner
	proxied  []string
	stateDir string
	// credential is the path of what kubelogin prints.
	credential string
	// authority is what Azure says by which clients know the API server.
	authority string
	// wait is how long an update waits for Flux; empty for the program's own time.
	wait string
	// away takes the machine out of the network.
	away atomic.Bool
}

// startInside starts a cluster without Flux and prepares a machine with kubelogin, the provider and a way to the cluster's private name.
func startInside(t *testing.T) *inside {
	t.Helper()
	const plugin = "pulumi-resource-kubernetes"
	if os.Getenv(skipVariable) == "skip" {
		t.Skipf("%s=skip leaves %s out", skipVariable, plugin)
	}
	plane, client := startCluster(t)
	s := &inside{flux: &flux{plane: plane, client: client, repository: plane.NewRepositoryAt(t, gitHost)}, stateDir: t.TempDir()}
	s.authority = string(plane.Authority())
	s.source = object("source.toolkit.fluxcd.io/v1", "GitRepository", kubetest.FluxNamespace, sourceName, nil)
	s.sync = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", kubetest.FluxNamespace, syncName, nil)
	s.proxied = kubetest.StartProxy(t, func(host string) string {
		switch {
		case s.away.Load():
			return ""
		case host == gitHost:
			return s.repository.Address
		case strings.HasSuffix(host, ".privatelink.eastus2.azmk8s.io"):
			return plane.Address()
		}
		return ""
	})
	for _, variable := range s.proxied {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	// The group of administrators has this right by AKS itself.
	s.credential = plane.Credential(t, "deployer@example.com", "system:masters")
	programs := t.TempDir()
	login := fmt.Sprintf(`#!/bin/sh
[ "$*" = "get-token --login azurecli --server-id 6dae42f8-4368-4678-94ff-3960e28e3630 --tenant-id %s --environment AzurePublicCloud" ] ||
	{ echo "no such sign-in: $*" >&2; exit 1; }
exec cat %s
`, azuresim.TenantID, s.credential)
	require.NoError(t, os.WriteFile(filepath.Join(programs, "kubelogin"), []byte(login), 0o700))
	require.NoError(t, os.Symlink(plane.Program(plugin), filepath.Join(programs, plugin)))
	t.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Cleanup(func() { s.close(t) })
	return s
}

// open opens the stack, with values by the names of config.Keys, in place of the one that is open.
func (s *inside) open(t *testing.T, config map[string]any) {
	t.Helper()
	s.close(t)
	config["bootstrap.mode"], config["bootstrap.repositoryUrl"] = "manifests", s.repository.URL
	command, err := pulumicli.Find(repository)
	require.NoError(t, err)
	s.runner, err = offline.Open(t.Context(), offline.Options{
		ProjectDir: repository, StateDir: s.stateDir, Stack: "dev", Config: configtest.Nested(config),
		Program: s.program, Check: platform.CheckConfig, Supply: devcerts.Supply, Command: command,
		Simulate: func(stateFile string) (offline.Simulator, error) {
			server, err := azuresim.Start(azuresim.Options{StateFile: stateFile, ClusterAuthority: s.authority})
			if err != nil {
				return nil, err
			}
			s.azure = server
			return server, nil
		},
	})
	require.NoError(t, err)
}

func (s *inside) close(t *testing.T) {
	t.Helper()
	if s.runner != nil {
		require.NoError(t, s.runner.Close())
		s.runner = nil
	}
}

// program is the platform, but for how long it waits for Flux.
func (s *inside) program(ctx *pulumi.Context) error {
	err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if s.wait == "" || !strings.HasSuffix(args.Type, ":Kustomization") {
			return nil
		}
		timeouts := pulumi.Timeouts(&pulumi.CustomTimeouts{Create: s.wait, Update: s.wait})
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(args.Opts, timeouts)}
	})
	if err != nil {
		return err
	}
	return platform.Deploy(ctx)
}

// push commits files of the manifests and returns the revision as Flux writes it. Flux does not hear of it.
func (s *inside) push(t *testing.T, message string, files map[string][]byte) string {
	t.Helper()
	named := map[string][]byte{}
	for name, content := range files {
		named[path.Join(clustermanifests.Directory, name)] = content
	}
	return kubetest.Branch + "@sha1:" + s.repository.Commit(t, message, named)
}

// running is an operation of the engine that is under way.
type running struct {
	done   chan struct{}
	result *offline.Result // once it is done, as err
	err    error
}

type operation func(context.Context, offline.RunOptions) (*offline.Result, error)

func start(t *testing.T, run operation) *running {
	t.Helper()
	r := &running{done: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), updatePatience)
	go func() {
		defer close(r.done)
		defer cancel()
		r.result, r.err = run(ctx, offline.RunOptions{})
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

// until repeats something until it succeeds, which has to be before the operation is over.
func (r *running) until(t *testing.T, check func() error) {
	t.Helper()
	for err := check(); err != nil; err = check() {
		select {
		case <-r.done:
			require.FailNow(t, "over too early", "%v, but: %v", r.err, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// end plays something until the operation is over.
func (r *running) end(play func()) (*offline.Result, error) {
	for {
		select {
		case <-r.done:
			return r.result, r.err
		case <-time.After(200 * time.Millisecond):
			play()
		}
	}
}

// startControllers does what Kubernetes does of Flux as soon as the provider has applied it.
func (s *inside) startControllers(t *testing.T, up *running) {
	t.Helper()
	service := object("v1", "Service", kubetest.FluxNamespace, kubetest.SourceController, nil)
	up.until(t, func() error {
		_, err := s.client.Get(t.Context(), service)
		return err
	})
	// The provider waits until there is a list of pods behind a Service, even an empty one.
	create(t, s.client, object("v1", "Endpoints", kubetest.FluxNamespace, kubetest.SourceController, nil))
	arguments := map[string][]string{}
	var deployments []*unstructured.Unstructured
	for _, name := range []string{kubetest.SourceController, kubetest.KustomizeController} {
		up.until(t, func() error {
			stored, err := s.client.Get(t.Context(), deploymentNamed(kubetest.FluxNamespace, name))
			if err != nil {
				return err
			}
			arguments[name] = argumentsOf(t, stored)
			deployments = append(deployments, stored)
			return nil
		})
	}
	s.plane.StartFlux(t, arguments, append(s.proxied, "SSL_CERT_FILE="+s.plane.AuthorityFile())...)
	for _, deployment := range deployments {
		s.rollOut(t, deployment)
	}
}

// rollOut is the first revision of a Deployment, available.
func (s *inside) rollOut(t *testing.T, deployment *unstructured.Unstructured) {
	t.Helper()
	const revision = "deployment.kubernetes.io/revision"
	deployment.SetAnnotations(map[string]string{revision: "1"})
	require.NoError(t, s.client.Update(t.Context(), deployment))
	template, _, _ := unstructured.NestedMap(deployment.Object, "spec", "template")
	set := object("apps/v1", "ReplicaSet", deployment.GetNamespace(), deployment.GetName(), map[string]any{
		"metadata": map[string]any{
			"annotations": map[string]any{revision: "1"},
			"ownerReferences": []any{map[string]any{
				"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment.GetName(), "uid": string(deployment.GetUID()), "controller": true,
			}},
		},
		"spec": map[string]any{
			"replicas": int64(1), "template": template,
			"selector": map[string]any{"matchLabels": map[string]any{"app": deployment.GetName()}},
		},
	})
	require.NotEmpty(t, manifests.PodSpec(set))
	create(t, s.client, set)
	set.Object["status"] = map[string]any{"replicas": int64(1), "readyReplicas": int64(1), "availableReplicas": int64(1)}
	require.NoError(t, s.client.SetStatus(t.Context(), set))
	// The annotation has made another generation.
	stored, err := s.client.Get(t.Context(), deployment)
	require.NoError(t, err)
	stored.Object["status"] = deploymentUp(stored, nil)
	require.NoError(t, s.client.SetStatus(t.Context(), stored))
}
