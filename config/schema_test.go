package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

func loadProject(t *testing.T) *workspace.Project {
	t.Helper()
	pulumiYAML, err := workspace.LoadProject(filepath.Join("..", "Pulumi.yaml"))
	require.NoError(t, err, "the Pulumi CLI must accept Pulumi.yaml")
	return pulumiYAML
}

// loadStack reads an environment's file as the Pulumi CLI does and returns the values as a program sees them.
func loadStack(t *testing.T, stack string) values {
	t.Helper()
	return loadStackFile(t, filepath.Join("..", "Pulumi."+stack+".yaml"))
}

func loadStackFile(t *testing.T, file string) values {
	t.Helper()
	settings, err := workspace.LoadProjectStack(nil, loadProject(t), file)
	require.NoError(t, err)
	stored, err := settings.Config.Decrypt(pulumiconfig.NopDecrypter)
	require.NoError(t, err)
	v := values{}
	for key, value := range stored {
		require.Equal(t, project, key.Namespace(), "%s belongs to another project", key)
		v[key.Name()] = value
	}
	return v
}

// plain is a default as YAML decodes it.
func plain(value any) any {
	switch value := value.(type) {
	case []string:
		list := make([]any, 0, len(value))
		for _, element := range value {
			list = append(list, element)
		}
		return list
	case []map[string]string:
		list := make([]any, 0, len(value))
		for _, element := range value {
			list = append(list, plain(element))
		}
		return list
	case map[string]string:
		object := make(map[string]any, len(value))
		for key, element := range value {
			object[key] = element
		}
		return object
	default:
		return value
	}
}

// The schema that the Pulumi CLI shows and checks is the one that the program reads: same keys, types, defaults, words.
func TestSchemaIsTheTable(t *testing.T) {
	pulumiYAML := loadProject(t)
	assert.Equal(t, project, string(pulumiYAML.Name))
	assert.Equal(t, "go", pulumiYAML.Runtime.Name())
	assert.Equal(t, map[string]any{"buildTarget": ".bin/aks-regulated-pulumi"}, pulumiYAML.Runtime.Options())
	assert.NotNil(t, pulumiYAML.Description)
	for _, key := range config.Keys {
		t.Run(key.Name, func(t *testing.T) {
			declared, ok := pulumiYAML.Config[key.Name]
			require.True(t, ok, "Pulumi.yaml does not declare the key")
			assert.Equal(t, map[config.Kind]string{
				config.String: "string", config.Integer: "integer", config.Boolean: "boolean", config.Array: "array", config.Object: "object",
				config.Objects: "array",
			}[key.Kind], declared.TypeName())
			assert.Equal(t, plain(key.Default), declared.Default)
			assert.Equal(t, key.Description, declared.Description)
			if elements := map[config.Kind]string{config.Array: "string", config.Objects: "object"}[key.Kind]; elements != "" {
				require.NotNil(t, declared.Items)
				assert.Equal(t, elements, declared.Items.Type)
			}
		})
	}
	assert.Len(t, pulumiYAML.Config, len(config.Keys), "Pulumi.yaml declares a key that the program does not read")
}

// The table itself is sound: names occur once, and a default has the type that its kind says.
func TestTableIsSound(t *testing.T) {
	types := map[config.Kind]any{
		config.String: "", config.Integer: 0, config.Boolean: false,
		config.Array: []string{}, config.Object: map[string]string{}, config.Objects: []map[string]string{},
	}
	seen := map[string]bool{}
	for _, key := range config.Keys {
		assert.False(t, seen[key.Name], "%s occurs twice", key.Name)
		seen[key.Name] = true
		assert.Equal(t, reflect.TypeOf(types[key.Kind]), reflect.TypeOf(key.Default), key.Name)
	}
}

// The environments that come with the project are complete and valid, and spell every key right.
func TestStacksAreValid(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			v := loadStack(t, stack)
			require.NoError(t, config.Check(project, configtest.Stored(t, project, configtest.Required(v)), tools))
			cfg := load(t, v)
			assert.Equal(t, stack, cfg.Tags["environment"])
			assert.Equal(t, stack == "prod", cfg.Protect)
			assert.True(t, cfg.ImageBuilder.UseCustomRoles, "least privilege is not given up by an environment")
		})
	}
}

// Each example is complete and valid, says in its tags which it is, keeps its roles apart from those of the others, and explains itself.
func TestExamplesAreValid(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "examples", "*", "Pulumi.*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	suffixes := map[string]string{}
	for _, file := range files {
		stack := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
		t.Run(stack, func(t *testing.T) {
			v := loadStackFile(t, file)
			require.NoError(t, config.Check(project, configtest.Stored(t, project, configtest.Required(v)), tools))
			cfg := load(t, v)
			assert.Equal(t, stack, cfg.Tags["environment"])
			assert.Empty(t, suffixes[cfg.ImageBuilder.CustomRoleSuffix], "role names are unique in a tenant")
			suffixes[cfg.ImageBuilder.CustomRoleSuffix] = stack
			readme, err := os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))
			require.NoError(t, err)
			assert.Contains(t, string(readme), "(Pulumi."+stack+".yaml)")
			assert.Contains(t, string(readme), "make preview STACK="+stack)
		})
	}
}

