package components

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// securityRule is a rule of a network security group as a fact. Ports are separated by commas.
type securityRule struct {
	Priority                                                              int
	Name, Direction, Access, Protocol, Source, SourcePorts, Target, Ports string
}

// securityRulesOf reads the rules of a registered group, and checks what holds for each rule of any group.
func securityRulesOf(t *testing.T, group registration) []securityRule {
	t.Helper()
	var rules []securityRule
	type slot struct {
		direction string
		priority  int
	}
	taken := map[slot]string{}
	// A group without rules has only Azure's own.
	elements, _ := group.Inputs["securityRules"].([]any)
	for _, element := range elements {
		inputs := element.(map[string]any)
		rule := securityRule{
			Priority: int(inputs["priority"].(float64)), Name: inputs["name"].(string),
			Direction: inputs["direction"].(string), Access: inputs["access"].(string), Protocol: inputs["protocol"].(string),
			Source: inputs["sourceAddressPrefix"].(string), SourcePorts: inputs["sourcePortRange"].(string),
			Target: inputs["destinationAddressPrefix"].(string), Ports: portsOf(t, inputs),
		}
		at := slot{rule.Direction, rule.Priority}
		assert.Empty(t, taken[at], "%s and %s have one priority", taken[at], rule.Name)
		taken[at] = rule.Name
		description, _ := inputs["description"].(string)
		assert.NotEmpty(t, description, "%s has no description", rule.Name)
		assert.LessOrEqual(t, len(description), 140, "Azure refuses the description of %s", rule.Name)
		rules = append(rules, rule)
	}
	return rules
}

// portsOf reads the singular property or the plural one; Azure refuses both at once.
func portsOf(t *testing.T, inputs map[string]any) string {
	t.Helper()
	plural, many := inputs["destinationPortRanges"].([]any)
	singular, one := inputs["destinationPortRange"].(string)
	require.NotEqual(t, many && len(plural) > 0, one, "%v: exactly one of the port properties", inputs["name"])
	if one {
		return singular
	}
	ports := ""
	for _, port := range plural {
		if ports != "" {
			ports += ","
		}
		ports += port.(string)
	}
	return ports
}

// assertSecurityRules compares the whole table of a group, in any order.
func assertSecurityRules(t *testing.T, group registration, want []securityRule) {
	t.Helper()
	have := securityRulesOf(t, group)
	byName := func(rules []securityRule) map[string]securityRule {
		m := map[string]securityRule{}
		for _, rule := range rules {
			m[rule.Name] = rule
		}
		return m
	}
	assert.Len(t, have, len(want))
	assert.Empty(t, cmp.Diff(byName(want), byName(have)), "rules of %s (-want +have)", group)
}

// inboundRule and outboundRule are facts about rules that take any source port, as all rules here do.
func inboundRule(priority int, name, access, protocol, source, target, ports string) securityRule {
	return securityRule{priority, name, "Inbound", access, protocol, source, "*", target, ports}
}

func outboundRule(priority int, name, access, protocol, source, target, ports string) securityRule {
	return securityRule{priority, name, "Outbound", access, protocol, source, "*", target, ports}
}
