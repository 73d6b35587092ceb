package components

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/platform"
)

const (
	hubSubscriptionID    = "4e3c1b0a-0000-4000-8000-00000000a0b1"
	imagesSubscriptionID = "1a9e0000-0000-4000-8000-0000000b01d5"
)

// assertPlaces checks that whatever lies in a group, and whatever names it, is in the subscription of that group.
func assertPlaces(t *testing.T, m *recordingMonitor, groups map[string]string) {
	t.Helper()
	inGroup := regexp.MustCompile(`(?i)/subscriptions/([-0-9a-f]+)/resourceGroups/([-\w.()]+)`)
	for _, r := range m.All() {
		encoded, err := json.Marshal(append([]any{r.ID}, r.Inputs))
		require.NoError(t, err)
		for _, found := range inGroup.FindAllStringSubmatch(string(encoded), -1) {
			want, other := groups[found[2]]
			if found[2] == "NetworkWatcherRG" {
				continue
			}
			if !other {
				want = subscriptionID
			}
			assert.Equal(t, want, found[1], "%s names group %s", r, found[2])
		}
		if role, is := r.Inputs["roleDefinitionId"].(string); is && r.Type == typetoken.RoleAssignment {
			assert.Equal(t, resourceid.Subscription(r.Inputs["scope"].(string)), resourceid.Subscription(role), "role of %s", r)
		}
	}
}

// A hub in another subscription is there with everything that is in its group, which spokes add to; its names follow from that subscription,
// and each network's flow log belongs to the Network Watcher of its own.
func TestHubInAnotherSubscription(t *testing.T) {
	m := deployPlatform(t, settings{"subscriptions.hub": strings.ToUpper(hubSubscriptionID), "hub.activityLog": "true"})
	assertPlaces(t, m, map[string]string{hubGroup: hubSubscriptionID})

	const name = "hub-4e3c1b0a"
	provider := m.one(t, "pulumi:providers:azure-native", "subscription-"+hubSubscriptionID)
	for _, r := range []registration{
		m.one(t, typetoken.ResourceGroup, name), m.one(t, typetoken.Firewall, name+"-firewall"), m.one(t, typetoken.FlowLog, name),
		m.one(t, typetoken.Peering, "stamp01-spoke-from-hub-4e3c1b0a"), m.one(t, typetoken.RuleGroup, "imagebuilder-egress-4e3c1b0a"),
	} {
		assert.True(t, strings.HasPrefix(r.Provider, provider.URN), "provider of %s", r)
		assert.True(t, strings.HasPrefix(r.ID, "/subscriptions/"+hubSubscriptionID+"/"), "%s is %s", r, r.ID)
	}
	assert.Contains(t, m.one(t, typetoken.Workspace, name).ID, "la-hub-eastus2-"+config.Unique(hubSubscriptionID, hubGroup))
	store := m.one(t, typetoken.Storage, name+"-flowlogs")
	for logical, in := range map[string]string{name: hubSubscriptionID, "stamp01-spoke": subscriptionID, "imagebuilder": subscriptionID} {
		recorded := m.one(t, typetoken.FlowLog, logical)
		assert.Equal(t, in, resourceid.Subscription(recorded.ID), logical)
		assert.Equal(t, store.ID, recorded.Inputs["storageId"], logical)
	}
	var watchers, activities []any
	for _, r := range m.All() {
		switch {
		case r.Type == typetoken.PolicyAssignment && strings.HasSuffix(r.Inputs["scope"].(string), "/NetworkWatcherRG"):
			watchers = append(watchers, r.Inputs["scope"])
			assertWaits(t, m, r, m.one(t, typetoken.FlowLog, map[bool]string{true: name, false: "imagebuilder"}[strings.HasSuffix(r.Name, "4e3c1b0a")]))
		case r.Type == typetoken.Diagnostic && strings.HasPrefix(r.Name, name+"-activity"):
			activities = append(activities, r.Inputs["resourceUri"])
		}
	}
	assert.ElementsMatch(t, []any{
		"/subscriptions/" + hubSubscriptionID + "/resourceGroups/NetworkWatcherRG", recording.Subscription + "/resourceGroups/NetworkWatcherRG",
	}, watchers)
	assert.ElementsMatch(t, []any{"/subscriptions/" + hubSubscriptionID, recording.Subscription}, activities)
}

