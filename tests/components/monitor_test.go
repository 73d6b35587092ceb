package components

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/recording"
)

// Facts of the tenant that the monitor answers for.
const (
	projectName    = recording.Project
	subscriptionID = recording.SubscriptionID
	subscription   = recording.Subscription
	testTenantID   = recording.TenantID
	firewallIP     = recording.FirewallIP
)

var (
	issuerOf    = recording.IssuerOf
	principalOf = recording.PrincipalOf
	stableGUID  = recording.StableGUID
)

type registration = recording.Registration

// recordingMonitor is a monitor for one test.
type recordingMonitor struct{ recording.Monitor }

// run executes a program against the monitor, with configuration values by the names of config.Keys.
func (m *recordingMonitor) run(t *testing.T, s settings, program pulumi.RunFunc) error {
	t.Helper()
	return m.Run(configtest.Stored(t, projectName, configtest.Required(s)), program)
}

// one returns the registration of a type and logical name.
func (m *recordingMonitor) one(t *testing.T, typ, name string) registration {
	t.Helper()
	found := slices.DeleteFunc(m.OfType(typ), func(r registration) bool { return r.Name != name })
	require.Len(t, found, 1, "%s %s; registered of that type: %v", typ, name, m.OfType(typ))
	return found[0]
}

func assertWaits(t *testing.T, m *recordingMonitor, later, earlier registration) {
	t.Helper()
	assert.True(t, m.WaitsFor(later, earlier), "%s must wait for %s", later, earlier)
}
