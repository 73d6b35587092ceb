package report

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// The table is sound: numbers are unique and of the standard's form, each row is in our own few words, and says either what
// proves it or what remains.
func TestRequirements(t *testing.T) {
	rows := requirements()
	assert.GreaterOrEqual(t, len(rows), 35)
	seen := map[string]bool{}
	for _, r := range rows {
		assert.Regexp(t, `^(1[0-2]|[1-9])\.\d{1,2}\.\d{1,2}(\.\d)?$`, r.Number)
		assert.False(t, seen[r.Number], r.Number)
		seen[r.Number] = true
		assert.Less(t, len(r.Title), 95, r.Number)
		assert.True(t, len(r.Proofs) > 0 || r.Remains != "", r.Number)
	}
	chapters := map[string]bool{}
	for number := range seen {
		chapter, _, _ := strings.Cut(number, ".")
		chapters[chapter] = true
	}
	assert.Len(t, chapters, 12, "each of the standard's requirements is touched or left to the user")
}

// Every test that the table names is there: a proof that was renamed or deleted proves nothing.
func TestProofsExist(t *testing.T) {
	for _, r := range requirements() {
		for _, proof := range r.Proofs {
			folder, name := path.Split(proof)
			files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
			require.NoError(t, err)
			found := false
			for _, file := range files {
				source, err := os.ReadFile(file)
				require.NoError(t, err)
				found = found || regexp.MustCompile(`(?m)^func `+name+`\(t \*testing\.T\)`).Match(source)
			}
			assert.True(t, found, "%s is proven by %s, which is not there", r.Number, proof)
		}
	}
}

