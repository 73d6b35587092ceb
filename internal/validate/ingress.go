package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The ingress controller, as the federated credential of its identity names it.
const (
	ingressNamespace      = "ingress"
	ingressServiceAccount = "traefik-ingress-controller"
)

// podStatuses are where the secrets store driver says which pods have their secrets mounted.
var podStatuses = schema.GroupVersionResource{
	Group: "secrets-store.csi.x-k8s.io", Version: "v1", Resource: "secretproviderclasspodstatuses",
}

const (
	secretProviderClass = "SecretProviderClass"
	mountHint           = "Look at events of the ingress controller's pods, and at its identity's roles and federated credential"
	// Annotations of Azure's load balancers.
	annotationInternal = "service.beta.kubernetes.io/azure-load-balancer-internal"
	annotationSubnet   = "service.beta.kubernetes.io/azure-load-balancer-internal-subnet"
)

func checkSecretProviderClass(ctx context.Context, s *subject) (verdict, error) {
	classes := s.rendered(secretProviderClass, "")
	if len(classes) == 0 {
		return failed("the manifests have no %s: the ingress controller gets no certificate", secretProviderClass), nil
	}
	wrong, err := s.compare(ctx, classes, s.judgeSecretProviderClass)
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict(syncHint, "%s: vault %s, client %s",
		joined(names(classes)), s.expected.VaultName, s.expected.IngressClientID), nil
}

func (s *subject) judgeSecretProviderClass(wanted, live *unstructured.Unstructured) problems {
	wrong := sameFields("spec")(wanted, live)
	values := []struct{ parameter, want string }{
		{"keyvaultName", s.expected.VaultName},
		{"tenantID", s.expected.GitOps.Substitutions[substitutionTenant]},
		{"clientID", s.expected.IngressClientID},
	}
	for _, v := range values {
		if found := text(live, "spec", "parameters", v.parameter); found != v.want {
			wrong.add("%s has %s=%s, not %s", describe(live), v.parameter, found, v.want)
		}
	}
	parameters, _, _ := unstructured.NestedStringMap(live.Object, "spec", "parameters")
	for _, value := range parameters {
		if strings.Contains(value, "${") {
			wrong.add("%s still has a variable: %s", describe(live), value)
		}
	}
	return wrong
}

// ingressDeployments are the manifests' deployments that mount a SecretProviderClass.
func (s *subject) ingressDeployments() ([]appsv1.Deployment, error) {
	var found []appsv1.Deployment
	for _, object := range s.rendered("Deployment", ingressNamespace) {
		var deployment appsv1.Deployment
		if err := decode(object, &deployment); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(deployment.Spec.Template.Spec.Volumes, mountsSecrets) {
			found = append(found, deployment)
		}
	}
	return found, nil
}

func mountsSecrets(volume corev1.Volume) bool {
	return volume.CSI != nil && volume.CSI.VolumeAttributes["secretProviderClass"] != ""
}

func checkCertificateMounted(ctx context.Context, s *subject) (verdict, error) {
	deployments, err := s.ingressDeployments()
	if err != nil {
		return failed("%v", err), nil
	}
	if len(deployments) == 0 {
		return failed("no deployment of the manifests in %s mounts a %s", ingressNamespace, secretProviderClass), nil
	}
	statuses, err := s.Dynamic.Resource(podStatuses).Namespace(ingressNamespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return failed("the cluster has no secrets store driver. Look at the add-on for key vault secrets in Azure"), nil
	}
	if err != nil {
		return verdict{}, err
	}
	mounted := map[string]bool{}
	for _, status := range statuses.Items {
		done, _, _ := unstructured.NestedBool(status.Object, "status", "mounted")
		mounted[text(&status, "status", "podName")] = done
	}
	var wrong problems
	count := 0
	for _, deployment := range deployments {
		selector := metav1.FormatLabelSelector(deployment.Spec.Selector)
		pods, err := s.Typed.CoreV1().Pods(ingressNamespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return verdict{}, err
		}
		if !slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool { return !ended(pod) }) {
			wrong.add("deployment %s has no pods", deployment.Name)
		}
		for _, pod := range pods.Items {
			if ended(pod) {
				continue
			}
			count++
			if !mounted[pod.Name] {
				wrong.add("pod %s has not mounted the certificate", pod.Name)
			}
		}
	}
	return wrong.verdict(mountHint, "mounted in %d pods", count), nil
}

