package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/typetoken"
)

// exported is what the tests read of an export.
type exported struct {
	Deployment struct {
		Resources []struct {
			URN     string
			Type    string
			Inputs  map[string]any
			Outputs map[string]any
		}
	}
}

func (s *engineStack) exported(t *testing.T) exported {
	t.Helper()
	text, err := s.runner.Export(context.Background())
	require.NoError(t, err)
	var state exported
	require.NoError(t, json.Unmarshal(text, &state))
	return state
}

// one is inputs and outputs of the only resource of a type.
func (e exported) one(t *testing.T, typ string) (inputs, outputs map[string]any) {
	t.Helper()
	found := 0
	for _, r := range e.Deployment.Resources {
		if r.Type == typ {
			inputs, outputs = r.Inputs, r.Outputs
			found++
		}
	}
	require.Equal(t, 1, found, typ)
	return inputs, outputs
}

// An update ends with the extension and the configuration in place, everything in the manifests ready, and in the state the very
// values that the stack's outputs have.
func TestEngineBootstrap(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	state := stack.exported(t)
	_, extension := state.one(t, typetoken.Extension)
	assert.Equal(t, "Succeeded", extension["provisioningState"])
	inputs, configuration := state.one(t, typetoken.FluxConfiguration)
	assert.Equal(t, "Succeeded", configuration["provisioningState"])
	assert.Equal(t, "Compliant", configuration["complianceState"])
	_, outputs := state.one(t, "pulumi:pulumi:Stack")
	stamp := outputs["stamps"].(object)["01"].(object)
	substitutions := inputs["kustomizations"].(object)["unified"].(object)["postBuild"].(object)["substitute"].(object)
	assert.Equal(t, stamp["gitOps"].(object)["substitutions"], substitutions)
	for variable, output := range map[string]string{
		"vault_name": "vaultName", "ingress_client_id": "ingressClientId", "ingress_address": "ingressAddress", "ingress_host": "ingressHost",
	} {
		assert.Equal(t, stamp[output], substitutions[variable], variable)
	}
	assert.Equal(t, stamp["registryName"].(string)+".azurecr.io", substitutions["registry"])
	for name, value := range substitutions {
		assert.NotEmpty(t, value, name)
	}
	trouble, err := stack.azure.TryGitOps(stack.id(t, string(nodes), "aks-"))
	require.NoError(t, err)
	assert.Empty(t, trouble)
}

// following is configuration of the bootstrap beside the repository of the checked-in stacks: it takes the place of all they have there.
func following(config map[string]any) map[string]any {
	config["bootstrap.repositoryUrl"] = configtest.RepositoryURL
	return config
}

// repositoryWith is a Git repository with the manifests and one more in namespace a0005-i.
func repositoryWith(t *testing.T, manifest string) fs.FS {
	t.Helper()
	repository := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(clustermanifests.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(clustermanifests.Files, name)
		repository[path.Join(clustermanifests.Directory, name)] = &fstest.MapFile{Data: content}
		return err
	}))
	list := repository[clustermanifests.Directory+"/a0005-i/kustomization.yaml"]
	list.Data = append(list.Data, "  - more.yaml\n"...)
	repository[clustermanifests.Directory+"/a0005-i/more.yaml"] = &fstest.MapFile{Data: []byte(manifest)}
	return repository
}

const podTemplate = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web-frontend, namespace: a0005-i}
spec:
  selector: {matchLabels: {app: web-frontend}}
  template:
    metadata: {labels: {app: web-frontend}}
    spec:
      nodeSelector: {SELECTOR}
      containers: [{name: web, image: "IMAGE"}]
