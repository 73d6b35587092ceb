package components

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/bootstrap"
	"aks-regulated-pulumi/cluster"
	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/internal/validate"
	"aks-regulated-pulumi/platform"
)

const (
	sshRepository = "ssh://git@git.example.com/platform/clusters"
	gitToken      = "glpat-not-to-be-seen"
)

// stampOutputs are what the stack says of a stamp, as JSON would hold it.
func stampOutputs(t *testing.T, m *recordingMonitor, stamp string) object {
	t.Helper()
	outputs, known := decoded(t, m.Exports["stamps"]).(object)[stamp].(object)
	require.True(t, known, "no outputs of stamp %s", stamp)
	return outputs
}

// overSSH is the configuration of a repository that is read with a key.
func overSSH(t *testing.T) (s settings, key string) {
	t.Helper()
	public, private, err := devcerts.MakeOperatorKey("flux")
	require.NoError(t, err)
	return settings{
		"bootstrap.repositoryUrl": sshRepository, "bootstrap.sshPrivateKey": strings.TrimSpace(private), // as Pulumi keeps it
		"bootstrap.sshKnownHosts": "git.example.com " + public,
	}, private
}

// The extension runs the two controllers that a cluster needs and no other, and stays current by itself.
func TestFluxExtension(t *testing.T) {
	m := deployPlatform(t, nil)
	assertFamily(t, m, "aksregulated:bootstrap:Flux", "stamp01-bootstrap",
		typetoken.Extension+" stamp01-bootstrap", typetoken.FluxConfiguration+" stamp01-bootstrap")
	extension := m.one(t, typetoken.Extension, "stamp01-bootstrap")
	assertInputs(t, extension, object{
		"resourceGroupName": workloadGroup, "clusterRp": "Microsoft.ContainerService", "clusterResourceName": "managedClusters",
		"clusterName": "aks-" + stampUnique, "extensionName": "flux", "extensionType": "microsoft.flux", "releaseTrain": "Stable",
		"autoUpgradeMinorVersion": true, "scope": object{"cluster": object{"releaseNamespace": "flux-system"}},
		"configurationSettings": object{
			"source-controller.enabled": "true", "kustomize-controller.enabled": "true", "helm-controller.enabled": "false",
			"notification-controller.enabled": "false", "image-automation-controller.enabled": "false",
			"image-reflector-controller.enabled": "false", "kustomize-controller.strict-substitution-mode": "true",
		},
	})
	assert.True(t, strings.HasPrefix(extension.ID, stampClusterID+"/"), extension.ID)
	assert.Equal(t, "1h0m0s", extension.CreateTimeout)
}

