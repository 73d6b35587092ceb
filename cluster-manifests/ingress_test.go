package clustermanifests_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const certificateClass = "aks-ingress-contoso-com-tls-secret-csi-akv"

func traefik(t *testing.T) *appsv1.Deployment {
	t.Helper()
	return one[appsv1.Deployment](t, "Deployment", "ingress/traefik")
}

// The only load balancer is internal, at the address that the gateway calls, and keeps the gateway's own address.
func TestLoadBalancerIsInternal(t *testing.T) {
	var balanced []*corev1.Service
	for _, service := range all[corev1.Service](t, "Service") {
		if service.Spec.Type != corev1.ServiceTypeClusterIP {
			balanced = append(balanced, service)
		}
	}
	require.Len(t, balanced, 1)
	service := balanced[0]
	want := map[string]string{
		"service.beta.kubernetes.io/azure-load-balancer-internal":        "true",
		"service.beta.kubernetes.io/azure-load-balancer-internal-subnet": "snet-cluster-ingressservices",
		"service.beta.kubernetes.io/azure-load-balancer-ipv4":            "10.240.4.4",
	}
	assert.Empty(t, cmp.Diff(want, service.Annotations))
	assert.Equal(t, corev1.ServiceTypeLoadBalancer, service.Spec.Type)
	assert.Equal(t, corev1.ServiceExternalTrafficPolicyLocal, service.Spec.ExternalTrafficPolicy)
	assert.Empty(t, service.Spec.ExternalIPs)
	require.Len(t, service.Spec.Ports, 1)
	assert.Equal(t, int32(443), service.Spec.Ports[0].Port)
	target := service.Spec.Ports[0].TargetPort.StrVal
	for _, port := range traefik(t).Spec.Template.Spec.Containers[0].Ports {
		if port.Name == target {
			assert.Equal(t, int32(8443), port.ContainerPort)
		}
	}
	assert.Equal(t, service.Spec.Selector, traefik(t).Spec.Selector.MatchLabels)
}

// The ingress controller outlives a node and the upgrade of one, also in a pool of two nodes.
func TestIngressOutlivesANode(t *testing.T) {
	deployment := traefik(t)
	assert.GreaterOrEqual(t, *deployment.Spec.Replicas, int32(2))
	spec := deployment.Spec.Template.Spec
	apart := spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	require.Len(t, apart, 1)
	assert.Equal(t, "kubernetes.io/hostname", apart[0].TopologyKey)
	assert.Equal(t, deployment.Spec.Selector, apart[0].LabelSelector)
	require.Len(t, spec.TopologySpreadConstraints, 1)
	assert.Equal(t, "topology.kubernetes.io/zone", spec.TopologySpreadConstraints[0].TopologyKey)
	assert.Zero(t, deployment.Spec.Strategy.RollingUpdate.MaxSurge.IntValue(), "a third replica finds no node")
	budget := one[policyv1.PodDisruptionBudget](t, "PodDisruptionBudget", "ingress/traefik")
	assert.Equal(t, deployment.Spec.Selector, budget.Spec.Selector)
	assert.Less(t, int32(budget.Spec.MinAvailable.IntValue()), *deployment.Spec.Replicas, "no node could ever be drained")
	assert.Positive(t, budget.Spec.MinAvailable.IntValue())
}

// A pod that ends fails its readiness probe on purpose for a while. Neither its liveness probe nor the end of its grace period
// may kill it for that.
func TestIngressEndsGracefully(t *testing.T) {
	const accepting, finishing = 20, 30 // seconds, as in the arguments
	spec := traefik(t).Spec.Template.Spec
	assert.Greater(t, *spec.TerminationGracePeriodSeconds, int64(accepting+finishing))
	probe := spec.Containers[0].LivenessProbe
	assert.Greater(t, probe.PeriodSeconds*probe.FailureThreshold, int32(accepting+finishing))
	assert.Contains(t, spec.Containers[0].Args, "--entrypoints.websecure.transport.lifecycle.requestacceptgracetimeout=20s")
	assert.Contains(t, spec.Containers[0].Args, "--entrypoints.websecure.transport.lifecycle.gracetimeout=30s")
}

