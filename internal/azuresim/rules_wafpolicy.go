package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

type managedRuleSet struct {
	name      string
	versions  []string
	isDefault bool
}

// managedRuleSets are the rule sets that a WAF policy can name, with their versions. Default ones exclude each other (Azure
// document "Web Application Firewall DRS and CRS rule groups and rules").
var managedRuleSets = []managedRuleSet{
	{"OWASP", []string{"3.1", "3.2"}, true},
	{"Microsoft_DefaultRuleSet", []string{"2.1", "2.2"}, true},
	{"Microsoft_BotManagerRuleSet", []string{"0.1", "1.0", "1.1"}, false},
	{"Microsoft_HTTPDDoSRuleSet", []string{"1.0"}, false},
}

func checkWebApplicationFirewallPolicy(op *operation) error {
	const code = "ApplicationGatewayFirewallInvalidConfiguration"
	for _, choice := range []struct {
		property string
		values   []string
	}{{"state", []string{"", "Enabled", "Disabled"}}, {"mode", []string{"", "Prevention", "Detection"}}} {
		if value := tree.Text(op.inputs, "policySettings", choice.property); !slices.Contains(choice.values, value) {
			return badRequest(code, "%s: policySettings.%s cannot be %q", op.id, choice.property, value)
		}
	}
	for _, limit := range []struct {
		property  string
		low, high float64
	}{{"maxRequestBodySizeInKb", 8, 2000}, {"fileUploadLimitInMb", 1, 4000}, {"requestBodyInspectLimitInKB", 0, 2000}} {
		if value, set := tree.Number(op.inputs, "policySettings", limit.property); set && (value < limit.low || value > limit.high) {
			return badRequest(code, "%s: policySettings.%s must be %v to %v", op.id, limit.property, limit.low, limit.high)
		}
	}
	defaults, seen := 0, map[string]bool{}
	for _, set := range tree.List(op.inputs, "managedRules", "managedRuleSets") {
		name, version := tree.Text(set, "ruleSetType"), tree.Text(set, "ruleSetVersion")
		at := slices.IndexFunc(managedRuleSets, func(known managedRuleSet) bool {
			return strings.EqualFold(known.name, name) && slices.Contains(known.versions, version)
		})
		if at < 0 {
			return badRequest("ApplicationGatewayFirewallUnknownRuleSet", "%s: there is no managed rule set %s %s",
				op.id, name, version)
		}
		if seen[managedRuleSets[at].name] {
			return badRequest(code, "%s names managed rule set %s twice", op.id, name)
		}
		seen[managedRuleSets[at].name] = true
		if managedRuleSets[at].isDefault {
			defaults++
		}
	}
	if defaults != 1 {
		return badRequest(code, "%s needs exactly one of the rule sets OWASP and Microsoft_DefaultRuleSet, not %d", op.id, defaults)
	}
	return checkCustomRules(op, code)
}

func checkCustomRules(op *operation, code string) error {
	taken := map[float64]string{}
	for _, rule := range tree.List(op.inputs, "customRules") {
		name := tree.Text(rule, "name")
		priority, _ := tree.Number(rule, "priority")
		if priority < 1 || priority > 100 {
			return badRequest(code, "%s: the priority of custom rule %s must be 1 to 100", op.id, name)
		}
		if other, conflicts := taken[priority]; conflicts {
			return badRequest(code, "%s: custom rules %s and %s have the same priority", op.id, other, name)
		}
		taken[priority] = name
		if len(tree.List(rule, "matchConditions")) == 0 {
			return badRequest(code, "%s: custom rule %s has no match conditions", op.id, name)
		}
	}
	return nil
}
