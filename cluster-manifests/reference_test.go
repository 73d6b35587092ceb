package clustermanifests_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// reference are the 59 objects of the design that the platform follows, as kind namespace/name.
var reference = []string{
	"Namespace a0005-i", "ResourceQuota a0005-i/default", "LimitRange a0005-i/default", "NetworkPolicy a0005-i/default",
	"Namespace a0005-o", "ResourceQuota a0005-o/default", "LimitRange a0005-o/default", "NetworkPolicy a0005-o/default",
	"Namespace cluster-baseline-settings", "ResourceQuota cluster-baseline-settings/default",
	"LimitRange cluster-baseline-settings/default", "NetworkPolicy cluster-baseline-settings/default",
	"DaemonSet cluster-baseline-settings/dummy-fim", "DaemonSet cluster-baseline-settings/dummy-av",
	"ClusterRole kured", "ClusterRoleBinding kured", "Role cluster-baseline-settings/kured",
	"RoleBinding cluster-baseline-settings/kured",
	"ServiceAccount cluster-baseline-settings/kured", "DaemonSet cluster-baseline-settings/kured",
	"ResourceQuota default/default", "LimitRange default/default", "NetworkPolicy default/default",
	"Namespace falco-system", "ResourceQuota falco-system/default", "LimitRange falco-system/default", "ClusterRole falco",
	"ClusterRoleBinding falco", "ServiceAccount falco-system/falco", "ConfigMap falco-system/falco",
	"ConfigMap falco-system/falco-falcoctl", "DaemonSet falco-system/falco",
	"ResourceQuota flux-system/default", "LimitRange flux-system/default",
	"Namespace ingress-nginx", "SecretProviderClass ingress-nginx/aks-ingress-contoso-com-tls-secret-csi-akv",
	"ServiceAccount ingress-nginx/ingress-nginx", "ConfigMap ingress-nginx/ingress-nginx-controller", "ClusterRole ingress-nginx",
	"ClusterRoleBinding ingress-nginx", "Role ingress-nginx/ingress-nginx", "RoleBinding ingress-nginx/ingress-nginx",
	"Service ingress-nginx/ingress-nginx-controller-admission", "Service ingress-nginx/ingress-nginx-controller",
	"Deployment ingress-nginx/ingress-nginx-controller", "IngressClass nginx",
	"ValidatingWebhookConfiguration ingress-nginx-admission",
	"ServiceAccount ingress-nginx/ingress-nginx-admission", "ClusterRole ingress-nginx-admission",
	"ClusterRoleBinding ingress-nginx-admission", "Role ingress-nginx/ingress-nginx-admission",
	"RoleBinding ingress-nginx/ingress-nginx-admission", "Job ingress-nginx/ingress-nginx-admission-create",
	"Job ingress-nginx/ingress-nginx-admission-patch",
	"ConfigMap kube-system/container-azm-ms-agentconfig", "MeshConfig kube-system/osm-mesh-config",
	"ConfigMap kube-system/ama-metrics-settings-configmap", "ConfigMap kube-system/ama-metrics-prometheus-config",
	"ConfigMap kube-system/ama-metrics-prometheus-config-node",
}

const (
	noKured   = "the node OS channel SecurityPatch restarts nodes"
	noNginx   = "ingress-nginx is unmaintained; Traefik is in its place"
	noWebhook = "Traefik checks Ingresses without a webhook, so that there is no certificate to make for one"
	noManager = "held jobs for the network policy manager; Cilium has targets of its own"
	noNames   = "Falco gets names of pods from containerd, and has no rights in the cluster"
)

// successor is what stands in the place of a reference's object: an object, or nothing, and why.
type successor struct{ object, why string }

