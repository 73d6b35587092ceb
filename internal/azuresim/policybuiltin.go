package azuresim

import (
	"strings"
)

// builtInPolicy is a policy definition or initiative of Azure's own (repository Azure/azure-policy, folder built-in-policies).
type builtInPolicy struct {
	name, mode string
	// effects are the allowed values, with their case; none if the effect is fixed to deny.
	effects []any
	// standard is the effect if the assignment gives none.
	standard string
	// takes are the names of further parameters by type; a name that ends in * needs a value.
	arrays, strings []string
	// rule is what ARM judges; nil for policies that a cluster judges, that only audit, or that deploy.
	rule map[string]any
}

var (
	audits      = []any{"Audit", "Disabled"}
	auditsFirst = []any{"Audit", "Deny", "Disabled"}
	anyCase     = []any{"audit", "Audit", "deny", "Deny", "disabled", "Disabled"}
	deploys     = []any{"DeployIfNotExists", "Disabled"}
	namespaces  = []string{"excludedNamespaces", "namespaces"}
)

const inCluster = "Microsoft.Kubernetes.Data"

const managedClusters = "Microsoft.ContainerService/managedClusters"

var builtInInitiatives = map[string]builtInPolicy{
	"42b8ef37-b724-4e24-bbc8-7a7708edfe00": {
		name: "Kubernetes cluster pod security restricted standards for Linux-based workloads", effects: anyCase, standard: "Audit",
		arrays: []string{"excludedNamespaces", "namespaces", "allowedCapabilities", "requiredDropCapabilities"},
	},
}

var builtInPolicies = map[string]builtInPolicy{
	"a08ec900-254a-4555-9bf5-e42af04b5c5c": {
		name: "Allowed resource types", mode: "Indexed", arrays: []string{"listOfResourceTypesAllowed*"},
		rule: map[string]any{"not": map[string]any{"field": "type", "in": "[parameters('listOfResourceTypesAllowed')]"}},
	},
	"b6e2945c-0b7b-40f5-9233-7a5323b5cdc6": {
		name: "Network Watcher should be enabled", mode: "All", effects: []any{"AuditIfNotExists", "Disabled"}, standard: "AuditIfNotExists",
		arrays: []string{"listOfLocations"}, strings: []string{"resourceGroupName"},
	},
	"4c3c6c5f-0d47-4402-99b8-aa543dd8bcee": {
		name: "Audit flow logs configuration for every virtual network", mode: "All", effects: audits, standard: "Audit",
	},

	// Clusters, seen from ARM.
	"0a15ec92-a229-4763-bb14-0ea34a568f8d": {
		name: "Azure Policy Add-on for Kubernetes service (AKS) should be installed and enabled on your clusters", mode: "Indexed",
		effects: audits, standard: "Audit",
	},
	"ac4a19c2-fa67-49b4-8ae5-0b2e78c49457": {
		name: "Role-Based Access Control (RBAC) should be used on Kubernetes Services", mode: "All", effects: audits, standard: "Audit",
	},
	"fb893a29-21bb-418c-a157-e99480ec364c": {
		name: "Kubernetes Services should be upgraded to a non-vulnerable Kubernetes version", mode: "Indexed", effects: audits, standard: "Audit",
	},
	"7d7be79c-23ba-4033-84dd-45e2a5ccdd67": {
		name: "Both operating systems and data disks in Azure Kubernetes Service clusters should be encrypted by customer-managed keys",
		mode: "Indexed", effects: auditsFirst, standard: "Audit",
		rule: onType(managedClusters, map[string]any{"field": managedClusters + "/diskEncryptionSetID", "exists": "false"}),
	},
	"41425d9f-d1a5-499a-9932-f8ed8453932c": {
		name: "Temp disks and cache for agent node pools in Azure Kubernetes Service clusters should be encrypted at host",
		mode: "Indexed", effects: auditsFirst, standard: "Audit",
		rule: onType(managedClusters, map[string]any{"greater": 0.0, "count": map[string]any{
			"field": managedClusters + "/agentPoolProfiles[*]",
			"where": map[string]any{"field": managedClusters + "/agentPoolProfiles[*].enableEncryptionAtHost", "notEquals": "true"},
		}}),
	},
	"040732e8-d947-40b8-95d6-854c95024bf8": {
		name: "Azure Kubernetes Service Private Clusters should be enabled", mode: "Indexed", effects: auditsFirst, standard: "Audit",
		rule: onType(managedClusters, map[string]any{"field": managedClusters + "/apiServerAccessProfile.enablePrivateCluster", "notEquals": "true"}),
	},
	"a1840de2-8088-4ea8-b153-b4c723e9cb01": {
		name: "Azure Kubernetes Service clusters should have Defender profile enabled", mode: "Indexed", effects: audits, standard: "Audit",
	},
	"564feb30-bf6a-4854-b4bb-0d2d2d1e6c66": {
		name: "Web Application Firewall (WAF) should be enabled for Application Gateway", mode: "Indexed", effects: auditsFirst, standard: "Audit",
		rule: onType("Microsoft.Network/applicationGateways",
			map[string]any{"field": "Microsoft.Network/applicationGateways/webApplicationFirewallConfiguration", "exists": "false"},
			map[string]any{"field": "Microsoft.Network/applicationGateways/firewallPolicy", "exists": "false"}),
	},

	// Defender plans.
	"efd4031d-b232-4595-babf-ae817348e91b": {
		name: "Configure Microsoft Defender for Containers plan", mode: "All", effects: deploys, standard: "DeployIfNotExists",
		strings: []string{
			"isContainerRegistriesVulnerabilityAssessmentsEnabled", "isAgentlessDiscoveryForKubernetesEnabled", "isAgentlessVmScanningEnabled",
			"isContainerSensorEnabled",
		},
	},
	"c9ddb292-b203-4738-aead-18e2716e858f": {
		name: "Configure Microsoft Defender for Containers to be enabled", mode: "All", effects: deploys, standard: "DeployIfNotExists",
	},
	"1f725891-01c0-420a-9059-4fa46cb770b7": {
		name: "Configure Microsoft Defender for Key Vault plan", mode: "All", effects: deploys, standard: "DeployIfNotExists",
		strings: []string{"subPlan"},
	},
	"b7021b2b-08fd-4dc0-9de7-3c6ece09faf9": {
		name: "Configure Azure Defender for Resource Manager to be enabled", mode: "All", effects: deploys, standard: "DeployIfNotExists",
		strings: []string{"subPlan"},
	},

	// What the policy add-on judges inside of clusters.
	"1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d": {
		name: "Kubernetes clusters should be accessible only over HTTPS", mode: inCluster, effects: auditsFirst, standard: "Deny",
	},
	"3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e": {
		name: "Kubernetes clusters should use internal load balancers", mode: inCluster, effects: anyCase, standard: "Deny",
	},
	"423dd1ba-798e-40e4-9c4d-b6902674b423": {
		name: "Kubernetes clusters should disable automounting API credentials", mode: inCluster, effects: anyCase, standard: "Audit",
		arrays: []string{"excludedImages"},
	},
	"46592696-4c7b-4bf3-9e45-6c2763bdc0a6": {
		name: "Kubernetes cluster pods should use specified labels", mode: inCluster, effects: anyCase, standard: "Deny",
		arrays: []string{"labelsList*"},
	},
	"d46c275d-1680-448d-b2ec-e495a3b6cc89": {
		name: "Kubernetes cluster services should only use allowed external IPs", mode: inCluster, effects: anyCase, standard: "Audit",
		arrays: []string{"allowedExternalIPs"},
	},
	"440b515e-a580-421e-abeb-b159a61ddcbc": {
		name: "[Deprecated]: Kubernetes cluster containers should only listen on allowed ports", mode: inCluster, effects: anyCase, standard: "Audit",
		arrays: []string{"allowedContainerPortsList*", "excludedContainers"},
	},
	"233a2a17-77ca-4fb1-9b6b-69223d272a44": {
		name: "Kubernetes cluster services should listen only on allowed ports", mode: inCluster, effects: anyCase, standard: "Deny",
		arrays: []string{"allowedServicePortsList*"},
	},
	"df49d893-a74c-421d-bc95-c663042e5b80": {
		name: "Kubernetes cluster containers should run with a read only root file system", mode: inCluster, effects: anyCase, standard: "Audit",
		arrays: []string{"excludedContainers", "excludedImages"},
	},
	"9f061a12-e40d-4183-a00e-171812443373": {
		name: "Kubernetes clusters should not use the default namespace", mode: inCluster, effects: anyCase, standard: "Audit",
	},
	"e345eecc-fa47-480f-9e88-67dcc122b164": {
		name: "Kubernetes cluster containers CPU and memory resource limits should not exceed the specified limits",
		mode: inCluster, effects: anyCase, standard: "Deny",
		arrays: []string{"excludedContainers", "excludedImages"}, strings: []string{"cpuLimit*", "memoryLimit*"},
	},
	"febd0533-8e55-448f-b837-bd0e06f16469": {
		name: "Kubernetes cluster containers should only use allowed images", mode: inCluster, effects: anyCase, standard: "Deny",
		arrays: []string{"excludedContainers", "excludedImages"}, strings: []string{"allowedContainerImagesRegex*"},
	},
}

