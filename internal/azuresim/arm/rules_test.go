package arm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDurationISO(t *testing.T) {
	for value, want := range map[string]time.Duration{"PT90M": 90 * time.Minute, "P1DT2H3M4S": 26*time.Hour + 3*time.Minute + 4*time.Second, "PT26H": 26 * time.Hour} {
		got, err := ParseDuration(value)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, value := range []string{"", "90m", "PT", "P", "P1DT", "PT1D", "PT99999999999999999999S"} {
		_, err := ParseDuration(value)
		assert.Error(t, err, value)
	}
}
