package arm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A long timeout is for Azure: a machine that is busy for seconds does not make an operation fail, however fast the clock is.
func TestLongTimeoutsOutlastABusyMachine(t *testing.T) {
	for _, c := range []struct{ asked, atLeast, atMost time.Duration }{
		{time.Hour, minRealTimeout - time.Second, minRealTimeout}, {time.Minute, 0, time.Second},
	} {
		ctx, cancel := NewClock(600, time.Now()).withTimeout(t.Context(), c.asked)
		defer cancel()
		deadline, ok := ctx.Deadline()
		require.True(t, ok)
		assert.Greater(t, time.Until(deadline), c.atLeast, c.asked)
		assert.LessOrEqual(t, time.Until(deadline), c.atMost, c.asked)
	}
}
