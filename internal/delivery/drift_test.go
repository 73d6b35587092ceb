package delivery

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	expired = Resource{"azure-native:resources/v20230801:AzureCliScript", "jumpbox-build", "delete"}
	changed = Resource{"azure-native:network/v20240501:FirewallPolicy", "hub-firewall", "update"}
)

// Expired script records come by themselves and are no drift; anything else that happens to a script is.
func TestExpectedDrift(t *testing.T) {
	updated := expired
	updated.Op = "update"
	result := &Result{Resources: []Resource{expired, changed, updated}}
	drifted, expected := result.Drift()
	assert.Equal(t, []Resource{changed, updated}, drifted)
	assert.Equal(t, []Resource{expired}, expected)
}

// The issue begins with the stack's marker, names what drifted, and keeps what the engine printed in code.
func TestDriftIssue(t *testing.T) {
	result := &Result{Stack: "dev", Operation: OperationRefresh, OK: true, Resources: []Resource{changed, expired},
		Text: "    ~ mode: \"Deny\" => \"Off\"\n```\n@user " + strings.Repeat("long\n", 100_000)}
	issue := DriftIssue(result, "https://example.com/run")
	assert.True(t, strings.HasPrefix(issue.Body, DriftMarker("dev")+"\n"))
	assert.Equal(t, DriftLabel, issue.Label)
	assert.Contains(t, issue.Body, "update   azure-native:network/v20240501:FirewallPolicy hub-firewall\n```")
	assert.Contains(t, issue.Body, "as expected: 1,")
	assert.Contains(t, issue.Body, "!     mode:")
	assert.LessOrEqual(t, len(issue.Body), maxBodyBytes)
	assert.NotContains(t, outside(t, issue.Body), "@")
	assert.NotEqual(t, DriftMarker("dev"), DriftMarker("dev-west"))
}
