package validate

import (
	"fmt"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// templateNames are constraint templates as AKS names them, with and without a version.
var templateNames = []string{
	"K8sAzureV3NoPrivilege", "K8sAzureV4NoPrivilegeEscalation", "K8sAzureV4HostNetworkPorts", "K8sAzureV3BlockHostNamespace",
	"K8sAzureV3AllowedCapabilities", "K8sAzureVolumeTypes", "K8sAzureV3AllowedUsersGroups", "K8sAzureAllowedSeccomp",
	"K8sAzureV2IngressHttpsOnly", "K8sAzureLoadBalancerNoPublicIPs", "K8sAzureV2BlockAutomountToken", "K8sAzureV1PodEnforceLabels",
	"K8sAzureExternalIPs", "K8sAzureServiceAllowedPorts", "K8sAzureV3ReadOnlyRootFilesystem", "K8sAzureV1BlockDefault",
	"K8sAzureV3ContainerLimits", "K8sAzureV2ContainerAllowedImages",
}

// complete adds to the manifests' objects what a cluster makes of them, and what is in it besides.
func (l *lab) complete() {
	for _, name := range []string{"default", "kube-system", "kube-public", "kube-node-lease", "flux-system", "gatekeeper-system"} {
		l.add("v1", "Namespace", name, nil)
	}
	l.addNodes()
	for _, object := range l.objects {
		switch object.GetKind() {
		case "Namespace":
			_ = unstructured.SetNestedField(object.Object, "Active", "status", "phase")
		case "ResourceQuota":
			// The same amounts, as an API server writes them.
			_ = unstructured.SetNestedField(object.Object, "10", "spec", "hard", "pods")
		}
	}
	l.set("DaemonSet", "cluster-baseline-settings/agent", "status", counts("desiredNumberScheduled", 7, "numberReady", 7))
	l.set("DaemonSet", "falco-system/falco", "status", counts("desiredNumberScheduled", 7, "numberReady", 7))
	l.set("DaemonSet", "cluster-baseline-settings/in-scope-agent", "status", counts("desiredNumberScheduled", 2, "numberReady", 2))
	l.set("Deployment", "ingress/traefik", "status", counts("replicas", 2, "availableReplicas", 2, "updatedReplicas", 2))
	l.set("Service", "ingress/traefik", "status", map[string]any{
		"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "10.240.4.4"}}},
	})
	l.set("StatefulSet", "vn2/virtualnode", "status", counts("replicas", 2, "readyReplicas", 2))
	l.set("Deployment", "vn2/virtual-node-admission-controller", "status", counts("replicas", 1, "availableReplicas", 1, "updatedReplicas", 1))
	l.addPods()
	for _, kind := range templateNames {
		l.add(templatesGroup.String(), "ConstraintTemplate", strings.ToLower(kind), nil)
		l.add(constraintsResources.String(), kind, "azurepolicy-"+strings.ToLower(kind), nil)
	}
	l.addFlux()
}

func counts(fields ...any) map[string]any {
	values := map[string]any{}
	for i := 0; i < len(fields); i += 2 {
		values[fields[i].(string)] = int64(fields[i+1].(int))
	}
	return values
}

// addNodes makes three system nodes, and two of each user pool, spread over zones.
func (l *lab) addNodes() {
	for _, pool := range l.expected.NodePools {
		for i := range pool.MinCount {
			labels := map[string]any{labelsPool[0]: pool.Name, labelZone: fmt.Sprintf("eastus2-%d", i%3+1)}
			spec := map[string]any{}
			if pool.Scope != "" {
				labels[labelScope] = pool.Scope
			} else {
				spec["taints"] = []any{map[string]any{"key": taintCritical, "value": "true", "effect": "NoSchedule"}}
			}
			l.add("v1", "Node", fmt.Sprintf("aks-%s-%d", pool.Name, i), map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     spec,
				"status": map[string]any{
					"conditions": []any{map[string]any{"type": "Ready", "status": "True"}},
					"nodeInfo":   map[string]any{"kubeletVersion": "v1.35.2"},
				},
			})
		}
	}
}

func (l *lab) addPods() {
	l.addVirtualNode("virtualnode-0", "type", "virtual-kubelet")
	l.addVirtualNode("virtualnode-1", "virtualization", "virtualnode2")
	l.addPod("vn2/virtualnode-0", "aks-npooscope01-0", "acrtest.azurecr.io/live/kubelet:1@sha256:0", "out-of-scope", map[string]any{})
	l.addPod("vn2/burst", "virtualnode-0", "acrtest.azurecr.io/live/burst:1@sha256:0", "", nil)
	l.addPod("kube-system/coredns", "aks-npsystem-0", "mcr.microsoft.com/coredns:1", "", nil)
	l.addPod("flux-system/source-controller", "aks-npooscope01-0", "mcr.microsoft.com/source:1", "", nil)
	images := l.expected.GitOps.Substitutions
	traefik := "acrtest.azurecr.io/live/library/traefik:" + images["traefik_tag"] + "@" + images["traefik_digest"]
	for i := range 2 {
		name := fmt.Sprintf("ingress/traefik-%d", i)
		l.addPod(name, fmt.Sprintf("aks-npooscope01-%d", i), traefik, "out-of-scope", map[string]any{"app": "traefik"})
		l.add(podStatuses.GroupVersion().String(), "SecretProviderClassPodStatus", name+"-status", map[string]any{
			"status": map[string]any{"podName": strings.TrimPrefix(name, "ingress/"), "mounted": true},
		})
	}
}

