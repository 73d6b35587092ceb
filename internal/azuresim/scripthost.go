package azuresim

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
)

// scriptHost is where deployment scripts run: a directory with commands that hand their arguments to the simulator.
type scriptHost struct {
	subscription *subscription
	dir          string
	listener     net.Listener

	mu       sync.Mutex
	sessions map[string]*scriptSession // by token of a running script
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

// start writes the commands, and answers them from a subscription until close.
func (h *scriptHost) start(s *subscription) error {
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
	h.subscription, h.dir, h.listener, h.sessions = s, dir, listener, map[string]*scriptSession{}
	go h.serve()
	return nil
}

// close takes the commands away. A host that was not started has none.
func (h *scriptHost) close() error {
	if h.listener == nil {
		return nil
	}
	return errors.Join(h.listener.Close(), os.RemoveAll(h.dir))
}

func (h *scriptHost) serve() {
	for {
		connection, err := h.listener.Accept()
		if err != nil {
			return
		}
		go h.answer(connection)
	}
}

func (h *scriptHost) answer(connection net.Conn) {
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
	running, known := h.sessions[token]
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