// Traefik has no dashboard and makes no calls, watches the class and namespaces it is meant for, and checks callers before every
// router.
func TestTraefikDoesOnlyWhatItIsFor(t *testing.T) {
	args := traefik(t).Spec.Template.Spec.Containers[0].Args
	for _, arg := range []string{
		"--global.checknewversion=false", "--global.sendanonymoususage=false", "--log.format=json", "--accesslog.format=json",
		"--entrypoints.websecure.address=:8443", "--entrypoints.websecure.http.tls=true",
		"--entrypoints.websecure.forwardedheaders.trustedips=10.240.5.0/24",
		"--entrypoints.websecure.http.encodedcharacters.allowencodedslash=false",
		"--entrypoints.websecure.http.encodedcharacters.allowencodedbackslash=false",
		"--entrypoints.websecure.http.encodedcharacters.allowencodednullcharacter=false",
		"--entrypoints.websecure.http.middlewares=app-gateway-snet@file,gzip-compress@file",
		"--providers.kubernetesingress.namespaces=a0005-i", "--providers.kubernetesingress.ingressclass=traefik-internal",
		"--providers.kubernetesingress.ingressendpoint.ip=10.240.4.4",
	} {
		assert.Contains(t, args, arg)
	}
	for _, arg := range args {
		assert.NotRegexp(t, `^--(api|providers\.kubernetescrd|providers\.kubernetesgateway|entrypoints\.web\.)`, arg)
		assert.NotRegexp(t, `insecure=true`, arg)
	}
	class := one[networkingv1.IngressClass](t, "IngressClass", "traefik-internal")
	assert.Equal(t, "traefik.io/ingress-controller", class.Spec.Controller)
	assert.NotContains(t, class.Annotations, "ingressclass.kubernetes.io/is-default-class")
}

// The gateway's probe is answered whatever Ingresses there are: the certificate is where strict SNI looks, the probe's router
// stands before theirs, and TLS is at least 1.2.
func TestGatewaysProbeIsAnswered(t *testing.T) {
	text := one[corev1.ConfigMap](t, "ConfigMap", "ingress/traefik").Data["dynamic.yaml"]
	var found map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &found))
	certificate := map[string]any{"certFile": "/certs/tls.crt", "keyFile": "/certs/tls.key"}
	want := map[string]any{
		"tls": map[string]any{
			"certificates": []any{certificate},
			"stores":       map[string]any{"default": map[string]any{"defaultCertificate": certificate}},
			"options":      map[string]any{"default": map[string]any{"minVersion": "VersionTLS12", "sniStrict": true}},
		},
		"http": map[string]any{
			"middlewares": map[string]any{
				"app-gateway-snet": map[string]any{"ipAllowList": map[string]any{"sourceRange": []any{"10.240.5.0/24"}}},
				"gzip-compress":    map[string]any{"compress": map[string]any{}},
			},
			"routers": map[string]any{"health": map[string]any{
				"entryPoints": []any{"websecure"}, "priority": 10000.0, "service": "ping@internal", "tls": map[string]any{},
				"rule": "Host(`bu0001a0005-00.aks-ingress.contoso.com`) && Path(`/healthz`)",
			}},
		},
	}
	assert.Empty(t, cmp.Diff(want, found))
	assert.Contains(t, traefik(t).Spec.Template.Spec.Containers[0].Args, "--ping=true", "ping@internal exists only then")
}

// The certificate comes from the vault by the ingress identity, as one secret under the two names that Traefik reads. It is never
// a Kubernetes secret.
func TestCertificateComesFromTheVault(t *testing.T) {
	class := secretProviderClass(t)
	spec, _, err := unstructured.NestedMap(class.Object, "spec")
	require.NoError(t, err)
	assert.Equal(t, "azure", spec["provider"])
	assert.NotContains(t, spec, "secretObjects")
	parameters, _, err := unstructured.NestedStringMap(spec, "parameters")
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff([]string{"tls.crt", "tls.key"}, aliases(t, parameters["objects"])))
	delete(parameters, "objects")
	assert.Empty(t, cmp.Diff(map[string]string{
		"usePodIdentity": "false", "useVMManagedIdentity": "false", "clientID": sample["ingress_client_id"],
		"tenantID": sample["tenant_id"], "keyvaultName": sample["vault_name"],
	}, parameters))
	pod := traefik(t).Spec.Template.Spec
	assert.Equal(t, "traefik-ingress-controller", pod.ServiceAccountName, "the name that the identity trusts")
	mounted := slices.ContainsFunc(pod.Volumes, func(volume corev1.Volume) bool {
		return volume.CSI != nil && volume.CSI.Driver == "secrets-store.csi.k8s.io" && *volume.CSI.ReadOnly &&
			volume.CSI.VolumeAttributes["secretProviderClass"] == certificateClass
	})
	assert.True(t, mounted)
}

func secretProviderClass(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	for _, object := range rendered(t) {
		if object.GetKind() == "SecretProviderClass" {
			assert.Equal(t, "ingress/"+certificateClass, qualified(object))
			return object
		}
	}
	require.Fail(t, "no SecretProviderClass")
	return nil
}

// aliases are the files that a class makes of the ingress certificate, read as the provider reads its nested texts.
func aliases(t *testing.T, objects string) []string {
	t.Helper()
	var list struct{ Array []string }
	require.NoError(t, yaml.UnmarshalStrict([]byte(objects), &list))
	var found []string
	for _, text := range list.Array {
		var object struct{ ObjectName, ObjectType, ObjectAlias string }
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), &object))
		assert.Equal(t, sample["ingress_certificate"], object.ObjectName)
		assert.Equal(t, "secret", object.ObjectType, "a certificate's object has no key")
		found = append(found, object.ObjectAlias)
	}
	return found
}