// onType is a rule for one type of resource.
func onType(armType string, conditions ...any) map[string]any {
	return map[string]any{"allOf": append([]any{map[string]any{"field": "type", "equals": armType}}, conditions...)}
}

// takes are the parameters of a built-in definition.
func (b builtInPolicy) takes() map[string]policyParameter {
	found := map[string]policyParameter{}
	add := func(kind string, names ...string) {
		for _, name := range names {
			plain, needed := strings.CutSuffix(name, "*")
			found[strings.ToLower(plain)] = policyParameter{name: plain, kind: kind, optional: !needed}
		}
	}
	add("Array", b.arrays...)
	add("String", b.strings...)
	if b.mode == inCluster {
		add("Array", namespaces...)
		add("Object", "labelSelector")
		add("String", "source")
		add("Boolean", "warn")
	}
	if b.effects != nil {
		found["effect"] = policyParameter{name: "effect", kind: "String", allowed: b.effects, fallback: b.standard, optional: true}
	}
	return found
}

// definition is the built-in definition as an assignment meets it.
func (b builtInPolicy) definition(id string) (*policyDefinition, error) {
	made := &policyDefinition{id: id, name: b.name, mode: b.mode, parameters: b.takes()}
	made.effect = func(s *subject) any { return s.parameters["effect"] }
	if b.effects == nil {
		made.effect = func(*subject) any { return "deny" }
	}
	if b.rule == nil {
		return made, nil
	}
	reader := ruleReader{declared: map[string]bool{}}
	for name := range made.parameters {
		reader.declared[name] = true
	}
	var err error
	made.holds, err = reader.condition(b.rule)
	return made, err
}