// A subscription that the login does not see is found before anything is registered in it.
func TestUnknownSubscription(t *testing.T) {
	m := &recordingMonitor{}
	m.Refusals = map[string]string{hubGroup: "Code=SubscriptionNotFound", "rg-images": "Code=ResourceGroupNotFound"}
	err := m.run(t, withTags(settings{
		"subscriptions.hub": hubSubscriptionID, "subscriptions.images": imagesSubscriptionID, "resourceGroups.image": "rg-images",
	}), platform.Deploy)
	require.ErrorContains(t, err, "invalid configuration, 1 to fix:\n  subscriptions.hub: \""+hubSubscriptionID)
	assert.Empty(t, m.OfType(typetoken.ResourceGroup))
}

// The subscription of the login needs no provider of its own, and no other names.
func TestSubscriptionOfTheLogin(t *testing.T) {
	m := deployPlatform(t, settings{"subscriptions.hub": strings.ToUpper(subscriptionID)})
	assert.Empty(t, m.OfType("pulumi:providers:azure-native"))
	for urn, r := range m.Registered {
		assert.Equal(t, deployPlatform(t, nil).Registered[urn].Inputs, r.Inputs, urn)
	}
}

// Everything that builds the image, and the image, can be in another subscription, with roles that are defined there; the hub's side of its
// spoke stays with the hub, and the jump boxes take the image from there.
func TestImagesInAnotherSubscription(t *testing.T) {
	for hub, hubIn := range map[string]string{"": subscriptionID, hubSubscriptionID: hubSubscriptionID} {
		m := deployPlatform(t, settings{
			"subscriptions.images": imagesSubscriptionID, "resourceGroups.image": "rg-images", "subscriptions.hub": hub,
		})
		assertPlaces(t, m, map[string]string{"rg-images": imagesSubscriptionID, hubGroup: hubIn})
		const name, images = "1a9e0000", "/subscriptions/" + imagesSubscriptionID
		for _, r := range m.All() {
			if role, is := r.Inputs["scope"].(string); is && r.Type == typetoken.RoleDefinition && strings.HasPrefix(r.Name, "imagebuilder-") {
				assert.Equal(t, images, role, "%s", r)
				assert.Equal(t, list{images}, r.Inputs["assignableScopes"], "%s", r)
			}
		}
		for _, r := range []registration{
			m.one(t, typetoken.ResourceGroup, "image-"+name), m.one(t, typetoken.VNet, "imagebuilder-"+name),
			m.one(t, typetoken.FlowLog, "imagebuilder-"+name), m.one(t, typetoken.Gallery, "jumpbox-"+name),
			m.one(t, typetoken.ImageTemplate, "jumpbox-"+name+"-template"), m.one(t, typetoken.Script, "jumpbox-"+name+"-build"),
		} {
			assert.True(t, strings.HasPrefix(r.ID, images+"/"), "%s is %s", r, r.ID)
		}
		boxes, err := json.Marshal(m.one(t, typetoken.ScaleSet, "stamp01-jumpboxes").Inputs)
		require.NoError(t, err)
		assert.Contains(t, string(boxes), images+"/resourceGroups/rg-images/providers/Microsoft.Compute/galleries/")
	}
}

// The image may share the group of the spokes, which then allows its types.
func TestImageInTheGroupOfTheSpokes(t *testing.T) {
	m := deployPlatform(t, settings{"resourceGroups.image": spokeGroup})
	assert.Equal(t, spokeGroup, m.one(t, typetoken.Gallery, "jumpbox").Inputs["resourceGroupName"])
	types, err := json.Marshal(m.one(t, typetoken.PolicyAssignment, "governance-spokes-types").Inputs["parameters"])
	require.NoError(t, err)
	assert.Contains(t, string(types), "Microsoft.VirtualMachineImages/imageTemplates")
}

// A group of others is neither made nor judged by what may be in it, and is looked for before anything is registered.
func TestGroupsOfOthers(t *testing.T) {
	others := settings{"resourceGroups.existing": `["hub","spokes","workload","image"]`, "resourceGroups.image": "rg-images"}
	m := deployPlatform(t, others)
	assert.Empty(t, m.OfType(typetoken.ResourceGroup))
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		scope := r.Inputs["scope"].(string)
		if strings.HasSuffix(scope, "/NetworkWatcherRG") {
			continue
		}
		assert.NotContains(t, r.Inputs["policyDefinitionId"], "a08ec900-254a-4555-9bf5-e42af04b5c5c", "%s", r)
		assert.False(t, strings.HasSuffix(scope, hubGroup) || strings.HasSuffix(scope, spokeGroup), "%s", r)
	}
	assert.Equal(t, workloadGroup, m.one(t, typetoken.Vault, "stamp01-vault").Inputs["resourceGroupName"])

	m = &recordingMonitor{}
	m.Refusals = map[string]string{
		hubGroup: "Code=ResourceGroupNotFound", "rg-images": "Code=ResourceGroupNotFound", spokeGroup: "Code=AuthorizationFailed",
	}
	err := m.run(t, withTags(others), platform.Deploy)
	require.ErrorContains(t, err, `resourceGroups.existing: "hub" is not allowed; expected a resource group that exists: subscription `+subscriptionID+" has no "+hubGroup)
	require.ErrorContains(t, err, `resourceGroups.existing: "image"`)
	assert.Empty(t, m.Registered)
	assert.Contains(t, strings.Join(m.Warnings, "\n"), "may not read "+spokeGroup)
}

