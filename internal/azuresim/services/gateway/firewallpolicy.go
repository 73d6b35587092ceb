package gateway

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

var firewallPolicyOfGatewayKind = &arm.Kind{
	Token: "network:WebApplicationFirewallPolicy",
	Path:  networking.Provider + "/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}",
	Name:  regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,126}\w)?$`), Located: true,
	Create: 20 * time.Second, Update: 30 * time.Second, Remove: 10 * time.Second,
	Rules: []func(*arm.Operation) error{checkWebApplicationFirewallPolicy},
}

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

func checkWebApplicationFirewallPolicy(op *arm.Operation) error {
	const code = "ApplicationGatewayFirewallInvalidConfiguration"
	for _, choice := range []struct {
		property string
		values   []string
	}{{"state", []string{"", "Enabled", "Disabled"}}, {"mode", []string{"", "Prevention", "Detection"}}} {
		if value := tree.Text(op.Inputs, "policySettings", choice.property); !slices.Contains(choice.values, value) {
			return arm.BadRequest(code, "%s: policySettings.%s cannot be %q", op.ID, choice.property, value)
		}
	}
	for _, limit := range []struct {
		property  string
		low, high float64
	}{{"maxRequestBodySizeInKb", 8, 2000}, {"fileUploadLimitInMb", 1, 4000}, {"requestBodyInspectLimitInKB", 0, 2000}} {
		if value, set := tree.Number(op.Inputs, "policySettings", limit.property); set && (value < limit.low || value > limit.high) {
			return arm.BadRequest(code, "%s: policySettings.%s must be %v to %v", op.ID, limit.property, limit.low, limit.high)
		}
	}
	defaults, seen := 0, map[string]bool{}
	for _, set := range tree.List(op.Inputs, "managedRules", "managedRuleSets") {
		name, version := tree.Text(set, "ruleSetType"), tree.Text(set, "ruleSetVersion")
		at := slices.IndexFunc(managedRuleSets, func(known managedRuleSet) bool {
			return strings.EqualFold(known.name, name) && slices.Contains(known.versions, version)
		})
		if at < 0 {
			return arm.BadRequest("ApplicationGatewayFirewallUnknownRuleSet", "%s: there is no managed rule set %s %s",
				op.ID, name, version)
		}
		if seen[managedRuleSets[at].name] {
			return arm.BadRequest(code, "%s names managed rule set %s twice", op.ID, name)
		}
		seen[managedRuleSets[at].name] = true
		if managedRuleSets[at].isDefault {
			defaults++
		}
	}
	if defaults != 1 {
		return arm.BadRequest(code, "%s needs exactly one of the rule sets OWASP and Microsoft_DefaultRuleSet, not %d", op.ID, defaults)
	}
	return checkCustomRules(op, code)
}

func checkCustomRules(op *arm.Operation, code string) error {
	taken := map[float64]string{}
	for _, rule := range tree.List(op.Inputs, "customRules") {
		name := tree.Text(rule, "name")
		priority, _ := tree.Number(rule, "priority")
		if priority < 1 || priority > 100 {
			return arm.BadRequest(code, "%s: the priority of custom rule %s must be 1 to 100", op.ID, name)
		}
		if other, conflicts := taken[priority]; conflicts {
			return arm.BadRequest(code, "%s: custom rules %s and %s have the same priority", op.ID, other, name)
		}
		taken[priority] = name
		if len(tree.List(rule, "matchConditions")) == 0 {
			return arm.BadRequest(code, "%s: custom rule %s has no match conditions", op.ID, name)
		}
	}
	return nil
}
