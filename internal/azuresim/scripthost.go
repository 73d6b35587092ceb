package azuresim

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// scriptHost is where deployment scripts run: a directory with commands that hand their arguments to the simulator.
type scriptHost struct {
	subscription *subscription
	dir          string
	listener     net.Listener

	mu         sync.Mutex
	principals map[string]string // by token of a running script
}

// forward is every command of the host. It speaks one line an argument, and gets the exit code, then the output.
const forward = `#!/bin/bash
exec 3<>"/dev/tcp/127.0.0.1/$AZURESIM_PORT"
printf '%s\n' "$AZURESIM_TOKEN" "${0##*/}" "$#" "$@" >&3
IFS= read -r code <&3
if [[ "$code" == 0 ]]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
`

func startScriptHost(s *subscription) (*scriptHost, error) {
	dir, err := os.MkdirTemp("", "azuresim-")
	if err != nil {
		return nil, fmt.Errorf("directory for deployment scripts: %w", err)
	}
	for _, command := range []string{"az", "sleep"} {
		if err := os.WriteFile(filepath.Join(dir, command), []byte(forward), 0o700); err != nil {
			return nil, errors.Join(fmt.Errorf("commands for deployment scripts: %w", err), os.RemoveAll(dir))
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for deployment scripts: %w", err), os.RemoveAll(dir))
	}
	host := &scriptHost{subscription: s, dir: dir, listener: listener, principals: map[string]string{}}
	go host.serve()
	return host, nil
}

func (h *scriptHost) close() error {
	return errors.Join(h.listener.Close(), os.RemoveAll(h.dir))
}

// environment is what a script sees; its token says whose identity it runs as.
func (h *scriptHost) environment(principal string) []string {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails
	token := hex.EncodeToString(random)
	h.mu.Lock()
	h.principals[token] = principal
	h.mu.Unlock()
	return []string{
		"PATH=" + h.dir + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + h.dir, "AZURESIM_TOKEN=" + token,
		"AZURESIM_PORT=" + strconv.Itoa(h.listener.Addr().(*net.TCPAddr).Port),
	}
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
		line, err := reader.ReadString('\n')
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(line, "\n")
	}
	token, command := next(), next()
	count, err := strconv.Atoi(next())
	if err != nil {
		return
	}
	var arguments []string
	for range count {
		arguments = append(arguments, next())
	}
	h.mu.Lock()
	principal, known := h.principals[token]
	h.mu.Unlock()
	if !known {
		return
	}
	output, err := h.execute(principal, command, arguments)
	if err != nil {
		fmt.Fprintf(connection, "1\nERROR: %s\n", err)
		return
	}
	fmt.Fprintf(connection, "0\n%s", output)
}

func (h *scriptHost) execute(principal, command string, arguments []string) (string, error) {
	if command == "sleep" && len(arguments) == 1 {
		seconds, err := strconv.ParseFloat(arguments[0], 64)
		if err != nil {
			return "", fmt.Errorf("sleep: %q is no number of seconds", arguments[0])
		}
		return "", h.subscription.clock.sleep(context.Background(), time.Duration(seconds*float64(time.Second)))
	}
	if command != "az" || len(arguments) == 0 || arguments[0] != "rest" {
		return "", fmt.Errorf("the simulator's %s does not know %q; it knows az rest", command, strings.Join(arguments, " "))
	}
	options := map[string]string{"--method": "get", "--output": "json"}
	for i := 1; i+1 < len(arguments); i += 2 {
		options[arguments[i]] = arguments[i+1]
	}
	body, err := h.rest(principal, strings.ToLower(options["--method"]), options["--url"])
	if err != nil {
		return "", err
	}
	return render(body, options["--query"], options["--output"])
}

// rest is az rest: one request to ARM under the script's identity.
func (h *scriptHost) rest(principal, method, url string) (map[string]any, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(url, "https://management.azure.com"), "?")
	if !strings.Contains(query, "api-version=") {
		return nil, badRequest("MissingApiVersionParameter", "the api-version query parameter is required")
	}
	s := h.subscription
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	target, action := path, "read"
	if method == "post" {
		at := strings.LastIndex(path, "/")
		target, action = path[:at], path[at+1:]+"/action"
	}
	found := s.find(target)
	if found == nil {
		return nil, missing("ResourceNotFound", "the resource %s was not found", target)
	}
	if permission := found.ARMType + "/" + action; !s.allows(principal, permission, target) {
		return nil, forbidden("AuthorizationFailed", "the client with object id %s does not have authorization to perform action %s over scope %s",
			principal, permission, target)
	}
	if method == "post" {
		if found.Token != "virtualmachineimages:VirtualMachineImageTemplate" || action != "run/action" {
			return nil, badRequest("InvalidAction", "%s has no action %s", target, action)
		}
		return nil, s.startBuild(found)
	}
	properties := cloneObject(found.Outputs)
	if status := s.lastRunStatus(found); status != nil {
		properties["lastRunStatus"] = status
	}
	return map[string]any{"id": found.ID, "name": lastSegment(found.ID), "type": found.ARMType, "properties": properties}, nil
}

// render prints a response as az does, for the part of JMESPath that is a path of names.
func render(body map[string]any, query, format string) (string, error) {
	if format == "none" || body == nil {
		return "", nil
	}
	var value any = body
	if query != "" {
		value = at(body, strings.Split(query, ".")...)
	}
	if s, ok := value.(string); ok && format == "tsv" {
		return s + "\n", nil
	}
	if value == nil {
		return "", nil
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("render response: %w", err)
	}
	return string(encoded) + "\n", nil
}
