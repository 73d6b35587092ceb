package components

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/typetoken"
)

func deployCluster(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		f, err := layFoundations(ctx, cfg, 0)
		if err != nil {
			return err
		}
		managed, err := cluster.NewCluster(ctx, "cluster", &cluster.ClusterArgs{
			Site: f.site, Cluster: cfg.Cluster, NodePools: cfg.NodePools, TenantID: testTenantID, Spoke: f.spoke, DNS: f.dns,
			WorkspaceID: f.monitoring.WorkspaceID, RegistryID: pulumi.String(stampRegistryID),
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"id": managed.ClusterID, "name": managed.ClusterName, "kubelet": managed.KubeletObjectID, "issuer": managed.OIDCIssuerURL,
		})
		return nil
	})
}

// A cluster is a component with the control plane's identity, all its roles, and the windows in which AKS may upgrade.
func TestClusterFamily(t *testing.T) {
	m := deployCluster(t, nil)
	family := []string{
		typetoken.Identity + " cluster", typetoken.ManagedCluster + " cluster", typetoken.Diagnostic + " cluster",
		typetoken.MaintenanceWindow + " cluster-releases", typetoken.MaintenanceWindow + " cluster-upgrade",
		typetoken.MaintenanceWindow + " cluster-nodeos",
	}
	for _, role := range []string{"link", "dns", "system", "inscope", "outofscope", "ingress", "pull"} {
		family = append(family, typetoken.UUID+" cluster-"+role, typetoken.RoleAssignment+" cluster-"+role)
	}
	component := assertFamily(t, m, "aksregulated:cluster:Cluster", "cluster", family...)
	assert.Equal(t, []diagnostic{{
		Setting: "default", Resource: stampClusterID, Dedicated: true,
		Logs: []string{"cluster-autoscaler", "guard", "kube-audit-admin", "kube-controller-manager"},
	}}, diagnosticsUnder(t, m, component, stampWorkspaceID))
	assertInputs(t, m.one(t, typetoken.Identity, "cluster"), object{
		"resourceName": "mi-aks-" + stampUnique + "-controlplane", "resourceGroupName": workloadGroup, "location": "eastus2",
		"tags": testTags,
	})
}