// Logs and metrics of stamps go to workspaces of others, by data collection in the regions of those; nothing is set up in them, and what belongs
// to the stamp stays.
func TestLogsOfOthers(t *testing.T) {
	const group = "/subscriptions/" + hubSubscriptionID + "/resourceGroups/rg-management/providers/"
	logs, metrics := group+"Microsoft.OperationalInsights/workspaces/law", group+"Microsoft.Monitor/accounts/amw"
	others := settings{"monitoring.workspaceId": logs, "monitoring.metricsWorkspaceId": metrics, "monitoring.logRetentionDays": "365"}
	m := &recordingMonitor{}
	m.Found = map[string]map[string]any{"law": {"location": "West US 2", "retentionInDays": 30}, "amw": {"location": "westus3"}}
	require.NoError(t, m.run(t, withTags(others), platform.Deploy))
	assert.Contains(t, strings.Join(m.Warnings, "\n"), "keeps logs for 30 days, and monitoring.logRetentionDays asks for 365")
	for _, made := range []string{typetoken.Workspace, typetoken.MonitorWorkspace, typetoken.Sentinel, typetoken.SavedSearch} {
		for _, r := range m.OfType(made) {
			assert.False(t, strings.HasPrefix(r.Name, "stamp"), "%s", r)
		}
	}
	for name, location := range map[string]string{
		"stamp01-monitoring-containers": "westus2", "stamp01-monitoring-jumpboxes": "westus2", "stamp01-monitoring-prometheus": "westus3",
	} {
		assert.Equal(t, location, m.one(t, typetoken.CollectionRule, name).Inputs["location"], name)
	}
	assert.Equal(t, "westus3", m.one(t, typetoken.PromRuleGroup, "stamp01-alerts-pod-level").Inputs["location"])
	assert.Equal(t, logs, m.one(t, typetoken.Diagnostic, "stamp01-vault").Inputs["workspaceId"])
	assert.Equal(t, logs, m.one(t, typetoken.Workbook, "stamp01-monitoring-workbook").Inputs["sourceId"])

	m = &recordingMonitor{}
	m.Refusals = map[string]string{"law": "Code=ResourceNotFound", "amw": "Code=ResourceGroupNotFound"}
	err := m.run(t, withTags(others), platform.Deploy)
	require.ErrorContains(t, err, "monitoring.workspaceId: \""+logs)
	require.ErrorContains(t, err, "monitoring.metricsWorkspaceId: \""+metrics)
	assert.Empty(t, m.OfType(typetoken.ResourceGroup))
}

// Where others govern there is no policy and no plan, and nothing else is different but that it waits for none.
func TestGovernedByOthers(t *testing.T) {
	m, governed := deployPlatform(t, settings{"governance.mode": "none"}), deployPlatform(t, nil)
	policies := map[string]bool{
		typetoken.PolicyDefinition: true, typetoken.PolicySet: true, typetoken.PolicyAssignment: true, typetoken.SubscriptionDeployment: true,
		"aksregulated:cluster:Governance": true, "aksregulated:cluster:Policies": true,
	}
	for urn, r := range governed.Registered {
		found, registered := m.Registered[urn]
		gone := policies[r.Type] || strings.HasPrefix(r.Name, "governance-")
		assert.Equal(t, !gone, registered, "%s", r)
		if registered {
			assert.Equal(t, r.Inputs, found.Inputs, "%s", r)
		}
	}
	assert.Len(t, deployVirtualNodes(t, settings{"governance.mode": "none"}).OfType(typetoken.PolicyAssignment), 0)
}

