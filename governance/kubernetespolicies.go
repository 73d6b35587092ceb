package governance

import (
	"maps"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/stamp"
)

// Built-in definitions that the Azure Policy add-on enforces inside the cluster (walkthrough, "Validate cluster access and
// bootstrapping"): the restricted initiative and ten policies. The policy for container ports,
// 440b515e-a580-421e-abeb-b159a61ddcbc, is deprecated without successor: service ports and network policies cover it.
var (
	restrictedPods = builtInInitiative("42b8ef37-b724-4e24-bbc8-7a7708edfe00",
		"Kubernetes cluster pod security restricted standards for Linux-based workloads")
	httpsIngress = builtInPolicy("1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d",
		"Kubernetes clusters should be accessible only over HTTPS")
	internalLoadBalancers = builtInPolicy("3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e",
		"Kubernetes clusters should use internal load balancers")
	noAutomount = builtInPolicy("423dd1ba-798e-40e4-9c4d-b6902674b423",
		"Kubernetes clusters should disable automounting API credentials")
	podLabels   = builtInPolicy("46592696-4c7b-4bf3-9e45-6c2763bdc0a6", "Kubernetes cluster pods should use specified labels")
	externalIPs = builtInPolicy("d46c275d-1680-448d-b2ec-e495a3b6cc89",
		"Kubernetes cluster services should only use allowed external IPs")
	servicePorts = builtInPolicy("233a2a17-77ca-4fb1-9b6b-69223d272a44",
		"Kubernetes cluster services should listen only on allowed ports")
	readOnlyRoot = builtInPolicy("df49d893-a74c-421d-bc95-c663042e5b80",
		"Kubernetes cluster containers should run with a read only root file system")
	noDefaultNamespace = builtInPolicy("9f061a12-e40d-4183-a00e-171812443373",
		"Kubernetes clusters should not use the default namespace")
	resourceLimits = builtInPolicy("e345eecc-fa47-480f-9e88-67dcc122b164",
		"Kubernetes cluster containers CPU and memory resource limits should not exceed the specified limits")
	allowedImages = builtInPolicy("febd0533-8e55-448f-b837-bd0e06f16469",
		"Kubernetes cluster containers should only use allowed images")
)

// excepted are the namespaces of Azure's own pods, and others. Every policy that excepts namespaces uses it: where a list is empty,
// nothing is excepted on purpose. Images and limits in Flux's namespace are those of the AKS extension.
func excepted(others ...string) []string {
	return append([]string{"kube-system", "gatekeeper-system", "azure-extensions-usage-system"}, others...)
}

// kubernetesPolicy evaluates objects inside the cluster.
type kubernetesPolicy struct {
	logicalName string
	definition  policyDefinition
	effect      string
	// excluded are namespaces that are not evaluated; nil leaves the definition's default.
	excluded    []string
	parameters  map[string]pulumi.Input
	description string
}

func (p kubernetesPolicy) inputs() map[string]pulumi.Input {
	inputs := map[string]pulumi.Input{"effect": pulumi.String(p.effect)}
	if p.excluded != nil {
		inputs["excludedNamespaces"] = pulumi.ToStringArray(p.excluded)
	}
	maps.Copy(inputs, p.parameters)
	return inputs
}

// kubernetesPolicies are the policies inside the cluster; registry is the name of the stamp's container registry.
func kubernetesPolicies(bootstrapMode string, virtualNodes bool, registry string) []kubernetesPolicy {
	foreignImages, callers := excepted(), excepted(stamp.FluxNamespace, stamp.IngressNamespace)
	if bootstrapMode == config.ModeFlux {
		foreignImages = excepted(stamp.FluxNamespace)
	}
	if virtualNodes {
		callers = append(callers, stamp.VirtualNodesNamespace)
	}
	return []kubernetesPolicy{
		{
			logicalName: "restricted-pods", definition: restrictedPods, effect: "Audit", excluded: excepted(),
			description: "Audits pods against the restricted pod security standard.",
		},
		{
			logicalName: "https-ingress", definition: httpsIngress, effect: "Deny", excluded: []string{},
			description: "Denies ingresses without TLS. Routes of the Gateway API are not judged.",
		},
		{
			logicalName: "internal-load-balancers", definition: internalLoadBalancers, effect: "Deny", excluded: []string{},
			description: "Denies load balancer services that are not internal.",
		},
		{
			logicalName: "no-automount", definition: noAutomount, effect: "Deny",
			excluded:    callers,
			description: "Denies pods that mount credentials of the Kubernetes API without need.",
		},
		{
			logicalName: "pod-labels", definition: podLabels, effect: "Audit",
			parameters:  map[string]pulumi.Input{"labelsList": pulumi.ToStringArray([]string{stamp.ScopeLabel})},
			description: "Audits that every pod says whether it is in scope of PCI DSS.",
		},
		{
			logicalName: "external-ips", definition: externalIPs, effect: "Deny", excluded: excepted(),
			parameters:  map[string]pulumi.Input{"allowedExternalIPs": pulumi.StringArray{}},
			description: "Denies services with external IPs; load balancers are not judged.",
		},
		{
			logicalName: "service-ports", definition: servicePorts, effect: "Audit", excluded: excepted(),
			// 443 is the ingress, 80 Flux's source controller and microservices, 8080 the web front end.
			parameters:  map[string]pulumi.Input{"allowedServicePortsList": pulumi.ToStringArray([]string{"443", "80", "8080"})},
			description: "Audits services that listen on other ports than 80, 443 and 8080.",
		},
		{
			logicalName: "read-only-root", definition: readOnlyRoot, effect: "Audit", excluded: excepted(),
			description: "Audits containers that can write to their root file system.",
		},
		{
			logicalName: "no-default-namespace", definition: noDefaultNamespace, effect: "Deny", excluded: []string{},
			description: "Denies pods, services and service accounts in the namespace default.",
		},
		{
			logicalName: "resource-limits", definition: resourceLimits, effect: "Audit", excluded: excepted(stamp.FluxNamespace),
			parameters:  map[string]pulumi.Input{"cpuLimit": pulumi.String("1500m"), "memoryLimit": pulumi.String("2Gi")},
			description: "Audits containers without limits, or with more than 1.5 CPUs or 2 GiB of memory.",
		},
		{
			logicalName: "allowed-images", definition: allowedImages, effect: "Deny", excluded: foreignImages,
			parameters:  map[string]pulumi.Input{"allowedContainerImagesRegex": pulumi.String(allowedImagesPattern(registry))},
			description: "Denies containers of images from elsewhere than the cluster's own registry, below live/.",
		},
	}
}

// allowedImagesPattern matches images below live/ in a container registry, and no others.
func allowedImagesPattern(registry string) string {
	return "^" + regexp.QuoteMeta(stamp.LoginServer(registry)+"/live/") + ".+$"
}
