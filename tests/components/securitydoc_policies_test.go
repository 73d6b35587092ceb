package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
)

// fixedEffects are those of the built-in definitions that take none, and of the members of the initiative (Azure/azure-policy,
// 2026-04).
var fixedEffects = map[string]string{
	builtInPolicies + "a08ec900-254a-4555-9bf5-e42af04b5c5c": "deny",
	builtInPolicies + "b6e2945c-0b7b-40f5-9233-7a5323b5cdc6": "AuditIfNotExists",
	builtInPolicies + "c9ddb292-b203-4738-aead-18e2716e858f": "DeployIfNotExists",
	builtInPolicies + "1f725891-01c0-420a-9059-4fa46cb770b7": "DeployIfNotExists",
	builtInPolicies + "b7021b2b-08fd-4dc0-9de7-3c6ece09faf9": "DeployIfNotExists",
}

// policyValue is the value of a parameter of a policy assignment, or nil.
func policyValue(assignment registration, parameter string) any {
	parameters, _ := assignment.Inputs["parameters"].(object)
	held, _ := parameters[parameter].(object)
	return held["value"]
}

// effectsAssigned are the effects of a policy assignment: the one it sets, or what its definition has.
func effectsAssigned(m *recordingMonitor, assignment registration) []string {
	if effect, set := policyValue(assignment, "effect").(string); set {
		return []string{effect}
	}
	id := assignment.Inputs["policyDefinitionId"].(string)
	for _, r := range m.OfType(typetoken.PolicyDefinition) {
		if r.ID == id {
			return []string{r.Inputs["policyRule"].(object)["then"].(object)["effect"].(string)}
		}
	}
	var effects []string
	for _, r := range m.OfType(typetoken.PolicySet) {
		if r.ID != id {
			continue
		}
		for _, member := range r.Inputs["policyDefinitions"].(list) {
			effects = append(effects, fixedEffects[member.(object)["policyDefinitionId"].(string)])
		}
		return slices.Compact(effects)
	}
	return []string{fixedEffects[id]}
}

// An auditor finds every policy assignment: its definition as Azure shows it, the effect that it has, whether it is enforced, what
// the assignment says that it does, and each namespace that is excluded.
func TestSecurityDocumentListsPolicies(t *testing.T) {
	m := deployPlatform(t, settings{"builtInRoles.restrict": "true"})
	document := sectionOf(t, securityDocument(t), "## Policies")
	rows := strings.Split(document, "\n")
	assignments := m.OfType(typetoken.PolicyAssignment)
	require.NotEmpty(t, assignments)
	for _, r := range assignments {
		// The display name begins with the group or cluster, and may be cut.
		name := r.Inputs["displayName"].(string)
		if strings.HasPrefix(name, "[") {
			_, name, _ = strings.Cut(name, "] ")
		}
		name = strings.ReplaceAll(name, "[vnet-spoke-bu0001a0005-01]", "[`<network>`]")
		effects := effectsAssigned(m, r)
		require.Len(t, effects, 1, "%s", r)
		require.NotEmpty(t, effects[0], "%s assigns a definition whose effect this test does not know", r)
		effect := effects[0]
		if r.Inputs["enforcementMode"] == "DoNotEnforce" {
			effect += ", not enforced"
		}
		why := r.Inputs["description"].(string)
		found := slices.IndexFunc(rows, func(row string) bool {
			cells := strings.Split(row, " | ")
			if len(cells) < 3 {
				return false
			}
			// After the semicolon is what a setting makes of it.
			shown, _, _ := strings.Cut(cells[1], ";")
			return strings.HasPrefix(row, "| "+name) && shown == effect && strings.HasSuffix(row, "| "+why+" |")
		})
		if !assert.GreaterOrEqual(t, found, 0, "no row for %q with effect %q and what it does: %s", name, effect, why) {
			continue
		}
		excluded, _ := policyValue(r, "excludedNamespaces").(list)
		for _, namespace := range excluded {
			// The three that are excluded wherever any is stand in the text, once.
			if slices.Contains(systemNamespaces, namespace) {
				assert.Contains(t, document, "`"+namespace.(string)+"`")
				continue
			}
			assert.Contains(t, rows[found], "`"+namespace.(string)+"`", name)
		}
	}
}

// An auditor finds every Defender plan with its sub-plan and its extensions.
func TestSecurityDocumentListsDefenderPlans(t *testing.T) {
	document := sectionOf(t, securityDocument(t), "## Defender plans")
	deployments := deployPlatform(t, nil).OfType(typetoken.SubscriptionDeployment)
	require.Len(t, deployments, 1)
	template := deployments[0].Inputs["properties"].(object)["template"].(object)
	for _, resource := range template["resources"].(list) {
		plan, properties := resource.(object)["name"].(string), resource.(object)["properties"].(object)
		subPlan, _ := properties["subPlan"].(string)
		var extensions []string
		enabled, _ := properties["extensions"].(list)
		for _, extension := range enabled {
			extensions = append(extensions, extension.(object)["name"].(string))
		}
		cell := func(values ...string) string {
			if len(values) == 0 || values[0] == "" {
				return " |"
			}
			return " " + hostList(values) + " |"
		}
		assert.Contains(t, document, "|"+cell(plan)+cell(subPlan)+cell(extensions...)+"\n")
	}
}