// What stands at the subscription stands at a management group by key: definitions, what is assigned to the subscription otherwise under names
// that Azure takes there, and the role of the identity that remediates. The rest is as before.
func TestGovernedByManagementGroup(t *testing.T) {
	const group = "/providers/Microsoft.Management/managementGroups/landing-zones"
	m := deployPlatform(t, settings{"governance.managementGroupId": group, "builtInRoles.restrict": "true"})
	assert.Empty(t, m.OfType(typetoken.PolicyDefinition))
	assert.Empty(t, m.OfType(typetoken.PolicySet))
	defined := append(m.OfType(typetoken.GroupPolicyDefinition), m.OfType(typetoken.GroupPolicySet)...)
	assert.Len(t, defined, 6)
	for _, r := range defined {
		assert.True(t, strings.HasPrefix(r.ID, group+"/"), "%s is %s", r, r.ID)
	}
	atGroup := 0
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		name, definition := r.Inputs["policyAssignmentName"].(string), r.Inputs["policyDefinitionId"].(string)
		assert.NotContains(t, definition, "/subscriptions/", "%s", r)
		if r.Inputs["scope"] == group {
			atGroup++
			assert.Len(t, name, 24, "%s", r)
		}
		assert.NotEqual(t, recording.Subscription, r.Inputs["scope"], "%s", r)
	}
	assert.Equal(t, 3, atGroup, "Defender, the networks of the stamp, and roles")
	role := m.one(t, typetoken.RoleAssignment, "governance-enable-defender")
	assert.Equal(t, group, role.Inputs["scope"])
	assert.Equal(t, "/providers/Microsoft.Authorization/roleDefinitions/fb1c8493-542b-48eb-b624-b4c8fea62acd", role.Inputs["roleDefinitionId"])
	assert.Len(t, m.OfType(typetoken.SubscriptionDeployment), 1, "Defender plans are those of the subscription")
}

// Logs of networks go to a workspace and a storage account of others, by what those are: traffic analytics by region and number of the workspace,
// writing by a role at the account, or by an identity that has it. Nothing is set up in either.
func TestLogsOfNetworksOfOthers(t *testing.T) {
	const group = "/subscriptions/" + hubSubscriptionID + "/resourceGroups/rg-management/providers/"
	logs, account := group+"Microsoft.OperationalInsights/workspaces/law", group+"Microsoft.Storage/storageAccounts/stlogs"
	others := settings{"hub.workspaceId": logs, "flowLogs.storageAccountId": account}
	found := map[string]map[string]any{
		"law": {"location": "westus2", "customerId": "11111111-aaaa-4aaa-8aaa-111111111111"}, "stlogs": {"location": "eastus2"},
	}
	m := &recordingMonitor{}
	m.Found = found
	require.NoError(t, m.run(t, withTags(others), platform.Deploy))
	assert.Empty(t, m.OfType(typetoken.Storage))
	for _, name := range []string{"hub", "stamp01-spoke", "imagebuilder"} {
		recorded := m.one(t, typetoken.FlowLog, name)
		assert.Equal(t, account, recorded.Inputs["storageId"])
		analytics := recorded.Inputs["flowAnalyticsConfiguration"].(object)["networkWatcherFlowAnalyticsConfiguration"].(object)
		assert.Equal(t, logs, analytics["workspaceResourceId"])
		assert.Equal(t, "westus2", analytics["workspaceRegion"])
		assert.Equal(t, "11111111-aaaa-4aaa-8aaa-111111111111", analytics["workspaceId"])
	}
	role := m.one(t, typetoken.RoleAssignment, "hub-flowlogs-write")
	assert.Equal(t, account, role.Inputs["scope"])
	assert.Equal(t, hubSubscriptionID, resourceid.Subscription(role.Inputs["roleDefinitionId"].(string)))
	assert.Equal(t, logs, m.one(t, typetoken.Diagnostic, "hub-firewall").Inputs["workspaceId"])
	for _, r := range m.All() {
		assert.False(t, r.Type == typetoken.Sentinel && r.Name == "hub" || r.Type == typetoken.Diagnostic && strings.HasPrefix(r.Name, "hub-flowlogs"), "%s", r)
	}

	identity := group + "Microsoft.ManagedIdentity/userAssignedIdentities/mi-logs"
	others["flowLogs.identityId"] = identity
	m = &recordingMonitor{}
	m.Found = found
	require.NoError(t, m.run(t, withTags(others), platform.Deploy))
	for _, r := range m.OfType(typetoken.RoleAssignment) {
		assert.NotEqual(t, account, r.Inputs["scope"])
	}
	assert.Equal(t, list{identity}, m.one(t, typetoken.FlowLog, "hub").Inputs["identity"].(object)["userAssignedIdentities"])

	m = &recordingMonitor{}
	m.Found = map[string]map[string]any{"stlogs": {"location": "westeurope", "sku": map[string]any{"name": "Premium_LRS"}}}
	require.ErrorContains(t, m.run(t, withTags(others), platform.Deploy), "this one is Premium_LRS in westeurope")
}
