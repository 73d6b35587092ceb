package scripts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

// How long a real process may take: at least minScriptTime, however fast the clock, and maxScriptTime where no time passes.
const (
	MinScriptTime = 20 * time.Second
	MaxScriptTime = 10 * time.Minute
)

// ScriptTimeout is the real time in which a script must end.
func (h *Host) ScriptTimeout(timeout time.Duration) time.Duration {
	scale := h.Subscription.Clock.Scale
	if scale == 0 {
		return MaxScriptTime
	}
	return max(MinScriptTime, time.Duration(float64(timeout)/scale))
}

// Run executes a script in a directory of its own and returns the outputs that it wrote.
func (h *Host) Run(ctx context.Context, inputs map[string]any, principal string, timeout time.Duration) (map[string]any, error) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		return nil, fmt.Errorf("deployment scripts need bash on the machine that simulates Azure: %w", err)
	}
	dir, err := os.MkdirTemp(h.Dir, "script-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for a deployment script: %w", err)
	}
	script := filepath.Join(dir, "userscript.sh")
	if err := os.WriteFile(script, []byte(tree.Text(inputs, "scriptContent")), 0o600); err != nil {
		return nil, fmt.Errorf("write deployment script: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, h.ScriptTimeout(timeout))
	defer cancel()
	token := h.register(&scriptSession{principal: principal, left: timeout, end: cancel})
	defer h.unregister(token)
	outputs := filepath.Join(dir, "scriptoutputs.json")
	// The arguments are one string, which the shell takes apart.
	command := exec.CommandContext(limited, bash, "-c", "exec \"$BASH\" ./userscript.sh "+tree.Text(inputs, "arguments"))
	command.Dir = dir
	command.Env = []string{
		"PATH=" + h.Dir + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir,
		"AZ_SCRIPTS_OUTPUT_PATH=" + outputs, "AZURESIM_TOKEN=" + token,
		"AZURESIM_PORT=" + strconv.Itoa(h.Listener.Addr().(*net.TCPAddr).Port),
	}
	for _, variable := range tree.List(inputs, "environmentVariables") {
		command.Env = append(command.Env, tree.Text(variable, "name")+"="+tree.Text(variable, "value")+tree.Text(variable, "secureValue"))
	}
	// What the script has started ends along with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	var stderr strings.Builder
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		said := strings.TrimSpace(stderr.String())
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("stopped along with the simulator: %s", said)
		case limited.Err() != nil:
			return nil, fmt.Errorf("timed out after %s: %s", timeout, said)
		}
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return readOutputs(outputs)
}

// readOutputs reads what a script returns; writing nothing is allowed.
func readOutputs(file string) (map[string]any, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]any{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the script's outputs: %w", err)
	}
	var parsed map[string]any
	if err := json.Unmarshal(content, &parsed); err != nil {
		return nil, fmt.Errorf("the script's outputs are not a JSON object: %w", err)
	}
	return parsed, nil
}

// scriptSession is a script that runs.
type scriptSession struct {
	// principal is the identity that it runs as.
	principal string
	// left is how much simulated time it may still wait.
	left time.Duration
	// end stops it.
	end context.CancelFunc
}

// register returns the token by which the host knows a script, until dismiss.
func (h *Host) register(running *scriptSession) string {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails
	token := hex.EncodeToString(random)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Sessions[token] = running
	return token
}

func (h *Host) unregister(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.Sessions, token)
}