func checkWorkloadIdentity(ctx context.Context, s *subject) (verdict, error) {
	account := &unstructured.Unstructured{}
	account.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ServiceAccount"))
	account.SetNamespace(ingressNamespace)
	account.SetName(ingressServiceAccount)
	wrong, err := s.compare(ctx, []*unstructured.Unstructured{account}, present)
	if err != nil {
		return verdict{}, err
	}
	deployments, err := s.ingressDeployments()
	if err != nil {
		return failed("%v", err), nil
	}
	var objects []*unstructured.Unstructured
	for _, deployment := range deployments {
		objects = append(objects, s.renderedNamed("Deployment", deployment.Namespace, deployment.Name)...)
	}
	more, err := s.compare(ctx, objects, func(_, live *unstructured.Unstructured) problems {
		var wrong problems
		if found := text(live, "spec", "template", "spec", "serviceAccountName"); found != ingressServiceAccount {
			wrong.add("%s runs as %q", describe(live), found)
		}
		return wrong
	})
	if err != nil {
		return verdict{}, err
	}
	wrong = append(wrong, more...)
	return wrong.verdict(fmt.Sprintf("Azure trusts system:serviceaccount:%s:%s only", ingressNamespace, ingressServiceAccount),
		"runs as %s/%s; its federated credential and its roles at the vault are in Azure and not asked here",
		ingressNamespace, ingressServiceAccount), nil
}

func (s *subject) renderedNamed(kind, namespace, name string) []*unstructured.Unstructured {
	return slices.DeleteFunc(s.rendered(kind, namespace), func(o *unstructured.Unstructured) bool { return o.GetName() != name })
}

func checkIngressAddress(ctx context.Context, s *subject) (verdict, error) {
	services := slices.DeleteFunc(s.rendered("Service", ingressNamespace), func(service *unstructured.Unstructured) bool {
		return text(service, "spec", "type") != string(corev1.ServiceTypeLoadBalancer)
	})
	if len(services) == 0 {
		return failed("the manifests have no load balancer in %s", ingressNamespace), nil
	}
	wrong, err := s.compare(ctx, services, s.judgeLoadBalancer)
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict("Look at kubectl -n ingress describe service: the cluster's identity needs its role at the subnet",
		"internal, at %s", s.expected.IngressAddress), nil
}

func (s *subject) judgeLoadBalancer(wanted, live *unstructured.Unstructured) problems {
	var wrong problems
	var service corev1.Service
	if err := decode(live, &service); err != nil {
		wrong.add("%v", err)
		return wrong
	}
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer {
		wrong.add("%s is of type %s", describe(live), service.Spec.Type)
	}
	if service.Annotations[annotationInternal] != "true" {
		wrong.add("%s is not internal: annotation %s", describe(live), annotationInternal)
	}
	if want := wanted.GetAnnotations()[annotationSubnet]; service.Annotations[annotationSubnet] != want {
		wrong.add("%s is in subnet %q, not %q", describe(live), service.Annotations[annotationSubnet], want)
	}
	addresses := make([]string, 0, 1)
	for _, point := range service.Status.LoadBalancer.Ingress {
		addresses = append(addresses, point.IP)
	}
	if !slices.Equal(addresses, []string{s.expected.ingressAddress.String()}) {
		found := or(strings.Join(addresses, ", "), "(none)")
		wrong.add("%s has the address %s, not %s", describe(live), found, s.expected.IngressAddress)
	}
	return wrong
}
