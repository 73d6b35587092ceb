package components

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/platform"
)

// byDefault is the whole program with the settings of tests and no others, for tests that only read it.
var byDefault struct {
	once sync.Once
	m    recordingMonitor
	err  error
}

// deployPlatform runs the whole program. Without settings, tests share one run.
func deployPlatform(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	if s == nil {
		byDefault.once.Do(func() { byDefault.err = byDefault.m.run(t, withTags(nil), platform.Deploy) })
		require.NoError(t, byDefault.err)
		return &byDefault.m
	}
	m := &recordingMonitor{}
	m.Found = theirLandingZone()
	require.NoError(t, m.run(t, withTags(s), platform.Deploy))
	return m
}

// stackSettings reads a stack's file as the Pulumi CLI does.
func stackSettings(t *testing.T, stack string) settings {
	t.Helper()
	project, err := workspace.LoadProject(filepath.Join("../..", "Pulumi.yaml"))
	require.NoError(t, err)
	file, err := workspace.LoadProjectStack(nil, project, filepath.Join("../..", "Pulumi."+stack+".yaml"))
	require.NoError(t, err)
	values, err := file.Config.Decrypt(pulumiconfig.NopDecrypter)
	require.NoError(t, err)
	s := settings{}
	for key, value := range values {
		s[key.Name()] = value
	}
	return s
}

// Below the stack stand three resource groups and one component for each part of the platform; all else is inside those.
func TestPlatformTree(t *testing.T) {
	m := deployPlatform(t, nil)
	var top []string
	for _, r := range m.All() {
		if strings.Contains(r.Parent, "pulumi:pulumi:Stack") {
			top = append(top, r.String())
			continue
		}
		parent, known := m.Registered[r.Parent]
		require.True(t, known, "%s has no parent", r)
		assert.False(t, parent.Custom(), "%s hangs below %s instead of a component", r, parent)
	}
	assert.ElementsMatch(t, []string{
		typetoken.ResourceGroup + " hub", typetoken.ResourceGroup + " spokes", typetoken.ResourceGroup + " workload",
		"aksregulated:network:Hub hub", "aksregulated:rbac:ImageBuilderRoles imagebuilder",
		"aksregulated:network:ImageBuilderSpoke imagebuilder", "aksregulated:imagebuilder:JumpBoxImage jumpbox",
		"aksregulated:network:PrivateDNS dns", "aksregulated:cluster:Governance governance", "aksregulated:cluster:Policies stamp01",
		"aksregulated:rbac:ImageImportRole imageimport", "aksregulated:platform:Stamp stamp01",
	}, top)
	token := regexp.MustCompile(`^aksregulated:(network|rbac|imagebuilder|cluster|bootstrap|platform):[A-Z][A-Za-z]+$`)
	for _, r := range m.All() {
		if !r.Custom() {
			assert.Regexp(t, token, r.Type)
		}
	}
}

// Names in Azure are fixed, so whatever the engine replaces there, for whatever reason, it deletes first. What runs a template or fills a
// registry runs again with it: its own inputs are the same text for a new one.
func TestPlatformReplacesByDeletingFirst(t *testing.T) {
	m := deployPlatform(t, nil)
	for _, r := range m.All() {
		assert.Equal(t, strings.HasPrefix(r.Type, "azure-native:"), r.DeleteBeforeReplace, "%s", r)
	}
	for script, replaced := range map[string]recording.Registration{
		buildName: m.one(t, typetoken.ImageTemplate, templateName), "stamp01-registry-import": m.one(t, typetoken.Registry, "stamp01-registry"),
	} {
		assert.Equal(t, []string{replaced.URN}, m.one(t, typetoken.Script, script).ReplaceWith, script)
	}
	assert.NotEmpty(t, m.one(t, typetoken.Script, buildName).ReplacementTrigger, "a template that was deleted and made again")
}

// What the provider would only update, and Azure refuses to, is replaced: it holds nothing.
func TestPlatformReplacesWhatAzureRefusesToUpdate(t *testing.T) {
	m := deployPlatform(t, nil)
	for kind, property := range map[string]string{
		typetoken.QueryAlert: "scopes", typetoken.PolicyAssignment: "policyDefinitionId", typetoken.FlowLog: "targetResourceId",
		typetoken.ZoneLink: "virtualNetwork", typetoken.SavedSearch: "*",
	} {
		found := 0
		for _, r := range m.All() {
			if r.Type == kind {
				found++
				assert.Contains(t, r.ReplaceOnChanges, property, r.String())
			}
		}
		assert.Positive(t, found, kind)
	}
}

