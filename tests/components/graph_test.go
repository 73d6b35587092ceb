package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/typetoken"
)

// within returns the resources of a provider below a component, at any depth.
func (m *recordingMonitor) within(component registration) []registration {
	var found []registration
	for _, r := range m.All() {
		for parent := r.Parent; r.Custom() && parent != ""; parent = m.Registered[parent].Parent {
			if parent == component.URN {
				found = append(found, r)
				break
			}
		}
	}
	return found
}

// azure leaves out what is no Azure resource, such as the random names of role assignments.
func azure(registrations []registration) []registration {
	var found []registration
	for _, r := range registrations {
		if strings.HasPrefix(r.Type, "azure-native:") {
			found = append(found, r)
		}
	}
	return found
}

// The image takes half an hour to build and the cluster a quarter: neither waits for the other, in either direction, and only
// the jump boxes wait for the image.
func TestGraphImageAndClusterAreIndependent(t *testing.T) {
	m := deployPlatform(t, nil)
	image := m.within(m.one(t, "aksregulated:imagebuilder:JumpBoxImage", "jumpbox"))
	jumpBoxes := m.within(m.one(t, "aksregulated:cluster:JumpBoxes", "stamp01-jumpboxes"))
	stamp := m.within(m.one(t, "aksregulated:platform:Stamp", "stamp01"))
	require.NotEmpty(t, image)
	require.NotEmpty(t, jumpBoxes)
	built := m.one(t, typetoken.Script, buildName)
	assertWaits(t, m, m.one(t, typetoken.ScaleSet, "stamp01-jumpboxes"), built)
	ofJumpBoxes := map[string]bool{}
	for _, r := range jumpBoxes {
		ofJumpBoxes[r.URN] = true
	}
	for _, r := range stamp {
		for _, made := range image {
			if !ofJumpBoxes[r.URN] {
				assert.False(t, m.WaitsFor(r, made), "%s waits for %s of the image", r, made)
			}
			assert.False(t, m.WaitsFor(made, r), "%s of the image waits for %s", made, r)
		}
	}
}

// Azure checks the control plane's roles when the cluster is made, and the add-on reads its policies when it starts. So
// policies and roles are there first, as are the routes, rules, peerings and DNS links by which nodes join.
func TestGraphPoliciesRolesAndNetworkPrecedeTheCluster(t *testing.T) {
	m := deployPlatform(t, nil)
	cluster := m.one(t, typetoken.ManagedCluster, "stamp01-cluster")
	before := map[string]int{}
	for _, component := range []struct{ typ, name string }{
		{"aksregulated:cluster:Policies", "stamp01"}, {"aksregulated:network:ClusterSpoke", "stamp01-spoke"},
		{"aksregulated:network:PrivateDNS", "dns"}, {"aksregulated:network:Firewall", firewallName},
	} {
		for _, r := range azure(m.within(m.one(t, component.typ, component.name))) {
			assertWaits(t, m, cluster, r)
			before[r.Type]++
		}
	}
	controlPlane := principalOf(m.one(t, typetoken.Identity, "stamp01-cluster").ID)
	for _, r := range m.OfType(typetoken.RoleAssignment) {
		if r.Inputs["principalId"] == controlPlane {
			assertWaits(t, m, cluster, r)
			before[r.Type]++
		}
	}
	assert.Equal(t, 22, before[typetoken.PolicyAssignment], "ten of the group with the WAF's one more, and eleven inside the cluster")
	assert.Equal(t, 6, before[typetoken.RoleAssignment])
	assert.Equal(t, 5, before[typetoken.ZoneLink])
	assert.Equal(t, 1, before[typetoken.RuleGroup])
	assert.Equal(t, 2, before[typetoken.Peering])
}

// Policies judge what is registered in the stamp's resource group, the image's parts included, so all of it waits for all of them.
func TestGraphPoliciesPrecedeTheirResourceGroup(t *testing.T) {
	m := deployPlatform(t, nil)
	policies := append(azure(m.within(m.one(t, "aksregulated:cluster:Policies", "stamp01"))), m.one(t, typetoken.PolicyAssignment, "governance-nics-01"))
	judged := 0
	for _, r := range m.All() {
		if r.Inputs["resourceGroupName"] != workloadGroup || r.Type == typetoken.ResourceGroup {
			continue
		}
		judged++
		for _, policy := range policies {
			assertWaits(t, m, r, policy)
		}
	}
	assert.Greater(t, judged, 40)
}

// The gateway reads its certificates while it is made: secrets, roles, private endpoint and name resolution come first.
func TestGraphGatewayFindsItsCertificates(t *testing.T) {
	m := deployPlatform(t, nil)
	gateway := m.one(t, typetoken.ApplicationGateway, "stamp01-gateway")
	identity := principalOf(m.one(t, typetoken.Identity, "stamp01-gateway").ID)
	roles := 0
	for _, r := range m.OfType(typetoken.RoleAssignment) {
		if r.Inputs["principalId"] == identity {
			assertWaits(t, m, gateway, r)
			roles++
		}
	}
	assert.Equal(t, 2, roles)
	for _, r := range azure(m.within(m.one(t, "aksregulated:cluster:Vault", "stamp01-vault"))) {
		assertWaits(t, m, gateway, r)
	}
	for _, r := range m.OfType(typetoken.ZoneLink) {
		if strings.Contains(r.ID, "vaultcore") {
			assertWaits(t, m, gateway, r)
		}
	}
}

