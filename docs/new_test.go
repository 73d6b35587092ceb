package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/reference"
)

// trackedFiles copies what Git has into a new folder; that is what "pulumi new" gets from a repository.
func trackedFiles(t *testing.T) string {
	t.Helper()
	names, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		t.Skip("pulumi new is not tried: this is no working tree of Git")
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return dir
}

// pulumiNew runs "pulumi new" on a template with the language host of this module and a backend of its own. It returns the
// folder of the project, and what the CLI printed.
func pulumiNew(t *testing.T, template string, args ...string) (string, string) {
	t.Helper()
	command, err := pulumicli.Find(root)
	require.NoError(t, err, "tests on the engine need the Pulumi CLI: run make test")
	command, err = filepath.Abs(command)
	require.NoError(t, err)
	bin, dir := t.TempDir(), filepath.Join(t.TempDir(), "project")
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "aks-regulated-pulumi/cmd/pulumi-language-go").CombinedOutput()
	require.NoError(t, err, "%s", output)
	cmd := exec.Command(command, append([]string{"new", template, "--dir", dir, "--yes", "--non-interactive"}, args...)...)
	cmd.Env = append(os.Environ(),
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "PULUMI_HOME="+t.TempDir(), "PULUMI_BACKEND_URL=file://"+t.TempDir(),
		"PULUMI_CONFIG_PASSPHRASE=x", "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
	output, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return dir, string(output)
}

// A project made with "pulumi new" has every file and the whole schema, and a stack with what was asked and given.
func TestPulumiNew(t *testing.T) {
	template := trackedFiles(t)
	dir, output := pulumiNew(t, template, "--stack", "trial", "--config-path",
		"--config", "cluster.adminGroupObjectId="+configtest.AdminGroup, "--config", "bootstrap.repositoryUrl="+configtest.RepositoryURL)
	assert.Contains(t, output, "pulumi config set --path operators.", "the next steps are shown")

	made, err := workspace.LoadProject(filepath.Join(dir, "Pulumi.yaml"))
	require.NoError(t, err)
	assert.Equal(t, project, string(made.Name), "the keys of a stack are in the project's namespace")
	assert.Nil(t, made.Template)
	assert.Equal(t, map[string]any{"buildTarget": ".bin/" + project}, made.Runtime.Options())
	for _, key := range config.Keys {
		if declared, ok := made.Config[key.Name]; assert.True(t, ok, key.Name) {
			assert.Equal(t, key.Description, declared.Description)
		}
	}
	for _, name := range []string{"main.go", "tools/cli", ".ci/run", "cluster-manifests/kustomization.yaml", "Pulumi.dev.yaml"} {
		assert.FileExists(t, filepath.Join(dir, name))
	}

	text, err := os.ReadFile(filepath.Join(dir, "Pulumi.trial.yaml"))
	require.NoError(t, err)
	var stack struct {
		Config map[string]any `json:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &stack))
	assert.Equal(t, map[string]any{
		project + ":location":  "eastus2",
		project + ":cluster":   map[string]any{"adminGroupObjectId": configtest.AdminGroup},
		project + ":bootstrap": map[string]any{"repositoryUrl": configtest.RepositoryURL},
	}, stack.Config)
}

// "pulumi new" asks for what it can store right, and for nothing else: a key with a dot would become a literal one, which the
// program refuses.
func TestPromptsOfPulumiNew(t *testing.T) {
	pulumiYAML, err := workspace.LoadProject(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	require.NotNil(t, pulumiYAML.Template)
	assert.NotEmpty(t, pulumiYAML.Template.DisplayName)
	assert.Len(t, pulumiYAML.Template.Config, len(reference.Prompted))
	text, err := os.ReadFile("operations.md")
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(text), "\n## First deployment\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, name := range reference.Prompted {
		assert.NotContains(t, name, ".")
		assert.Contains(t, section, "`"+name+"`", "the first deployment says what is asked for")
		prompt, ok := pulumiYAML.Template.Config[name]
		require.True(t, ok, name)
		for _, key := range config.Keys {
			if key.Name == name {
				assert.Equal(t, config.String, key.Kind, "an answer is stored as text")
				assert.Equal(t, key.Description, prompt.Description)
				assert.Equal(t, key.Default, prompt.Default)
				assert.Equal(t, key.Secret, prompt.Secret)
			}
		}
	}
}
