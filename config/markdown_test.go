package config

import (
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
)

// The checked-in reference says what the program reads.
func TestConfigurationReferenceIsCurrent(t *testing.T) {
	written, err := os.ReadFile(filepath.Join("..", "docs", "configuration.md"))
	require.NoError(t, err, "write it with: go run ./cmd/docs")
	if diff := cmp.Diff(Markdown(), string(written)); diff != "" {
		t.Errorf("docs/configuration.md is stale; write it with: go run ./cmd/docs\n(-want +have)\n%s", diff)
	}
}

// No key is left out of the reference, and each stands in one row of the table of its prefix.
func TestEveryKeyIsDocumented(t *testing.T) {
	section, rows := "", map[string][]string{}
	for line := range strings.Lines(Markdown()) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(title)
		}
		if cells := strings.Split(line, " | "); len(cells) == 4 && strings.HasPrefix(line, "| `") {
			name := strings.Trim(cells[0], "| `")
			rows[name] = append(rows[name], section)
		}
	}
	for _, key := range Keys {
		assert.Equal(t, []string{heading(keyPrefix(key.Name))}, rows[key.Name], key.Name)
	}
	assert.Len(t, rows, len(Keys), "rows without a key")
}

// storedConfig is configuration as Pulumi stores it.
type storedConfig map[string]string

func (storedConfig) Project() string { return namespace }

func (s storedConfig) GetConfig(key string) (string, bool) {
	value, ok := s[key]
	return value, ok
}

// Whoever copies an example gets a stack that the program accepts and that differs from the default one.
func TestExamplesAreValid(t *testing.T) {
	project, err := workspace.LoadProject(filepath.Join("..", "Pulumi.yaml"))
	require.NoError(t, err)
	tools := []string{"kubectl", "terraform"}
	defaults, err := Load(storedConfig{}, tools)
	require.NoError(t, err)
	for _, e := range examples {
		t.Run(e.title, func(t *testing.T) {
			settings, err := workspace.LoadProjectStackBytes(nil, project, []byte("config:"+e.yaml), "Pulumi.example.yaml", encoding.YAML)
			require.NoError(t, err)
			values, err := settings.Config.Decrypt(pulumiconfig.NopDecrypter)
			require.NoError(t, err)
			stored := storedConfig{}
			for key, value := range values {
				stored[key.String()] = value
			}
			require.NoError(t, Check(namespace, stored, tools))
			cfg, err := Load(stored, tools)
			require.NoError(t, err)
			assert.NotEqual(t, defaults, cfg)
		})
	}
}