// The control plane may join four subnets, link one zone and write to it; nodes may pull from one registry. Neither gets more.
func TestClusterRoles(t *testing.T) {
	m := deployCluster(t, nil)
	const (
		networkContributor = subscription + "/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7"
		zoneContributor    = subscription + "/providers/Microsoft.Authorization/roleDefinitions/b12aa53e-6015-4669-85d0-8515ebb3ae7f"
		acrPull            = subscription + "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d"
	)
	controlPlane := principalOf(armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-"+stampUnique+"-controlplane"))
	managed := m.one(t, typetoken.ManagedCluster, "cluster")
	for name, fact := range map[string]assignmentFact{
		"cluster-link":       {zoneContributor, controlPlane, stampVNetID},
		"cluster-dns":        {zoneContributor, controlPlane, stampAPIZoneID},
		"cluster-system":     {networkContributor, controlPlane, stampVNetID + "/subnets/snet-cluster-systemnodepool"},
		"cluster-inscope":    {networkContributor, controlPlane, stampVNetID + "/subnets/snet-cluster-inscopenodepools"},
		"cluster-outofscope": {networkContributor, controlPlane, stampVNetID + "/subnets/snet-cluster-outofscopenodepools"},
		"cluster-ingress":    {networkContributor, controlPlane, stampVNetID + "/subnets/snet-cluster-ingressservices"},
	} {
		assertWaits(t, m, managed, assertAssignment(t, m, name, fact))
	}
	pull := assertAssignment(t, m, "cluster-pull", assignmentFact{acrPull, stableGUID("kubelet", stampClusterID), stampRegistryID})
	assertWaits(t, m, pull, managed)
	assert.Len(t, m.OfType(typetoken.RoleAssignment), 7)
}

// withTestTags adds the configured tags to the classification of cluster and nodes.
func withTestTags(own object) object {
	tags := object{"Data classification": "Confidential", "Business unit": "BU0001", "Business criticality": "Business unit-critical"}
	maps.Copy(tags, testTags)
	maps.Copy(tags, own)
	return tags
}

// poolFact is a node pool with what all pools share.
func poolFact(own object) object {
	pool := object{
		"type": "VirtualMachineScaleSets", "orchestratorVersion": "1.35", "vmSize": "Standard_D4ds_v5",
		"availabilityZones": list{"1", "2", "3"}, "enableAutoScaling": true, "maxPods": 30, "osType": "Linux", "osSKU": "Ubuntu",
		"osDiskType": "Ephemeral", "enableEncryptionAtHost": true, "enableNodePublicIP": false,
		"securityProfile":  object{"enableSecureBoot": true, "enableVTPM": true},
		"scaleSetPriority": "Regular", "scaleSetEvictionPolicy": "Delete", "upgradeSettings": object{"maxSurge": "33%"},
		"nodeLabels": object{}, "nodeTaints": list{},
	}
	maps.Copy(pool, own)
	return pool
}

func defaultPools() list {
	return list{
		poolFact(object{
			"name": "npinscope01", "mode": "User", "minCount": 2, "maxCount": 5, "osDiskSizeGB": 120,
			"vnetSubnetID": stampVNetID + "/subnets/snet-cluster-inscopenodepools", "nodeLabels": object{"pci-scope": "in-scope"},
			"tags": withTestTags(object{"pci-scope": "in-scope"}),
		}),
		poolFact(object{
			"name": "npooscope01", "mode": "User", "minCount": 2, "maxCount": 5, "osDiskSizeGB": 120,
			"vnetSubnetID": stampVNetID + "/subnets/snet-cluster-outofscopenodepools", "nodeLabels": object{"pci-scope": "out-of-scope"},
			"tags": withTestTags(object{"pci-scope": "out-of-scope"}),
		}),
		poolFact(object{
			"name": "npsystem", "mode": "System", "minCount": 3, "maxCount": 4, "osDiskSizeGB": 80,
			"vnetSubnetID": stampVNetID + "/subnets/snet-cluster-systemnodepool", "nodeTaints": list{"CriticalAddonsOnly=true:NoSchedule"},
			"tags": withTestTags(object{"pci-scope": "out-of-scope"}),
		}),
	}
}

// The cluster has every setting of the walkthrough, with what Azure retired replaced or gone, and nothing beyond.
func TestManagedCluster(t *testing.T) {
	m := deployCluster(t, nil)
	assertInputs(t, m.one(t, typetoken.ManagedCluster, "cluster"), object{
		"resourceName": "aks-" + stampUnique, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": withTestTags(nil),
		"nodeResourceGroup": "rg-aks-" + stampUnique + "-nodepools", "nodeResourceGroupProfile": object{"restrictionLevel": "Unrestricted"},
		"sku": object{"name": "Base", "tier": "Standard"}, "supportPlan": "KubernetesOfficial",
		"kubernetesVersion": "1.35", "dnsPrefix": config.Unique(subscriptionID, workloadGroup, "aks-"+stampUnique),
		"identity": object{"type": "UserAssigned", "userAssignedIdentities": list{
			armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-"+stampUnique+"-controlplane"),
		}},
		"enableRBAC": true, "disableLocalAccounts": true,
		"aadProfile": object{
			"managed": true, "enableAzureRBAC": false, "adminGroupObjectIDs": list{configtest.AdminGroup}, "tenantID": testTenantID,
		},
		"apiServerAccessProfile": object{
			"enablePrivateCluster": true, "enablePrivateClusterPublicFQDN": false, "privateDNSZone": stampAPIZoneID, "disableRunCommand": true,
		},
		"oidcIssuerProfile": object{"enabled": true},
		"securityProfile": object{
			"workloadIdentity": object{"enabled": true}, "imageCleaner": object{"enabled": true, "intervalHours": 48},
			"defender": object{"logAnalyticsWorkspaceResourceId": stampWorkspaceID, "securityMonitoring": object{"enabled": true}},
		},
		"networkProfile": object{
			"networkPlugin": "azure", "networkDataplane": "cilium", "networkPolicy": "cilium", "outboundType": "userDefinedRouting",
			"loadBalancerSku": "standard", "serviceCidr": "172.16.0.0/16", "dnsServiceIP": "172.16.0.10",
		},
		"agentPoolProfiles":  defaultPools(),
		"autoUpgradeProfile": object{"upgradeChannel": "patch", "nodeOSUpgradeChannel": "SecurityPatch"},
		"autoScalerProfile": object{
			"balanceSimilarNodeGroups": "false", "expander": "random", "maxEmptyBulkDelete": "10", "maxGracefulTerminationSec": "600",
			"maxNodeProvisionTime": "15m", "maxTotalUnreadyPercentage": "45", "newPodScaleUpDelay": "0s", "okTotalUnreadyCount": "3",
			"scaleDownDelayAfterAdd": "10m", "scaleDownDelayAfterDelete": "20s", "scaleDownDelayAfterFailure": "3m",
			"scaleDownUnneededTime": "10m", "scaleDownUnreadyTime": "20m", "scaleDownUtilizationThreshold": "0.5", "scanInterval": "10s",
			"skipNodesWithLocalStorage": "true", "skipNodesWithSystemPods": "true",
		},
		"addonProfiles": object{
			"azurepolicy": object{"enabled": true, "config": object{"version": "v2"}},
			"omsagent": object{"enabled": true, "config": object{
				"logAnalyticsWorkspaceResourceId": stampWorkspaceID, "useAADAuth": "true",
			}},
			"azureKeyvaultSecretsProvider": object{"enabled": true, "config": object{
				"enableSecretRotation": "true", "rotationPollInterval": "1h",
			}},
		},
		"azureMonitorProfile": object{"metrics": object{
			"enabled": true, "kubeStateMetrics": object{"metricAnnotationsAllowList": "", "metricLabelsAllowlist": ""},
		}},
	})
}

// The cluster starts only when everything in its spoke and every link of its zone is there, and federated credentials can wait for its
// outputs.
func TestClusterOrder(t *testing.T) {
	m := deployCluster(t, nil)
	managed := m.one(t, typetoken.ManagedCluster, "cluster")
	assertWaits(t, m, managed, m.one(t, typetoken.ResourceGroup, "inside-spoke"))
	assertWaits(t, m, managed, m.one(t, typetoken.ResourceGroup, "inside-dns"))
	for _, later := range append(m.OfType(typetoken.MaintenanceWindow), m.one(t, typetoken.Diagnostic, "cluster")) {
		assertWaits(t, m, later, managed)
	}
	assert.Equal(t, "1h30m0s", managed.CreateTimeout)
	assert.Equal(t, map[string]any{
		"id": stampClusterID, "name": "aks-" + stampUnique, "kubelet": stableGUID("kubelet", stampClusterID), "issuer": issuerOf(stampClusterID),
	}, m.Exports)
}

// AKS upgrades cluster, nodes and its own components only in the configured window of each week.
func TestMaintenanceWindows(t *testing.T) {
	m := deployCluster(t, settings{
		"cluster.maintenanceDay": "Tuesday", "cluster.maintenanceStart": "03:30", "cluster.maintenanceHours": "6",
	})
	for name, configName := range map[string]string{
		"cluster-releases": "default", "cluster-upgrade": "aksManagedAutoUpgradeSchedule", "cluster-nodeos": "aksManagedNodeOSUpgradeSchedule",
	} {
		assertInputs(t, m.one(t, typetoken.MaintenanceWindow, name), object{
			"configName": configName, "resourceName": "aks-" + stampUnique, "resourceGroupName": workloadGroup,
			"maintenanceWindow": object{
				"schedule":  object{"weekly": object{"intervalWeeks": 1, "dayOfWeek": "Tuesday"}},
				"startTime": "03:30", "utcOffset": "+00:00", "durationHours": 6,
			},
		})
	}
}

// Whatever the generation, the cluster lists the pools in use as AKS returns them, by their names, so that a refresh mixes none up; the
// counts belong to the autoscaler, and what AKS fills in by itself replaces nothing.
func TestPoolsAsAKSReturnsThem(t *testing.T) {
	for _, settings := range []settings{
		nil, {"nodePools.generation": "2"}, {"nodePools.generation": "9", "nodePools.nextVmSize": "Standard_D8ds_v5"},
	} {
		managed := deployCluster(t, settings).one(t, typetoken.ManagedCluster, "cluster")
		var names []string
		for _, element := range managed.Inputs["agentPoolProfiles"].([]any) {
			pool := element.(object)
			names = append(names, pool["name"].(string))
			assert.NotContains(t, pool, "count")
		}
		assert.Len(t, names, 3)
		assert.IsIncreasing(t, names)
		assert.Equal(t, []string{"linuxProfile", "windowsProfile"}, managed.IgnoreChanges)
	}
}

// The next generation of pools stands beside the one in use with the same settings, but for its size, one pool after the other, and stays
// when Pulumi lets go of it.
func TestNextPools(t *testing.T) {
	assert.Empty(t, deployCluster(t, nil).OfType(typetoken.NodePool))
	m := deployCluster(t, settings{"nodePools.nextVmSize": "Standard_D8ds_v5"})
	managed := m.one(t, typetoken.ManagedCluster, "cluster")
	assert.Equal(t, "Standard_D4ds_v5", managed.Inputs["agentPoolProfiles"].([]any)[0].(object)["vmSize"])
	earlier := managed
	for i, name := range []string{"npinscope02", "npooscope02", "npsystem02"} {
		pool := m.one(t, typetoken.NodePool, "cluster-"+name)
		want := object{"agentPoolName": name, "resourceName": "aks-" + stampUnique, "resourceGroupName": workloadGroup}
		maps.Copy(want, managed.Inputs["agentPoolProfiles"].([]any)[i].(object))
		delete(want, "name")
		want["vmSize"] = "Standard_D8ds_v5"
		assertInputs(t, pool, want)
		assertWaits(t, m, pool, earlier)
		assert.True(t, pool.RetainOnDelete)
		earlier = pool
	}
}

// Configuration reaches the cluster: tier with its support plan, version, administrators, pool sizes and zones.
func TestClusterConfiguration(t *testing.T) {
	const tenant = "5d0e1a54-3b0c-4f29-8f5e-3d0b2e0c7a11"
	m := deployCluster(t, settings{
		"cluster.skuTier": "Premium", "cluster.adminTenantId": tenant, "protect": "true", "zones": "[]",
		"nodePools.vmSize": "Standard_D8ds_v5", "nodePools.systemMin": "4", "nodePools.systemMax": "6", "nodePools.userMin": "3",
		"nodePools.userMax": "7", "stamps": `[{"name":"01","addressSpace":"10.244.0.0/16","kubernetesVersion":"1.36"}]`,
	})
	managed := m.one(t, typetoken.ManagedCluster, "cluster")
	assert.Equal(t, object{"name": "Base", "tier": "Premium"}, managed.Inputs["sku"])
	assert.Equal(t, "AKSLongTermSupport", managed.Inputs["supportPlan"])
	assert.Equal(t, object{"upgradeChannel": "patch", "nodeOSUpgradeChannel": "SecurityPatch"}, managed.Inputs["autoUpgradeProfile"])
	assert.Equal(t, "1.36", managed.Inputs["kubernetesVersion"])
	assert.NotContains(t, managed.Inputs["networkProfile"], "podCidr", "the stamp has the range that the SDK fills in")
	assert.Equal(t, tenant, managed.Inputs["aadProfile"].(object)["tenantID"])
	want := list{list{"1.36", "Standard_D8ds_v5", 3., 7.}, list{"1.36", "Standard_D8ds_v5", 3., 7.}, list{"1.36", "Standard_D8ds_v5", 4., 6.}}
	var have list
	for _, element := range managed.Inputs["agentPoolProfiles"].([]any) {
		pool := element.(object)
		assert.Empty(t, pool["availabilityZones"])
		have = append(have, list{pool["orchestratorVersion"], pool["vmSize"], pool["minCount"], pool["maxCount"]})
	}
	assert.Equal(t, want, have)
	assert.True(t, managed.Protect)
	assert.True(t, m.one(t, typetoken.Identity, "cluster").Protect)
}