// The configuration follows the configured repository, waits until all in it is ready but Falco, and takes every value from the stamp.
func TestFluxConfiguration(t *testing.T) {
	m := deployPlatform(t, settings{"bootstrap.branch": "production", "bootstrap.variables": `{"cost_center": "42"}`})
	configuration := m.one(t, typetoken.FluxConfiguration, "stamp01-bootstrap")
	substitutions := configuration.Inputs["kustomizations"].(object)["unified"].(object)["postBuild"].(object)["substitute"].(object)
	folder := func(path string, wait bool) object {
		return object{
			"path": path, "syncIntervalInSeconds": 300, "timeoutInSeconds": 300, "retryIntervalInSeconds": 300,
			"prune": true, "force": false, "wait": wait, "postBuild": object{"substitute": substitutions},
		}
	}
	assertInputs(t, configuration, object{
		"resourceGroupName": workloadGroup, "clusterRp": "Microsoft.ContainerService", "clusterResourceName": "managedClusters",
		"clusterName": "aks-" + stampUnique, "fluxConfigurationName": "bootstrap", "namespace": "flux-system", "scope": "cluster",
		"sourceKind": "GitRepository", "suspend": false, "waitForReconciliation": true, "reconciliationWaitDuration": "PT30M",
		"gitRepository": object{
			"url": configtest.RepositoryURL, "repositoryRef": object{"branch": "production"},
			"syncIntervalInSeconds": 300, "timeoutInSeconds": 180,
		},
		"kustomizations": object{
			"unified": folder("./cluster-manifests/unified", true), "falco": folder("./cluster-manifests/falco-system", false),
		},
	})
	assert.Equal(t, "45m0s", configuration.CreateTimeout, "Pulumi waits for longer than Azure")
	stamp := stampOutputs(t, m, "01")
	gitOps := stamp["gitOps"].(object)
	assert.Equal(t, object{
		"mode": "flux", "repositoryUrl": configtest.RepositoryURL, "branch": "production", "path": "./cluster-manifests",
		"substitutions": substitutions,
	}, gitOps, "what Flux gets is what the outputs say")
	for name, want := range map[string]any{
		"registry": stamp["registryName"].(string) + ".azurecr.io", "vault_name": stamp["vaultName"], "tenant_id": testTenantID,
		"ingress_client_id": stamp["ingressClientId"], "ingress_address": stamp["ingressAddress"], "ingress_host": stamp["ingressHost"],
		"ingress_certificate": "ingress-internal-aks-ingress-contoso-com-tls", "ingress_subnet": "snet-cluster-ingressservices",
		"gateway_subnet": "10.240.5.0/24", "repository_port": "443", "cost_center": "42",
		"traefik_tag": "v3.7.13", "traefik_digest": digestOf(traefikImage), "falco_tag": "0.45.0", "falco_digest": digestOf(falcoImage),
		"busybox_tag": "1.37.0", "busybox_digest": digestOf(busyboxImage),
		"namespace_admin_group": configtest.AdminGroup, "namespace_editor_group": configtest.AdminGroup,
		"namespace_viewer_group": configtest.AdminGroup, "cluster_viewer_group": configtest.AdminGroup,
	} {
		assert.Equal(t, want, substitutions[name], name)
	}
}

func digestOf(image string) string { return image[strings.Index(image, "sha256:"):] }

// Each stamp gets its own values, and its own Flux.
func TestSubstitutionsOfStamps(t *testing.T) {
	m := deployPlatform(t, settings{"stamps": twoStamps})
	first := stampOutputs(t, m, "01")["gitOps"].(object)["substitutions"].(object)
	second := stampOutputs(t, m, "02")["gitOps"].(object)["substitutions"].(object)
	var differing []string
	for name := range first {
		if first[name] != second[name] {
			differing = append(differing, name)
		}
	}
	assert.ElementsMatch(t, []string{"registry", "vault_name", "ingress_client_id", "ingress_address", "gateway_subnet"}, differing)
	assert.Equal(t, "10.242.4.4", second["ingress_address"])
	assert.Len(t, m.OfType(typetoken.FluxConfiguration), 2)
}

// Pods of the manifests start only with their images in place and pullable, the vault and its certificate reachable, and the ingress
// identity allowed to read it: the configuration waits for all of that, and the cluster for none of it.
func TestFluxWaitsForWhatItsPodsNeed(t *testing.T) {
	m := deployPlatform(t, nil)
	extension, configuration := m.one(t, typetoken.Extension, "stamp01-bootstrap"), m.one(t, typetoken.FluxConfiguration, "stamp01-bootstrap")
	assertWaits(t, m, configuration, extension)
	for _, component := range []struct{ typ, name string }{
		{"aksregulated:cluster:IngressIdentity", "stamp01-ingress"}, {"aksregulated:cluster:Vault", "stamp01-vault"},
		{"aksregulated:network:ClusterSpoke", "stamp01-spoke"}, {"aksregulated:network:PrivateDNS", "dns"},
		{"aksregulated:cluster:Cluster", "stamp01-cluster"}, {"aksregulated:network:PrivateEndpoint", "stamp01-registry"},
	} {
		inside := m.within(m.one(t, component.typ, component.name))
		require.NotEmpty(t, inside, component.name)
		for _, r := range inside {
			assertWaits(t, m, configuration, r)
		}
	}
	assertWaits(t, m, configuration, m.one(t, typetoken.Script, "stamp01-registry-import"))
	for _, r := range []registration{m.one(t, typetoken.Federation, "stamp01-ingress"), m.one(t, typetoken.RoleAssignment, "stamp01-cluster-pull")} {
		assertWaits(t, m, extension, r)
	}
	assert.False(t, m.WaitsFor(configuration, m.one(t, typetoken.Script, buildName)), "Flux does not wait for the jump boxes' image")
	// A destroy of the whole does not wait until Flux has pruned what goes with the cluster.
	cluster := m.one(t, typetoken.ManagedCluster, "stamp01-cluster")
	assert.Equal(t, cluster.URN, extension.DeletedWith)
	assert.Equal(t, cluster.URN, configuration.DeletedWith)
}

