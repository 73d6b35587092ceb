package report

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

func roleRowOf(t *testing.T, rows []roleRow, role, scope string) roleRow {
	t.Helper()
	i := slices.IndexFunc(rows, func(r roleRow) bool { return r.Role == role && (scope == "" || r.Scope.Text == scope) })
	require.GreaterOrEqual(t, i, 0, "no assignment of %s", role)
	return rows[i]
}

// Readers see who has a role, not an id: identities of clusters and of policy assignments are named, too.
func TestRolesNameTheirPrincipals(t *testing.T) {
	rows := devModel(t).roles()
	require.Len(t, rows, 6)
	pull := roleRowOf(t, rows, "AcrPull", "")
	assert.Contains(t, pull.Principal, "kubelet of aks-")
	assert.Contains(t, pull.Principal, "-agentpool")
	assert.Equal(t, "The nodes pull images from this registry.", pull.Reason)
	assert.NotEmpty(t, pull.Scope.Target)
	assert.Equal(t, "own identity of policy assignment Enable Microsoft Defender Standard", roleRowOf(t, rows, "Security Admin", "subscription").Principal)
	imports := roleRowOf(t, rows, "[Custom] Container Registry Image Importer (dev)", "")
	assert.Equal(t, "custom", imports.Kind)
	assert.Contains(t, imports.granted.Actions, "Microsoft.ContainerRegistry/registries/importImage/action")
}

// What the state does not know is said to be unknown, neither left out nor guessed.
func TestUnknownPrincipalsAndRoles(t *testing.T) {
	export := devExport(t)
	assignment := resource(t, export, typeAssignment, "")
	assignment.Outputs["principalId"] = "stranger"
	assignment.Outputs["roleDefinitionId"] = "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/99999999-0000-0000-0000-000000000000"
	row := roleRowOf(t, modelOf(t, export).roles(), "role 99999999-0000-0000-0000-000000000000", "")
	assert.Equal(t, "stranger, which is not in this state", row.Principal)
	assert.Equal(t, "unknown", row.Kind)
	assert.Contains(t, row.granted.Actions[0], "unknown")
}

// A role that is defined at a resource group is known by its id at the subscription, which is the one in assignments.
func TestRoleAtAGroup(t *testing.T) {
	export := devExport(t)
	definition := resource(t, export, "Microsoft.Authorization/roleDefinitions", "")
	before, _, _ := strings.Cut(definition.ID, "/providers/")
	definition.ID = strings.Replace(definition.ID, before, before+"/resourceGroups/rg-some", 1)
	row := roleRowOf(t, modelOf(t, export).roles(), text(definition.Outputs, "roleName"), "")
	assert.Equal(t, "custom", row.Kind)
}

// Permissions of one identity at one scope add up, and at another scope they do not.
func TestGrants(t *testing.T) {
	at1, at2 := Link{Text: "a"}, Link{Text: "b"}
	rows := []roleRow{
		{Principal: "p", Scope: at1, Role: "r", granted: permissions{Actions: []string{"x", "y"}, Data: []string{"d"}}},
		{Principal: "p", Scope: at1, Role: "s", granted: permissions{Actions: []string{"y", "z"}, Except: []string{"z"}}},
		{Principal: "p", Scope: at2, Role: "r", granted: permissions{Actions: []string{"x"}}},
	}
	assert.Equal(t, []grant{
		{Principal: "p", Scope: at1, Actions: []string{"x", "y", "z"}, Except: []string{"z (of s)"}, Data: []string{"d"}},
		{Principal: "p", Scope: at2, Actions: []string{"x"}},
	}, grants(rows))
}

// Each built-in role that the program can assign is known, so that the report can say what it allows.
func TestBuiltInRolesAreKnown(t *testing.T) {
	source, err := os.ReadFile("../../rbac/builtin.go")
	require.NoError(t, err)
	ids := regexp.MustCompile(`"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"`).FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, ids)
	for _, id := range ids {
		_, known := azurefacts.BuiltInRole(id[1])
		assert.True(t, known, id[1])
	}
}

