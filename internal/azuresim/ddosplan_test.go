package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A network goes under the DDoS protection plan of others only with the right to join it, as any later write of it does; protection
// without a plan is none.
func TestDDoSPlanOfOthers(t *testing.T) {
	const plan = hubNet + "ddosProtectionPlans/ddos"
	withPlan := strings.Replace(ofOthers, "  - {type: operationalinsights", "  - {type: network:DdosProtectionPlan, name: ddos}\n  - {type: operationalinsights", 1)
	protected := with(vnet("spoke", "10.1.0.0/16"), "enableDdosProtection", true)
	l := start(t, Options{LandingZone: []byte(withPlan)})
	_, _, err := l.create("network:VirtualNetwork", protected)
	assert.ErrorContains(t, err, "DdosProtectionPlanRequired")
	_, _, err = l.create("network:VirtualNetwork", with(protected, "ddosProtectionPlan", ref(plan)))
	require.ErrorContains(t, err, "LinkedAuthorizationFailed")
	assert.ErrorContains(t, err, "Microsoft.Network/ddosProtectionPlans/join/action")
	allowed := strings.Replace(withPlan, "rights:\n", "rights:\n- {at: \"${ddos}\", actions: [Microsoft.Network/ddosProtectionPlans/join/action]}\n", 1)
	l = start(t, Options{LandingZone: []byte(allowed)})
	l.must("network:VirtualNetwork", with(protected, "ddosProtectionPlan", ref(plan)))
}