// Each resource stands in the group that the walkthrough puts it in.
func TestPlatformResourceGroups(t *testing.T) {
	m := deployPlatform(t, settings{"resourceGroups.regionSuffix": "true"})
	for name, group := range map[string]string{
		"hub": hubGroup + "-eastus2", "spokes": spokeGroup + "-eastus2", "workload": workloadGroup + "-eastus2",
	} {
		assertInputs(t, m.one(t, typetoken.ResourceGroup, name), object{
			"resourceGroupName": group, "location": "eastus2", "tags": testTags,
		})
	}
	for _, fact := range []struct{ typ, name, group string }{
		{typetoken.VNet, "hub", "hub"}, {typetoken.Firewall, firewallName, "hub"}, {typetoken.IPGroup, "imagebuilder-egress", "hub"},
		{typetoken.RuleGroup, "imagebuilder-egress", "hub"}, {typetoken.Peering, "imagebuilder-from-hub", "hub"},
		{typetoken.VNet, "imagebuilder", "spokes"}, {typetoken.RouteTable, "imagebuilder", "spokes"},
		{typetoken.Peering, "imagebuilder-to-hub", "spokes"},
		{typetoken.ImageTemplate, templateName, "workload"}, {typetoken.Identity, templateName, "workload"}, {typetoken.Script, buildName, "workload"},
	} {
		r, group := m.one(t, fact.typ, fact.name), m.one(t, typetoken.ResourceGroup, fact.group)
		assert.Equal(t, group.Inputs["resourceGroupName"], r.Inputs["resourceGroupName"], "%s", r)
		assertWaits(t, m, r, group)
	}
}

// Operators get the ids and names that they need, in the subscription that the provider is signed in to.
func TestPlatformOutputs(t *testing.T) {
	m, names := deployPlatform(t, nil), namesOf(t, nil)
	exports := decoded(t, m.Exports).(map[string]any)
	// TestPartsTogetherAreTheWhole reads what is there for other stacks.
	for _, output := range []string{"hub", "dns", "flowLogs", "policyDefinitions", "imageImportRoleId"} {
		assert.Contains(t, exports, output)
		delete(exports, output)
	}
	assert.Equal(t, decoded(t, object{
		"hubVnetId": hubVNetID, "hubWorkspaceId": hubWorkspaceID, "firewallPrivateIp": firewallIP,
		"imageBuilderSubnetId": builderSubnetID,
		"imageTemplateId":      armPath(workloadGroup, "Microsoft.VirtualMachineImages/imageTemplates/"+names.Template),
		"jumpBoxImageId":       galleryImage + "/versions/" + names.GalleryVersion,
		"jumpBoxImageName":     names.GalleryVersion, "jumpBoxImageTrustedLaunch": true,
		"stamps": object{"01": object{
			"resourceGroupName": workloadGroup, "vnetId": stampVNetID,
			"clusterId": stampClusterID, "clusterName": "aks-" + stampUnique, "oidcIssuerUrl": issuerOf(stampClusterID),
			"registryId": stampRegistryID, "registryName": stampRegistryName, "vaultName": stampVaultName,
			"ingressAddress": "10.240.4.4", "ingressClientId": stableGUID("client", ingressID),
			"gatewayId":   armPath(workloadGroup, "Microsoft.Network/applicationGateways/agw-aks-"+stampUnique),
			"gatewayName": "agw-aks-" + stampUnique, "gatewayAddress": "address of " + stampPublicIPID,
			"addressSpace": "10.240.0.0/16", "kubernetesVersion": "1.35", "ingressHost": "bu0001a0005-00.aks-ingress.contoso.com",
			"nodePools": list{
				object{"name": "npinscope01", "scope": "in-scope", "minCount": 2, "maxCount": 7, "zones": list{"1", "2", "3"}},
				object{"name": "npooscope01", "scope": "out-of-scope", "minCount": 2, "maxCount": 7, "zones": list{"1", "2", "3"}},
				object{"name": "npsystem", "scope": "", "minCount": 3, "maxCount": 6, "zones": list{"1", "2", "3"}},
			},
			// TestFluxConfiguration compares it with what Flux gets.
			"gitOps": stampOutputs(t, m, "01")["gitOps"],
		}},
	}), exports)
	require.Len(t, m.Invoked, 1)
	assert.Equal(t, "azure-native:authorization:getClientConfig", m.Invoked[0].Token)
}

// untagged are the types that Azure keeps no tags on.
var untagged = []string{
	typetoken.Diagnostic, typetoken.Peering, typetoken.RuleGroup, typetoken.Sentinel, typetoken.RoleAssignment, typetoken.RoleDefinition, typetoken.UUID, typetoken.ZoneGroup,
	typetoken.PolicyAssignment, typetoken.PolicyDefinition, typetoken.PolicySet, typetoken.Association, typetoken.SavedSearch, typetoken.Federation, typetoken.MaintenanceWindow, typetoken.Extension, typetoken.FluxConfiguration,
}