// Policies have the effect that counts, from the assignment, the definition or the parts of an initiative, and what is not
// enforced is said to be so.
func TestPolicies(t *testing.T) {
	rows := devModel(t).policies()
	found := map[string]policyRow{}
	for _, row := range rows {
		found[row.Name] = row
		assert.NotEqual(t, "that of the definition", row.Effect, row.Name)
		assert.NotEmpty(t, row.Description, row.Name)
	}
	defender := found["Enable Microsoft Defender Standard"]
	assert.Equal(t, "DeployIfNotExists", defender.Effect)
	assert.True(t, defender.Custom())
	assert.Equal(t, "subscription", defender.Scope.Text)
	types := found["[NetworkWatcherRG] Allowed resource types"]
	assert.Equal(t, "reports only", types.Mode())
	assert.Equal(t, "deny", types.Effect)
	images := found["[aks-"+clusterSuffix(t)+"] Kubernetes cluster containers should only use allowed images"]
	assert.Equal(t, "Deny", images.Effect)
	assert.False(t, images.Custom())
	assert.Equal(t, "allowedContainerImagesRegex", images.Parameters[0].Name)
	assert.Contains(t, images.Parameters[0].Value, "/live/")
}

func clusterSuffix(t *testing.T) string {
	t.Helper()
	return resource(t, devExport(t), typeCluster, "").AzureName()[len("aks-"):]
}

// An effect can be the definition's own, or its default.
func TestEffectOfDefinition(t *testing.T) {
	const id = "/subscriptions/s/providers/Microsoft.Authorization/policyDefinitions/d"
	assignment := &Resource{ID: "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/a"}
	for want, outputs := range map[string]map[string]any{
		"deny":  {"policyRule": map[string]any{"then": map[string]any{"effect": "deny"}}},
		"audit": {"policyRule": map[string]any{"then": map[string]any{"effect": "[parameters('effect')]"}}, "parameters": map[string]any{"effect": map[string]any{"defaultValue": "audit"}}},
	} {
		m := &model{byID: map[string]*Resource{resourceid.Key(id): {ID: id, Outputs: outputs}}}
		assert.Equal(t, want, m.effect(assignment, id))
	}
	assert.Equal(t, "that of the definition", (&model{}).effect(assignment, id))
}

// Images are shown with digest and way, as the import script is told; what is secret there is not read.
func TestImages(t *testing.T) {
	rows := devModel(t).images()
	require.Len(t, rows, 3)
	assert.Equal(t, "docker.io/library/traefik", rows[0].Source)
	assert.Equal(t, "v3.7.13", rows[0].Tag)
	assert.Equal(t, "sha256:24841fe2de7304c149343d877d2923b4c8800a38ba015dea9174c23b20e344a0", rows[0].Digest)
	assert.Equal(t, "quarantine/library/traefik", rows[0].Quarantine)
	assert.Equal(t, "live/library/traefik:v3.7.13", rows[0].Live)
	assert.NotEmpty(t, rows[0].Registry.Target)

	export := devExport(t)
	resource(t, export, typeScript, "").Inputs["environmentVariables"] = hidden
	assert.Empty(t, modelOf(t, export).images())
}

// The image of the jump boxes is that of the template, or is said to come from elsewhere.
func TestMachineImages(t *testing.T) {
	m := devModel(t)
	images := m.machineImages()
	require.Len(t, images, 1)
	assert.Contains(t, images[0].Source, "Canonical ubuntu-24_04-lts")
	require.Len(t, images[0].UsedBy, 1)
	assert.Equal(t, "vmss-jumpboxes", images[0].UsedBy[0].Text)
	assert.Empty(t, m.otherMachineImages())

	export := devExport(t)
	storage := tree.At(resource(t, export, typeScaleSet, "").Outputs, "virtualMachineProfile", "storageProfile").(map[string]any)
	storage["imageReference"] = map[string]any{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/mine"}
	others := modelOf(t, export).otherMachineImages()
	require.Len(t, others, 1)
	assert.Contains(t, others[0].Text, "/images/mine")
}

// Logs are shown with where they go and how long they stay, and what sends none is in the honest list.
func TestLogs(t *testing.T) {
	m := devModel(t)
	i := slices.IndexFunc(m.logs(), func(r logRow) bool { return r.Kind == typeVault })
	require.GreaterOrEqual(t, i, 0)
	vault := m.logs()[i]
	assert.Contains(t, vault.Categories, "AuditEvent")
	assert.Equal(t, "90 days", vault.Retention)
	assert.NotEmpty(t, vault.To.Target)
	require.Len(t, m.flowLogs(), 1)
	assert.Equal(t, "365", m.flowLogs()[0].Days)

	silent := func(m *model) []string {
		var kinds []string
		for _, row := range m.silent() {
			kinds = append(kinds, row.Kind)
		}
		return kinds
	}
	assert.NotContains(t, silent(m), typeVault)
	assert.Contains(t, silent(m), typeScaleSet)
	assert.Contains(t, silent(m), "Microsoft.Resources/subscriptions", "the activity log goes nowhere")
	export := devExport(t)
	export.without(typeDiagnostics)
	assert.Contains(t, silent(modelOf(t, export)), typeVault)
}
