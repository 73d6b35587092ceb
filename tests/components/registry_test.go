package components

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/rbac"
)

// Ids of the default stamp.
var (
	stampEndpoints    = stampVNetID + "/subnets/snet-privatelinkendpoints"
	stampRegistryName = "acraks" + stampUnique
)

func deployRegistry(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	m := &recordingMonitor{}
	require.NoError(t, runRegistry(t, m, s))
	return m
}

func runRegistry(t *testing.T, m *recordingMonitor, s settings) error {
	t.Helper()
	cfg := loadConfig(t, s)
	return m.run(t, nil, func(ctx *pulumi.Context) error {
		around, err := layFoundations(ctx, cfg, 0)
		if err != nil {
			return err
		}
		role, err := rbac.NewImageImportRole(ctx, "imageimport", &rbac.ImageImportRoleArgs{
			SubscriptionID: subscriptionID, UseCustomRoles: cfg.ImageBuilder.UseCustomRoles,
			DisplayNameSuffix: cfg.ImageBuilder.CustomRoleSuffix,
		})
		if err != nil {
			return err
		}
		images, err := cluster.Images(cfg.Bootstrap.Mode, cfg.VirtualNodes, cfg.Registry.Images)
		if err != nil {
			return err
		}
		registry, err := cluster.NewRegistry(ctx, "registry", &cluster.RegistryArgs{
			Site: around.site, Registry: cfg.Registry, Scripts: cfg.Scripts, Images: images, Spoke: around.spoke, DNS: around.dns,
			Monitoring: around.monitoring, Vault: around.vault, ImportRoleID: role.RoleDefinitionID,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"registryId": registry.RegistryID, "loginServer": registry.LoginServer, "name": pulumi.String(registry.Name),
			"imported": registry.Imported.URN(),
		})
		return nil
	})
}

// concealed returns a value with a mark in place of each secret, and what the secrets hold.
func concealed(value any) (any, []any) {
	var secrets []any
	switch v := value.(type) {
	case *resource.Secret:
		return "[secret]", []any{v.Element.Mappable()}
	case map[string]any:
		shown := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner, found := concealed(v[name])
			shown[name], secrets = inner, append(secrets, found...)
		}
		return shown, secrets
	case []any:
		shown := []any{}
		for _, element := range v {
			inner, found := concealed(element)
			shown, secrets = append(shown, inner), append(secrets, found...)
		}
		return shown, secrets
	}
	return value, nil
}

// queryRules are the scheduled query rules, in whichever version of their API.
func queryRules(m *recordingMonitor) []registration {
	return slices.DeleteFunc(m.All(), func(r registration) bool { return !strings.HasSuffix(r.Type, ":ScheduledQueryRule") })
}

// A registry is a tree: replica, private endpoint, log, alert and image import hang below it.
func TestRegistryFamily(t *testing.T) {
	m := deployRegistry(t, settings{"registry.agentPool": "true", "registry.geoReplication": "centralus"})
	require.Len(t, queryRules(m), 1)
	assertFamily(t, m, "aksregulated:cluster:Registry", "registry",
		typetoken.Registry+" registry", typetoken.Replication+" registry", typetoken.AgentPool+" registry", typetoken.Diagnostic+" registry",
		"aksregulated:network:PrivateEndpoint registry", queryRules(m)[0].Type+" registry-import",
		typetoken.Identity+" registry-import", typetoken.UUID+" registry-import", typetoken.RoleAssignment+" registry-import",
		typetoken.Script+" registry-import")
}

// The registry is closed to the public, has no admin user, and keeps untagged manifests, which nodes may pull by digest.
func TestRegistry(t *testing.T) {
	want := object{
		"registryName": stampRegistryName, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "Premium"}, "adminUserEnabled": false, "publicNetworkAccess": "Disabled",
		"networkRuleSet": object{"defaultAction": "Deny", "ipRules": list{}}, "networkRuleBypassOptions": "AzureServices",
		"dataEndpointEnabled": true, "zoneRedundancy": "Enabled", "encryption": object{"status": "disabled"},
		"policies": object{
			"quarantinePolicy": object{"status": "disabled"},
			"trustPolicy":      object{"type": "Notary", "status": "disabled"},
			"retentionPolicy":  object{"days": 15, "status": "disabled"},
			"exportPolicy":     object{"status": "enabled"},
		},
	}
	assertInputs(t, deployRegistry(t, nil).one(t, typetoken.Registry, "registry"), want)
	want["zoneRedundancy"] = "Disabled"
	assertInputs(t, deployRegistry(t, settings{"zones": "[]", "bastion.zones": "[]"}).one(t, typetoken.Registry, "registry"), want)
}

// Whether the registry is protected from deletion is the operator's choice; what can be made again is never in the way.
func TestRegistryProtection(t *testing.T) {
	for protect, want := range map[string]bool{"true": true, "false": false} {
		m := deployRegistry(t, settings{"protect": protect})
		assert.Equal(t, want, m.one(t, typetoken.Registry, "registry").Protect)
		assert.False(t, m.one(t, typetoken.Script, "registry-import").Protect)
	}
}