// The tags are on everything that takes tags.
func TestPlatformTags(t *testing.T) {
	for _, r := range deployPlatform(t, nil).All() {
		if r.Custom() && !slices.Contains(untagged, r.Type) {
			tags, _ := r.Inputs["tags"].(object)
			for name, value := range testTags {
				assert.Equal(t, value, tags[name], "tag %s of %s", name, r)
			}
		}
	}
}

// protected are the resources that hold data or identity, by type and logical name.
var protected = []string{
	typetoken.ResourceGroup + " hub", typetoken.ResourceGroup + " spokes", typetoken.ResourceGroup + " workload",
	typetoken.VNet + " hub", typetoken.Workspace + " hub", typetoken.Storage + " hub-flowlogs", typetoken.FirewallPolicy + " hub-firewall",
	typetoken.Gallery + " jumpbox", typetoken.GalleryImage + " jumpbox",
	typetoken.PrivateZone + " dns-apiserver", typetoken.PrivateZone + " dns-registry", typetoken.PrivateZone + " dns-vault",
	typetoken.ManagedCluster + " stamp01-cluster", typetoken.Registry + " stamp01-registry", typetoken.Vault + " stamp01-vault",
	typetoken.Identity + " stamp01-cluster", typetoken.Identity + " stamp01-gateway", typetoken.Identity + " stamp01-ingress",
	typetoken.Workspace + " stamp01-monitoring", typetoken.MonitorWorkspace + " stamp01-monitoring",
}

// One key protects what holds data or identity, and nothing that an update must be able to replace.
func TestPlatformProtection(t *testing.T) {
	for protect, want := range map[string][]string{"true": protected, "false": nil} {
		var have []string
		for _, r := range deployPlatform(t, settings{"protect": protect}).All() {
			if r.Protect {
				have = append(have, r.String())
			}
		}
		assert.ElementsMatch(t, want, have, "protect: %s", protect)
	}
}

// No subnet has a way out of its own; each is closed by a security group and routed to the firewall. The exceptions are
// Azure's: it takes neither on the firewall's subnet, and no route table on Bastion's or the application gateway's; nothing
// lives in the hybrid gateway's, and internal load balancers open no connections.
func TestPlatformSubnets(t *testing.T) {
	grouped, routed := []string{}, []string{}
	for _, vnet := range deployPlatform(t, nil).OfType(typetoken.VNet) {
		for _, element := range vnet.Inputs["subnets"].([]any) {
			subnet := element.(object)
			name := subnet["name"].(string)
			assert.Equal(t, false, subnet["defaultOutboundAccess"], name)
			if _, ok := subnet["networkSecurityGroup"]; !ok {
				grouped = append(grouped, name)
			}
			if _, ok := subnet["routeTable"]; !ok {
				routed = append(routed, name)
			}
		}
	}
	assert.ElementsMatch(t, []string{"AzureFirewallSubnet", "GatewaySubnet"}, grouped, "subnets without a security group")
	assert.ElementsMatch(t, []string{
		"AzureFirewallSubnet", "GatewaySubnet", "AzureBastionSubnet", "snet-cluster-ingressservices", "snet-applicationgateway",
	}, routed, "subnets without a route")
}

// Whatever has diagnostics sends them, exactly once: networks to the hub's workspace, the rest of a stamp to its own.
func TestPlatformDiagnostics(t *testing.T) {
	m := deployPlatform(t, nil)
	sent := map[string]string{}
	for _, r := range m.OfType(typetoken.Diagnostic) {
		target := r.Inputs["resourceUri"].(string)
		assert.Empty(t, sent[target], "%s has two settings", target)
		sent[target] = r.Inputs["workspaceId"].(string)
	}
	diagnosable := []string{
		typetoken.VNet, typetoken.SecurityGroup, typetoken.PublicIP, typetoken.Firewall, typetoken.Bastion, typetoken.Workspace, typetoken.Storage,
		typetoken.ManagedCluster, typetoken.ApplicationGateway, typetoken.Registry, typetoken.Vault,
	}
	for _, typ := range diagnosable {
		require.NotEmpty(t, m.OfType(typ), typ)
		for _, r := range m.OfType(typ) {
			assert.NotEmpty(t, sent[r.ID], "%s", r)
		}
	}
	for target, workspace := range sent {
		want := hubWorkspaceID
		if strings.Contains(target, "/resourceGroups/"+workloadGroup+"/") {
			want = stampWorkspaceID
		}
		assert.Equal(t, want, workspace, target)
	}
}