// breaks are changes of a state, and the requirement that is not met with it.
var breaks = []struct {
	number, why string
	change      func(*testing.T, *Export)
}{
	{"1.2.1", "without a network security group", func(t *testing.T, e *Export) {
		for _, s := range tree.List(resource(t, e, typeVNet, "-01").Outputs, "subnets") {
			delete(s.(map[string]any), "networkSecurityGroup")
		}
	}},
	{"1.2.5", "without a reason", func(t *testing.T, e *Export) {
		delete(firstRule(t, e, "appgw"), "description")
	}},
	{"1.3.2", "past the firewall", func(t *testing.T, e *Export) {
		for _, s := range tree.List(resource(t, e, typeVNet, "-01").Outputs, "subnets") {
			delete(s.(map[string]any), "routeTable")
		}
	}},
	{"1.4.1", "does not deny", set(typeFWPolicy, "Alert", "threatIntelMode")},
	{"1.4.1", "does not deny", set(typeFirewall, nil, "firewallPolicy")},
	{"1.4.1", "There is no resource", func(t *testing.T, e *Export) { e.without(typeFirewall) }},
	{"1.4.2", "more than gateway and Bastion", func(t *testing.T, e *Export) { firstRule(t, e, "appgw")["destinationPortRange"] = "*" }},
	{"1.4.2", "more than gateway and Bastion", func(t *testing.T, e *Export) { firstRule(t, e, "appgw")["destinationPortRange"] = "80" }},
	{"1.4.4", "Vault: open to the public", set(typeVault, "Enabled", "properties", "publicNetworkAccess")},
	{"1.4.4", "Registry: open to the public, or without", func(t *testing.T, e *Export) { e.without(typeEndpoint) }},
	{"1.4.5", "belong to something else", func(t *testing.T, e *Export) { e.without(typeBastion) }},
	{"1.4.5", "public name", set(typeCluster, false, "apiServerAccessProfile", "enablePrivateCluster")},
	{"1.5.1", "everything but Bastion to jump boxes", func(t *testing.T, e *Export) {
		rule := firstRule(t, e, "management-ops")
		rule["sourceAddressPrefix"] = "*"
	}},
	{"1.5.1", "everything but Bastion to jump boxes", func(t *testing.T, e *Export) {
		rule := firstRule(t, e, "management-ops")
		rule["sourceAddressPrefix"], rule["destinationPortRange"] = "*", "3389"
	}},
	{"2.2.1", "Private Clusters", func(t *testing.T, e *Export) {
		resource(t, e, typePolicy, policyID(t, e, "Private Clusters")).Outputs["enforcementMode"] = "DoNotEnforce"
	}},
	{"2.2.2", "Machines take passwords", set(typeScaleSet, false, "virtualMachineProfile", "osProfile", "linuxConfiguration", "disablePasswordAuthentication")},
	{"2.2.2", "admin user", set(typeRegistry, true, "adminUserEnabled")},
	{"2.2.3", "share a subnet", func(t *testing.T, e *Export) {
		pools := tree.List(resource(t, e, typeCluster, "").Outputs, "agentPoolProfiles")
		pools[1].(map[string]any)["vnetSubnetID"] = text(pools[2], "vnetSubnetID")
	}},
	{"2.2.4", "Bastion offers more", set(typeBastion, true, "enableFileCopy")},
	{"2.2.5", "without a reason", plainRule("destinationPorts", []any{"20-25"})},
	{"2.2.5", "without a reason", plainRule("protocols", []any{map[string]any{"protocolType": "Http", "port": 9000.0}})},
	{"2.2.6", "without encryption at host", func(t *testing.T, e *Export) {
		tree.List(resource(t, e, typeCluster, "").Outputs, "agentPoolProfiles")[0].(map[string]any)["enableEncryptionAtHost"] = false
	}},
	{"3.6.1", "can be purged", set(typeVault, false, "properties", "enablePurgeProtection")},
	{"3.7.1", "no certificate", func(t *testing.T, e *Export) { e.without(typeVault + "/secrets") }},
	{"4.2.1", "older policy of TLS", set(typeGateway, "AppGwSslPolicy20170401", "sslPolicy", "policyName")},
	{"6.3.1", "No plan of Microsoft Defender", func(t *testing.T, e *Export) { e.without(typeDeployment) }},
	{"6.3.1", "KeyVaults", func(t *testing.T, e *Export) {
		plans := tree.List(resource(t, e, typeDeployment, "").Inputs, "properties", "template", "resources")
		tree.At(plans[1], "properties").(map[string]any)["pricingTier"] = "Free"
	}},
	{"6.3.2", "without a digest", func(t *testing.T, e *Export) {
		resource(t, e, typeScript, "").Inputs["environmentVariables"] = []any{map[string]any{"name": "IMAGES", "value": "docker.io/library/busybox:latest"}}
	}},
	{"6.3.3", "Automatic upgrades", set(typeCluster, "none", "autoUpgradeProfile", "upgradeChannel")},
	{"6.3.3", "without a weekly window", func(t *testing.T, e *Export) { e.without(typeMaintenance) }},
	{"6.3.3", "without a weekly window", func(t *testing.T, e *Export) {
		delete(tree.At(resource(t, e, typeMaintenance, "aksManagedNodeOSUpgradeSchedule").Outputs, "maintenanceWindow",
			"schedule").(map[string]any), "weekly")
	}},
	{"6.4.2", "has no policy", set(typeGateway, nil, "firewallPolicy")},
	{"6.4.2", "only detects", set(typeWAF, "Detection", "policySettings", "mode")},
	{"6.5.1", "Nothing of Flux", func(t *testing.T, e *Export) { e.without(typeFluxSetup) }},
	{"7.2.2", "allow everything", set(typeAssignment, "/x/b24988ac-6180-42a0-ab88-20f7382dd24c", "roleDefinitionId")},
	{"7.2.1", "without a reason", set(typeAssignment, "", "description")},
	{"7.2.2", "allow everything", customRole("actions", "*/read")},
	{"7.2.2", "allow everything", customRole("dataActions", "*")},
	{"7.2.2", "allow everything", customRole("actions", "Microsoft.Authorization/*")},
	{"7.2.5", "allow everything", customRole("actions", "microsoft.authorization/roleAssignments/write")},
	{"7.2.5", "does not know", set(typeAssignment, "stranger", "principalId")},
	{"8.2.2", "Local accounts of the cluster are on", set(typeCluster, false, "disableLocalAccounts")},
	{"8.6.1", "Workload identity is off", set(typeCluster, false, "securityProfile", "workloadIdentity", "enabled")},
	{"10.2.2", "No logs", func(t *testing.T, e *Export) { e.without(typeDiagnostics) }},
	{"10.2.2", "No logs", eachOf(typeDiagnostics, func(setting map[string]any) { setting["workspaceId"] = "/elsewhere" })},
	{"10.2.2", "No logs", eachOf(typeDiagnostics, func(setting map[string]any) {
		for _, log := range tree.List(setting, "logs") {
			log.(map[string]any)["enabled"] = false
		}
	})},
	{"10.2.2", "no resource of type " + typeVault, func(t *testing.T, e *Export) { e.without(typeVault) }},
	{"10.4.1.1", "without Microsoft Sentinel", func(t *testing.T, e *Export) { e.without(typeSentinel) }},
	{"10.4.1.1", "without Microsoft Sentinel", func(t *testing.T, e *Export) {
		first := resource(t, e, typeSentinel, "")
		first.ID = strings.Replace(first.ID, "/workspaces/", "/workspaces/another-", 1)
	}},
	{"10.5.1", "less than 365 days", func(*testing.T, *Export) {}},
	{"10.7.2", "no action group", func(*testing.T, *Export) {}},
	{"11.5.1", "does not deny", set(typeFWPolicy, "Alert", "intrusionDetection", "mode")},
}

