package validate

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// workloadNamespace is where what policies must refuse is tried; scopeIn is its scope.
const (
	workloadNamespace = "a0005-i"
	scopeIn           = "in-scope"
	// forbiddenImage is none of the registry's.
	forbiddenImage = "docker.io/library/busybox:1.37.0"
	triedName      = "validate-denial"
)

// dryRun lets the API server judge an object without storing it.
var dryRun = metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}

// denial is an object that a policy must refuse. All else about it is in order, so that nothing else refuses it first.
type denial struct {
	what string
	try  func(context.Context, *subject) error
	// reason matches the policy's name or message, reduced to lower-case letters: both follow the version of its template.
	reason *regexp.Regexp
}

var denials = []denial{
	{"an image of docker.io", tryImage, regexp.MustCompile(`allowedimages|containerimage`)},
	{"a pod in default", tryDefaultNamespace, regexp.MustCompile(`blockdefault|defaultnamespace`)},
	{"a public load balancer", tryLoadBalancer, regexp.MustCompile(`loadbalancer`)},
	{"an ingress that allows HTTP", tryIngress, regexp.MustCompile(`https`)},
	{"a pod with API credentials", tryAutomount, regexp.MustCompile(`automount`)},
}

func checkPolicies(ctx context.Context, s *subject) (verdict, error) {
	var wrong problems
	var refused []string
	for _, d := range denials {
		problem, err := d.judge(d.try(ctx, s))
		if err != nil {
			return verdict{}, fmt.Errorf("try %s: %w", d.what, err)
		}
		if problem != "" {
			wrong.add("%s %s", d.what, problem)
			continue
		}
		refused = append(refused, d.what)
	}
	return wrong.verdict(policyHint, "refused by policies, in dry runs: %s", strings.Join(refused, ", ")), nil
}

// admissionRefusal is how the API server words that a webhook (Gatekeeper) or a ValidatingAdmissionPolicy refused. Azure Policy
// makes both.
var admissionRefusal = regexp.MustCompile(`admission webhook "[^"]*" denied the request|ValidatingAdmissionPolicy '[^']*'`)

var notLetters = regexp.MustCompile(`[^a-z]+`)

// judge says what is wrong with the answer to a dry run; empty if the policy refused it. Other answers come back as errors.
func (d denial) judge(err error) (string, error) {
	if err == nil {
		return "is accepted", nil
	}
	if !isStatus(err) || apierrors.IsUnauthorized(err) {
		return "", err
	}
	message := err.Error()
	refusal := admissionRefusal.FindStringIndex(message)
	switch {
	case refusal != nil && d.reason.MatchString(notLetters.ReplaceAllString(strings.ToLower(message[refusal[0]:]), "")):
		return "", nil
	case refusal != nil:
		return "is refused by another policy: " + message, nil
	case apierrors.IsForbidden(err) && strings.Contains(message, "cannot create resource"):
		return "", err
	}
	return "is refused, but by no policy: " + message, nil
}

func tryImage(ctx context.Context, s *subject) error {
	pod := s.harmlessPod(workloadNamespace)
	pod.Spec.Containers[0].Image = forbiddenImage
	return s.tryPod(ctx, pod)
}

// The limit range of default allows no resources, and is asked before policies are.
func tryDefaultNamespace(ctx context.Context, s *subject) error {
	pod := s.harmlessPod(metav1.NamespaceDefault)
	pod.Spec.Containers[0].Resources = resources("0", "0")
	return s.tryPod(ctx, pod)
}

func tryAutomount(ctx context.Context, s *subject) error {
	pod := s.harmlessPod(workloadNamespace)
	pod.Spec.AutomountServiceAccountToken = ptr.To(true)
	return s.tryPod(ctx, pod)
}

func (s *subject) tryPod(ctx context.Context, pod *corev1.Pod) error {
	_, err := s.Typed.CoreV1().Pods(pod.Namespace).Create(ctx, pod, dryRun)
	return err
}

func tryLoadBalancer(ctx context.Context, s *subject) error {
	service := &corev1.Service{
		ObjectMeta: triedMeta(workloadNamespace),
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeLoadBalancer,
			Selector: map[string]string{"app.kubernetes.io/name": triedName},
			Ports:    []corev1.ServicePort{{Name: "https", Port: 443}},
		},
	}
	_, err := s.Typed.CoreV1().Services(service.Namespace).Create(ctx, service, dryRun)
	return err
}

func tryIngress(ctx context.Context, s *subject) error {
	const class = "traefik-internal"
	host := "validate." + s.expected.IngressHost
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
		Name: triedName, Port: networkingv1.ServiceBackendPort{Number: 8080},
	}}
	paths := []networkingv1.HTTPIngressPath{{Path: "/", PathType: ptr.To(networkingv1.PathTypePrefix), Backend: backend}}
	ingress := &networkingv1.Ingress{
		ObjectMeta: triedMeta(workloadNamespace),
		Spec: networkingv1.IngressSpec{
			IngressClassName: ptr.To(class),
			TLS:              []networkingv1.IngressTLS{{Hosts: []string{host}}},
			Rules: []networkingv1.IngressRule{{
				Host:             host,
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
			}},
		},
	}
	ingress.Annotations = map[string]string{"kubernetes.io/ingress.allow-http": "true"}
	_, err := s.Typed.NetworkingV1().Ingresses(ingress.Namespace).Create(ctx, ingress, dryRun)
	return err
}

func triedMeta(namespace string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: triedName, Namespace: namespace, Labels: map[string]string{labelScope: scopeIn}}
}

// harmlessPod is a pod that no policy, pod security standard, quota or limit range of a workload's namespace minds. Its image
// need not exist.
func (s *subject) harmlessPod(namespace string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: triedMeta(namespace),
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken: ptr.To(false),
			NodeSelector:                 map[string]string{labelScope: scopeIn},
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To[int64](65532), RunAsGroup: ptr.To[int64](65532),
				FSGroup: ptr.To[int64](65532), SupplementalGroups: []int64{65532},
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name:      "none",
				Image:     s.live() + "library/busybox:validate",
				Resources: resources("10m", "16Mi"),
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: ptr.To(false), ReadOnlyRootFilesystem: ptr.To(true),
					Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

// live is where all images of the cluster come from.
func (s *subject) live() string {
	return s.expected.GitOps.Substitutions[substitutionRegistry] + "/live/"
}

func resources(cpu, memory string) corev1.ResourceRequirements {
	list := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory),
	}
	return corev1.ResourceRequirements{Requests: list, Limits: list}
}
