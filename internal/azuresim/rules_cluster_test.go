package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// userPool changes the second pool of a cluster.
func userPool(changes object) object {
	changed := tree.CloneObject(aksCluster())
	second := tree.List(changed, "agentPoolProfiles")[1].(object)
	for property, value := range changes {
		if second[property] = value; value == nil {
			delete(second, property)
		}
	}
	return changed
}

// AKS refuses at once what cannot work: version, access, add-ons, pools, network, private zone.
func TestClusterRules(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	l.must("network:PrivateZone", in(object{"privateZoneName": "privatelink.westus.azmk8s.io", "location": "Global"}))
	system := func(property string, value any) object {
		return set(aksCluster(), "agentPoolProfiles."+property, value)
	}
	l.refuses(aks.ClusterToken, []refusal{
		{"a name with a dot", with(aksCluster(), "resourceName", "a.b"), []string{"InvalidResourceName"}},
		{"Kubernetes 1.33 without long-term support", with(aksCluster(), "kubernetesVersion", "1.33"),
			[]string{"K8sVersionNotSupported", "1.34, 1.35, 1.36, 1.37"}},
		{"Kubernetes 1.30 with it", with(with(with(aksCluster(), "sku", object{"name": "Base", "tier": "Premium"}), "supportPlan", "AKSLongTermSupport"),
			"kubernetesVersion", "1.30"), []string{"K8sVersionNotSupported", "1.31, 1.32, 1.33, 1.34"}},
		{"long-term support of the Standard tier", with(aksCluster(), "supportPlan", "AKSLongTermSupport"), []string{"InvalidSupportPlan"}},
		{"Kubernetes of no version", with(aksCluster(), "kubernetesVersion", "latest"), []string{"K8sVersionNotSupported"}},
		{"a patch to come", with(aksCluster(), "kubernetesVersion", "1.35.99"), []string{"K8sVersionNotSupported"}},
		{"a pool ahead of the control plane", userPool(object{"orchestratorVersion": "1.36"}), []string{"NodePoolMcVersionIncompatible"}},
		{"a pool ahead of the default", with(userPool(object{"orchestratorVersion": "1.36"}), "kubernetesVersion", nil), []string{"NodePoolMcVersionIncompatible", "1.35.5"}},
		{"no DNS prefix", with(aksCluster(), "dnsPrefix", nil), []string{"dnsPrefix"}},
		{"a DNS prefix that ends in a hyphen", with(aksCluster(), "dnsPrefix", "a-"), []string{"dnsPrefix"}},
		{"a SKU of old", with(aksCluster(), "sku", object{"name": "Basic", "tier": "Paid"}), []string{"must have name Base"}},
		{"no accounts at all", with(aksCluster(), "aadProfile", nil), []string{"DisableLocalAccountsRequiresAAD"}},
		{"a group by name", set(aksCluster(), "aadProfile.adminGroupObjectIDs", array{"admins"}), []string{"not an object id"}},
		{"workload identity without issuer", with(aksCluster(), "oidcIssuerProfile", nil), []string{"WorkloadIdentityRequiresOIDCIssuer"}},
		{"pod identity", with(aksCluster(), "podIdentityProfile", object{"enabled": true}), []string{"PodIdentityAddonRetired"}},
		{"an unknown add-on", set(aksCluster(), "addonProfiles.falco", object{"enabled": true}), []string{"AddonInvalid"}},
		{"a retired add-on", set(aksCluster(), "addonProfiles.httpApplicationRouting", object{"enabled": true}), []string{"AddonRetired"}},
		{"two meshes", with(set(aksCluster(), "addonProfiles.openServiceMesh", object{"enabled": true}), "serviceMeshProfile",
			object{"mode": "Istio"}), []string{"OsmAddonEnabledWithIstio"}},
		{"Container Insights without workspace", set(aksCluster(), "addonProfiles.omsagent.config", object{}), []string{"InvalidOmsagentConfig"}},
		{"a workspace that is none", set(aksCluster(), "addonProfiles.omsagent.config",
			object{"logAnalyticsWorkspaceResourceID": spokeID}), []string{"InvalidLogAnalyticsWorkspace"}},
		{"a workspace that is gone", set(aksCluster(), "addonProfiles.omsagent.config",
			object{"logAnalyticsWorkspaceResourceID": workspaceID + "x"}), []string{"InvalidResourceReference"}},
		{"Defender without workspace", set(aksCluster(), "securityProfile.defender",
			object{"securityMonitoring": object{"enabled": true}}), []string{"InvalidDefenderConfig"}},

		{"no system pool", system("mode", "User"), []string{"MissingSystemPool"}},
		{"a pool of no mode", system("mode", nil), []string{"System or User"}},
		{"a pool name in capitals", system("name", "npSystem"), []string{"pool name"}},
		{"a pool name of 13 letters", system("name", "abcdefghijklm"), []string{"pool name"}},
		{"two pools of a name", userPool(object{"name": "npsystem"}), []string{"two pools"}},
		{"an unknown size", system("vmSize", "Standard_X1"), []string{"SkuNotAvailable"}},
		{"a small system pool", system("vmSize", "Standard_D2ds_v5"), []string{"SystemPoolSkuTooLow", "has 2"}},
		{"a disk beyond the local one", userPool(object{"osDiskSizeGB": 151.0}), []string{"OSDiskSizeTooLarge", "150 GiB"}},
		{"a size without local disk", userPool(object{"vmSize": "Standard_D4s_v5"}), []string{"OSDiskSizeTooLarge", "0 GiB"}},
		{"a disk of 20 GiB", userPool(object{"osDiskSizeGB": 20.0}), []string{"30 to 2048"}},
		{"an unknown disk", userPool(object{"osDiskType": "Floppy"}), []string{"osDiskType"}},
		{"an unknown system", userPool(object{"osSKU": "Debian"}), []string{"InvalidOSSKU"}},
		{"a taint of no effect", userPool(object{"nodeTaints": array{"a=b"}}), []string{"InvalidTaint"}},
		{"a taint that system pods fear", system("nodeTaints", array{"a=b:NoSchedule"}), []string{"SystemPoolTaintNotAllowed"}},
		{"a count below the minimum", userPool(object{"count": 1.0}), []string{"AutoscaleCountInvalid"}},
		{"a count above the maximum", userPool(object{"count": 5.0}), []string{"AutoscaleCountInvalid"}},
		{"bounds without autoscaler", userPool(object{"enableAutoScaling": false}), []string{"need enableAutoScaling"}},
		{"no system node", with(aksCluster(), "agentPoolProfiles", array{with(with(with(with(pool("a", "System", "system"),
			"count", 0.0), "enableAutoScaling", false), "minCount", nil), "maxCount", nil)}), []string{"at least one node"}},
		{"zone 4", userPool(object{"availabilityZones": array{"4"}}), []string{"AvailabilityZoneNotSupported"}},
		{"an availability set", userPool(object{"type": "AvailabilitySet"}), []string{"VirtualMachineScaleSets"}},
		{"300 pods", userPool(object{"maxPods": 300.0}), []string{"10 to 250"}},
		{"half a surge", userPool(object{"upgradeSettings": object{"maxSurge": "half"}}), []string{"maxSurge"}},

		{"a policy without its data plane", set(aksCluster(), "networkProfile.networkDataplane", "azure"),
			[]string{"NetworkPolicyCiliumRequiresDataplaneCilium"}},
		{"a data plane without its plugin", set(aksCluster(), "networkProfile.networkPlugin", "kubenet"), []string{"InvalidNetworkDataplane"}},
		{"another policy on Cilium", set(aksCluster(), "networkProfile.networkPolicy", "calico"), []string{"InvalidNetworkPolicy"}},
		{"a Basic load balancer", set(aksCluster(), "networkProfile.loadBalancerSku", "basic"), []string{"BasicLoadBalancerRetired"}},
		{"a pool without subnet", userPool(object{"vnetSubnetID": nil}), []string{"vnetSubnetID"}},
		{"a pool in another network", userPool(object{"vnetSubnetID": netID + "virtualNetworks/hub/subnets/AzureFirewallSubnet"}),
			[]string{"SubnetsNotInSameVnet"}},
		{"another region", with(aksCluster(), "location", "westus"), []string{"VnetNotInSameLocation"}},
		{"a subnet without routes", userPool(object{"vnetSubnetID": spokeSubnet("unrouted")}),
			[]string{"ExistingRouteTableNotAssociatedWithSubnet", "npuser"}},
		{"a small subnet", userPool(object{"vnetSubnetID": spokeSubnet("small")}), []string{"InsufficientSubnetSize", "186", "11"}},
		{"a small subnet by default", userPool(object{"vnetSubnetID": spokeSubnet("small"), "maxPods": nil,
			"upgradeSettings": object{"maxSurge": "1"}}), []string{"InsufficientSubnetSize", "155"}},
		{"services of no range", set(aksCluster(), "networkProfile.serviceCidr", "172.16.0.1/16"), []string{"InvalidCIDRNotation"}},
		{"services in the network", set(aksCluster(), "networkProfile.serviceCidr", "10.240.128.0/17"),
			[]string{"ServiceCidrOverlap", "10.240.0.0/16"}},
		{"services in a peered network", set(aksCluster(), "networkProfile.serviceCidr", "10.200.0.0/16"),
			[]string{"ServiceCidrOverlap", "10.200.0.0/24"}},
		{"services in what AKS keeps", set(aksCluster(), "networkProfile.serviceCidr", "172.31.0.0/24"), []string{"ServiceCidrOverlap"}},
		{"too many services", set(aksCluster(), "networkProfile.serviceCidr", "172.0.0.0/8"), []string{"InvalidServiceCidr"}},
		{"DNS outside", set(aksCluster(), "networkProfile.dnsServiceIP", "172.17.0.10"), []string{"InvalidDNSServiceIP"}},
		{"DNS on the first address", set(aksCluster(), "networkProfile.dnsServiceIP", "172.16.0.1"), []string{"InvalidDNSServiceIP", "first"}},
		{"a zone for a public cluster", set(aksCluster(), "apiServerAccessProfile.enablePrivateCluster", false),
			[]string{"PrivateDNSZoneNotAllowed"}},
		{"callers of a private cluster", set(aksCluster(), "apiServerAccessProfile.authorizedIPRanges", array{"1.2.3.4/32"}),
			[]string{"AuthorizedIPRangesNotAllowed"}},
		{"a subdomain of no zone", with(with(set(aksCluster(), "apiServerAccessProfile.privateDNSZone", "system"), "dnsPrefix",
			nil), "fqdnSubdomain", "lab"), []string{"FqdnSubdomainNotAllowed"}},
		{"a public name of a private address", set(aksCluster(), "apiServerAccessProfile.privateDNSZone", "none"),
			[]string{"PrivateDNSZoneNoneNeedsPublicFQDN"}},
		{"a zone by name", set(aksCluster(), "apiServerAccessProfile.privateDNSZone", "privatelink.eastus2.azmk8s.io"),
			[]string{"PrivateDNSZoneInvalid"}},
		{"a zone of another region", set(aksCluster(), "apiServerAccessProfile.privateDNSZone",
			netID+"privateDnsZones/privatelink.westus.azmk8s.io"), []string{"CustomPrivateDNSZoneNameInvalid"}},
		{"a zone of another service", set(aksCluster(), "apiServerAccessProfile.privateDNSZone", vaultZoneID),
			[]string{"CustomPrivateDNSZoneNameInvalid"}},
		{"a zone without identity of one's own", with(aksCluster(), "identity", object{"type": "SystemAssigned"}),
			[]string{"NeedsUserAssignedIdentity"}},
		{"no identity", set(with(aksCluster(), "identity", nil), "apiServerAccessProfile.privateDNSZone", "system"), []string{"InvalidIdentity"}},
	})
	l.drift(netID+"routeTables/rt", func(table object) { table["routes"] = array{} }, func() {
		_, _, err := l.create(aks.ClusterToken, aksCluster())
		assert.ErrorContains(t, err, "UserDefinedRoutingNeedsDefaultRoute")
	})
	for _, reserved := range []string{"169.254.8.0/24", "172.30.0.0/16", "172.16.0.0/12", "192.0.2.128/25"} {
		l.drift(spokeID, addSpace(reserved), func() {
			_, _, err := l.create(aks.ClusterToken, aksCluster())
			assert.ErrorContains(t, err, "VirtualNetworkUsesReservedRange", reserved)
			assert.ErrorContains(t, err, reserved)
		})
	}
	assert.Nil(t, l.read(clusterID), "what is refused leaves nothing behind")
	l.drift(netID+"virtualNetworks/hub", addSpace("172.31.0.0/16"), func() {
		l.must(aks.ClusterToken, aksCluster())
	})
}