// firstRule is the first rule of a security group.
func firstRule(t *testing.T, e *Export, group string) map[string]any {
	t.Helper()
	return tree.List(resource(t, e, typeNSG, group).Outputs, "securityRules")[0].(map[string]any)
}

// plainRule makes a rule of the firewall allow something, without a reason.
func plainRule(property string, value []any) func(*testing.T, *Export) {
	return func(t *testing.T, e *Export) {
		rule := tree.List(tree.List(resource(t, e, typeRuleGroup, "").Outputs, "ruleCollections")[0], "rules")[0].(map[string]any)
		rule[property], rule["ipProtocols"], rule["description"] = value, []any{"TCP"}, ""
	}
}

// customRole has the custom role of the export allow something.
func customRole(kind, action string) func(*testing.T, *Export) {
	return func(t *testing.T, e *Export) {
		tree.List(resource(t, e, "Microsoft.Authorization/roleDefinitions", "").Outputs, "permissions")[0].(map[string]any)[kind] = []any{action}
	}
}

// eachOf changes all resources of a type.
func eachOf(kind string, change func(map[string]any)) func(*testing.T, *Export) {
	return func(t *testing.T, e *Export) {
		for _, r := range e.Resources {
			if resourceid.Type(r.ID) == kind {
				change(r.Outputs)
			}
		}
	}
}

func policyID(t *testing.T, e *Export, words string) string {
	t.Helper()
	for _, r := range e.Resources {
		if strings.Contains(text(r.Outputs, "displayName"), words) && resourceid.Type(r.ID) == typePolicy {
			return resourceid.Name(r.ID)
		}
	}
	require.Fail(t, "no such policy", words)
	return ""
}

// set changes one property of the first resource of a type.
func set(kind string, value any, at ...string) func(*testing.T, *Export) {
	return func(t *testing.T, e *Export) {
		object := resource(t, e, kind, "").Outputs
		for _, name := range at[:len(at)-1] {
			object = object[name].(map[string]any)
		}
		object[at[len(at)-1]] = value
	}
}

