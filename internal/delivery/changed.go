package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// irrelevantPaths are the files that cannot change what is deployed. Any other file counts as a change of every environment: a
// file that is missing here costs a preview, while one missing from a list of relevant files would hide a change.
var irrelevantPaths = struct{ prefixes, suffixes, names []string }{
	prefixes: []string{"docs/", "tests/", ".github/", ".ci/"},
	suffixes: []string{".md", "_test.go"},
	names:    []string{".editorconfig", ".gitignore", "LICENSE", "NOTICE", "staticcheck.conf"},
}

// revisionName keeps options and expressions of git out of its arguments.
var revisionName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._/-]{0,199}(\^[12])?$`)

// zeroCommit is what GitHub gives as the commit before a branch's first one.
const zeroCommit = "0000000000000000000000000000000000000000"

// Environments returns the stacks that have a configuration file in a commit of the repository in dir, sorted.
func Environments(ctx context.Context, dir, revision string) ([]string, error) {
	if !revisionName.MatchString(revision) {
		return nil, fmt.Errorf("revision %q: expected a commit or the name of a branch or tag", revision)
	}
	paths, err := git(ctx, dir, "ls-tree", "--name-only", "-z", "--end-of-options", revision)
	if err != nil {
		return nil, err
	}
	environments := []string{}
	for _, path := range paths {
		if stack, found := stackOf(path); found {
			if err := CheckStack(stack); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			environments = append(environments, stack)
		}
	}
	slices.Sort(environments)
	return environments, nil
}

// Changed returns the environments of head that differ from what base had when head left it, sorted.
func Changed(ctx context.Context, dir, base, head string) ([]string, error) {
	environments, err := Environments(ctx, dir, head)
	if err != nil || base == zeroCommit {
		return environments, err
	}
	if !revisionName.MatchString(base) {
		return nil, fmt.Errorf("revision %q: expected a commit or the name of a branch or tag", base)
	}
	// Without renames a moved file counts at its old and at its new place.
	paths, err := git(ctx, dir, "diff", "--name-only", "--no-renames", "-z", "--end-of-options", base+"..."+head)
	if err != nil {
		return nil, err
	}
	return touched(environments, paths), nil
}

func touched(environments, paths []string) []string {
	stacks := map[string]bool{}
	for _, path := range paths {
		stack, found := stackOf(path)
		switch {
		case found:
			stacks[stack] = true
		case !untouched(path):
			return environments
		}
	}
	return slices.DeleteFunc(slices.Clone(environments), func(stack string) bool { return !stacks[stack] })
}

func untouched(path string) bool {
	return slices.Contains(irrelevantPaths.names, path) ||
		slices.ContainsFunc(irrelevantPaths.prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) ||
		slices.ContainsFunc(irrelevantPaths.suffixes, func(suffix string) bool { return strings.HasSuffix(path, suffix) })
}

// git returns the paths that a command prints, separated by NUL so that no name can look like two.
func git(ctx context.Context, dir string, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	output, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("git %s: %s", args[0], bytes.TrimSpace(exit.Stderr))
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.FieldsFunc(string(output), func(r rune) bool { return r == 0 }), nil
}