// A private repository is read with what the configuration encrypts, and none of that is in plain text anywhere.
func TestFluxPrivateRepositories(t *testing.T) {
	ssh, key := overSSH(t)
	for name, test := range map[string]struct {
		settings  settings
		secret    string
		setting   string
		inPlain   object
		wantedURL string
	}{
		"over SSH": {
			ssh, key, "sshPrivateKey",
			object{"sshKnownHosts": base64.StdEncoding.EncodeToString([]byte(ssh["bootstrap.sshKnownHosts"]))}, sshRepository,
		},
		"over HTTPS": {
			settings{"bootstrap.httpsUser": "reader", "bootstrap.httpsToken": gitToken}, gitToken, "httpsKey",
			object{"httpsUser": "reader"}, configtest.RepositoryURL,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := deployPlatform(t, test.settings)
			configuration := m.one(t, typetoken.FluxConfiguration, "stamp01-bootstrap")
			encoded := base64.StdEncoding.EncodeToString([]byte(test.secret))
			_, secrets := concealed(configuration.Inputs["configurationProtectedSettings"])
			assert.Equal(t, []any{encoded}, secrets)
			assert.Equal(t, []string{test.setting}, slices.Collect(maps.Keys(configuration.Inputs["configurationProtectedSettings"].(object))))
			assert.Contains(t, configuration.SecretOutputs, "configurationProtectedSettings")
			repository := configuration.Inputs["gitRepository"].(object)
			assert.Equal(t, test.wantedURL, repository["url"])
			for property, want := range test.inPlain {
				assert.Equal(t, want, repository[property])
			}
			assertNowhere(t, m, test.secret, encoded)
		})
	}
	public := deployPlatform(t, nil).one(t, typetoken.FluxConfiguration, "stamp01-bootstrap")
	assert.NotContains(t, public.Inputs, "configurationProtectedSettings")
}

// Nodes reach the host of the repository, on the port of its protocol, and the extension's hosts only where there is the extension.
func TestFluxEgressFollowsTheRepository(t *testing.T) {
	ssh, _ := overSSH(t)
	nodes := armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-AksNodepools")
	collections := func(s settings) map[string]object {
		found := map[string]object{}
		for _, element := range deployClusterSpokes(t, s).one(t, typetoken.RuleGroup, "spoke-01-egress").Inputs["ruleCollections"].(list) {
			collection := element.(object)
			if strings.HasPrefix(collection["name"].(string), "Flux-") {
				found[collection["name"].(string)] = collection
			}
		}
		return found
	}
	own := collections(settings{"bootstrap.repositoryUrl": "https://git.example.com/clusters"})["Flux-Requirements"]
	assert.Equal(t, list{"git.example.com"}, own["rules"].(list)[0].(object)["targetFqdns"])
	assert.Len(t, own["rules"].(list), 2)

	ssh["bootstrap.mode"] = "manifests"
	overSSH := collections(ssh)
	require.Len(t, overSSH, 1, "no extension, no repository over HTTPS")
	assert.Equal(t, list{object{
		"ruleType": "NetworkRule", "name": "flux-to-repository", "description": "Flux reads the cluster's repository, with a key.",
		"sourceIpGroups": list{nodes}, "ipProtocols": list{"TCP"}, "destinationFqdns": list{"git.example.com"}, "destinationPorts": list{"22"},
	}}, overSSH["Flux-Repository"]["rules"])
}