`

// A repository that the cluster cannot be set up from fails the configuration, and the message says what is wrong with which object. How
// an update fails with it, TestEngineUpdateSaysWhatIsMissing shows.
func TestEngineBootstrapFailsForBadRepositories(t *testing.T) {
	t.Parallel()
	pod := func(image, selector string) string {
		return strings.NewReplacer("IMAGE", image, "SELECTOR", selector).Replace(podTemplate)
	}
	const busybox = "${registry}/live/library/busybox:${busybox_tag}@${busybox_digest}"
	for name, test := range map[string]struct {
		manifest string
		says     []string
	}{
		"a broken manifest":        {"kind: [", []string{"more.yaml"}},
		"a missing variable":       {pod("${registry}/live/a:${nothing_sets_this}", ""), []string{"nothing_sets_this", "Deployment a0005-i/web-frontend"}},
		"an image outside live/":   {pod("docker.io/library/busybox:1.37.0", ""), []string{"docker.io/library/busybox:1.37.0"}},
		"an image not imported":    {pod("${registry}/live/nobody/knows:1.0@${busybox_digest}", ""), []string{"live/nobody/knows"}},
		"another digest":           {pod("${registry}/live/library/busybox:${busybox_tag}@${falco_digest}", ""), []string{"live/library/busybox"}},
		"a node that is nowhere":   {pod(busybox, "pci-scope: elsewhere"), []string{"web-frontend", "pci-scope"}},
		"a namespace not made":     {strings.ReplaceAll(pod(busybox, ""), "a0005-i", "nowhere"), []string{"nowhere"}},
		"a definition not applied": {"apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, namespace: a0005-i}\n", []string{"Thing"}},
	} {
		t.Run(name, func(t *testing.T) {
			azure := development.simulate(t, repositoryWith(t, test.manifest))
			message, err := azure.TryRecreate(idIn(t, azure, string(gitOps), "bootstrap"))
			require.NoError(t, err)
			assert.Contains(t, message, "FluxConfigurationNotCompliant")
			for _, part := range test.says {
				assert.Contains(t, message, part)
			}
		})
	}
}

// In mode manifests the same update brings Flux by the Kubernetes API, changes nothing when it runs again, and takes everything down.
func TestEngineManifestsMode(t *testing.T) {
	t.Parallel()
	stack := inManifests.copy(t)
	for _, resource := range stack.azure.Resources() {
		assert.NotContains(t, resource.Type, "KubernetesConfiguration")
	}
	trouble, err := stack.azure.TryGitOps(stack.id(t, string(nodes), "aks-"))
	require.NoError(t, err)
	assert.Empty(t, trouble)
	waited := map[any]any{}
	for _, r := range stack.exported(t).Deployment.Resources {
		if r.Type == typetoken.Kustomization {
			spec := r.Inputs["spec"].(object)
			assert.NotEmpty(t, spec["postBuild"].(object)["substitute"])
			waited[spec["path"]] = spec["wait"]
		}
	}
	assert.Equal(t, map[any]any{"./cluster-manifests/unified": true, "./cluster-manifests/falco-system": false}, waited)
	stack.unchanged(t)
	stack.destroy(t)
	assert.Empty(t, stack.azure.Left())
}

// Flux comes and goes without a change to anything else, and can change its mode over none: what follows the repository is taken away
// before what serves it.
func TestEngineTakesFluxAway(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	fluxOnly := func(result *offline.Result, op string) {
		t.Helper()
		steps := changed(result)
		require.NotEmpty(t, steps)
		for _, step := range steps {
			isFlux := strings.Contains(step, "kubernetes") || strings.Contains(step, "aksregulated:bootstrap:")
			// Images, rules and exceptions of policies follow the mode.
			follows := strings.Contains(step, "AzureCliScript") || strings.Contains(step, "RuleCollectionGroup") ||
				strings.Contains(step, "PolicyAssignment")
			assert.True(t, follows || isFlux && strings.HasPrefix(step, op), step)
		}
	}
	stack.reopen(t, following(map[string]any{"bootstrap.mode": "none"}))
	fluxOnly(stack.up(t), "delete ")
	trouble, err := stack.azure.TryGitOps(stack.id(t, string(nodes), "aks-"))
	require.NoError(t, err)
	assert.Contains(t, trouble, "NothingSyncs")
	stack.reopen(t, following(map[string]any{"bootstrap.mode": "manifests"}))
	fluxOnly(stack.up(t), "create ")
	trouble, err = stack.azure.TryGitOps(stack.id(t, string(nodes), "aks-"))
	require.NoError(t, err)
	assert.Empty(t, trouble)
	stack.reopen(t, following(map[string]any{"bootstrap.mode": "none"}))
	fluxOnly(stack.up(t), "delete ")
	stack.destroy(t)
	assert.Empty(t, stack.azure.Left())
}

// In mode manifests, too, an update ends only when everything in the repository is ready; repairing the repository is all that a failed one
// needs.
func TestEngineManifestsModeWaitsUntilReady(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.reopen(t, following(map[string]any{"bootstrap.mode": "none"}))
	stack.up(t)
	stack.repository = repositoryWith(t, strings.NewReplacer("IMAGE", "docker.io/library/busybox:1.37.0", "SELECTOR", "").Replace(podTemplate))
	stack.reopen(t, following(map[string]any{"bootstrap.mode": "manifests"}))
	message := stack.upFails(t)
	assert.Contains(t, message, "Kustomization flux-system/bootstrap-unified")
	assert.Contains(t, message, "docker.io/library/busybox:1.37.0")
	stack.close(t)
	stack.repository = nil
	stack.open(t, following(map[string]any{"bootstrap.mode": "manifests"}))
	stack.up(t)
}

// What signs in to a private repository is in plain text nowhere: not in the state, its history or the simulator's file, in either
// mode.
func TestEnginePrivateRepository(t *testing.T) {
	t.Parallel()
	public, private, err := devcerts.MakeOperatorKey("flux")
	require.NoError(t, err)
	for mode, from := range map[string]*deployment{"flux": development, "manifests": inManifests} {
		t.Run(mode, func(t *testing.T) {
			stack := from.copy(t)
			stack.secrets = map[string]string{"bootstrap.sshPrivateKey": private}
			stack.reopen(t, map[string]any{
				"bootstrap.mode": mode, "bootstrap.repositoryUrl": sshRepository, "bootstrap.sshKnownHosts": "git.example.com " + public,
			})
			require.NotEmpty(t, changed(stack.up(t)))
			text, err := stack.runner.Export(context.Background())
			require.NoError(t, err)
			stack.close(t)
			lines := strings.Split(strings.TrimSpace(private), "\n")
			secrets := append(slices.Clone(lines[1:len(lines)-1]), base64.StdEncoding.EncodeToString([]byte(private)))
			for _, secret := range secrets {
				assert.NotContains(t, string(text), secret)
			}
			require.NoError(t, filepath.WalkDir(stack.stateDir, func(name string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() || filepath.Base(filepath.Dir(name)) == suppliedDir {
					return err
				}
				content, err := os.ReadFile(name)
				for _, secret := range secrets {
					assert.NotContains(t, string(content), secret, name)
				}
				return err
			}))
		})
	}
}
