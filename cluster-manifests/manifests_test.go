package clustermanifests_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/manifests"
)

// listed are the files that the kustomization in a folder takes in, itself included, and those of the folders it takes in.
func listed(t *testing.T, files fs.FS, folder string) []string {
	t.Helper()
	name := path.Join(folder, "kustomization.yaml")
	text, err := fs.ReadFile(files, name)
	require.NoError(t, err)
	var kustomization types.Kustomization
	require.NoError(t, yaml.UnmarshalStrict(text, &kustomization), name)
	found := []string{name}
	for _, generator := range kustomization.ConfigMapGenerator {
		for _, file := range generator.FileSources {
			found = append(found, path.Join(folder, file))
		}
	}
	for _, resource := range kustomization.Resources {
		if strings.HasSuffix(resource, ".yaml") {
			found = append(found, path.Join(folder, resource))
			continue
		}
		found = append(found, listed(t, files, path.Join(folder, resource))...)
	}
	return found
}

// No file lies in the folder without being applied, as happened to settings of managed Prometheus in Microsoft's walkthrough; and the program knows
// all that Flux reads.
func TestEveryFileIsListed(t *testing.T) {
	repository := os.DirFS(".")
	for name, files := range map[string]fs.FS{"repository": repository, "program": clustermanifests.Files} {
		var there []string
		require.NoError(t, fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
			if path.Ext(file) == ".yaml" || path.Ext(file) == ".yml" {
				there = append(there, file)
			}
			return err
		}))
		applied := append(listed(t, repository, "."), listed(t, repository, clustermanifests.VirtualNodesDirectory)...)
		assert.ElementsMatch(t, there, applied, name)
	}
}

// Folders are named after their namespace, so that an object is found where it is looked for. Virtual nodes have everything in their
// two folders, what is across the cluster included: it comes and goes with them.
func TestObjectsLieInTheFolderOfTheirNamespace(t *testing.T) {
	entries, err := fs.ReadDir(clustermanifests.Files, ".")
	require.NoError(t, err)
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == clustermanifests.UnifiedDirectory {
			continue
		}
		objects, err := manifests.Build(clustermanifests.Files, entry.Name())
		require.NoError(t, err)
		for _, object := range objects {
			if slices.Contains(virtualFolders, entry.Name()) {
				assert.Contains(t, append(virtualReach[object.GetKind()], "vn2"), object.GetNamespace(), qualified(object))
				assert.True(t, object.GetKind() != "Namespace" || object.GetName() == "vn2", qualified(object))
				continue
			}
			switch kind := object.GetKind(); {
			case kind == "Namespace":
				assert.Equal(t, entry.Name(), object.GetName())
			case strings.HasPrefix(kind, "Cluster"):
				assert.Equal(t, "cluster-rbac", entry.Name(), qualified(object))
			case kind != "IngressClass":
				assert.Equal(t, entry.Name(), object.GetNamespace(), qualified(object))
			}
		}
	}
}

var virtualFolders = []string{clustermanifests.VirtualNodesDirectory, clustermanifests.VirtualNodesNamespaceDirectory}

// virtualReach are the namespaces beside their own in which virtual nodes have objects of a kind; the empty one is the cluster.
var virtualReach = map[string][]string{
	"Namespace": {""}, "ClusterRole": {""}, "ClusterRoleBinding": {""}, "MutatingWebhookConfiguration": {""},
	"ValidatingAdmissionPolicy": {""}, "ValidatingAdmissionPolicyBinding": {""},
	"Role": {"kube-system", "default"}, "RoleBinding": {"kube-system", "default", "a0005-o"},
}

// The manifests want exactly the values that bootstrap supplies: Flux leaves the place of any other empty. A cluster without virtual
// nodes has no values for them.
func TestVariablesAreThoseThatAreSupplied(t *testing.T) {
	wanted := func(directory string) []string {
		objects, err := manifests.Build(clustermanifests.Files, directory)
		require.NoError(t, err)
		variables, err := manifests.Variables(objects)
		require.NoError(t, err)
		return variables
	}
	assert.Empty(t, cmp.Diff(slices.Sorted(maps.Keys(sample)), wanted(".")))
	virtual := append(slices.Collect(maps.Keys(virtualSample)), "registry")
	slices.Sort(virtual)
	assert.Empty(t, cmp.Diff(virtual, wanted(clustermanifests.VirtualNodesDirectory)))
	for name := range sample {
		assert.NotContains(t, name, "virtual_nodes_")
	}
	// Where the bootstrap installs the chart itself, the quota and the network policy are all that want values.
	assert.Empty(t, cmp.Diff([]string{
		"virtual_nodes_limits_cpu", "virtual_nodes_limits_memory", "virtual_nodes_pods", "virtual_nodes_range",
		"virtual_nodes_requests_cpu", "virtual_nodes_requests_memory",
	}, wanted(clustermanifests.VirtualNodesNamespaceDirectory)))
}

