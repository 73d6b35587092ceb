package config_test

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

// Everything that has a sane default has it, and the defaults are those of the walkthrough and of its retired parts' successors.
func TestDefaults(t *testing.T) {
	want := &config.Config{
		Placement: config.Placement{Location: "eastus2", Zones: []string{"1", "2", "3"}, Tags: map[string]string{}},
		Parts:     config.Parts{Network: true, Image: true, Stamps: true},
		ResourceGroups: config.ResourceGroups{
			Hub: "rg-enterprise-networking-hubs", Spokes: "rg-enterprise-networking-spokes", Workload: "rg-bu0001a0005",
			Image: "rg-bu0001a0005", Existing: []string{},
		},
		NetworkWatcher: config.NetworkWatcher{ResourceGroup: "NetworkWatcherRG", Name: "NetworkWatcher_eastus2"},
		Hub: config.Hub{
			AddressSpace:     netip.MustParsePrefix("10.200.0.0/24"),
			FirewallSubnet:   netip.MustParsePrefix("10.200.0.0/26"),
			GatewaySubnet:    netip.MustParsePrefix("10.200.0.64/27"),
			BastionSubnet:    netip.MustParsePrefix("10.200.0.128/26"),
			LogRetentionDays: 90, FlowLogRetentionDays: 365,
			Mode: "create", EgressPriority: 400, Existing: config.ExistingHub{Peering: "both", Egress: "policy"},
		},
		DNS:      config.DNS{Mode: "create", Links: "create", Servers: []string{}},
		Handover: config.Handover{WaitMinutes: 30},
		Bastion:  config.Bastion{SKU: "Standard", Zones: []string{}},
		Firewall: config.Firewall{
			Tier: "Premium", PublicIPCount: 3, IntrusionDetection: "Deny", DNSServers: []string{}, NodeHosts: []string{},
		},
		ImageBuilder: config.ImageBuilder{
			AddressSpace: netip.MustParsePrefix("10.241.0.0/28"), Subnet: netip.MustParsePrefix("10.241.0.0/28"),
			Mode: config.ModeBuild, Retain: true, Distribute: config.SharedImage,
			SourceImage: config.MarketplaceImage{
				Publisher: "Canonical", Offer: "ubuntu-24_04-lts", SKU: "server", Version: "latest",
			},
			VMSize: "Standard_D2ds_v5", ProxyVMSize: "Standard_D2ds_v5", OSDiskSizeGB: 32, BuildTimeoutMinutes: 150,
			ToolVersions: map[string]string{}, UseCustomRoles: true,
		},
		Scripts: config.Scripts{RunBy: config.RunByAzure},
		Stamps: []config.Stamp{{
			Name: "01", ResourceGroup: "rg-bu0001a0005", AddressSpace: netip.MustParsePrefix("10.240.0.0/16"), KubernetesVersion: "1.35",
			VirtualNodesGroup: "rg-bu0001a0005-virtualnodes", NetworkRoles: config.RolesAssign,
			Subnets: config.StampSubnets{
				ManagementOps:        netip.MustParsePrefix("10.240.1.0/28"),
				ManagementAgents:     netip.MustParsePrefix("10.240.2.0/26"),
				IngressServices:      netip.MustParsePrefix("10.240.4.0/28"),
				ApplicationGateway:   netip.MustParsePrefix("10.240.5.0/24"),
				SystemNodePool:       netip.MustParsePrefix("10.240.8.0/22"),
				InScopeNodePools:     netip.MustParsePrefix("10.240.12.0/22"),
				OutOfScopeNodePools:  netip.MustParsePrefix("10.240.16.0/22"),
				PrivateLinkEndpoints: netip.MustParsePrefix("10.240.250.0/28"),
				ManagementACRAgents:  netip.MustParsePrefix("10.240.251.0/28"),
				VirtualNodes:         netip.MustParsePrefix("10.240.32.0/20"),
			},
		}},
		Cluster: config.Cluster{
			AdminGroupObjectID: configtest.AdminGroup, NamespaceAdminGroupObjectID: configtest.AdminGroup,
			NamespaceEditorGroupObjectID: configtest.AdminGroup, NamespaceViewerGroupObjectID: configtest.AdminGroup,
			ViewerGroupObjectID: configtest.AdminGroup,
			SKUTier:             "Standard", MaintenanceDay: "Sunday", MaintenanceStart: "02:00", MaintenanceHours: 4,
		},
		NodePools: config.NodePools{Generation: 1, VMSize: "Standard_D4ds_v5", SystemMin: 3, SystemMax: 4, UserMin: 2, UserMax: 5},
		Gateway:   config.Gateway{HostName: "bicycle.contoso.com", FirewallMode: "Prevention", MaxCapacity: 10},
		Ingress:   config.Ingress{Domain: "aks-ingress.contoso.com"},
		Bootstrap: config.Bootstrap{
			Mode: "flux", Login: "azurecli", WaitMinutes: 30, Variables: map[string]string{},
			Repository:            config.Repository{URL: configtest.RepositoryURL, Branch: "main", Path: "./cluster-manifests"},
			SourceIntervalSeconds: 300, SourceTimeoutSeconds: 180, SyncIntervalSeconds: 300, SyncTimeoutSeconds: 300, RetryIntervalSeconds: 300,
		},
		Registry:    config.Registry{Images: []string{}},
		Defender:    config.Defender{Enabled: true, EnforcePolicies: true},
		Policies:    config.Policies{AdditionalTypes: []string{}},
		Monitoring:  config.Monitoring{LogRetentionDays: 90, AlertEmails: []string{}},
		Governance:  config.Governance{Mode: "assign"},
		JumpBoxes:   config.JumpBoxes{VMSize: "Standard_D2ds_v5", Count: 2, AllowedHosts: []string{}},
		BuildAgents: config.BuildAgents{AllowedHosts: []string{}},
		VirtualNodes: config.VirtualNodes{
			RoleName: "virtualnodeCustomRole", Nodes: 1, ImageDigests: map[string]string{},
		},
		BuiltInRoles: config.BuiltInRoles{Effect: "Audit", ExemptRoleIDs: []string{}, ExemptPrincipalIDs: []string{}},
	}
	have := load(t, nil)
	// What a stack must bring itself has no default.
	want.Operators, want.Certificates = have.Operators, have.Certificates
	assert.Empty(t, cmp.Diff(want, have, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmp.Comparer(func(a, b config.Secret) bool { return a == b })))
}

