package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/governance"
	"aks-regulated-pulumi/internal/typetoken"
)

// deployPolicies registers hub, governance, and the policies of every stamp in a resource group of its own.
func deployPolicies(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) (err error) {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		defer func() { err = inventory.Close(err) }()
		governed, err := governanceWith(ctx, cfg, inventory)
		if err != nil {
			return err
		}
		for _, stamp := range cfg.Stamps {
			if _, err := governance.NewPolicies(ctx, "policies-"+stamp.Name, &governance.PoliciesArgs{
				Site: siteOf(cfg, stamp), BootstrapMode: cfg.Bootstrap.Mode, VirtualNodes: cfg.VirtualNodes.Enabled,
				Governance: governed, Inventory: inventory,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// What waits for the policies of a stamp is itself in the list of allowed types that one of them carries.
func TestListedTypeWaitsForPolicies(t *testing.T) {
	cfg, m := loadConfig(t, nil), &recordingMonitor{}
	stamp := cfg.Stamps[0]
	require.NoError(t, finishes(t, m, func(ctx *pulumi.Context) (err error) {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		defer func() { err = inventory.Close(err) }()
		group, err := newGroup(ctx, stamp.ResourceGroup)
		if err != nil {
			return err
		}
		governed, err := governanceWith(ctx, cfg, inventory)
		if err != nil {
			return err
		}
		site := siteOf(cfg, stamp)
		site.ResourceGroupName = group.Name
		policies, err := governance.NewPolicies(ctx, "policies-01", &governance.PoliciesArgs{
			Site: site, BootstrapMode: cfg.Bootstrap.Mode, Governance: governed, Inventory: inventory,
		})
		if err != nil {
			return err
		}
		return newAccount(ctx, "later", group.Name, pulumi.DependsOn(policies.Members()))
	}))
	types := m.one(t, typetoken.PolicyAssignment, "policies-01-types")
	assertWaits(t, m, m.one(t, typetoken.Storage, "later"), types)
	assert.Equal(t, object{"listOfResourceTypesAllowed": object{"value": list{"Microsoft.Storage/storageAccounts"}}},
		types.Inputs["parameters"])
}

// systemNamespaces are excepted wherever a policy excepts any namespaces.
var systemNamespaces = list{"kube-system", "gatekeeper-system", "azure-extensions-usage-system"}

func systemAnd(namespaces ...any) list { return append(slices.Clone(systemNamespaces), namespaces...) }

// judgement is one policy of a stamp, without what follows from group and cluster.
type judgement struct {
	definition, display string
	parameters          object
}

// workloadJudgements are about Azure resources in the stamp's group.
func workloadJudgements() map[string]judgement {
	return map[string]judgement{
		"types": {
			builtInPolicies + "a08ec900-254a-4555-9bf5-e42af04b5c5c", "Allowed resource types",
			object{"listOfResourceTypesAllowed": list{}},
		},
		"private-cluster": {
			builtInPolicies + "040732e8-d947-40b8-95d6-854c95024bf8", "Azure Kubernetes Service Private Clusters should be enabled",
			object{"effect": "Deny"},
		},
		"defender": {
			customPolicy("DenyNonDefenderAks"), "Microsoft Defender for Containers should be enabled in the cluster.", nil,
		},
		"public-scale-sets": {customPolicy("NoPublicIPsForVMScaleSets"), "VM Scale Sets should not have public IPs", nil},
		"policy-add-on": {
			builtInPolicies + "0a15ec92-a229-4763-bb14-0ea34a568f8d",
			"Azure Policy Add-on for Kubernetes service (AKS) should be installed and enabled on your clusters",
			object{"effect": "Audit"},
		},
		"gateway-sku": {customPolicy("DenyAagWithoutWaf"), "WAF SKU must be enabled on Azure Application Gateway", nil},
		"gateway-firewall": {
			builtInPolicies + "564feb30-bf6a-4854-b4bb-0d2d2d1e6c66",
			"Web Application Firewall (WAF) should be enabled for Application Gateway", object{"effect": "Deny"},
		},
		"kubernetes-rbac": {
			builtInPolicies + "ac4a19c2-fa67-49b4-8ae5-0b2e78c49457",
			"Role-Based Access Control (RBAC) should be used on Kubernetes Services", object{"effect": "Audit"},
		},
		"kubernetes-version": {
			builtInPolicies + "fb893a29-21bb-418c-a157-e99480ec364c",
			"Kubernetes Services should be upgraded to a non-vulnerable Kubernetes version", object{"effect": "Audit"},
		},
		"customer-managed-keys": {
			builtInPolicies + "7d7be79c-23ba-4033-84dd-45e2a5ccdd67",
			"Both operating systems and data disks in Azure Kubernetes Service clusters should be encrypted by customer-managed keys",
			object{"effect": "Audit"},
		},
		"encryption-at-host": {
			builtInPolicies + "41425d9f-d1a5-499a-9932-f8ed8453932c",
			"Temp disks and cache for agent node pools in Azure Kubernetes Service clusters should be encrypted at host",
			object{"effect": "Audit"},
		},
	}
}

// kubernetesJudgements are about objects inside the cluster: the restricted initiative and ten policies.
func kubernetesJudgements(registry string) map[string]judgement {
	return map[string]judgement{
		"restricted-pods": {
			builtInSets + "42b8ef37-b724-4e24-bbc8-7a7708edfe00",
			"Kubernetes cluster pod security restricted standards for Linux-based workloads",
			object{"effect": "Audit", "excludedNamespaces": systemNamespaces},
		},
		"https-ingress": {
			builtInPolicies + "1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d", "Kubernetes clusters should be accessible only over HTTPS",
			object{"effect": "Deny", "excludedNamespaces": list{}},
		},
		"internal-load-balancers": {
			builtInPolicies + "3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e", "Kubernetes clusters should use internal load balancers",
			object{"effect": "Deny", "excludedNamespaces": list{}},
		},
		"no-automount": {
			builtInPolicies + "423dd1ba-798e-40e4-9c4d-b6902674b423", "Kubernetes clusters should disable automounting API credentials",
			object{
				"effect":             "Deny",
				"excludedNamespaces": systemAnd("flux-system", "ingress"),
			},
		},
		"pod-labels": {
			builtInPolicies + "46592696-4c7b-4bf3-9e45-6c2763bdc0a6", "Kubernetes cluster pods should use specified labels",
			object{"effect": "Audit", "labelsList": list{"pci-scope"}},
		},
		"external-ips": {
			builtInPolicies + "d46c275d-1680-448d-b2ec-e495a3b6cc89", "Kubernetes cluster services should only use allowed external IPs",
			object{"effect": "Deny", "excludedNamespaces": systemNamespaces, "allowedExternalIPs": list{}},
		},
		"service-ports": {
			builtInPolicies + "233a2a17-77ca-4fb1-9b6b-69223d272a44", "Kubernetes cluster services should listen only on allowed ports",
			object{"effect": "Audit", "excludedNamespaces": systemNamespaces, "allowedServicePortsList": list{"443", "80", "8080"}},
		},
		"read-only-root": {
			builtInPolicies + "df49d893-a74c-421d-bc95-c663042e5b80",
			"Kubernetes cluster containers should run with a read only root file system",
			object{"effect": "Audit", "excludedNamespaces": systemNamespaces},
		},
		"no-default-namespace": {
			builtInPolicies + "9f061a12-e40d-4183-a00e-171812443373", "Kubernetes clusters should not use the default namespace",
			object{"effect": "Deny", "excludedNamespaces": list{}},
		},
		"resource-limits": {
			builtInPolicies + "e345eecc-fa47-480f-9e88-67dcc122b164",
			"Kubernetes cluster containers CPU and memory resource limits should not exceed the specified limits",
			object{"effect": "Audit", "excludedNamespaces": systemAnd("flux-system"), "cpuLimit": "1500m", "memoryLimit": "2Gi"},
		},
		"allowed-images": {
			builtInPolicies + "febd0533-8e55-448f-b837-bd0e06f16469",
			"Kubernetes cluster containers should only use allowed images",
			object{
				"effect": "Deny", "excludedNamespaces": systemAnd("flux-system"),
				"allowedContainerImagesRegex": `^` + registry + `\.azurecr\.io/live/.+$`,
			},
		},
	}
}

// Where Flux comes from the cluster's own registry, nothing in its namespace may come from elsewhere.
func TestAllowedImagesInModeManifests(t *testing.T) {
	m := deployPolicies(t, settings{"bootstrap.mode": "manifests"})
	found := 0
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		if strings.HasSuffix(r.Inputs["policyDefinitionId"].(string), "febd0533-8e55-448f-b837-bd0e06f16469") {
			excluded, _ := policyValue(r, "excludedNamespaces").(list)
			assert.Equal(t, systemNamespaces, excluded)
			found++
		}
	}
	assert.Equal(t, 1, found)
}

func cutDisplay(text string) string { return text[:min(125, len(text))] }

// Each stamp's group and cluster are held to exactly these policies, each with these parameters.
func TestStampPolicies(t *testing.T) {
	s := settings{"stamps": `[{"name":"01","addressSpace":"10.240.0.0/16"},{"name":"02","addressSpace":"10.242.0.0/16"}]`}
	m := deployPolicies(t, s)
	for _, stamp := range loadConfig(t, s).Stamps {
		names, group := stamp.Names(subscriptionID), stamp.ResourceGroup
		name := "policies-" + stamp.Name
		var children []string
		for key, want := range workloadJudgements() {
			children = append(children, typetoken.PolicyAssignment+" "+name+"-"+key)
			assertPolicy(t, m, name+"-"+key, policyFact{
				Definition: want.definition, Scope: subscription + "/resourceGroups/" + group, NameParts: []string{group},
				Display: cutDisplay("[" + group + "] " + want.display), Parameters: want.parameters,
			})
		}
		inCluster := kubernetesJudgements(names.Registry)
		require.Len(t, inCluster, 11, "the restricted initiative and ten policies")
		for key, want := range inCluster {
			children = append(children, typetoken.PolicyAssignment+" "+name+"-"+key)
			assertPolicy(t, m, name+"-"+key, policyFact{
				Definition: want.definition, Scope: subscription + "/resourceGroups/" + group, NameParts: []string{group, names.Cluster},
				Display: cutDisplay("[" + names.Cluster + "] " + want.display), Parameters: want.parameters,
			})
		}
		assertFamily(t, m, "aksregulated:cluster:Policies", name, children...)
	}
}