// What the manifests in this checkout want and the configuration lacks is told before anything is registered, with what to set.
func TestManifestsAreCheckedFirst(t *testing.T) {
	m := &recordingMonitor{}
	err := m.run(t, settings{"bootstrap.variables": `{"registry": "docker.io"}`}, platform.Deploy)
	require.ErrorContains(t, err, "invalid configuration, 1 to fix:")
	require.ErrorContains(t, err, `bootstrap.variables: "registry" is not allowed; expected a name that is not one of the platform's own`)
	assert.Empty(t, m.Registered)
}

// checkArgs is what manifests are compared with, in a default stack with settings of its own.
func checkArgs(t *testing.T, s settings) *bootstrap.CheckArgs {
	t.Helper()
	cfg := loadConfig(t, s)
	images, problems := cluster.CheckImages(cfg.Bootstrap.Mode, cfg.VirtualNodes, cfg.Registry.Images)
	require.Empty(t, problems)
	return &bootstrap.CheckArgs{
		Placement: cfg.Placement, Stamp: cfg.Stamps[0], Images: images,
		Settings: bootstrap.Settings{
			Bootstrap: cfg.Bootstrap, Cluster: cfg.Cluster, NodePools: cfg.NodePools, Ingress: cfg.Ingress, VirtualNodes: cfg.VirtualNodes,
		},
	}
}

// Each mistake in manifests is reported once, with the key that fixes it.
func TestMistakesInManifests(t *testing.T) {
	const empty = "kind: Kustomization\nnamePrefix: none-\n"
	image := func(reference string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {containers: [{name: c, image: \"" + reference + "\"}]}\n"
	}
	for name, test := range map[string]struct {
		manifest string
		want     []config.Problem
	}{
		"nothing wrong":            {image("${registry}/live/library/busybox:${busybox_tag}@${busybox_digest}"), nil},
		"a configured variable":    {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"${cost_center}\"}\n", nil},
		"a variable without value": {image("${registry}/live/a:${my_tag}"), []config.Problem{{Key: "bootstrap.variables", Value: "my_tag"}}},
		"an image from elsewhere": {
			image("docker.io/library/busybox:1.37.0"), []config.Problem{{Key: "registry.images", Value: "docker.io/library/busybox:1.37.0"}},
		},
		"an image without digest": {
			image("${registry}/live/library/busybox:${busybox_tag}"),
			[]config.Problem{{Key: "registry.images", Value: "registry/live/library/busybox:1.37.0"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			problems, err := bootstrap.Check(checkArgs(t, settings{"bootstrap.variables": `{"cost_center": "42"}`}), fstest.MapFS{
				"unified/kustomization.yaml": {Data: []byte("resources: [../a]\n")}, "falco-system/kustomization.yaml": {Data: []byte(empty)},
				"a/kustomization.yaml": {Data: []byte("resources: [a.yaml]\n")}, "a/a.yaml": {Data: []byte(test.manifest)},
			})
			require.NoError(t, err)
			for i := range problems {
				assert.NotEmpty(t, problems[i].Allowed)
				problems[i].Allowed = ""
			}
			assert.Equal(t, test.want, problems)
		})
	}
	_, err := bootstrap.Check(checkArgs(t, nil), fstest.MapFS{"unified/kustomization.yaml": {Data: []byte("resources: [missing.yaml]\n")}})
	require.ErrorContains(t, err, "missing.yaml")
}

// The command that checks a deployment reads the stack's outputs as they are: nothing that it needs is missing or of another form.
func TestOutputsAreWhatValidateReads(t *testing.T) {
	for _, mode := range []string{"flux", "manifests"} {
		m := deployPlatform(t, settings{"bootstrap.mode": mode, "stamps": twoStamps})
		outputs, err := json.Marshal(decoded(t, m.Exports["stamps"]))
		require.NoError(t, err)
		for name, address := range map[string]string{"01": "10.240.4.4", "02": "10.242.4.4"} {
			expected, err := validate.ReadExpected(bytes.NewReader(outputs), name)
			require.NoError(t, err)
			assert.Equal(t, address, expected.IngressAddress)
			assert.Equal(t, mode, expected.GitOps.Mode)
			assert.Len(t, expected.NodePools, 3)
			objects, err := manifests.Render(clustermanifests.Files, ".", expected.GitOps.Substitutions)
			require.NoError(t, err)
			assert.NotEmpty(t, objects)
		}
	}
}
