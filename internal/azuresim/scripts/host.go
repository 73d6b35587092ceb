// Package scripts runs deployment scripts in bash, with an az and a sleep that work on the simulated subscription.
package scripts

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Host is where deployment scripts run: a directory with commands that hand their arguments to the simulator.
type Host struct {
	// What Start sets: the subscription on which the commands work, their directory, and where they connect to.
	Subscription *arm.Subscription
	Dir          string
	Listener     net.Listener

	// SharedKeysOff lets a policy close every new storage account to shared keys, as landing zones do with effect Modify.
	SharedKeysOff bool
	// Manager answers who deploys.
	Manager ResourceManager

	mu       sync.Mutex
	Sessions map[string]*scriptSession // by token of a running script
}

// commandScript is every command of the host. It sends its arguments, each with a NUL after it, and gets the exit code, then the
// output.
const commandScript = `#!/usr/bin/env bash
exec 3<>"/dev/tcp/127.0.0.1/$AZURESIM_PORT" || exit 1
printf '%s\0' "$AZURESIM_TOKEN" "${0##*/}" "$#" "$@" >&3
IFS= read -r code <&3
if [[ "$code" == 0 ]]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
`

// Start writes the commands, and answers them from a subscription until close.
func (h *Host) Start(s *arm.Subscription) error {
	dir, err := os.MkdirTemp("", "azuresim-")
	if err != nil {
		return fmt.Errorf("make a directory for deployment scripts: %w", err)
	}
	for _, command := range []string{"az", "sleep"} {
		if err := os.WriteFile(filepath.Join(dir, command), []byte(commandScript), 0o700); err != nil {
			return errors.Join(fmt.Errorf("write commands for deployment scripts: %w", err), os.RemoveAll(dir))
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("listen for deployment scripts: %w", err), os.RemoveAll(dir))
	}
	h.Subscription, h.Dir, h.Listener, h.Sessions = s, dir, listener, map[string]*scriptSession{}
	go h.serve()
	return h.Manager.serve(h)
}

// Close takes the commands away. A host that was not started has none.
func (h *Host) Close() error {
	if h.Listener == nil {
		return nil
	}
	return errors.Join(h.Listener.Close(), h.Manager.close(), os.RemoveAll(h.Dir))
}

func (h *Host) serve() {
	for {
		connection, err := h.Listener.Accept()
		if err != nil {
			return
		}
		go h.answer(connection)
	}
}

func (h *Host) answer(connection net.Conn) {
	defer connection.Close()
	reader := bufio.NewReader(connection)
	next := func() string {
		argument, err := reader.ReadString(0)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(argument, "\x00")
	}
	token, command := next(), next()
	count, err := strconv.Atoi(next())
	if err != nil {
		return
	}
	h.mu.Lock()
	running, known := h.Sessions[token]
	h.mu.Unlock()
	if !known {
		fmt.Fprint(connection, "1\nERROR: no script runs with this token\n")
		return
	}
	var arguments []string
	for range count {
		arguments = append(arguments, next())
	}
	output, err := h.execute(running, command, arguments)
	if err != nil {
		fmt.Fprintf(connection, "1\nERROR: %s\n", err)
		return
	}
	fmt.Fprintf(connection, "0\n%s", output)
}
