package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const actionGroupID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/actionGroups/a"

// alerting is the development stack with a group that has a receiver, and an alert of each kind that names it.
func alerting(t *testing.T, group, named map[string]any) *Export {
	export := devExport(t)
	resource(t, export, "Microsoft.Insights/metricAlerts", "").Outputs["actions"] = []any{named}
	add := func(kind string, outputs map[string]any) {
		export.Resources = append(export.Resources, Resource{
			URN: "urn:pulumi:dev::p::t::" + kind, Custom: true, ID: "/subscriptions/s/resourceGroups/g/providers/" + kind + "/a", Outputs: outputs,
		})
	}
	add("Microsoft.Insights/actionGroups", group)
	add("Microsoft.Insights/activityLogAlerts", map[string]any{"enabled": true, "actions": map[string]any{"actionGroups": []any{named}}})
	add("Microsoft.Insights/scheduledQueryRules", map[string]any{"actions": map[string]any{"actionGroups": []any{named["actionGroupId"]}}})
	add("Microsoft.AlertsManagement/prometheusRuleGroups", map[string]any{"rules": []any{
		map[string]any{"record": "r"},
		map[string]any{"alert": "off", "enabled": false},
		map[string]any{"alert": "on", "enabled": true, "actions": []any{named}},
	}})
	return export
}

// Alerts count if they are on and name a group that is on and has a receiver, wherever their kind keeps the group's id.
func TestAlertsReachSomeone(t *testing.T) {
	on := func() map[string]any {
		return map[string]any{"enabled": true, "emailReceivers": []any{map[string]any{"emailAddress": "security@example.com"}}}
	}
	named := map[string]any{"actionGroupId": actionGroupID}
	assert.Equal(t, stateFound, pciRowOf(t, alerting(t, on(), named), "10.7.2").State)

	off, deaf, unsubscribed := on(), on(), on()
	off["enabled"] = false
	deaf["emailReceivers"] = []any{}
	unsubscribed["emailReceivers"] = []any{map[string]any{"status": "Disabled"}}
	for why, group := range map[string]map[string]any{"off": off, "without receivers": deaf, "unsubscribed": unsubscribed} {
		row := pciRowOf(t, alerting(t, group, named), "10.7.2")
		assert.Equal(t, stateMissing, row.State, why)
		assert.Contains(t, row.Why, "no action group", why)
	}
	for _, kind := range alertTypes {
		export := alerting(t, on(), named)
		quiet := resource(t, export, kind, "")
		delete(quiet.Outputs, "actions")
		for _, rule := range tree.List(quiet.Outputs, "rules") {
			delete(rule.(map[string]any), "actions")
		}
		row := pciRowOf(t, export, "12.10.5")
		assert.Equal(t, stateMissing, row.State, kind)
		assert.Contains(t, row.Why, "Alerts without a receiver", kind)
		assert.Len(t, row.Links, 1, kind)
		quiet.Outputs["enabled"] = false
		assert.Equal(t, stateFound, pciRowOf(t, export, "12.10.5").State, "%s that is off", kind)
	}
}

// Who can read logs is named, also if the role is assigned further up and says so by a wildcard.
func TestReadersOfLogsAreNamed(t *testing.T) {
	export := devExport(t)
	row := pciRowOf(t, export, "10.3.1")
	assert.Equal(t, stateOutside, row.State, "rights of people are in no state")
	assert.Contains(t, row.Why, "1 assignment")
	assert.Contains(t, row.Links[0].Text, "Security Admin")

	stranger := *resource(t, export, typeAssignment, "")
	stranger.URN += "2"
	stranger.ID = resourceid.Parent(resource(t, export, typeWorkspace, "la-hub").ID) + "/providers/" + typeAssignment + "/x"
	stranger.Outputs = map[string]any{"principalId": "p", "roleDefinitionId": "/x/b24988ac-6180-42a0-ab88-20f7382dd24c"}
	export.Resources = append(export.Resources, stranger)
	row = pciRowOf(t, export, "10.3.1")
	assert.Contains(t, row.Why, "2 assignments")
	stranger.Outputs["roleDefinitionId"] = "/x/7f951dda-4ed3-4680-a7ca-43fe172d538d"
	assert.Contains(t, pciRowOf(t, export, "10.3.1").Why, "1 assignment", "who pulls images reads no logs")
}

// Protection by Pulumi is shown and never called more than it is: it does not keep anyone in Azure from changing logs.
func TestProtectionIsNotJudged(t *testing.T) {
	export := devExport(t)
	row := pciRowOf(t, export, "10.3.2")
	assert.Equal(t, stateOutside, row.State)
	assert.Contains(t, row.Why, "binds only Pulumi")
	assert.Contains(t, row.Why, "deletes what is linked here")
	for i := range export.Resources {
		export.Resources[i].Protected = true
	}
	row = pciRowOf(t, export, "10.3.2")
	assert.Equal(t, stateOutside, row.State)
	assert.Contains(t, row.Why, "refuses to delete what keeps logs")
}
