package offline

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// layout names the files of one stack, all absolute. Stacks that share a simulated Azure have one directory, where each but the one that it
// is named after has its own files in a folder of others.
type layout struct {
	stack, dir              string
	lock, passphrase, azure string
	backend, project, home  string
	supplied, unfinished    string
}

// others is the folder of the stacks that use a directory that is named after another.
const others = "stacks"

var folderName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func newLayout(stateDir, stack, azure string) (layout, error) {
	azure = cmp.Or(azure, stack)
	if !folderName.MatchString(azure) {
		return layout{}, fmt.Errorf("no simulated Azure %q: its name is up to 100 letters, digits, and ._-, such as that of a stack", azure)
	}
	dir, err := filepath.Abs(filepath.Join(stateDir, azure))
	if err != nil {
		return layout{}, fmt.Errorf("find the state directory: %w", err)
	}
	l := layout{
		stack: stack, dir: dir,
		lock:       filepath.Join(dir, "lock"),
		passphrase: filepath.Join(dir, "passphrase"),
		azure:      filepath.Join(dir, "azure.json"),
		backend:    filepath.Join(dir, "pulumi"),
		project:    filepath.Join(dir, "project"),
		home:       filepath.Join(dir, "home"),
	}
	own := l.own(stack)
	l.supplied, l.unfinished = filepath.Join(own, "supplied"), filepath.Join(own, "unfinished")
	for _, d := range []string{l.backend, l.project, l.home, own} {
		// State holds secrets, if only encrypted ones.
		if err := os.MkdirAll(d, 0o700); err != nil {
			return layout{}, fmt.Errorf("make the state directory: %w", err)
		}
	}
	return l, nil
}

// own is where a stack has what it shares with no other.
func (l layout) own(stack string) string {
	if stack == filepath.Base(l.dir) {
		return l.dir
	}
	return filepath.Join(l.dir, others, stack)
}

// of is the layout of a stack in the same directory.
func (l layout) of(stack string) layout {
	own := l.own(stack)
	l.stack, l.supplied, l.unfinished = stack, filepath.Join(own, "supplied"), filepath.Join(own, "unfinished")
	return l
}

// stacks are the names of all stacks that use the directory, as far as they have begun to.
func (l layout) stacks() ([]string, error) {
	names := []string{filepath.Base(l.dir)}
	entries, err := os.ReadDir(filepath.Join(l.dir, others))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("list the stacks of %s: %w", l.dir, err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, nil
}