// Every variable is documented for those who change the manifests.
func TestReadmeNamesEveryVariable(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, name := range append(slices.Collect(maps.Keys(sample)), slices.Collect(maps.Keys(virtualSample))...) {
		assert.Contains(t, string(text), "`"+name+"`")
	}
}

// readers read every kind and version of the manifests as strictly as an API server does. A kind or version that is not here is
// either deprecated or a mistake.
var readers = map[string]func(*testing.T, *unstructured.Unstructured){
	"v1 Namespace":                                    strict[corev1.Namespace],
	"v1 ResourceQuota":                                strict[corev1.ResourceQuota],
	"v1 LimitRange":                                   strict[corev1.LimitRange],
	"v1 ConfigMap":                                    strict[corev1.ConfigMap],
	"v1 Secret":                                       strict[corev1.Secret],
	"v1 Service":                                      strict[corev1.Service],
	"v1 ServiceAccount":                               strict[corev1.ServiceAccount],
	"apps/v1 DaemonSet":                               strict[appsv1.DaemonSet],
	"apps/v1 Deployment":                              strict[appsv1.Deployment],
	"apps/v1 StatefulSet":                             strict[appsv1.StatefulSet],
	"networking.k8s.io/v1 NetworkPolicy":              strict[networkingv1.NetworkPolicy],
	"networking.k8s.io/v1 IngressClass":               strict[networkingv1.IngressClass],
	"policy/v1 PodDisruptionBudget":                   strict[policyv1.PodDisruptionBudget],
	"rbac.authorization.k8s.io/v1 ClusterRole":        strict[rbacv1.ClusterRole],
	"rbac.authorization.k8s.io/v1 ClusterRoleBinding": strict[rbacv1.ClusterRoleBinding],
	"rbac.authorization.k8s.io/v1 Role":               strict[rbacv1.Role],
	"rbac.authorization.k8s.io/v1 RoleBinding":        strict[rbacv1.RoleBinding],

	"admissionregistration.k8s.io/v1 MutatingWebhookConfiguration":     strict[admissionv1.MutatingWebhookConfiguration],
	"admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy":        strict[admissionv1.ValidatingAdmissionPolicy],
	"admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding": strict[admissionv1.ValidatingAdmissionPolicyBinding],
	// Its definition comes with the add-on.
	"secrets-store.csi.x-k8s.io/v1 SecretProviderClass": func(*testing.T, *unstructured.Unstructured) {},
}

func strict[T any](t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	read[T](t, object)
}

// Objects are of current versions, have no field that these do not know, and each is there once.
func TestObjectsAreOfCurrentVersions(t *testing.T) {
	seen := map[string]bool{}
	for _, object := range rendered(t) {
		kind := object.GetAPIVersion() + " " + object.GetKind()
		if reader, known := readers[kind]; assert.True(t, known, kind) {
			reader(t, object)
		}
		name := kind + " " + qualified(object)
		assert.False(t, seen[name], name)
		seen[name] = true
	}
}

// retired are fields, annotations and products that current Kubernetes or Azure has given up, and what each was.
var retired = map[string]string{
	"kubernetes.io/ingress.class":          "annotation, now a field",
	"loadBalancerIP":                       "field of services, now an annotation",
	"seccomp.security.alpha.kubernetes.io": "annotation, now a field",
	"container.apparmor.security.beta":     "annotation, now a field",
	"node-role.kubernetes.io/master":       "taint",
	"serviceAccount:":                      "field of pods, now serviceAccountName",
	"daemonset.apps":                       "quota key that counts nothing",
	"openservicemesh":                      "mesh",
	"aadpod":                               "pod identity",
	"kured":                                "reboots, now the node OS channel",
	"azure-npm":                            "network policy manager, now Cilium",
	"azure_network_policy":                 "network policy manager, now Cilium",
	"nginx":                                "ingress controller",
	"falcoctl":                             "fetches rules past the quarantine",
	"driver-loader":                        "Falco's, needless with the modern probe",
	"docker.sock":                          "nodes run containerd only",
	"crio":                                 "nodes run containerd only",
	"kubernetes.io/cluster-service":        "label of Azure's namespaces that may change",
	"service.beta.kubernetes.io/azure-pip": "public address",
	"/var/run/secrets/kubernetes.io/serviceaccount": "token by path",
}

// Nothing that has been retired comes back.
func TestNothingRetiredIsUsed(t *testing.T) {
	for _, object := range built(t) {
		text, err := yaml.Marshal(object.Object)
		require.NoError(t, err)
		for word, was := range retired {
			assert.NotContains(t, string(text), word, "%s: %s", qualified(object), was)
		}
	}
}

// A reader of Falco's configuration finds no variable that substitution would have emptied, as it emptied HOME in the reference.
func TestNothingWantsTheEnvironment(t *testing.T) {
	left := regexp.MustCompile(`\$\{`)
	for _, object := range rendered(t) {
		text, err := yaml.Marshal(object.Object)
		require.NoError(t, err)
		assert.NotRegexp(t, left, string(text), qualified(object))
	}
}
