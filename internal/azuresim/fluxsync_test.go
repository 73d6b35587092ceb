package azuresim

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/vault"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/tree"
)

// A sync comes through only if the repository is reached and builds, and all that its objects need is there; what stops it is named.
func TestTryGitOps(t *testing.T) {
	l, files := gitOps(t, Options{})
	said, err := l.server.TryGitOps(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "NothingSyncs")
	_, err = l.server.TryGitOps(clusterID + "x")
	assert.ErrorContains(t, err, "ResourceNotFound")
	l.must(aks.FluxConfigurationToken, l.configuration())

	const ingress, agents = "cluster-manifests/ingress.yaml", "cluster-manifests/agents.yaml"
	controlPlane := tree.Text(l.read(groupID+"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-controlplane").Outputs, "principalId")
	kubelet := tree.Text(l.read(clusterID).Outputs, "identityProfile", "kubeletidentity", "objectId")
	reader := tree.Text(l.read(ingressID).Outputs, "principalId")
	role := func(principal, role, scope string) func(*lab, func()) {
		return vanished(scope + "/providers/Microsoft.Authorization/roleAssignments/" + arm.GUID(principal, role, scope))
	}
	value := func(name string, value any) func(*lab, func()) {
		return drifted(configurationID, func(configuration object) {
			values := tree.Object(configuration, "kustomizations", "unified", "postBuild", "substitute")
			if values[name] = value; value == nil {
				delete(values, name)
			}
		})
	}
	url := func(url string) func(*lab, func()) {
		return drifted(configurationID, func(configuration object) { tree.Object(configuration, "gitRepository")["url"] = url })
	}
	pools := func(change func(user object)) func(*lab, func()) {
		return drifted(clusterID, func(cluster object) { change(tree.List(cluster, "agentPoolProfiles")[1].(object)) })
	}
	ends := func(property string, value any) func(*lab, func()) {
		return drifted(federationID, func(credential object) { credential[property] = value })
	}
	secretOf := func(content string) func(*lab, func()) {
		return func(l *lab, try func()) {
			var before object
			l.sim(func(s *arm.Subscription) {
				kept := s.Find(vaultID + "/secrets/ingress")
				before = kept.Contents
				kept.Contents = vault.SecretContents(&arm.Operation{Sub: s, ID: kept.ID, Inputs: object{"properties": object{"value": content}}})
			})
			try()
			l.sim(func(s *arm.Subscription) { s.Find(vaultID + "/secrets/ingress").Contents = before })
		}
	}
	l.tries([]breakage{
		{"no way to the agents' service", drifted(fluxEgressID, dropHost("eastus2.dp.kubernetesconfiguration.azure.com")), []string{"ExtensionOperationFailed", "dp.kubernetesconfiguration"}},
		{"no extension", vanished(extensionID), []string{"FluxExtensionNotInstalled"}},
		{"no way to the repository", drifted(fluxEgressID, dropHost("github.com")), []string{"GitOperationFailed", "npsystem", "github.com on port 443", "firewall/implicit-deny"}},
		{"a repository over SSH", url("ssh://git@github.com/a/b"), []string{"GitOperationFailed", "github.com on port 22", "firewall/implicit-deny"}},
		{"no such directory", drifted(configurationID, func(configuration object) {
			tree.Object(configuration, "kustomizations", "unified")["path"] = "./other"
		}), []string{"ArtifactFailed", "./other"}},
		{"no kustomization", func(_ *lab, try func()) {
			kept := files["cluster-manifests/kustomization.yaml"]
			delete(files, "cluster-manifests/kustomization.yaml")
			try()
			files["cluster-manifests/kustomization.yaml"] = kept
		}, []string{"BuildFailed", "no kustomization.yaml"}},
		{"a file that is not there", edited(files, "cluster-manifests/kustomization.yaml", "namespace.yaml", "absent.yaml"), []string{"BuildFailed", "absent.yaml"}},
		{"a variable without value", value("vault_name", nil), []string{"BuildFailed", "vault_name"}},
		{"no namespace", edited(files, "cluster-manifests/kustomization.yaml", "namespace.yaml, ", ""), []string{"NamespaceNotFound", "ServiceAccount ingress/traefik", `"ingress"`}},
		{"no driver for secrets", drifted(clusterID, func(cluster object) {
			delete(tree.Object(cluster, "addonProfiles"), "azureKeyvaultSecretsProvider")
		}), []string{"NoKindMatch", "SecretProviderClass", "azureKeyvaultSecretsProvider"}},
		{"an unknown kind", edited(files, agents, "apiVersion: v1\nkind: ResourceQuota", "apiVersion: config.openservicemesh.io/v1\nkind: MeshConfig"), []string{"NoKindMatch", "MeshConfig"}},
		{"another service account", edited(files, ingress, "serviceAccountName: traefik", "serviceAccountName: other"), []string{"ServiceAccountNotFound", "Deployment ingress/traefik", "other"}},
		{"a public image", edited(files, ingress, "${registry}/live", "docker.io"), []string{"ErrImagePull", "docker.io/library/traefik", "Deployment ingress/traefik"}},
		{"an unknown registry", value("registry", "acrother.azurecr.io"), []string{"ErrImagePull", "acrother.azurecr.io does not exist"}},
		{"an image in quarantine", edited(files, ingress, "/live/library/", "/quarantine/library/"), []string{"ErrImagePull", "quarantine/library/traefik"}},
		{"a tag alone", edited(files, ingress, "@${traefik_digest}", ""), []string{"ErrImagePull", "tag and digest"}},
		{"a tag that was not imported", edited(files, ingress, "traefik:v3@", "traefik:v4@"), []string{"ErrImagePull", "tag v4"}},
		{"a digest that was not imported", value("traefik_digest", "sha256:"+arm.GUID("x")[:8]+"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), []string{"ErrImagePull", "manifest unknown"}},
		{"no AcrPull", role(kubelet, acrPull, registryID), []string{"ImagePullUnauthorized", "AcrPull"}},
		{"a public registry", vanished(acrZoneID + "/virtualNetworkLinks/to_hub"), []string{"ImagePullBlocked", "npsystem"}},
		{"pools without label", pools(func(user object) { delete(user, "nodeLabels") }), []string{"FailedScheduling", "Deployment ingress/traefik", "pci-scope"}},
		{"a taint", pools(func(user object) { user["nodeTaints"] = array{"a=b:NoSchedule"} }), []string{"FailedScheduling"}},
		{"more nodes than the quota has pods", pools(func(user object) { user["maxCount"] = 5.0 }), []string{"ExceededQuota", "ResourceQuota ingress/default", "pods 10", "need 11", "DaemonSet ingress/agent"}},
		{"more processors than the quota has", edited(files, agents, "cpu: 50m", "cpu: 95m"), []string{"ExceededQuota", "requests.cpu 900m", "need 960m"}},
		{"a quota that is none", edited(files, agents, `pods: "10"`, "pods: many"), []string{"InvalidQuota", "pods"}},
		{"another tenant", value("tenant_id", arm.GUID("other")), []string{"FailedMount", "SecretProviderClass ingress/tls", "tenant"}},
		{"no vault", value("vault_name", "kv-other"), []string{"FailedMount", "kv-other"}},
		{"no secret", value("ingress_certificate", "other"), []string{"FailedMount", "no secret other"}},
		{"a PFX file", value("ingress_certificate", "sslcert"), []string{"FailedMount", "sslcert", "PEM", vaultdata.FormPFX}},
		{"a certificate without key", secretOf(certificate(t, "bu.example", false).public), []string{"FailedMount", "private key"}},
		{"an expired certificate", func(l *lab, try func()) {
			leaf := func(s *arm.Subscription) object {
				return tree.List(s.Find(vaultID+"/secrets/ingress").Contents, "certificates")[0].(object)
			}
			var before any
			l.sim(func(s *arm.Subscription) {
				before = leaf(s)["notAfter"]
				leaf(s)["notAfter"] = arm.Epoch.Format(time.RFC3339)
			})
			try()
			l.sim(func(s *arm.Subscription) { leaf(s)["notAfter"] = before })
		}, []string{"FailedMount", "expired on 2026-11-01"}},
		{"a certificate object", edited(files, ingress, "objectType: secret", "objectType: cert"), []string{"FailedMount", "must be secret"}},
		{"no objects", edited(files, ingress, "array:", "other:"), []string{"FailedMount", "array"}},
		{"an unknown identity", value("ingress_client_id", arm.GUID("nobody")), []string{"FailedMount", "not a user-assigned identity"}},
		{"another issuer", ends("issuer", "https://example.com/"), []string{"FailedMount", "mi-ingress", "federated credential"}},
		{"another subject", ends("subject", "system:serviceaccount:ingress:other"), []string{"FailedMount", "system:serviceaccount:ingress:traefik"}},
		{"another audience", ends("audiences", array{"api://other"}), []string{"FailedMount", "federated credential"}},
		{"no right to the secret", role(reader, secretsUser, vaultID), []string{"SecretsStoreForbidden", "mi-ingress"}},
		{"a public vault", vanished(vaultZoneID + "/virtualNetworkLinks/to_hub"), []string{"SecretsStoreBlocked", "npsystem"}},
		{"a public service", edited(files, ingress, `load-balancer-internal: "true"`, `load-balancer-internal: "false"`), []string{"SyncLoadBalancerFailed", "Service ingress/traefik", "public address"}},
		{"a service among the nodes", edited(files, ingress, "internal-subnet: ", "other-subnet: "), []string{"SyncLoadBalancerFailed", "among the nodes"}},
		{"a subnet that is not there", edited(files, ingress, "snet-cluster-ingressservices", "snet-other"), []string{"IngressSubnetNotFound", "snet-other"}},
		{"no role on the subnet", role(controlPlane, networkContributor, spokeSubnet(kube.IngressSubnet)), []string{"LinkedAuthorizationFailed", "Network Contributor"}},
		{"no address", value("ingress_address", ""), []string{"SyncLoadBalancerFailed", "IPv4 address"}},
		{"an address elsewhere", value("ingress_address", "10.240.12.9"), []string{"SyncLoadBalancerFailed", "10.240.12.9 is not in subnet"}},
		{"an address that Azure keeps", value("ingress_address", "10.240.4.3"), []string{"SyncLoadBalancerFailed", "Azure keeps"}},
		{"the last address", value("ingress_address", "10.240.4.15"), []string{"SyncLoadBalancerFailed", "last one"}},
		{"an address that no gateway has", value("ingress_address", "10.240.4.5"), []string{"SyncLoadBalancerFailed", "10.240.4.5", "backend"}},
		{"the rights of one namespace", drifted(configurationID, func(configuration object) { configuration["scope"] = "namespace" }), []string{"ReconciliationFailed", "flux-applier", "flux-system"}},
	}, func() (string, error) { return l.server.TryGitOps(clusterID) })
}

// Kustomizations are applied after those that they depend on, and may use what those bring.
func TestKustomizationsInOrder(t *testing.T) {
	l, files := gitOps(t, Options{})
	files["first/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [namespace.yaml]\n")}
	files["first/namespace.yaml"] = files["cluster-manifests/namespace.yaml"]
	files["cluster-manifests/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [ingress.yaml]\n")}
	apart := set(l.configuration(), "kustomizations.afirst", object{"path": "cluster-manifests", "postBuild": object{"substitute": l.substitutions()}, "dependsOn": array{"zlast"}})
	apart = set(apart, "kustomizations.zlast", object{"path": "/first"})
	apart = set(apart, "kustomizations.unified", nil)
	l.must(aks.FluxConfigurationToken, apart)
}