const galleryImageVersion = "/subscriptions/6f1d1e6e-27ce-4a5b-8f1e-4d6f0b6a6a01/resourceGroups/rg-images" +
	"/providers/Microsoft.Compute/galleries/gal_golden/images/img-jumpbox/versions/1.2.3"

const (
	scriptGroup   = "/subscriptions/6f1d1e6e-27ce-4a5b-8f1e-4d6f0b6a6a01/resourceGroups/rg-scripts/providers/"
	scriptAccount = scriptGroup + "Microsoft.Storage/storageAccounts/stscripts"
	scriptSubnet  = scriptGroup + "Microsoft.Network/virtualNetworks/vnet/subnets/scripts"
)

// otherValues has a valid value other than the default for every key, with what must go with it.
var otherValues = map[string]values{
	"location":                             {"location": "northeurope"},
	"zones":                                {"zones": `["1","3"]`},
	"tags":                                 {"tags": `{"environment":"test"}`},
	"protect":                              {"protect": "true"},
	"resourceGroups.hub":                   {"resourceGroups.hub": "rg-hubs"},
	"resourceGroups.spokes":                {"resourceGroups.spokes": "rg-spokes"},
	"resourceGroups.workload":              {"resourceGroups.workload": "rg-workload"},
	"resourceGroups.regionSuffix":          {"resourceGroups.regionSuffix": "true"},
	"networkWatcher.resourceGroup":         {"networkWatcher.resourceGroup": "rg-watchers"},
	"networkWatcher.name":                  {"networkWatcher.name": "watcher"},
	"hub.mode":                             existingHub(),
	"hub.networkId":                        existingHub(),
	"hub.addressSpaces":                    existingHub(),
	"hub.nextHop":                          existingHub(),
	"hub.firewallPolicyId":                 existingHub(),
	"hub.firewallId":                       existingHub().with("hub.firewallId", connectivity+"Microsoft.Network/azureFirewalls/fw-hub"),
	"hub.workspaceId":                      {"hub.workspaceId": connectivity + "Microsoft.OperationalInsights/workspaces/la-platform"},
	"hub.peering":                          existingHub().with("hub.peering", "spokeOnly"),
	"hub.egress":                           existingHub().with("hub.egress", "none").with("hub.firewallPolicyId", ""),
	"hub.egressPriority":                   {"hub.egressPriority": "2000"},
	"dns.mode":                             existingZones(),
	"dns.registryZoneId":                   existingZones(),
	"dns.vaultZoneId":                      existingZones(),
	"dns.apiServerZoneId":                  existingZones().with("dns.apiServerZoneId", zones+"one.privatelink.eastus2.azmk8s.io"),
	"dns.links":                            existingZones().with("dns.links", "none"),
	"dns.servers":                          {"dns.servers": `["10.200.0.5"]`},
	"handover.waitMinutes":                 {"handover.waitMinutes": "0"},
	"parts":                                {"parts": `["network", "stamps"]`, "imageBuilder.stack": "image"},
	"hub.stack":                            {"hub.stack": "network", "parts": `["stamps"]`, "imageBuilder.stack": "image"},
	"imageBuilder.stack":                   {"imageBuilder.stack": "image", "parts": `["network", "stamps"]`},
	"hub.addressSpace":                     {"hub.addressSpace": "10.200.0.0/22"},
	"hub.firewallSubnet":                   {"hub.firewallSubnet": "10.200.0.192/26"},
	"hub.gatewaySubnet":                    {"hub.gatewaySubnet": "10.200.0.96/27"},
	"hub.bastionSubnet":                    {"hub.bastionSubnet": "10.200.0.192/26"},
	"hub.logRetentionDays":                 {"hub.logRetentionDays": "730"},
	"hub.flowLogRetentionDays":             {"hub.flowLogRetentionDays": "90"},
	"hub.workspaceSuffix":                  {"hub.workspaceSuffix": "b2b2"},
	"hub.activityLog":                      {"hub.activityLog": "true"},
	"bastion.sku":                          {"bastion.sku": "Premium"},
	"bastion.zones":                        {"bastion.zones": `["2"]`},
	"firewall.tier":                        {"firewall.tier": "Standard", "firewall.intrusionDetection": "Off"},
	"firewall.publicIpCount":               {"firewall.publicIpCount": "1"},
	"firewall.intrusionDetection":          {"firewall.intrusionDetection": "Alert"},
	"firewall.dnsServers":                  {"firewall.dnsServers": `["10.1.0.4"]`},
	"firewall.nodeHosts":                   {"firewall.nodeHosts": `["esm.ubuntu.com"]`},
	"imageBuilder.addressSpace":            {"imageBuilder.addressSpace": "10.241.0.0/24"},
	"imageBuilder.subnet":                  {"imageBuilder.subnet": "10.241.0.16/28", "imageBuilder.addressSpace": "10.241.0.0/24"},
	"imageBuilder.mode":                    {"imageBuilder.mode": "existing", "imageBuilder.existingImageId": galleryImageVersion},
	"imageBuilder.existingImageId":         {"imageBuilder.mode": "existing", "imageBuilder.existingImageId": galleryImageVersion},
	"imageBuilder.retain":                  {"imageBuilder.retain": "false"},
	"imageBuilder.distribute":              {"imageBuilder.distribute": "ManagedImage"},
	"imageBuilder.sourceImage":             {"imageBuilder.sourceImage": "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest"},
	"imageBuilder.vmSize":                  {"imageBuilder.vmSize": "Standard_D4ds_v5"},
	"imageBuilder.proxyVmSize":             {"imageBuilder.proxyVmSize": "Standard_D4ds_v5"},
	"imageBuilder.osDiskSizeGB":            {"imageBuilder.osDiskSizeGB": "64"},
	"imageBuilder.buildTimeoutMinutes":     {"imageBuilder.buildTimeoutMinutes": "120"},
	"imageBuilder.toolVersions":            {"imageBuilder.toolVersions": `{"kubectl":"1.35.1","helm":"none"}`},
	"imageBuilder.useCustomRoles":          {"imageBuilder.useCustomRoles": "false"},
	"imageBuilder.customRoleSuffix":        {"imageBuilder.customRoleSuffix": "dev"},
	"scripts.runBy":                        {"scripts.runBy": "caller"},
	"governance.managementGroupId":         {"governance.managementGroupId": "/providers/Microsoft.Management/managementGroups/landing-zones"},
	"flowLogs.storageAccountId":            {"flowLogs.storageAccountId": scriptAccount},
	"flowLogs.identityId":                  {"flowLogs.storageAccountId": scriptAccount, "flowLogs.identityId": "/subscriptions/" + subscription + "/resourceGroups/rg-management/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-logs"},
	"governance.mode":                      {"governance.mode": "none"},
	"monitoring.workspaceId":               {"monitoring.workspaceId": "/subscriptions/" + subscription + "/resourceGroups/rg-management/providers/Microsoft.OperationalInsights/workspaces/law"},
	"monitoring.metricsWorkspaceId":        {"monitoring.metricsWorkspaceId": "/subscriptions/" + subscription + "/resourceGroups/rg-management/providers/Microsoft.Monitor/accounts/amw"},
	"subscriptions.images":                 {"subscriptions.images": "4e3c1b0a-0000-4000-8000-00000000a0b1", "resourceGroups.image": "rg-images"},
	"resourceGroups.image":                 {"resourceGroups.image": "rg-images"},
	"resourceGroups.existing":              {"resourceGroups.existing": `["hub"]`},
	"subscriptions.hub":                    {"subscriptions.hub": "4e3c1b0a-0000-4000-8000-00000000a0b1"},
	"scripts.storageAccountId":             {"scripts.storageAccountId": scriptAccount, "scripts.subnetId": scriptSubnet},
	"scripts.storageAccountKey":            {"scripts.storageAccountId": scriptAccount, "scripts.storageAccountKey": "a2V5"},
	"scripts.subnetId":                     {"scripts.storageAccountId": scriptAccount, "scripts.subnetId": scriptSubnet},
	"imageBuilder.subnetId":                {"imageBuilder.subnetId": givenNetwork + "/subnets/build", "imageBuilder.subnet": "10.241.0.0/28"},
	"spokes.ddosPlanId":                    {"spokes.ddosPlanId": "/subscriptions/" + subscription + "/resourceGroups/rg-connectivity/providers/Microsoft.Network/ddosProtectionPlans/ddos"},
	"hub.allowGatewayTransit":              {"hub.allowGatewayTransit": "true"},
	"hub.useRemoteGateways":                {"hub.useRemoteGateways": "true", "hub.allowGatewayTransit": "true"},
	"hub.allowForwardedTraffic":            {"hub.allowForwardedTraffic": "true"},
	"hub.gatewayRoutes":                    {"hub.gatewayRoutes": "true", "hub.useRemoteGateways": "true", "hub.allowGatewayTransit": "true"},
	"stamps":                               {"stamps": `[{"name": "07", "addressSpace": "10.77.0.0/16"}]`},
	"operators":                            {"operators": `{"someone": "` + operatorKey + `"}`},
	"cluster.adminGroupObjectId":           {"cluster.adminGroupObjectId": "7c1d53cf-6a1e-4f1b-9d0e-2c4a8d6f5b02"},
	"cluster.adminTenantId":                {"cluster.adminTenantId": "7c1d53cf-6a1e-4f1b-9d0e-2c4a8d6f5b03"},
	"cluster.skuTier":                      {"cluster.skuTier": "Premium"},
	"cluster.maintenanceDay":               {"cluster.maintenanceDay": "Tuesday"},
	"cluster.maintenanceStart":             {"cluster.maintenanceStart": "23:30"},
	"cluster.maintenanceHours":             {"cluster.maintenanceHours": "8"},
	"nodePools.generation":                 {"nodePools.generation": "2"},
	"nodePools.vmSize":                     {"nodePools.vmSize": "Standard_D8ds_v5"},
	"nodePools.nextVmSize":                 {"nodePools.nextVmSize": "Standard_D8ds_v5"},
	"nodePools.systemMin":                  {"nodePools.systemMin": "4"},
	"nodePools.systemMax":                  {"nodePools.systemMax": "6"},
	"nodePools.userMin":                    {"nodePools.userMin": "3"},
	"nodePools.userMax":                    {"nodePools.userMax": "24"},
	"gateway.hostName":                     {"gateway.hostName": "shop.example.com", "certificates.listener": listenerFor("shop.example.com")},
	"gateway.firewallMode":                 {"gateway.firewallMode": "Detection"},
	"gateway.minCapacity":                  {"gateway.minCapacity": "2"},
	"gateway.maxCapacity":                  {"gateway.maxCapacity": "2"},
	"ingress.domain":                       {"ingress.domain": "in.example.com", "certificates.ingress": ingressFor("in.example.com")},
	"certificates.listener":                {"certificates.listener": listenerFor("bicycle.contoso.com")},
	"certificates.ingress":                 {"certificates.ingress": ingressFor("aks-ingress.contoso.com")},
	"cluster.namespaceAdminGroupObjectId":  {"cluster.namespaceAdminGroupObjectId": "0b6f1c9e-0d9f-4d7c-9a43-1f1d2f3a4b5c"},
	"cluster.namespaceEditorGroupObjectId": {"cluster.namespaceEditorGroupObjectId": "0b6f1c9e-0d9f-4d7c-9a43-1f1d2f3a4b5c"},
	"cluster.namespaceViewerGroupObjectId": {"cluster.namespaceViewerGroupObjectId": "0b6f1c9e-0d9f-4d7c-9a43-1f1d2f3a4b5c"},
	"cluster.viewerGroupObjectId":          {"cluster.viewerGroupObjectId": "0b6f1c9e-0d9f-4d7c-9a43-1f1d2f3a4b5c"},
	"bootstrap.mode":                       {"bootstrap.mode": "manifests"},
	"bootstrap.repositoryUrl":              {"bootstrap.repositoryUrl": "https://git.example.com/clusters"},
	"bootstrap.branch":                     {"bootstrap.branch": "release/1"},
	"bootstrap.path":                       {"bootstrap.path": "./clusters/prod"},
	"bootstrap.sourceIntervalSeconds":      {"bootstrap.sourceIntervalSeconds": "60"},
	"bootstrap.sourceTimeoutSeconds":       {"bootstrap.sourceTimeoutSeconds": "60"},
	"bootstrap.syncIntervalSeconds":        {"bootstrap.syncIntervalSeconds": "600"},
	"bootstrap.syncTimeoutSeconds":         {"bootstrap.syncTimeoutSeconds": "900"},
	"bootstrap.retryIntervalSeconds":       {"bootstrap.retryIntervalSeconds": "60"},
	"bootstrap.waitMinutes":                {"bootstrap.waitMinutes": "60"},
	"bootstrap.variables":                  {"bootstrap.variables": `{"cost_center": "42"}`},
	"bootstrap.login":                      {"bootstrap.login": "msi"},
	"bootstrap.httpsUser":                  {"bootstrap.httpsUser": "reader", "bootstrap.httpsToken": "glpat-x"},
	"bootstrap.httpsToken":                 {"bootstrap.httpsUser": "reader", "bootstrap.httpsToken": "glpat-x"},
	"bootstrap.sshPrivateKey":              overSSH,
	"bootstrap.sshKnownHosts":              overSSH,
	"registry.geoReplication":              {"registry.geoReplication": "westus2"},
	"registry.images":                      {"registry.images": `["` + pinnedImage + `"]`},
	"registry.agentPool":                   {"registry.agentPool": "true"},
	"registry.dockerHubUser":               {"registry.dockerHubUser": "someone", "registry.dockerHubToken": "dckr_pat_x"},
	"registry.dockerHubToken":              {"registry.dockerHubUser": "someone", "registry.dockerHubToken": "dckr_pat_x"},
	"defender.enabled":                     {"defender.enabled": "false"},
	"defender.enforcePolicies":             {"defender.enforcePolicies": "false"},
	"policies.additionalTypes":             {"policies.additionalTypes": `["Microsoft.Logic/workflows"]`},
	"monitoring.logRetentionDays":          {"monitoring.logRetentionDays": "365"},
	"monitoring.alertEmails":               {"monitoring.alertEmails": `["platform@example.com"]`},
	"jumpBoxes.vmSize":                     {"jumpBoxes.vmSize": "Standard_D4ds_v5"},
	"jumpBoxes.count":                      {"jumpBoxes.count": "0"},
	"jumpBoxes.allowedHosts":               {"jumpBoxes.allowedHosts": `["github.com"]`},
	"buildAgents.allowedHosts":             {"buildAgents.allowedHosts": `["*.actions.githubusercontent.com"]`},
	"cluster.nodeResourceGroupLockdown":    {"cluster.nodeResourceGroupLockdown": "true"},
	"virtualNodes.enabled":                 virtual,
	"virtualNodes.imageDigests":            {"virtualNodes.imageDigests": digests("aci")},
	"virtualNodes.resourceGroup":           {"virtualNodes.resourceGroup": "rg-groups"},
	"virtualNodes.roleName":                {"virtualNodes.roleName": "virtual nodes"},
	"virtualNodes.nodes":                   {"virtualNodes.nodes": "2"},
	"builtInRoles.restrict":                {"builtInRoles.restrict": "true"},
	"builtInRoles.effect":                  {"builtInRoles.effect": "Deny"},
	"builtInRoles.exemptRoleIds":           {"builtInRoles.exemptRoleIds": `["` + configtest.AdminGroup + `"]`},
	"builtInRoles.exemptPrincipalIds":      {"builtInRoles.exemptPrincipalIds": `["` + configtest.AdminGroup + `"]`},
}