func addSpace(space string) func(object) {
	return func(network object) {
		network["addressSpace"] = object{"addressPrefixes": append(tree.List(network, "addressSpace", "addressPrefixes"), space)}
	}
}

// The control plane's identity needs zone, network and every node subnet before AKS starts.
func TestClusterPermissions(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	principal := tree.Text(l.read(groupID+"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-controlplane").Outputs, "principalId")
	for _, c := range []struct {
		role, scope string
		says        []string
	}{
		{zoneContributor, apiZoneID, []string{"CustomPrivateDNSZoneMissingPermissionError", "Microsoft.Network/privateDnsZones/read"}},
		{zoneContributor, spokeID, []string{"ResourceMissingPermissionError", "Microsoft.Network/virtualNetworks/join/action"}},
		{networkContributor, spokeSubnet("system"), []string{"LinkedAuthorizationFailed", "npsystem", "subnets/read"}},
		{networkContributor, spokeSubnet("user"), []string{"LinkedAuthorizationFailed", "npuser"}},
	} {
		l.without(c.scope+"/providers/Microsoft.Authorization/roleAssignments/"+arm.GUID(principal, c.role, c.scope), func() {
			_, _, err := l.create(aks.ClusterToken, aksCluster())
			for _, part := range append(c.says, c.scope) {
				assert.ErrorContains(t, err, part)
			}
		})
	}
	l.must(aks.ClusterToken, aksCluster())
}

