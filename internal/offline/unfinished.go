package offline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// unfinished keeps the simulated Azure and the engine's state as they were before an operation that changes them, until it has ended.
//
// The engine can save its state after each step or once, at the end. A save costs as much as the stack is large, and so an update with a
// save after each step costs the square of that. The runner has the engine save once. When engine or runner is killed before, what is
// set aside here takes the place of what the operation left behind: the operation has not happened.
type unfinished struct {
	dir string
	// files are the paths that begin the names of the files to keep, by the folder in dir that they are kept in.
	files map[string]string
}

func newUnfinished(l layout, project string) unfinished {
	return unfinished{dir: l.unfinished, files: map[string]string{"azure": l.azure, "state": stateFile(l.backend, project, l.stack)}}
}

// undoUnfinished undoes the operation that was killed, on whichever of the stacks that share the simulated Azure: there is at most one, since
// an operation begins by undoing the one before.
func undoUnfinished(l layout, project string, w io.Writer) error {
	stacks, err := l.stacks()
	if err != nil {
		return err
	}
	for _, stack := range stacks {
		last := newUnfinished(l.of(stack), project)
		if !last.exists() {
			continue
		}
		if _, err := fmt.Fprintf(w, "The last operation on stack %s was killed. The stack is as it was before.\n", stack); err != nil {
			return fmt.Errorf("say what is undone: %w", err)
		}
		if err := last.restore(); err != nil {
			return err
		}
	}
	return nil
}

// exists reports whether an operation has not ended.
func (u unfinished) exists() bool {
	_, err := os.Stat(u.dir)
	return err == nil
}

// begin sets the files aside; a crash leaves all of them or none.
func (u unfinished) begin() error {
	coming := u.dir + ".new"
	if err := os.RemoveAll(coming); err != nil {
		return fmt.Errorf("set the state aside: %w", err)
	}
	for folder, path := range u.files {
		if err := copyFiles(path, filepath.Join(coming, folder)); err != nil {
			return fmt.Errorf("set the state aside: %w", err)
		}
	}
	if err := os.Rename(coming, u.dir); err != nil {
		return fmt.Errorf("set the state aside: %w", err)
	}
	return nil
}

// end forgets what was set aside; a crash leaves all of it or none.
func (u unfinished) end() error {
	old := u.dir + ".old"
	err := errors.Join(os.RemoveAll(old), os.Rename(u.dir, old), os.RemoveAll(old))
	if err != nil {
		return fmt.Errorf("drop the earlier state: %w", err)
	}
	return nil
}

// restore puts back what was set aside. It can be repeated after a crash.
func (u unfinished) restore() error {
	for folder, path := range u.files {
		left, err := filesOf(path)
		if err != nil {
			return fmt.Errorf("restore the earlier state: %w", err)
		}
		for _, file := range left {
			if err := os.Remove(file); err != nil {
				return fmt.Errorf("restore the earlier state: %w", err)
			}
		}
		if err := copyFiles(filepath.Join(u.dir, folder, filepath.Base(path)), filepath.Dir(path)); err != nil {
			return fmt.Errorf("restore the earlier state: %w", err)
		}
	}
	return u.end()
}

// copyFiles copies the file at a path, and those whose names go on after its name, into a directory.
func copyFiles(path, dir string) error {
	files, err := filesOf(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// filesOf are the file at a path and those beside it whose names go on after its name, such as a journal or a backup.
func filesOf(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && strings.HasPrefix(entry.Name(), filepath.Base(path)) {
			files = append(files, filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
	return files, nil
}
