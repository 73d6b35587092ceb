package offline

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A second command on the same stack is refused with one sentence; once the first has closed, it may work.
func TestOneRunnerPerStack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := acquireStateLock(path, "dev")
	require.NoError(t, err)
	_, err = acquireStateLock(path, "dev")
	require.ErrorContains(t, err, "in use by another offline command")
	assert.NotContains(t, err.Error(), "\n")
	require.NoError(t, first.release())
	second, err := acquireStateLock(path, "dev")
	require.NoError(t, err)
	assert.NoError(t, second.release())
}

// A process that is being started has the runner's descriptors until it runs its program. That must not keep a released lock.
func TestReleaseOutlastsForks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := acquireStateLock(path, "dev")
	require.NoError(t, err)
	inherited, err := syscall.Dup(int(first.file.Fd()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Close(inherited)) })
	require.NoError(t, first.release())
	second, err := acquireStateLock(path, "dev")
	require.NoError(t, err)
	assert.NoError(t, second.release())
}

// Only locks of engines that are certainly gone are removed.
func TestStaleEngineLocks(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	dead := exec.Command("true")
	require.NoError(t, dead.Run())

	tests := map[string]struct {
		content any
		stays   bool
	}{
		"dead process":         {engineLock{dead.Process.Pid, host, time.Now()}, false},
		"live process":         {engineLock{os.Getpid(), host, time.Now()}, true},
		"id of a younger one":  {engineLock{os.Getpid(), host, time.Now().Add(-240 * time.Hour)}, false},
		"other host":           {engineLock{dead.Process.Pid, "elsewhere.invalid", time.Now()}, true},
		"no process id":        {engineLock{0, host, time.Now()}, false},
		"half-written by kill": {nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			backend := t.TempDir()
			path := writeEngineLock(t, backend, test.content)
			live, err := removeStaleEngineLocks(backend)
			require.NoError(t, err)
			assert.Equal(t, name == "live process", live)
			if test.stays {
				assert.FileExists(t, path)
			} else {
				assert.NoFileExists(t, path)
			}
		})
	}
	live, err := removeStaleEngineLocks(t.TempDir())
	require.NoError(t, err, "a new backend has no locks at all")
	assert.False(t, live)
}

func writeEngineLock(t *testing.T, backend string, content any) string {
	t.Helper()
	data := []byte(`{"pid":`)
	if content != nil {
		var err error
		data, err = json.Marshal(content)
		require.NoError(t, err)
	}
	path := filepath.Join(backend, ".pulumi", "locks", "organization", "tiny", "dev", "4d2c.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// The place and form of the lock are those of the real engine: a lock of a live process stops it, a stale one does not.
func TestEngineHonoursLock(t *testing.T) {
	opts := testOptions(t, func(*pulumi.Context) error { return nil })
	r := open(t, opts)
	host, err := os.Hostname()
	require.NoError(t, err)

	path := writeEngineLock(t, r.layout.backend, engineLock{os.Getpid(), host, time.Now()})
	_, err = r.Up(t.Context(), RunOptions{})
	require.ErrorContains(t, err, "currently locked")
	assert.Equal(t, 1, strings.Count(err.Error(), "currently locked"))
	require.NoError(t, r.Close())

	writeEngineLock(t, r.layout.backend, engineLock{os.Getpid(), host, time.Now().Add(-240 * time.Hour)})
	r = open(t, opts)
	assert.NoFileExists(t, path)
	_, err = r.Up(t.Context(), RunOptions{})
	assert.NoError(t, err)
}
