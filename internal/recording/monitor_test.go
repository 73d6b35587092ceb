package recording

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The monitor's own promises: what is registered twice is refused, an unknown type is refused, order is transitive.
func TestRecordingMonitor(t *testing.T) {
	m := &Monitor{Registered: map[string]Registration{
		"a": {URN: "a", Dependencies: []string{"b"}}, "b": {URN: "b", Dependencies: []string{"c", "a"}}, "c": {URN: "c"},
	}}
	assert.True(t, m.WaitsFor(m.Registered["a"], m.Registered["c"]))
	assert.False(t, m.WaitsFor(m.Registered["c"], m.Registered["a"]))
	_, _, err := answer("azure-native:quantum:Workspace", "x", SubscriptionID, nil)
	require.ErrorContains(t, err, "quantum")
	assert.NotEqual(t, StableGUID("a"), StableGUID("b"))
	assert.Equal(t, StableGUID("a"), StableGUID("a"))
}