func pciRowOf(t *testing.T, export *Export, number string) pciRow {
	t.Helper()
	for _, row := range modelOf(t, export).pci() {
		if row.Number == number {
			return row
		}
	}
	require.Fail(t, "no such requirement", number)
	return pciRow{}
}

// unmet are the requirements that the checked-in part of a development stack does not meet.
var unmet = []string{"7.2.5", "10.2.1", "10.2.1.2", "10.2.1.4", "10.3.3", "10.3.4", "10.4.1.1", "10.5.1", "10.7.2", "12.10.5"}

// Nothing is called met that the state does not show: when what implements a requirement is taken away or weakened, its row says
// so and why.
func TestEvidenceFollowsTheState(t *testing.T) {
	for _, b := range breaks {
		t.Run(b.number+" "+b.why, func(t *testing.T) {
			export := devExport(t)
			b.change(t, export)
			row := pciRowOf(t, export, b.number)
			assert.Equal(t, stateMissing, row.State)
			assert.Contains(t, row.Why, b.why)
			assert.Contains(t, rendered(t, export), `<span class="state bad">not met by this stack</span>`)
		})
	}
}

// What the stack has is found, with links to it, and what no state can show is never called met.
func TestEvidence(t *testing.T) {
	for _, row := range devModel(t).pci() {
		assert.NotEmpty(t, row.Why, row.Number)
		assert.Equal(t, slices.Contains(unmet, row.Number), row.State == stateMissing, "%s: %s", row.Number, row.Why)
		if row.State == stateFound {
			assert.NotEmpty(t, row.Links, row.Number)
		}
		if row.State != stateFound {
			assert.NotEmpty(t, row.Remains, row.Number)
		}
	}
}

// Logs that are kept for a year are found to be so.
func TestStricterStack(t *testing.T) {
	export := devExport(t)
	for i := range export.Resources {
		if r := &export.Resources[i]; resourceid.Type(r.ID) == typeWorkspace {
			r.Outputs["retentionInDays"] = 365.0
			r.Protected = true
		}
	}
	assert.Equal(t, stateMissing, pciRowOf(t, export, "10.5.1").State, "the activity log is kept for 90 days")
	for _, r := range export.Resources {
		if resourceid.Type(r.ID) == typeDiagnostics && text(r.Outputs, "workspaceId") != "" {
			r.ID = "/subscriptions/" + devModel(t).head().Subscriptions[0] + "/providers/Microsoft.Insights/diagnosticSettings/activity"
			r.URN += "-activity"
			r.Outputs = maps.Clone(r.Outputs)
			r.Outputs["logs"] = []any{map[string]any{"category": "Administrative", "enabled": true}}
			export.Resources = append(export.Resources, r)
			break
		}
	}
	assert.Equal(t, stateFound, pciRowOf(t, export, "10.5.1").State)
	assert.Contains(t, rendered(t, export), "<td>yes</td></tr>", "protection shows in the list")
}

// Flux that Pulumi installed from inside the network counts as well.
func TestFluxOfManifestsMode(t *testing.T) {
	export := devExport(t)
	export.without(typeFluxSetup)
	export.Resources = append(export.Resources, Resource{
		URN: "urn:pulumi:dev::p::kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization::platform", Name: "platform", Custom: true,
		Type: "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization", ID: "flux-system/platform",
	})
	assert.Equal(t, stateFound, pciRowOf(t, export, "6.5.1").State)
}

// What runs in the cluster is in no state: the row says that the agents there are stand-ins, and calls it neither met nor unmet.
func TestAgentsAreNotJudged(t *testing.T) {
	for _, number := range []string{"5.2.1", "11.5.2"} {
		row := pciRowOf(t, devExport(t), number)
		assert.Equal(t, stateOutside, row.State, number)
		assert.Contains(t, row.Why, "stand-ins", number)
		assert.Contains(t, row.Remains, "in the place of the stand-ins", number)
	}
}