// unordered are the pairs of registrations that Azure does not make at the same time, and that nothing keeps apart.
func (m *recordingMonitor) unordered(t *testing.T) []string {
	t.Helper()
	made := slices.DeleteFunc(azure(m.All()), func(r registration) bool { return strings.Contains(r.Type, ":get") })
	var changes []azuresim.Change
	for _, r := range made {
		changes = append(changes, azuresim.Change{Type: r.Type, ID: r.ID, Inputs: r.Inputs})
	}
	collisions, err := azuresim.Collisions(changes)
	require.NoError(t, err)
	require.NotEmpty(t, collisions)
	var found []string
	for _, c := range collisions {
		if a, b := made[c.A], made[c.B]; !m.WaitsFor(a, b) && !m.WaitsFor(b, a) {
			found = append(found, a.String()+" and "+b.String()+" both change "+c.Over)
		}
	}
	return found
}

// Azure makes one change of a virtual network, a firewall policy, a Network Watcher, a vault or a cluster at a time, and refuses or fails
// the next one meanwhile. So of any two changes of one of them, one waits for the other, whatever a stack has.
func TestGraphOrdersWhatAzureDoesNotDoAtOnce(t *testing.T) {
	for name, s := range map[string]settings{
		"defaults":   nil,
		"two stamps": {"stamps": twoStamps},
		"all options": withVirtualNodes(t, settings{
			"registry.agentPool": "true", "registry.geoReplication": "centralus", "nodePools.nextVmSize": "Standard_D8ds_v5",
			"buildAgents.allowedHosts": `["dev.azure.com"]`, "stamps": twoStamps,
		}),
		"no image": {
			"imageBuilder.mode":            "existing",
			"imageBuilder.existingImageId": subscription + "/resourceGroups/rg-images/providers/Microsoft.Compute/images/img",
		},
	} {
		t.Run(name, func(t *testing.T) { assert.Empty(t, deployPlatform(t, s).unordered(t)) })
	}
	m := deployPlatform(t, nil)
	first := m.one(t, typetoken.Peering, "stamp01-spoke-to-hub")
	first.Dependencies = nil
	m.Registered[first.URN] = first
	assert.NotEmpty(t, m.unordered(t), "a peering that waits for nothing shows")
}

// The import signs in when its role has long been known, and nothing waits for it but what pulls.
func TestGraphImportWaitsForTheSpoke(t *testing.T) {
	m := deployPlatform(t, nil)
	script := m.one(t, typetoken.Script, "stamp01-registry-import")
	assertWaits(t, m, script, m.one(t, typetoken.Peering, "stamp01-spoke-from-hub"))
	assert.False(t, m.WaitsFor(m.one(t, typetoken.ManagedCluster, "stamp01-cluster"), script), "the cluster does not wait for images")
}

// What the cluster's workload needs exists only after the cluster, or without it: no role or alert holds the cluster up.
func TestGraphAfterTheCluster(t *testing.T) {
	m := deployPlatform(t, nil)
	cluster := m.one(t, typetoken.ManagedCluster, "stamp01-cluster")
	for _, r := range []registration{
		m.one(t, typetoken.Federation, "stamp01-ingress"), m.one(t, typetoken.RoleAssignment, "stamp01-cluster-pull"),
	} {
		assertWaits(t, m, r, cluster)
	}
	for _, r := range azure(m.within(m.one(t, "aksregulated:cluster:Registry", "stamp01-registry"))) {
		assert.False(t, m.WaitsFor(r, cluster), "%s", r)
	}
}

// A second stamp changes nothing that is registered for the first: same resources, same inputs, same logical names.
func TestGraphSecondStampLeavesTheFirstAlone(t *testing.T) {
	one := deployPlatform(t, nil)
	two := deployPlatform(t, settings{"stamps": twoStamps})
	for _, r := range one.All() {
		same, kept := two.Registered[r.URN]
		require.True(t, kept, "%s is gone", r)
		assert.Equal(t, r.ID, same.ID, "%s", r)
		assert.Equal(t, r.Inputs, same.Inputs, "%s", r)
	}
	ids := map[string]registration{}
	for _, r := range azure(two.All()) {
		other, taken := ids[r.ID]
		assert.False(t, taken, "%s and %s are the same Azure resource", r, other)
		ids[r.ID] = r
	}
}

// Azure takes minutes to know a new policy definition or role everywhere, and refuses what needs it until then. The firewall takes longer, so
// it comes in between: after what spreads, and before what needs it.
func TestGraphWhatSpreadsPrecedesTheFirewall(t *testing.T) {
	m := deployPlatform(t, settings{"builtInRoles.restrict": "true"})
	firewall := m.one(t, typetoken.Firewall, firewallName)
	custom := map[string]registration{}
	for _, definition := range append(m.OfType(typetoken.PolicyDefinition), m.OfType(typetoken.PolicySet)...) {
		assertWaits(t, m, firewall, definition)
		custom[definition.ID] = definition
	}
	assigned := 0
	for _, assignment := range m.OfType(typetoken.PolicyAssignment) {
		if definition, found := custom[assignment.Inputs["policyDefinitionId"].(string)]; found {
			assertWaits(t, m, assignment, definition)
			assertWaits(t, m, assignment, firewall)
			assigned++
		}
	}
	assert.Equal(t, 6, assigned, "three of the stamp, its network's, the initiative and the one on roles")
	assertWaits(t, m, firewall, m.one(t, typetoken.RoleAssignment, "hub-flowlogs-write"))
	assertWaits(t, m, m.one(t, typetoken.FlowLog, "hub"), firewall)
}