// The replica is in the configured region, and the private endpoint gets an address for it as well, so it comes later.
func TestRegistryReplication(t *testing.T) {
	m := deployRegistry(t, settings{"registry.geoReplication": "westus2"})
	replica := m.one(t, typetoken.Replication, "registry")
	assertInputs(t, replica, object{
		"registryName": stampRegistryName, "replicationName": "westus2", "resourceGroupName": workloadGroup, "location": "westus2",
		"tags": testTags, "regionEndpointEnabled": true, "zoneRedundancy": "Disabled",
	})
	assertWaits(t, m, replica, m.one(t, typetoken.Registry, "registry"))
	assertWaits(t, m, m.one(t, typetoken.PrivateEndpoint, "registry"), replica)

	alone := deployRegistry(t, settings{"registry.geoReplication": ""})
	assert.Empty(t, alone.OfType(typetoken.Replication))
	assertWaits(t, alone, alone.one(t, typetoken.PrivateEndpoint, "registry"), alone.one(t, typetoken.Registry, "registry"))
}

// The endpoint is in the spoke's subnet for endpoints, and its names are in the zone of registries.
func TestRegistryPrivateEndpoint(t *testing.T) {
	m := deployRegistry(t, nil)
	assertPrivateEndpoint(t, m, "registry", stampRegistryID, "privatelink-azurecr-io", "privatelink.azurecr.io")
}

// Task agents are an option, run inside the spoke, and start only when they can reach what they need.
func TestRegistryAgents(t *testing.T) {
	assert.Empty(t, deployRegistry(t, nil).OfType(typetoken.AgentPool))
	m := deployRegistry(t, settings{"registry.agentPool": "true"})
	agents := m.one(t, typetoken.AgentPool, "registry")
	assertInputs(t, agents, object{
		"agentPoolName": "acragent", "registryName": stampRegistryName, "resourceGroupName": workloadGroup, "location": "eastus2",
		"tags": testTags, "count": 1, "os": "Linux", "tier": "S1",
		"virtualNetworkSubnetResourceId": stampVNetID + "/subnets/snet-management-acragents",
	})
	assertWaits(t, m, agents, m.one(t, typetoken.Registry, "registry"))
	assertWaits(t, m, agents, m.one(t, typetoken.ResourceGroup, "inside-spoke"))
}

// Who signs in, and what happens to images, is logged in the stamp's workspace.
func TestRegistryDiagnostics(t *testing.T) {
	m := deployRegistry(t, nil)
	found := diagnosticsUnder(t, m, m.one(t, "aksregulated:cluster:Registry", "registry"), stampWorkspaceID)
	require.Len(t, found, 1)
	assert.Equal(t, "default", found[0].Setting)
	assert.Equal(t, stampRegistryID, found[0].Resource)
	assert.ElementsMatch(t, []string{"ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"}, found[0].Logs)
	assert.Equal(t, []string{"AllMetrics"}, found[0].Metrics)
}

// An import into live/ that did not come from this registry's quarantine/ raises an alert within ten minutes.
func TestRegistryImportAlert(t *testing.T) {
	m := deployRegistry(t, nil)
	require.Len(t, queryRules(m), 1)
	rule := queryRules(m)[0]
	assert.Equal(t, "Image Imported into ACR from "+stampRegistryName+" source other than approved Quarantine",
		rule.Inputs["ruleName"])
	assert.Equal(t, list{stampRegistryID}, rule.Inputs["scopes"])
	assert.EqualValues(t, 3, rule.Inputs["severity"])
	assert.Equal(t, "PT10M", rule.Inputs["evaluationFrequency"])
	assert.Equal(t, "PT10M", rule.Inputs["windowSize"])
	conditions := rule.Inputs["criteria"].(object)["allOf"].(list)
	require.Len(t, conditions, 1)
	condition := conditions[0].(object)
	assert.Equal(t, "Count", condition["timeAggregation"])
	assert.Equal(t, "GreaterThan", condition["operator"])
	assert.EqualValues(t, 0, condition["threshold"])
	assert.Equal(t, decoded(t, object{"minFailingPeriodsToAlert": 1, "numberOfEvaluationPeriods": 1}),
		decoded(t, condition["failingPeriods"]))
	assert.Equal(t, []string{
		// A query on a table that has had no rows for a month would fail, and Azure would switch the alert off.
		"union isfuzzy=true",
		"    (datatable(TimeGenerated: datetime, OperationName: string, Repository: string, MediaType: string, _ResourceId: string) []),",
		"    ContainerRegistryRepositoryEvents",
		`| where OperationName =~ "importImage"`,
		`| where Repository startswith "live/"`,
		`| where not(MediaType startswith strcat(_ResourceId, "/quarantine/"))`,
	}, strings.Split(condition["query"].(string), "\n"))
	assertWaits(t, m, rule, m.one(t, typetoken.Diagnostic, "registry"))
}

// The cluster gets the registry as outputs, and something to wait for until its images are there.
func TestRegistryOutputs(t *testing.T) {
	m := deployRegistry(t, nil)
	assert.Equal(t, stampRegistryID, m.Exports["registryId"])
	assert.Equal(t, stampRegistryName+".azurecr.io", m.Exports["loginServer"])
	assert.Equal(t, stampRegistryName, m.Exports["name"])
	assert.EqualValues(t, m.one(t, typetoken.Script, "registry-import").URN, m.Exports["imported"])
}
