package config_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

const project = "aks-regulated-pulumi"

// tools are names that the tests let imageBuilder.toolVersions use.
var tools = []string{"azure-cli", "aks-preview", "kubectl", "helm"}

// values is a stack's configuration by the names of config.Keys.
type values map[string]string

// stored is a stack's configuration as Pulumi stores it.
type stored map[string]string

func (stored) Project() string { return project }

func (s stored) GetConfig(key string) (string, bool) {
	value, ok := s[key]
	return value, ok
}

// with returns a copy that has one more value.
func (v values) with(key, value string) values {
	extended := maps.Clone(v)
	if extended == nil {
		extended = values{}
	}
	extended[key] = value
	return extended
}

func load(t *testing.T, v values) *config.Config {
	t.Helper()
	cfg, err := config.Load(stored(configtest.Stored(t, project, configtest.Required(v))), tools)
	require.NoError(t, err)
	return cfg
}

// problems loads a configuration that has mistakes and returns them.
func problems(t *testing.T, v values) []config.Problem {
	t.Helper()
	cfg, err := config.Load(stored(configtest.Stored(t, project, configtest.Required(v))), tools)
	require.Error(t, err)
	require.Nil(t, cfg, "a wrong configuration must not be usable")
	var invalid *config.Error
	require.True(t, errors.As(err, &invalid), "want a *config.Error, have %T", err)
	for _, problem := range invalid.Problems {
		require.Contains(t, err.Error(), problem.Key)
		require.Contains(t, err.Error(), problem.Allowed)
	}
	return invalid.Problems
}