// inseparable keys are valid only together, so the test cannot tell them apart.
var inseparable = []string{
	"hub.mode", "hub.networkId", "hub.addressSpaces", "hub.nextHop", "hub.firewallPolicyId", "hub.egress",
	"dns.mode", "dns.registryZoneId", "dns.vaultZoneId",
	"imageBuilder.mode", "imageBuilder.existingImageId", "firewall.tier", "gateway.hostName", "ingress.domain",
	"registry.dockerHubUser", "registry.dockerHubToken", "bootstrap.httpsUser", "bootstrap.httpsToken", "bootstrap.sshPrivateKey",
	"bootstrap.sshKnownHosts", "parts", "hub.stack", "imageBuilder.stack", "scripts.storageAccountId", "scripts.storageAccountKey", "scripts.subnetId",
}

// Every documented key does something: a value other than the default changes the configuration.
func TestEveryKeyIsRead(t *testing.T) {
	for _, key := range config.Keys {
		t.Run(key.Name, func(t *testing.T) {
			assert.NotEmpty(t, key.Description)
			changed, known := otherValues[key.Name]
			require.True(t, known, "the test knows no other value for this key")
			companions := maps.Clone(changed)
			delete(companions, key.Name)
			if slices.Contains(inseparable, key.Name) {
				companions = nil
			}
			assert.NotEqual(t, load(t, companions), load(t, changed))
		})
	}
	assert.Len(t, otherValues, len(config.Keys), "a value for a key that does not exist")
}

