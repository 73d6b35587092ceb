package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stateLock keeps two offline commands from working on one stack's directory. The kernel drops it with the process, so
// a crash leaves nothing to clean up.
type stateLock struct {
	file *os.File
}

func acquireStateLock(path, stack string) (*stateLock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of stack %q: %w", stack, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := os.ReadFile(path)
		file.Close()
		return nil, fmt.Errorf("stack %q in %s is in use by another offline command (process %s)",
			stack, filepath.Dir(path), strings.TrimSpace(string(holder)))
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("lock stack %q: %w", stack, err)
	}
	// Only for the message above: a missing process id does no harm.
	if file.Truncate(0) == nil {
		_, _ = fmt.Fprintf(file, "%d\n", os.Getpid())
	}
	return &stateLock{file}, nil
}

// release gives the lock up explicitly: closing the file is not enough while a process that is being started still has a copy of it.
func (l *stateLock) release() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}

// engineLock is what the engine's file backend stores for each update that runs on a stack, in
// .pulumi/locks/<organization>/<project>/<stack>/<id>.json. It is not released when the engine is killed.
type engineLock struct {
	PID       int       `json:"pid"`
	Hostname  string    `json:"hostname"`
	Timestamp time.Time `json:"timestamp"`
}

// orphanGrace is how long Open waits for an engine whose offline command has died. Such an engine soon misses the
// program and the simulator, gives up and releases its lock.
const orphanGrace = 15 * time.Second

// clearEngineLocks removes the locks of engines that are gone, and waits for those that are about to go. What is left
// after that is for the engine to report.
func clearEngineLocks(ctx context.Context, backend string) error {
	ctx, cancel := context.WithTimeout(ctx, orphanGrace)
	defer cancel()
	for {
		live, err := removeStaleEngineLocks(backend)
		if err != nil {
			return fmt.Errorf("remove stale locks: %w", err)
		}
		if !live {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// removeStaleEngineLocks deletes the locks of engines that are gone, and reports whether there are others of this host.
// Locks from other hosts stay, because whether their process lives cannot be known here.
func removeStaleEngineLocks(backend string) (live bool, err error) {
	host, err := os.Hostname()
	if err != nil {
		return false, err
	}
	root := filepath.Join(backend, ".pulumi", "locks")
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		// A directory or lock that is gone by now is as good as released.
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		var lock engineLock
		// An engine killed while it wrote its lock leaves a file that no engine can ever read again.
		broken := json.Unmarshal(data, &lock) != nil
		if broken || (lock.Hostname == host && !processRuns(lock.PID, lock.Timestamp)) {
			return os.Remove(path)
		}
		live = live || lock.Hostname == host
		return nil
	})
	return live, err
}