func (l *lab) addVirtualNode(name, label, value string) {
	l.add("v1", "Node", name, map[string]any{
		"metadata": map[string]any{"labels": map[string]any{label: value}},
		"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}},
	})
}

func (l *lab) addPod(name, node, image, scope string, labels map[string]any) {
	spec := map[string]any{"nodeName": node, "containers": []any{map[string]any{"name": "main", "image": image}}}
	if scope != "" {
		labels[labelScope] = scope
		spec["nodeSelector"] = map[string]any{labelScope: scope}
	}
	l.add("v1", "Pod", name, map[string]any{
		"metadata": map[string]any{"labels": labels}, "spec": spec, "status": map[string]any{"phase": "Running"},
	})
}

func (l *lab) addFlux() {
	for _, name := range append(append([]string{}, fluxNeeded...), azureAgents...) {
		l.add("apps/v1", "Deployment", "flux-system/"+name, map[string]any{
			"status": map[string]any{"conditions": []any{map[string]any{"type": "Available", "status": "True"}}},
		})
	}
	ready := []any{map[string]any{"type": "Ready", "status": "True"}}
	revision := "main@sha1:" + commit
	l.add(gitRepositories.GroupVersion().String(), "GitRepository", "flux-system/bootstrap", map[string]any{
		"metadata": map[string]any{"generation": int64(2)},
		"spec":     map[string]any{"url": l.expected.GitOps.RepositoryURL, "ref": map[string]any{"branch": "main"}},
		"status": map[string]any{
			"observedGeneration": int64(2), "conditions": ready, "artifact": map[string]any{"revision": revision},
		},
	})
	for i, name := range []string{"bootstrap-unified", "bootstrap-falco", "bootstrap-virtual-nodes"} {
		var entries []any
		for _, object := range l.folders[i].objects {
			entries = append(entries, map[string]any{"id": inventoryID(object), "v": "v1"})
		}
		l.add(kustomizations.GroupVersion().String(), "Kustomization", "flux-system/"+name, map[string]any{
			"metadata": map[string]any{"generation": int64(3)},
			"spec":     map[string]any{"path": cleanPath(l.folders[i].path)},
			"status": map[string]any{
				"observedGeneration": int64(3), "conditions": ready, "lastAppliedRevision": revision,
				"inventory": map[string]any{"entries": entries},
			},
		})
	}
}

// refuseAsAzurePolicy refuses what the stamp's policies deny, in Gatekeeper's words.
func refuseAsAzurePolicy(object runtime.Object) error {
	switch object := object.(type) {
	case *corev1.Pod:
		if image := object.Spec.Containers[0].Image; !strings.HasPrefix(image, "acrtest.azurecr.io/live/") {
			return gatekeeper("k8sazurev2containerallowedimages", "Container image "+image+" has not been allowed.")
		}
		if object.Namespace == "default" {
			return gatekeeper("k8sazurev1blockdefault", "Usage of the default namespace is not allowed")
		}
		if *object.Spec.AutomountServiceAccountToken {
			return gatekeeper("k8sazurev2blockautomounttoken", "Automounting service account token is disallowed")
		}
	case *corev1.Service:
		if object.Annotations[annotationInternal] != "true" {
			return gatekeeper("k8sazureloadbalancernopublicips", "Load Balancers should not have public IPs")
		}
	case *networkingv1.Ingress:
		if object.Annotations["kubernetes.io/ingress.allow-http"] != "false" {
			return gatekeeper("k8sazurev2ingresshttpsonly", "Ingress should be https")
		}
	}
	return nil
}

// except answers err in place of a refusal that names a policy.
func except(policy string, err error) func(runtime.Object) error {
	return func(object runtime.Object) error {
		refusal := refuseAsAzurePolicy(object)
		if refusal != nil && strings.Contains(refusal.Error(), policy) {
			return err
		}
		return refusal
	}
}

// Other refusals of an API server, in its words.
var (
	exceededQuota = forbidden(`pods "x" is forbidden: exceeded quota: default, requested: pods=1, used: pods=0, limited: pods=0`)
	noPermission  = forbidden(`pods is forbidden: User "reader" cannot create resource "pods" in API group ""`)
	byAdmission   = forbidden(`ingresses.networking.k8s.io "x" is forbidden: ValidatingAdmissionPolicy 'azurepolicy-https-only' ` +
		`with binding 'b' denied request: use https`)
)

func gatekeeper(constraint, message string) error {
	return forbidden(fmt.Sprintf(
		`admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-%s-1] %s`, constraint, message))
}

func forbidden(message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: message,
	}}
}