var replaced = map[string]successor{
	"ClusterRole kured":                              {"", noKured},
	"ClusterRoleBinding kured":                       {"", noKured},
	"Role cluster-baseline-settings/kured":           {"", noKured},
	"RoleBinding cluster-baseline-settings/kured":    {"", noKured},
	"ServiceAccount cluster-baseline-settings/kured": {"", noKured},
	"DaemonSet cluster-baseline-settings/kured":      {"", noKured},
	"ClusterRole falco":                              {"", noNames},
	"ClusterRoleBinding falco":                       {"", noNames},
	"ConfigMap falco-system/falco-falcoctl":          {"", "rules come with the image; fetched ones would pass by the quarantine"},
	"MeshConfig kube-system/osm-mesh-config":         {"", "Open Service Mesh is archived, and there is no mesh"},
	"ConfigMap kube-system/ama-metrics-prometheus-config": {
		"ConfigMap kube-system/ama-metrics-settings-configmap", noManager},
	"ConfigMap kube-system/ama-metrics-prometheus-config-node": {
		"ConfigMap kube-system/ama-metrics-settings-configmap", noManager},
	"Namespace ingress-nginx": {"Namespace ingress", noNginx},
	"SecretProviderClass ingress-nginx/aks-ingress-contoso-com-tls-secret-csi-akv": {
		"SecretProviderClass ingress/aks-ingress-contoso-com-tls-secret-csi-akv", noNginx},
	"ServiceAccount ingress-nginx/ingress-nginx":               {"ServiceAccount ingress/traefik-ingress-controller", noNginx},
	"ConfigMap ingress-nginx/ingress-nginx-controller":         {"ConfigMap ingress/traefik", noNginx},
	"ClusterRole ingress-nginx":                                {"ClusterRole traefik-ingress-cluster", noNginx},
	"ClusterRoleBinding ingress-nginx":                         {"ClusterRoleBinding traefik-ingress-cluster", noNginx},
	"Role ingress-nginx/ingress-nginx":                         {"ClusterRole traefik-ingress-namespace", noNginx},
	"RoleBinding ingress-nginx/ingress-nginx":                  {"RoleBinding a0005-i/traefik-ingress-controller", noNginx},
	"Service ingress-nginx/ingress-nginx-controller":           {"Service ingress/traefik", noNginx},
	"Deployment ingress-nginx/ingress-nginx-controller":        {"Deployment ingress/traefik", noNginx},
	"IngressClass nginx":                                       {"IngressClass traefik-internal", noNginx},
	"Service ingress-nginx/ingress-nginx-controller-admission": {"", noWebhook},
	"ValidatingWebhookConfiguration ingress-nginx-admission":   {"", noWebhook},
	"ServiceAccount ingress-nginx/ingress-nginx-admission":     {"", noWebhook},
	"ClusterRole ingress-nginx-admission":                      {"", noWebhook},
	"ClusterRoleBinding ingress-nginx-admission":               {"", noWebhook},
	"Role ingress-nginx/ingress-nginx-admission":               {"", noWebhook},
	"RoleBinding ingress-nginx/ingress-nginx-admission":        {"", noWebhook},
	"Job ingress-nginx/ingress-nginx-admission-create":         {"", noWebhook},
	"Job ingress-nginx/ingress-nginx-admission-patch":          {"", noWebhook},
}

// contentHash is what kustomize puts after the name of a ConfigMap that it generates.
var contentHash = regexp.MustCompile(`-[bcdfghkmt2456789]{10}$`)

// Nothing of the reference gets lost: each object is there, or something else is for a reason that is written down.
func TestEveryObjectOfTheReferenceIsThereOrReplaced(t *testing.T) {
	there := map[string]bool{}
	for _, object := range rendered(t) {
		there[object.GetKind()+" "+contentHash.ReplaceAllString(qualified(object), "")] = true
	}
	assert.Len(t, reference, 59)
	for _, object := range reference {
		instead, gone := replaced[object]
		assert.Equal(t, gone, !there[object], object)
		if instead.object != "" {
			assert.True(t, there[instead.object], "%s in place of %s: %s", instead.object, object, instead.why)
		}
	}
	for object := range replaced {
		assert.Contains(t, reference, object)
	}
}