// The region suffix goes on the resource groups and on nothing else.
func TestRegionSuffix(t *testing.T) {
	cfg := load(t, values{"resourceGroups.regionSuffix": "true", "location": "westeurope"})
	assert.Equal(t, config.ResourceGroups{
		Hub:      "rg-enterprise-networking-hubs-westeurope",
		Spokes:   "rg-enterprise-networking-spokes-westeurope",
		Workload: "rg-bu0001a0005-westeurope",
		Image:    "rg-bu0001a0005-westeurope",
		Existing: []string{},
	}, cfg.ResourceGroups)
	assert.Equal(t, config.NetworkWatcher{ResourceGroup: "NetworkWatcherRG", Name: "NetworkWatcher_westeurope"}, cfg.NetworkWatcher)
}

// A Standard firewall is a choice that has to give up intrusion detection in writing.
func TestStandardFirewall(t *testing.T) {
	cfg := load(t, values{"firewall.tier": "Standard", "firewall.intrusionDetection": "Off"})
	assert.Equal(t, config.Firewall{
		Tier: "Standard", PublicIPCount: 3, IntrusionDetection: "Off", DNSServers: []string{}, NodeHosts: []string{},
	}, cfg.Firewall)
}

// An existing image may come from any region, since nothing is built there.
func TestExistingImageInAnyRegion(t *testing.T) {
	cfg := load(t, values{
		"location": "canadaeast", "zones": "[]", "imageBuilder.mode": "existing", "imageBuilder.existingImageId": galleryImageVersion,
	})
	assert.Equal(t, galleryImageVersion, cfg.ImageBuilder.ExistingImageID)
}

// A suffix keeps its leading space, without which the display name of a role runs into it.
func TestCustomRoleSuffixKeepsSpace(t *testing.T) {
	assert.Equal(t, " (dev)", load(t, values{"imageBuilder.customRoleSuffix": " (dev)"}).ImageBuilder.CustomRoleSuffix)
}
