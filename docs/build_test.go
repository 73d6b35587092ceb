package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A build that takes long says what is being built, for how long and how far; a quick one says nothing. Errors and exit code are Go's.
func TestBuildReports(t *testing.T) {
	tests := map[string]struct {
		every    string // seconds between reports
		compiler string
		code     int
		want     string
	}{
		"slow":  {"1", "echo example.org/first/v2; echo example.org/second; sleep 1.5", 0, "2 packages compiled, the latest example.org/second"},
		"parts": {"600", "printf 'main.go:2:1: unde'; sleep 5.5; echo 'fined: x'; printf 'the end'; exit 3", 3, "main.go:2:1: undefined: x\n"},
		"quick": {"600", "echo example.org/first", 0, ""},
		"wrong": {"600", "echo example.org/first; echo './main.go:2:1: undefined: x'; exit 3", 3, "main.go:2:1: undefined: x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\n("+test.compiler+") >&2\n"), 0o700))
			cmd := exec.Command(filepath.Join(root, "tools", "build"), ".", "./cmd/example", "example")
			cmd.Env = append(os.Environ(), "BUILD_REPORT_SECONDS="+test.every, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			output, err := cmd.CombinedOutput()
			if test.code == 0 {
				require.NoError(t, err)
			}
			assert.Equal(t, test.code, cmd.ProcessState.ExitCode())
			assert.Contains(t, string(output), test.want)
			assert.Equal(t, name == "slow", strings.Contains(string(output), "Building example: "), "%s", output)
			assert.Equal(t, name == "parts", strings.HasSuffix(string(output), "the end"), "a last line without an end is printed too")
			assert.NotContains(t, string(output), "example.org/first\nexample.org", "names of packages are counted, not printed")
		})
	}
}
