package kubetest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errNotYet = errors.New("not yet")

func shell(t *testing.T, script string) *process {
	t.Helper()
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	p, err := launch(t.TempDir(), bash, nil, "-c", script)
	require.NoError(t, err)
	t.Cleanup(p.stop)
	return p
}

// What a program wrote before it ended is in the error: the log goes with its directory.
func TestAProgramThatEndsShowsWhatItWrote(t *testing.T) {
	p := shell(t, "echo no such flag >&2; exit 3")
	err := p.await(t.Context(), func(context.Context) error { return errNotYet })
	require.ErrorContains(t, err, "bash ended")
	assert.ErrorContains(t, err, "exit status 3")
	assert.ErrorContains(t, err, "no such flag")
}

// A program that never serves is not waited for beyond the deadline, and shows what it wrote.
func TestAProgramThatIsNeverReadyShowsWhatItWrote(t *testing.T) {
	p := shell(t, "echo still trying; exec sleep 60")
	require.Eventually(t, func() bool { return p.tail() != "" }, 5*time.Second, 10*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := p.await(ctx, func(context.Context) error { return errNotYet })
	require.ErrorContains(t, err, "bash is not ready: not yet")
	assert.ErrorContains(t, err, "still trying")
}

// Nothing keeps running after a test: not what a program has started, and not what ignores being asked to end.
func TestStoppingEndsAllOfAProcessGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	p := shell(t, "trap '' TERM; sleep 60 & echo $! >"+file+"; echo started; while :; do wait; done")
	require.Eventually(t, func() bool { return p.tail() == "started" }, 5*time.Second, 10*time.Millisecond)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(string(content)))
	require.NoError(t, err)
	p.stop()
	assert.ErrorIs(t, syscall.Kill(p.pid, 0), syscall.ESRCH)
	// The child has no parent now and is a zombie until the system collects it.
	assert.Eventually(t, func() bool { return !alive(child) }, 5*time.Second, 10*time.Millisecond)
}

// alive reports whether a process exists and is not a zombie.
func alive(pid int) bool {
	state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}
