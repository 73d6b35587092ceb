package kubetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const (
	// startupPatience is how long a program may take until it serves; the first start of a large program reads it from disk.
	startupPatience = 90 * time.Second
	// shutdownPatience is how long a program may take to end by itself.
	shutdownPatience = 5 * time.Second
	// logShown is how much of a program's output goes into an error, in bytes from its end.
	logShown = 4000
)

// process is a program that runs in a process group of its own, with its output in a file.
type process struct {
	name  string
	log   string
	pid   int
	ended chan struct{}
	err   error // valid once ended is closed
}

// launch starts a program with the given additions to the environment. Its output goes to a file in directory.
func launch(directory, program string, environment []string, arguments ...string) (*process, error) {
	name := filepath.Base(program)
	output, err := os.Create(filepath.Join(directory, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	command := exec.Command(program, arguments...)
	command.Dir = directory
	command.Env = append(os.Environ(), environment...)
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = ownGroup()
	p := &process{name: name, log: output.Name(), ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux ends the program along with the thread that started it, so this thread has to live as long as the program.
		runtime.LockOSThread()
		defer func() { _ = output.Close() }()
		err := command.Start()
		if err == nil {
			p.pid = command.Process.Pid
		}
		started <- err
		if err == nil {
			p.err = command.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// await polls until check succeeds. The error shows what the program wrote.
func (p *process) await(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startupPatience)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended: %w\n%s", p.name, errors.Join(p.err, err), p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, err, p.tail())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// tail is the end of what the program wrote.
func (p *process) tail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(content[max(0, len(content)-logShown):]))
}

// stop ends the program and all that it has started.
func (p *process) stop() {
	_ = syscall.Kill(-p.pid, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(shutdownPatience):
	}
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	<-p.ended
}

// freeAddress is an address on loopback where nothing listens, as host:port, with its port.
func freeAddress() (address, port string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), strconv.Itoa(listener.Addr().(*net.TCPAddr).Port), nil
}
