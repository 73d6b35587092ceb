package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake in the configuration.
type Problem struct {
	Key     string // configuration key without the project's namespace
	Value   string // value as configured
	Allowed string // what is allowed instead
}

// Error lists every mistake of a configuration, so that one run is enough to see them all.
type Error struct {
	Problems []Problem
}

// Error lists the mistakes, one a line, each with its key, its value and what is allowed.
func (e *Error) Error() string {
	lines := []string{fmt.Sprintf("invalid configuration, %d to fix:", len(e.Problems))}
	for _, p := range e.Problems {
		lines = append(lines, fmt.Sprintf("  %s: %q is not allowed; expected %s", p.Key, p.Value, p.Allowed))
	}
	return strings.Join(lines, "\n")
}
