package components

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/typetoken"
)

const (
	fluxInstall = "stamp01-bootstrap-"
)

func deployManifests(t *testing.T, more settings) *recordingMonitor {
	t.Helper()
	s := settings{"bootstrap.mode": "manifests"}
	maps.Copy(s, more)
	return deployPlatform(t, s)
}

// Updates from inside the network sign in to Entra as the user or identity that runs them. The provider has nothing else: no token, no client
// certificate, no admin kubeconfig.
func TestManifestsSignInByEntra(t *testing.T) {
	m := deployManifests(t, settings{"bootstrap.login": "workloadidentity"})
	provider := m.one(t, typetoken.KubernetesProvider, "stamp01-bootstrap")
	text, isPlain := provider.Inputs["kubeconfig"].(string)
	require.True(t, isPlain, "it holds no secret")
	assert.Equal(t, stableGUID("cluster", m.one(t, typetoken.ManagedCluster, "stamp01-cluster").ID), provider.Inputs["clusterIdentifier"],
		"a new authority of the same cluster replaces nothing")
	var kubeconfig struct {
		Clusters []struct {
			Cluster map[string]any `json:"cluster"`
		} `json:"clusters"`
		Users []struct {
			User map[string]any `json:"user"`
		} `json:"users"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &kubeconfig))
	require.Len(t, kubeconfig.Clusters, 1)
	assert.Equal(t, object{
		"server": "https://aks.privatelink.eastus2.azmk8s.io:443", "certificate-authority-data": "Y2VydGlmaWNhdGU=",
	}, kubeconfig.Clusters[0].Cluster)
	require.Len(t, kubeconfig.Users, 1)
	assert.Equal(t, []string{"exec"}, slices.Collect(maps.Keys(kubeconfig.Users[0].User)))
	exec := kubeconfig.Users[0].User["exec"].(object)
	assert.Equal(t, "kubelogin", exec["command"])
	assert.Equal(t, list{
		"get-token", "--login", "workloadidentity", "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630", "--tenant-id", testTenantID,
		"--environment", "AzurePublicCloud",
	}, exec["args"])
	for _, call := range m.Invoked {
		assert.NotContains(t, call.Token, "Admin", "an administrator's kubeconfig is never requested")
	}
}

// Definitions come before the rest, controllers when they have their rights, then the source, then what is applied from it.
func TestManifestsOrder(t *testing.T) {
	m := deployManifests(t, nil)
	namespace := m.one(t, typetoken.Namespace, fluxInstall+"namespace-flux-system")
	source, sync := m.one(t, typetoken.GitRepository, fluxInstall+"gitrepository-bootstrap"),
		m.one(t, typetoken.Kustomization, fluxInstall+"kustomization-bootstrap-unified")
	definitions, deployments := m.OfType(typetoken.CustomResourceDefinition), m.OfType(typetoken.KubernetesDeployment)
	require.Len(t, definitions, 7)
	require.Len(t, deployments, 2)
	for _, definition := range definitions {
		assertWaits(t, m, namespace, definition)
	}
	for _, r := range m.All() {
		if strings.HasPrefix(r.Type, "kubernetes:rbac") || strings.HasSuffix(r.Type, ":ServiceAccount") {
			assertWaits(t, m, r, namespace)
			for _, deployment := range deployments {
				assertWaits(t, m, deployment, r)
			}
		}
	}
	for _, deployment := range deployments {
		assertWaits(t, m, source, deployment)
		assertWaits(t, m, deployment, m.one(t, typetoken.Script, "stamp01-registry-import"))
		assertWaits(t, m, deployment, m.one(t, typetoken.RoleAssignment, "stamp01-cluster-pull"))
	}
	assertWaits(t, m, sync, source)
	falco := m.one(t, typetoken.Kustomization, fluxInstall+"kustomization-bootstrap-falco")
	assertWaits(t, m, falco, source)
	assert.False(t, m.WaitsFor(falco, sync), "Falco comes also where the rest does not get ready")
	assert.False(t, m.WaitsFor(sync, falco), "nothing waits for Falco")
	cluster := m.one(t, typetoken.ManagedCluster, "stamp01-cluster")
	for _, r := range m.All() {
		if strings.HasPrefix(r.Type, "kubernetes:") {
			assert.Equal(t, cluster.URN, r.DeletedWith, "%s", r)
		}
	}
}

// Both modes end in the same state: the same source, the same kustomizations, the same values.
func TestManifestsAreWhatFluxWouldBe(t *testing.T) {
	m, extension := deployManifests(t, nil), deployPlatform(t, nil)
	assert.Empty(t, m.OfType(typetoken.Extension))
	assert.Empty(t, m.OfType(typetoken.FluxConfiguration))
	configuration := extension.one(t, typetoken.FluxConfiguration, "stamp01-bootstrap").Inputs
	unified := configuration["kustomizations"].(object)["unified"].(object)
	repository := configuration["gitRepository"].(object)
	substitutions := maps.Clone(unified["postBuild"].(object)["substitute"].(object))
	for _, controller := range []string{"source_controller", "kustomize_controller"} {
		_, has := substitutions[controller+"_tag"]
		assert.False(t, has, "in mode flux the controllers are Microsoft's")
	}
	ready := object{"pulumi.com/waitFor": "condition=Ready"}
	for name, folder := range configuration["kustomizations"].(object) {
		folder := folder.(object)
		sync := m.one(t, typetoken.Kustomization, fluxInstall+"kustomization-bootstrap-"+name).Inputs
		values := sync["spec"].(object)["postBuild"].(object)["substitute"].(object)
		for name, value := range substitutions {
			assert.Equal(t, value, values[name], name)
		}
		assert.Equal(t, decoded(t, object{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
			"metadata": object{"name": "bootstrap-" + name, "namespace": configuration["namespace"], "annotations": ready},
			"spec": object{
				"sourceRef": object{"kind": "GitRepository", "name": "bootstrap"}, "path": folder["path"], "prune": folder["prune"],
				"force": folder["force"], "wait": folder["wait"], "interval": "300s", "timeout": "300s", "retryInterval": "300s",
				"serviceAccountName": "flux-applier", "postBuild": object{"substitute": values},
			},
		}), decoded(t, sync))
	}
	assert.Equal(t, decoded(t, object{
		"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
		"metadata": object{"name": "bootstrap", "namespace": "flux-system", "annotations": ready},
		"spec": object{
			"url": repository["url"], "ref": repository["repositoryRef"], "interval": "300s", "timeout": "180s",
		},
	}), decoded(t, m.one(t, typetoken.GitRepository, fluxInstall+"gitrepository-bootstrap").Inputs))
}

// The controllers are pulled from live/ by tag and digest, and imported there in this mode only.
func TestManifestsPullControllersFromLive(t *testing.T) {
	m := deployManifests(t, nil)
	imports := scriptVariables(m.one(t, typetoken.Script, "stamp01-registry-import"))["IMAGES"]
	for _, controller := range []string{"source-controller", "kustomize-controller"} {
		deployment := m.one(t, typetoken.KubernetesDeployment, fluxInstall+"deployment-"+controller)
		containers := deployment.Inputs["spec"].(object)["template"].(object)["spec"].(object)["containers"].(list)
		require.Len(t, containers, 1)
		image := containers[0].(object)["image"].(string)
		tagged, found := strings.CutPrefix(image, stampRegistryName+".azurecr.io/live/fluxcd/")
		require.True(t, found, image)
		assert.Contains(t, imports, "ghcr.io/fluxcd/"+tagged)
	}
	flux := scriptVariables(deployPlatform(t, nil).one(t, typetoken.Script, "stamp01-registry-import"))["IMAGES"]
	assert.NotContains(t, flux, "fluxcd")
}

// What signs in to a private repository is a secret of the cluster, and nowhere in plain text.
func TestManifestsPrivateRepositories(t *testing.T) {
	ssh, key := overSSH(t)
	for name, test := range map[string]struct {
		settings settings
		secret   string
		data     []string
	}{
		"over SSH":   {ssh, key, []string{"identity", "known_hosts"}},
		"over HTTPS": {settings{"bootstrap.httpsUser": "reader", "bootstrap.httpsToken": gitToken}, gitToken, []string{"password", "username"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := deployManifests(t, test.settings)
			secret := m.one(t, typetoken.KubernetesSecret, fluxInstall+"secret-bootstrap-auth")
			assertNowhere(t, m, test.secret)
			assert.Equal(t, []string{"data", "stringData"}, secret.SecretOutputs)
			_, hidden := concealed(secret.Inputs)
			require.NotEmpty(t, hidden)
			source := m.one(t, typetoken.GitRepository, fluxInstall+"gitrepository-bootstrap")
			assert.Equal(t, object{"name": "bootstrap-auth"}, source.Inputs["spec"].(object)["secretRef"])
			assertWaits(t, m, source, secret)
		})
	}
	assert.Empty(t, deployManifests(t, settings{"bootstrap.repositoryUrl": configtest.RepositoryURL}).OfType(typetoken.KubernetesSecret))
}