// With an existing image nothing is built: no spoke, no roles, no template, and the configured id is handed on.
func TestPlatformExistingImage(t *testing.T) {
	const id = subscription + "/resourceGroups/rg-images/providers/Microsoft.Compute/images/img-golden"
	m := deployPlatform(t, settings{"imageBuilder.mode": config.ModeExisting, "imageBuilder.existingImageId": id})
	for _, r := range m.All() {
		assert.NotRegexp(t, `imagebuilder|^jumpbox`, r.Name, "%s", r)
	}
	assert.Len(t, m.OfType(typetoken.VNet), 2, "hub and cluster spoke only")
	assert.Empty(t, m.OfType(typetoken.ImageTemplate))
	assert.Len(t, m.OfType(typetoken.RoleDefinition), 1, "the role that imports container images")
	assert.Equal(t, id, m.Exports["jumpBoxImageId"])
	assert.Equal(t, "img-golden", m.Exports["jumpBoxImageName"])
	assert.Equal(t, hubVNetID, m.Exports["hubVnetId"])
}

// With retain off and the image built, the spoke stays for the next build, and the id is still an output.
func TestPlatformDroppedBuild(t *testing.T) {
	m, names := deployPlatform(t, droppedShared), namesOf(t, droppedShared)
	assertOnlyIdentities(t, m)
	m.one(t, typetoken.VNet, "imagebuilder")
	assert.Equal(t, galleryImage+"/versions/"+names.GalleryVersion, m.Exports["jumpBoxImageId"])
	assert.Equal(t, names.GalleryVersion, m.Exports["jumpBoxImageName"])
}

// A gallery needs its actions in the image role, and only then are they there.
func TestPlatformGalleryRole(t *testing.T) {
	actions := func(s settings) any {
		permissions := deployPlatform(t, s).one(t, typetoken.RoleDefinition, "imagebuilder-image").Inputs["permissions"].([]any)
		return permissions[0].(object)["actions"]
	}
	assert.Equal(t, imageActions, actions(managedImage))
	assert.Equal(t, append(append(list{}, imageActions...), galleryActions...), actions(nil))
}

// The environments that come with the project deploy, and their roles can live in one tenant.
func TestPlatformStacks(t *testing.T) {
	display := map[string]string{"dev": "[Custom] Image Contributor (dev)", "prod": "[Custom] Image Contributor (prod)"}
	for stack, want := range display {
		t.Run(stack, func(t *testing.T) {
			m := &recordingMonitor{}
			require.NoError(t, m.run(t, stackSettings(t, stack), platform.Deploy))
			assert.Equal(t, want, m.one(t, typetoken.RoleDefinition, "imagebuilder-image").Inputs["roleName"])
			assert.Equal(t, stack == "prod", m.one(t, typetoken.VNet, "hub").Protect)
			require.Len(t, m.Warnings, 1)
			assert.Contains(t, m.Warnings[0], "registry.dockerHubToken", "Docker Hub may refuse the imports")
		})
	}
}

// A wrong configuration registers nothing and asks Azure nothing: one error names every key.
func TestPlatformBadConfig(t *testing.T) {
	tests := map[string]settings{
		"overlapping ranges":  {"imageBuilder.addressSpace": "10.200.0.0/28"},
		"outside its network": {"imageBuilder.subnet": "10.99.0.0/28"},
		"a /29":               {"imageBuilder.subnet": "10.241.0.0/29"},
		"unknown mode":        {"imageBuilder.mode": "download"},
		"malformed id":        {"imageBuilder.mode": "existing", "imageBuilder.existingImageId": "img"},
		"wrong type":          {"firewall.publicIpCount": "three"},
		"an image twice":      {"registry.images": `["docker.io/library/busybox:1.37.0@sha256:` + strings.Repeat("0", 64) + `"]`},
		"unknown tool":        {"imageBuilder.toolVersions": `{"emacs":"30.1"}`},
		"several": {
			"hub.bastionSubnet": "10.99.0.0/26", "imageBuilder.subnet": "10.241.0.0/29", "firewall.tier": "Gold",
			"protect": "perhaps", "zones": "1",
		},
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			m := &recordingMonitor{}
			err := m.run(t, s, platform.Deploy)
			var invalid *config.Error
			require.True(t, errors.As(err, &invalid), "want a *config.Error, have %v", err)
			for key := range s {
				if key == "imageBuilder.mode" && len(s) > 1 {
					continue // right by itself, and there to make the other key wrong
				}
				assert.Equal(t, 1, strings.Count(err.Error(), "  "+key+": "), "%s in: %v", key, err)
			}
			assert.Empty(t, m.Registered)
			assert.Empty(t, m.Invoked)
			assert.Empty(t, m.Exports)
		})
	}
}
