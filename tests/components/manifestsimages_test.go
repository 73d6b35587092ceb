package components

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/cluster"
	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/typetoken"
)

// renderedManifests are the cluster's manifests with the values of the first stamp.
func renderedManifests(t *testing.T, s settings) []*unstructured.Unstructured {
	t.Helper()
	values := map[string]string{}
	for name, value := range stampOutputs(t, deployPlatform(t, s), "01")["gitOps"].(object)["substitutions"].(object) {
		values[name] = value.(string)
	}
	objects, err := manifests.Render(clustermanifests.Files, ".", values)
	require.NoError(t, err)
	return objects
}

// The manifests and the list of imports are one, in both modes: what runs is imported, by the same tag and digest, and nothing else is.
func TestManifestsRunWhatIsImported(t *testing.T) {
	for _, mode := range []string{"flux", "manifests"} {
		t.Run(mode, func(t *testing.T) {
			s := settings{"bootstrap.mode": mode}
			var imported []string
			for _, image := range cluster.PlatformImages(mode) {
				imported = append(imported, stampRegistryName+".azurecr.io/"+image.Live()+"@"+image.Digest)
			}
			objects := renderedManifests(t, s)
			for _, r := range deployPlatform(t, s).OfType(typetoken.KubernetesDeployment) {
				objects = append(objects, &unstructured.Unstructured{Object: r.Inputs})
			}
			assert.ElementsMatch(t, imported, manifests.Images(objects))
		})
	}
}

// Agents run on every node that the pools may ever have, upgrades included: their quotas follow from the configuration.
func TestQuotasFollowTheNodePools(t *testing.T) {
	for name, test := range map[string]struct {
		settings settings
		nodes    int64
	}{
		"defaults":    {nil, 6 + 7 + 7},
		"large pools": {settings{"nodePools.systemMax": "24", "nodePools.userMax": "24"}, 32 * 3},
	} {
		t.Run(name, func(t *testing.T) {
			needed, hard := map[string]int64{}, map[string]map[string]any{}
			memory := map[string]resource.Quantity{}
			for _, object := range renderedManifests(t, test.settings) {
				switch object.GetKind() {
				case "ResourceQuota":
					hard[object.GetNamespace()], _, _ = unstructured.NestedMap(object.Object, "spec", "hard")
				case "DaemonSet":
					needed[object.GetNamespace()] += test.nodes
					for _, container := range manifests.PodSpec(object)["containers"].([]any) {
						limit, _, err := unstructured.NestedString(container.(map[string]any), "resources", "limits", "memory")
						require.NoError(t, err)
						quantity := resource.MustParse(limit)
						quantity.Mul(test.nodes)
						sum := memory[object.GetNamespace()]
						sum.Add(quantity)
						memory[object.GetNamespace()] = sum
					}
				}
			}
			require.Len(t, needed, 2)
			for namespace, pods := range needed {
				assert.EqualValues(t, pods, hard[namespace]["pods"], namespace)
				limit := resource.MustParse(hard[namespace]["limits.memory"].(string))
				need := memory[namespace]
				assert.Zero(t, limit.Cmp(need), "%s: %s is not %s", namespace, limit.String(), need.String())
			}
		})
	}
}

// agentsOfAKS are the DaemonSets that AKS and the add-ons of the cluster run on a Linux node with Cilium, by the add-on (Azure documents
// "Use Azure CNI Powered by Cilium", "CSI drivers on AKS", "Container insights", "Managed Prometheus", "Enable Defender for Containers",
// "Use the Azure Key Vault provider for Secrets Store CSI Driver", "Image Cleaner", "Security patch of node images").
var agentsOfAKS = map[string][]string{
	"network":       {"azure-cns", "azure-ip-masq-agent", "cilium", "cloud-node-manager", "retina-agent"},
	"storage":       {"csi-azuredisk-node", "csi-azurefile-node"},
	"monitoring":    {"ama-logs", "ama-metrics-node"},
	"Defender":      {"microsoft-defender-collector-ds", "microsoft-defender-publisher-ds"},
	"Key Vault":     {"aks-secrets-store-csi-driver", "aks-secrets-store-provider-azure"},
	"image cleaner": {"eraser"}, // a pod on each node while it cleans
	"node problems": {"node-local-diagnostics"},
}

// leftForWorkloads is the least number of pods of a workload that a node has to take.
const leftForWorkloads = 10

// What runs on every node leaves room for the workload, in the number of pods as in addresses of the subnet.
func TestNodesHaveRoomForWorkloads(t *testing.T) {
	onEachNode := 0
	for _, names := range agentsOfAKS {
		onEachNode += len(names)
	}
	m := deployPlatform(t, nil)
	for _, object := range renderedManifests(t, nil) {
		if object.GetKind() == "DaemonSet" {
			onEachNode++
		}
	}
	for _, pool := range m.one(t, typetoken.ManagedCluster, "stamp01-cluster").Inputs["agentPoolProfiles"].(list) {
		most := pool.(object)["maxPods"].(float64)
		assert.GreaterOrEqual(t, int(most)-onEachNode, leftForWorkloads, "pool %v: %v pods, %d agents", pool.(object)["name"], most, onEachNode)
	}
}
