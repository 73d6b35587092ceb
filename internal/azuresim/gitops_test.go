package azuresim

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/tree"
)

// Names of what deployGitOps makes.
const (
	extensionID     = clusterID + "/providers/Microsoft.KubernetesConfiguration/extensions/flux"
	configurationID = clusterID + "/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/bootstrap"
	fluxEgressID    = netID + "firewallPolicies/p/ruleCollectionGroups/gitops"
	ingressID       = groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-ingress"
	federationID    = ingressID + "/federatedIdentityCredentials/ingress"

	liveDigest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// gitOpsHosts are what Flux reaches beyond what AKS does.
var gitOpsHosts = array{"eastus2.dp.kubernetesconfiguration.azure.com", "github.com"}

// manifestFiles is a small repository with one of everything that a sync looks at.
func manifestFiles() fstest.MapFS {
	return fstest.MapFS{
		"README.md": {Data: []byte("nothing to build here")},
		"cluster-manifests/kustomization.yaml": {Data: []byte(`apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [namespace.yaml, ingress.yaml, agents.yaml]
`)},
		"cluster-manifests/namespace.yaml": {Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: ingress}\n")},
		"cluster-manifests/ingress.yaml": {Data: []byte(`apiVersion: v1
kind: ServiceAccount
metadata: {name: traefik, namespace: ingress}
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: tls, namespace: ingress}
spec:
  provider: azure
  parameters:
    clientID: ${ingress_client_id}
    keyvaultName: ${vault_name}
    tenantId: ${tenant_id}
    objects: |
      array:
        - |
          objectName: ${ingress_certificate}
          objectType: secret
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik, namespace: ingress}
spec:
  replicas: 2
  selector: {matchLabels: {app: traefik}}
  template:
    metadata: {labels: {app: traefik}}
    spec:
      serviceAccountName: traefik
      nodeSelector: {pci-scope: out-of-scope}
      containers:
        - {name: traefik, image: "${registry}/live/library/traefik:v3@${traefik_digest}", resources: {requests: {cpu: 100m, memory: 64Mi}}}
      volumes:
        - name: tls
          csi: {driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: {secretProviderClass: tls}}
---
apiVersion: v1
kind: Service
metadata:
  name: traefik
  namespace: ingress
  annotations:
    service.beta.kubernetes.io/azure-load-balancer-internal: "true"
    service.beta.kubernetes.io/azure-load-balancer-internal-subnet: snet-cluster-ingressservices
    service.beta.kubernetes.io/azure-load-balancer-ipv4: ${ingress_address}
spec: {type: LoadBalancer, ports: [{port: 443}]}
`)},
		"cluster-manifests/agents.yaml": {Data: []byte(`apiVersion: v1
kind: ResourceQuota
metadata: {name: default, namespace: ingress}
spec: {hard: {pods: "10", requests.cpu: 900m}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ingress}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      tolerations: [{key: CriticalAddonsOnly, operator: Exists}]
      containers: [{name: agent, image: "${registry}/live/agent:1@${traefik_digest}", resources: {requests: {cpu: 50m}}}]
`)},
	}
}

// deployGitOps makes a whole stamp into which Flux can be brought.
func deployGitOps(l *lab) {
	l.t.Helper()
	deployAll(l)
	require.NoError(l.t, l.update(aks.ClusterToken, clusterID, labelledCluster()))
	l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("gitops", 210, allowing("Flux", 210, appRule("hosts", gitOpsHosts...))))
	l.must("keyvault:Secret", secret("ingress", certificate(l.t, "bu.example", false).pem))
	l.imported("live/library/traefik", "v3")
	l.imported("live/agent", "1")
	_, principal := l.identity("mi-ingress")
	l.grant(principal, secretsUser, vaultID)
	l.grant(principal, keyVaultReader, vaultID)
	l.must("managedidentity:FederatedIdentityCredential", object{
		"resourceGroupName": "rg", "resourceName": "mi-ingress", "federatedIdentityCredentialResourceName": "ingress",
		"issuer":  tree.Text(l.read(clusterID).Outputs, "oidcIssuerProfile", "issuerURL"),
		"subject": "system:serviceaccount:ingress:traefik", "audiences": array{kube.ExchangeAudience},
	})
}

func labelledCluster() object {
	user := pool("npuser", "User", "user")
	user["nodeLabels"] = object{"pci-scope": "out-of-scope"}
	inputs := aksCluster()
	inputs["agentPoolProfiles"] = array{tree.List(inputs, "agentPoolProfiles")[0], user}
	return inputs
}

// imported enters an image as an import into the registry does.
func (l *lab) imported(repository, tag string) {
	l.sim(func(s *arm.Subscription) {
		plan := &registry.ImportPlan{Registry: s.Find(registryID), Digest: liveDigest, Targets: []registry.ImageReference{{Repository: repository, Tag: tag, Digest: ""}}}
		plan.Apply(s.Clock.Now(), "lab")
		s.Touch(plan.Registry)
	})
}

func onCluster(inputs object) object {
	inputs["resourceGroupName"], inputs["clusterRp"] = "rg", "Microsoft.ContainerService"
	inputs["clusterResourceName"], inputs["clusterName"] = "managedClusters", "aks"
	return inputs
}

func fluxInCluster() object {
	return onCluster(object{
		"extensionName": "flux", "extensionType": "microsoft.flux", "autoUpgradeMinorVersion": true, "releaseTrain": "Stable",
		"scope": object{"cluster": object{"releaseNamespace": "flux-system"}},
		"configurationSettings": object{
			"source-controller.enabled": "true", "kustomize-controller.enabled": "true", "helm-controller.enabled": "false",
		},
	})
}

// settingsOf is the extension with other settings.
func settingsOf(settings object) object {
	return with(fluxInCluster(), "configurationSettings", settings)
}

// substitutions are the variables of manifestFiles.
func (l *lab) substitutions() object {
	return object{
		"registry": "acraks.azurecr.io", "traefik_digest": liveDigest, "vault_name": "kv-aks", "tenant_id": arm.TenantID,
		"ingress_certificate": "ingress", "ingress_address": "10.240.4.4", "ingress_client_id": tree.Text(l.read(ingressID).Outputs, "clientId"),
	}
}

func (l *lab) configuration() object {
	return onCluster(object{
		"fluxConfigurationName": "bootstrap", "scope": "cluster", "namespace": "flux-system", "sourceKind": "GitRepository",
		"gitRepository": object{
			"url": "https://github.com/example/platform", "syncIntervalInSeconds": 300.0, "timeoutInSeconds": 180.0,
			"repositoryRef": object{"branch": "main"},
		},
		"kustomizations": object{"unified": object{
			"path": "./cluster-manifests", "prune": true, "syncIntervalInSeconds": 300.0, "retryIntervalInSeconds": 300.0,
			"postBuild": object{"substitute": l.substitutions()},
		}},
		"waitForReconciliation": true, "reconciliationWaitDuration": "PT30M",
	})
}

// gitOps is a lab with everything but the Flux configuration.
func gitOps(t *testing.T, opts Options) (*lab, fstest.MapFS) {
	t.Helper()
	files := manifestFiles()
	opts.Repository = files
	l := start(t, opts)
	deployGitOps(l)
	l.must(aks.ExtensionToken, fluxInCluster())
	return l, files
}

// edited changes a file of the repository for as long as something is tried.
func edited(files fstest.MapFS, name, old, now string) func(*lab, func()) {
	return func(l *lab, try func()) {
		before := files[name]
		require.Contains(l.t, string(before.Data), old)
		files[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(before.Data), old, now, 1))}
		try()
		files[name] = before
	}
}
