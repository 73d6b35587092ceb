package components

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/internal/typetoken"
)

// isoDuration is a duration of hours, minutes or seconds as Azure writes it. Prometheus writes the same part of it in small letters.
var isoDuration = regexp.MustCompile(`^PT([0-9]+[HMS])$`)

// prometheusGroups are the rule groups that the program registers, as Prometheus loads them. Labels of alerts are left out: cases are about
// what the expressions find.
func prometheusGroups(t *testing.T, m *recordingMonitor) list {
	t.Helper()
	duration := func(iso any) string {
		matched := isoDuration.FindStringSubmatch(iso.(string))
		require.NotNil(t, matched, "%s is not a duration of hours, minutes or seconds", iso)
		return strings.ToLower(matched[1])
	}
	var groups list
	for _, r := range m.OfType(typetoken.PromRuleGroup) {
		var rules list
		for _, element := range r.Inputs["rules"].(list) {
			rule := element.(object)
			if alert, ok := rule["alert"]; ok {
				rules = append(rules, object{"alert": alert, "expr": rule["expression"], "for": duration(rule["for"])})
				continue
			}
			rules = append(rules, object{"record": rule["record"], "expr": rule["expression"], "labels": rule["labels"]})
		}
		groups = append(groups, object{"name": r.Inputs["ruleGroupName"], "interval": duration(r.Inputs["interval"]), "rules": rules})
	}
	return groups
}

// Every alert fires when what it is about has lasted for its duration, not one evaluation earlier, and stays silent while its threshold is
// not crossed; every recorded series has the right value. Prometheus' own engine runs the rules that the program registers over the series in
// testdata/prometheusrules, and refuses a rule without cases.
func TestPrometheusRulesOverSeries(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	content, err := yaml.Marshal(map[string]any{"groups": prometheusGroups(t, deployAlerts(t, nil))})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(rules, content, 0o600))
	cases, err := filepath.Glob("testdata/prometheusrules/*.yaml")
	require.NoError(t, err)
	ruletest, err := filepath.Abs("../../.bin/ruletest")
	require.NoError(t, err)
	require.FileExists(t, ruletest, "build it with: make .bin/ruletest")
	output, err := exec.Command(ruletest, append([]string{rules}, cases...)...).CombinedOutput()
	assert.NoError(t, err, "%s", output)
}

// Each alert is on, says what is wrong, resolves by itself, and tells the action group. None is critical: each is about a part of a cluster
// that repairs itself.
func TestPrometheusAlerts(t *testing.T) {
	m := deployAlerts(t, withPager)
	for _, r := range m.OfType(typetoken.PromRuleGroup) {
		assert.Equal(t, true, r.Inputs["enabled"], "%s", r)
		assert.Equal(t, list{monitoredMetricsID, monitoredClusterID}, r.Inputs["scopes"], "%s", r)
		assert.Equal(t, monitoredCluster, r.Inputs["clusterName"], "%s", r)
		assert.LessOrEqual(t, len(r.Inputs["rules"].(list)), 20, "Azure takes 20 rules in one group: %s", r)
		for _, element := range r.Inputs["rules"].(list) {
			rule := element.(object)
			assert.Equal(t, true, rule["enabled"], "%v", rule)
			name, ok := rule["alert"].(string)
			if !ok {
				continue
			}
			why, _ := rule["annotations"].(object)["description"].(string)
			assert.Regexp(t, `^[A-Z].*\.$`, why, name)
			assert.Contains(t, list{3.0, 4.0}, rule["severity"], name)
			resolve, _ := rule["resolveConfiguration"].(object)
			assert.Equal(t, true, resolve["autoResolved"], name)
			assert.Contains(t, list{"PT10M", "PT15M"}, resolve["timeToResolve"], name)
			assert.Equal(t, list{object{"actionGroupId": monitoredPagerID}}, rule["actions"], name)
		}
	}
}
