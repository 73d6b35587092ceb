package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What az refuses fails before anything is sent.
func TestRefusedQueries(t *testing.T) {
	l, run := startScripts(t, Options{})
	for name, c := range map[string]struct{ arguments, says string }{
		"query":  {`--query 'parts['`, "argument --query: invalid jmespath_type value: 'parts['"},
		"format": {`--output csv`, "argument --output/-o: invalid choice: 'csv'"},
		"yaml":   {`--output yaml`, "the simulator's az rest cannot print yaml"},
	} {
		_, err := run(name, `az rest --method post --url "$TEMPLATE_ID/run?api-version=1" `+c.arguments, nil)
		assert.ErrorContains(t, err, c.says, name)
	}
	made := l.server.subscription.Find(templateID)
	require.NotNil(t, made)
	assert.Nil(t, made.Run, "no build was started")
}