// Dev and prod may share a tenant and a subscription, so what must be unique there differs.
func TestStacksDoNotCollide(t *testing.T) {
	dev, prod := load(t, loadStack(t, "dev")), load(t, loadStack(t, "prod"))
	assert.NotEqual(t, dev.ImageBuilder.CustomRoleSuffix, prod.ImageBuilder.CustomRoleSuffix)
	assert.NotEqual(t, dev.ResourceGroups.Hub, prod.ResourceGroups.Hub)
	assert.NotEqual(t, dev.ResourceGroups.Spokes, prod.ResourceGroups.Spokes)
	assert.NotEqual(t, dev.ResourceGroups.Workload, prod.ResourceGroups.Workload)
	assert.NotEqual(t, dev.FlowLogStorageName(subscription), prod.FlowLogStorageName(subscription))
}

// stated are the keys that a stack's file sets, each with its section.
func stated(t *testing.T, stack string) []string {
	t.Helper()
	var keys []string
	for name, value := range loadStack(t, stack) {
		section := map[string]any{}
		if json.Unmarshal([]byte(value), &section) != nil || name == "tags" {
			keys = append(keys, name)
			continue
		}
		for key := range section {
			keys = append(keys, name+"."+key)
		}
	}
	slices.Sort(keys)
	return keys
}

// A key that is set in one environment is set in every other, so that readers do not have to look up defaults.
func TestStacksStateTheSameChoices(t *testing.T) {
	assert.Empty(t, cmp.Diff(stated(t, "dev"), stated(t, "prod")))
}

// Development is smaller, is upgraded first and does not block; production keeps more, for longer and behind more locks.
func TestEnvironmentsDiffer(t *testing.T) {
	dev, prod := load(t, loadStack(t, "dev")), load(t, loadStack(t, "prod"))
	for name, pair := range map[string][2]int{
		"user nodes at least": {dev.NodePools.UserMin, prod.NodePools.UserMin}, "user nodes at most": {dev.NodePools.UserMax, prod.NodePools.UserMax},
		"system nodes at most": {dev.NodePools.SystemMax, prod.NodePools.SystemMax}, "jump boxes": {dev.JumpBoxes.Count, prod.JumpBoxes.Count},
		"gateway at least": {dev.Gateway.MinCapacity, prod.Gateway.MinCapacity}, "gateway at most": {dev.Gateway.MaxCapacity, prod.Gateway.MaxCapacity},
		"days of the hub's logs":   {dev.Hub.LogRetentionDays, prod.Hub.LogRetentionDays},
		"days of the stamp's":      {dev.Monitoring.LogRetentionDays, prod.Monitoring.LogRetentionDays},
		"days of flow logs":        {dev.Hub.FlowLogRetentionDays, prod.Hub.FlowLogRetentionDays},
		"hours of the maintenance": {dev.Cluster.MaintenanceHours, prod.Cluster.MaintenanceHours},
	} {
		assert.Less(t, pair[0], pair[1], name)
	}
	assert.Equal(t, []string{"Detection", "Prevention"}, []string{dev.Gateway.FirewallMode, prod.Gateway.FirewallMode})
	assert.Equal(t, []string{"", "centralus"}, []string{dev.Registry.GeoReplication, prod.Registry.GeoReplication})
	assert.Equal(t, []string{"Tuesday", "Sunday"}, []string{dev.Cluster.MaintenanceDay, prod.Cluster.MaintenanceDay})
	assert.False(t, dev.Cluster.NodeResourceGroupLockdown || dev.BuiltInRoles.Restrict)
	assert.True(t, prod.Cluster.NodeResourceGroupLockdown && prod.BuiltInRoles.Restrict)
}

// Production is the environment for which the auditor's stricter choices are made.
func TestProductionChoices(t *testing.T) {
	cfg := load(t, loadStack(t, "prod"))
	for _, days := range []int{cfg.Hub.LogRetentionDays, cfg.Monitoring.LogRetentionDays, cfg.Hub.FlowLogRetentionDays} {
		assert.GreaterOrEqual(t, days, 365, "PCI DSS 10.5.1 wants a year of audit logs")
	}
	assert.Equal(t, config.SharedImage, cfg.ImageBuilder.Distribute, "only a gallery image carries Trusted Launch")
	assert.Equal(t, config.Firewall{
		Tier: "Premium", PublicIPCount: 3, IntrusionDetection: "Deny", DNSServers: []string{}, NodeHosts: []string{},
	}, cfg.Firewall)
	assert.True(t, cfg.ImageBuilder.Retain)
	assert.Len(t, cfg.Zones, 3)
}