// Maintenance windows are held against AKS's schedules.
func TestMaintenance(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	l.must(aks.ClusterToken, aksCluster())
	window := func(changes ...object) object {
		made := object{"schedule": object{"weekly": object{"intervalWeeks": 1.0, "dayOfWeek": "Sunday"}}, "durationHours": 4.0,
			"startTime": "02:00", "utcOffset": "+00:00"}
		for _, change := range changes {
			for property, value := range change {
				made[property] = value
			}
		}
		return in(object{"resourceName": "aks", "configName": "aksManagedAutoUpgradeSchedule", "maintenanceWindow": made})
	}
	daily := object{"schedule": object{"daily": object{"intervalDays": 1.0}}}
	l.refuses("containerservice:MaintenanceConfiguration", []refusal{
		{"another name", with(window(), "configName", "mine"), []string{"InvalidMaintenanceConfigurationName"}},
		{"no window", with(window(), "maintenanceWindow", nil), []string{"needs maintenanceWindow"}},
		{"releases of the service every day", with(window(daily), "configName", "default"), []string{"daily schedule is not supported; weekly"}},
		{"three hours", window(object{"durationHours": 3.0}), []string{"durationHours"}},
		{"25 o'clock", window(object{"startTime": "25:00"}), []string{"startTime"}},
		{"no offset", window(object{"utcOffset": "UTC"}), []string{"utcOffset"}},
		{"no schedule", window(object{"schedule": object{}}), []string{"exactly one schedule"}},
		{"every fifth week", window(object{"schedule": object{"weekly": object{"intervalWeeks": 5.0, "dayOfWeek": "Sunday"}}}),
			[]string{"intervalWeeks"}},
		{"an eighth day", window(object{"schedule": object{"weekly": object{"intervalWeeks": 1.0, "dayOfWeek": "Octday"}}}),
			[]string{"day of the week"}},
		{"no such cluster", with(window(), "resourceName", "gone"), []string{"ParentResourceNotFound"}},
	})
	l.must("containerservice:MaintenanceConfiguration", window(daily))
	l.must("containerservice:MaintenanceConfiguration", with(window(), "configName", "default"))
	l.must("containerservice:MaintenanceConfiguration", with(window(daily), "configName", "aksManagedNodeOSUpgradeSchedule"))
}
