package languagehost_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aks-regulated-pulumi/internal/languagehost"
	"aks-regulated-pulumi/internal/offline"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// openProgram opens the program in testdata as a stack that the engine runs through the host of this module.
func openProgram(t *testing.T, config map[string]any) *offline.Runner {
	t.Helper()
	command, err := offline.FindCommand(filepath.Join("..", ".."))
	if err != nil {
		t.Skip(err)
	}
	gocache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(gocache)))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())

	bin := t.TempDir()
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "aks-regulated-pulumi/cmd/pulumi-language-go").CombinedOutput()
	require.NoError(t, err, "%s", output)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))

	program, err := filepath.Abs(filepath.Join("testdata", "program"))
	require.NoError(t, err)
	project := t.TempDir()
	settings := fmt.Sprintf("name: program\nruntime: go\nmain: %s\n", program)
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte(settings), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.dev.yaml"), nil, 0o600))
	r, err := offline.Open(t.Context(), offline.Options{
		ProjectDir: project,
		StateDir:   t.TempDir(),
		Stack:      "dev",
		Config:     config,
		Command:    command,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// The engine runs a Go program through the host, and the program gets its configuration, its place and its mode.
func TestEngineRunsProgram(t *testing.T) {
	r := openProgram(t, map[string]any{"greeting": "hello"})
	want := map[string]any{"greeting": "hello", "secret": "[secret]", "where": "organization/program/dev"}

	result, err := r.Preview(t.Context(), offline.RunOptions{})
	require.NoError(t, err)
	want["dryRun"] = true
	assert.Equal(t, want, result.Outputs)

	result, err = r.Up(t.Context(), offline.RunOptions{})
	require.NoError(t, err)
	want["dryRun"] = false
	assert.Equal(t, want, result.Outputs)
	assert.Equal(t, map[string]int{"create": 2}, result.Changes)
	assert.Contains(t, fmt.Sprint(result.Diagnostics), "printed by the program")
}

// A program's own error reaches the engine once, not once more as an exit status.
func TestEngineReportsProgramError(t *testing.T) {
	_, err := openProgram(t, map[string]any{"fail": "out of luck"}).Preview(t.Context(), offline.RunOptions{})
	require.ErrorContains(t, err, "out of luck")
	assert.NotContains(t, err.Error(), "exit status")
}

// What keeps a program from starting is the answer to the engine, with the compiler's words.
func TestRunErrors(t *testing.T) {
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "go.mod"), []byte("module broken\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "main.go"), []byte("package main\nfunc main() { x() }\n"), 0o600))
	options, err := structpb.NewStruct(map[string]any{"binary": "x"})
	require.NoError(t, err)

	tests := map[string]struct {
		info *pulumirpc.ProgramInfo
		want string
	}{
		"does not compile": {&pulumirpc.ProgramInfo{ProgramDirectory: broken, EntryPoint: "."}, "undefined: x"},
		"no such place":    {&pulumirpc.ProgramInfo{ProgramDirectory: broken, EntryPoint: "nowhere"}, "building the program"},
		"runtime options":  {&pulumirpc.ProgramInfo{ProgramDirectory: broken, Options: options}, "no runtime options"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			host := languagehost.New("127.0.0.1:1", t.TempDir())
			response, err := host.Run(t.Context(), &pulumirpc.RunRequest{Info: test.info})
			require.NoError(t, err)
			assert.Contains(t, response.GetError(), test.want)
			assert.False(t, response.GetBail())
		})
	}
}

// "pulumi about" lists the modules that the program names itself, or all of them.
func TestProgramDependencies(t *testing.T) {
	host := languagehost.New("127.0.0.1:1", t.TempDir())
	info := &pulumirpc.ProgramInfo{ProgramDirectory: "."}
	direct, err := host.GetProgramDependencies(t.Context(), &pulumirpc.GetProgramDependenciesRequest{Info: info})
	require.NoError(t, err)
	all, err := host.GetProgramDependencies(t.Context(),
		&pulumirpc.GetProgramDependenciesRequest{Info: info, TransitiveDependencies: true})
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprint(direct.GetDependencies()), "github.com/pulumi/pulumi/sdk/v3")
	assert.Less(t, len(direct.GetDependencies()), len(all.GetDependencies()))
}
