package languagehost_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aks-regulated-pulumi/internal/languagehost"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// openProgram opens the program in testdata as a stack that the engine runs through the host of this module.
func openProgram(t *testing.T, config map[string]any) *offline.Runner {
	t.Helper()
	command, err := pulumicli.Find(filepath.Join("..", ".."))
	require.NoError(t, err, "tests on the engine need the Pulumi CLI: run make test")
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

// With buildTarget the host leaves the program in a file, relative to the program's directory as for Pulumi's own host. Go takes that file
// as current until the source changes.
func TestBuildTarget(t *testing.T) {
	program, elsewhere := t.TempDir(), t.TempDir()
	writeSource := func(body string) {
		source := "package main\n\nfunc main() {" + body + "}\n"
		require.NoError(t, os.WriteFile(filepath.Join(program, "main.go"), []byte(source), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(program, "go.mod"), []byte("module tiny\n"), 0o600))
	built := filepath.Join(elsewhere, "absolute")
	for target, path := range map[string]string{".bin/tiny": filepath.Join(program, ".bin", "tiny"), built: built} {
		options, err := structpb.NewStruct(map[string]any{"buildTarget": target})
		require.NoError(t, err)
		run := func() []byte {
			response, err := languagehost.New("127.0.0.1:1", "/nowhere").Run(t.Context(), &pulumirpc.RunRequest{
				Pwd: elsewhere, Info: &pulumirpc.ProgramInfo{ProgramDirectory: program, EntryPoint: ".", Options: options},
			})
			require.NoError(t, err)
			require.Empty(t, response.GetError())
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			return content
		}
		writeSource("")
		marked := append(run(), "not linked again"...)
		require.NoError(t, os.WriteFile(path, marked, 0o700))
		assert.True(t, bytes.Equal(marked, run()), "an unchanged program was linked again")
		writeSource("println()")
		assert.False(t, bytes.HasSuffix(run(), []byte("not linked again")), "a changed program was not linked again")
	}
}

// The engine hears which providers the platform is made for, in the release that registers resources, unless it is attached to
// one that runs already.
func TestRequiredPackages(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	required := func(attached string) map[string][]string {
		t.Setenv("PULUMI_DEBUG_PROVIDERS", attached)
		response, err := languagehost.New("127.0.0.1:1", "/nowhere").GetRequiredPackages(t.Context(),
			&pulumirpc.GetRequiredPackagesRequest{Info: &pulumirpc.ProgramInfo{ProgramDirectory: root, EntryPoint: "."}})
		require.NoError(t, err)
		found := map[string][]string{}
		for _, pkg := range response.GetPackages() {
			assert.Equal(t, "resource", pkg.GetKind())
			found[pkg.GetName()] = append(found[pkg.GetName()], pkg.GetVersion())
		}
		return found
	}
	all := required("")
	assert.Equal(t, []string{"v2.90.0", "v3.28.0"}, all["azure-native"],
		"the vault has a release of its own; older modules of one major version register with that of the module that they share")
	assert.Equal(t, []string{"azure-native", "kubernetes", "random"}, slices.Sorted(maps.Keys(all)))
	assert.Empty(t, required("azure-native:1,kubernetes:2,random:3"))
}

// What keeps a program from starting is the answer to the engine, with the compiler's words.
func TestRunErrors(t *testing.T) {
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "go.mod"), []byte("module broken\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "main.go"), []byte("package main\nfunc main() { x() }\n"), 0o600))
	options := func(name string, value any) *structpb.Struct {
		options, err := structpb.NewStruct(map[string]any{name: value})
		require.NoError(t, err)
		return options
	}

	tests := map[string]struct {
		info *pulumirpc.ProgramInfo
		want string
	}{
		"does not compile": {&pulumirpc.ProgramInfo{ProgramDirectory: broken, EntryPoint: "."}, "undefined: x"},
		"no such place":    {&pulumirpc.ProgramInfo{ProgramDirectory: broken, EntryPoint: "nowhere"}, "build the program"},
		"runtime option":   {&pulumirpc.ProgramInfo{ProgramDirectory: broken, Options: options("binary", "x")}, "runtime option binary"},
		"no path":          {&pulumirpc.ProgramInfo{ProgramDirectory: broken, Options: options("buildTarget", true)}, "buildTarget, a path"},
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
