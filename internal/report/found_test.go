package report

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/resourceid"
)

// What resources use of others is on the page with those who use it; what the stack made, or Azure for it, is not. The spoke of the image
// builder is left out of the checked-in part of an export.
func TestFound(t *testing.T) {
	named := func(export *Export) []string {
		var names []string
		for _, row := range modelOf(t, export).found() {
			names = append(names, row.What+" "+row.Name)
			assert.NotEmpty(t, row.Users, row.ID)
		}
		return names
	}
	export := devExport(t)
	assert.Equal(t, []string{"subnet snet-imagebuilder"}, named(export))

	theirs := []string{resource(t, export, typeVNet, "-hub").ID, resource(t, export, typeFWPolicy, "").ID, resource(t, export, typeWorkspace, "la-hub").ID,
		resource(t, export, typeZone, "vaultcore").ID, resource(t, export, typeGroup, "hubs").ID}
	export.Resources = slices.DeleteFunc(export.Resources, func(r Resource) bool { return slices.Contains(theirs, r.ID) })
	assert.Equal(t, []string{
		"firewall policy fw-policies-eastus2", "private DNS zone privatelink.vaultcore.azure.net", "resource group rg-enterprise-networking-hubs",
		"subnet AzureBastionSubnet", "subnet AzureFirewallSubnet", "subnet snet-imagebuilder", "virtual network vnet-eastus2-hub",
		"workspace la-hub-eastus2-rxosydjyv36bq",
	}, named(export))
	page := rendered(t, export)
	assert.Contains(t, page, "Found, not made")
	assert.Contains(t, page, `<th scope="row">fw-policies-eastus2</th>`)
}

// Flows go on through a hub of others, as far as the state says what they meet there: the next hop, this stack's rules, the zones.
func TestFlowsThroughAFoundHub(t *testing.T) {
	export := devExport(t)
	own := modelOf(t, export).flows
	for _, theirs := range []string{typeVNet, typeFWPolicy, typeFirewall, typeBastion} {
		part := ""
		if theirs == typeVNet {
			part = "-hub"
		}
		id := resource(t, export, theirs, part).ID
		export.Resources = slices.DeleteFunc(export.Resources, func(r Resource) bool { return r.ID == id })
	}
	found := modelOf(t, export).flows
	names := func(flows []hostFlow) []string {
		var all []string
		for _, f := range flows {
			all = append(all, f.From.Label+" "+f.Host+" "+f.Strict.By)
		}
		return all
	}
	assert.NotEmpty(t, found.Hosts)
	assert.Equal(t, names(own.Hosts), names(found.Hosts), "the same names by the same rules")
	assert.Equal(t, names(own.Closed), names(found.Closed))

	// Without their side of the peering nothing gets there.
	for _, part := range []string{"-hub/virtualNetworkPeerings"} {
		id := resource(t, export, typePeering, part).ID
		export.Resources = slices.DeleteFunc(export.Resources, func(r Resource) bool { return r.ID == id })
	}
	resource(t, export, typePeering, "spoke-to-").Outputs["peeringState"] = "Initiated"
	assert.Empty(t, modelOf(t, export).flows.Hosts)
}

// Logs that go to workspaces and storage of others are sent all the same; how long they are kept and who watches them is not in the state then.
func TestLogsOfOthers(t *testing.T) {
	export := devExport(t)
	before := modelOf(t, export)
	require.Equal(t, stateFound, sentinel(before).State)
	export.Resources = slices.DeleteFunc(export.Resources, func(r Resource) bool {
		return resourceid.Type(r.ID) == typeWorkspace || resourceid.Type(r.ID) == typeStorage
	})
	m := modelOf(t, export)
	for name, e := range map[string]evidence{
		"kept": keptLongEnough(m), "watched": sentinel(m), "storage": closedLogStorage(m), "both": all(settingsFor(typeWorkspace), closedLogStorage)(m),
	} {
		assert.Equal(t, stateOutside, e.State, name)
		assert.Contains(t, e.Why, "whose owners have to show", name)
	}
	assert.Equal(t, stateFound, settingsFor(typeVault)(m).State)
	for _, row := range m.logs() {
		assert.NotEqual(t, "elsewhere", row.To.Text, row.Source.Text)
		assert.Equal(t, "unknown", row.Retention)
	}
}
