package reference_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/reference"
)

// stored is a stack's configuration as Pulumi stores it.
type stored map[string]string

// Project is the namespace of the keys.
func (stored) Project() string { return "aks-regulated-pulumi" }

// GetConfig returns the value of a namespaced key.
func (s stored) GetConfig(key string) (string, bool) {
	value, ok := s[key]
	return value, ok
}

// The checked-in reference says what the program reads.
func TestConfigurationReferenceIsCurrent(t *testing.T) {
	written, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	require.NoError(t, err, "write it with: go run ./cmd/docs")
	if diff := cmp.Diff(reference.Configuration(), string(written)); diff != "" {
		t.Errorf("docs/configuration.md is stale; write it with: go run ./cmd/docs\n(-want +have)\n%s", diff)
	}
}

// No key is left out of the reference, and each stands in one row of the table of its prefix.
func TestEveryKeyIsDocumented(t *testing.T) {
	section, rows := "", map[string][]string{}
	for line := range strings.Lines(reference.Configuration()) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(title)
		}
		if cells := strings.Split(line, " | "); len(cells) == 4 && strings.HasPrefix(line, "| `") {
			name := strings.Trim(cells[0], "| `")
			rows[name] = append(rows[name], section)
		}
	}
	for _, key := range config.Keys {
		assert.Equal(t, []string{reference.Section(key.Name)}, rows[key.Name], key.Name)
	}
	assert.Len(t, rows, len(config.Keys), "rows without a key")
}

// The program accepts a stack with an example copied into it, and the example makes a difference.
func TestExamplesAreValid(t *testing.T) {
	project, err := workspace.LoadProject(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	tools := []string{"kubectl", "terraform"}
	required := configtest.Stored(t, string(project.Name), configtest.Required(nil))
	defaults, err := config.Load(stored(required), tools)
	require.NoError(t, err)
	for title, yaml := range reference.Examples {
		t.Run(title, func(t *testing.T) {
			settings, err := workspace.LoadProjectStackBytes(nil, project, []byte("config:"+yaml), "Pulumi.example.yaml", encoding.YAML)
			require.NoError(t, err)
			values, err := settings.Config.Decrypt(pulumiconfig.NopDecrypter)
			require.NoError(t, err)
			complete := maps.Clone(required)
			for key, value := range values {
				complete[key.String()] = value
			}
			require.NoError(t, config.Check(string(project.Name), complete, tools))
			cfg, err := config.Load(stored(complete), tools)
			require.NoError(t, err)
			assert.NotEqual(t, defaults, cfg)
		})
	}
}
