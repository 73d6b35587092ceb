package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

// Check finds in one go what Load finds and what only the whole configuration shows: keys that nothing reads. Keys of
// other namespaces, such as a provider's, are not its business.
func TestCheck(t *testing.T) {
	complete := configtest.Stored(t, "p", configtest.Required(map[string]string{"location": "eastus2"}))
	complete["azure-native:location"] = "eastus2"
	require.NoError(t, config.Check("p", complete, nil))

	maps.Copy(complete, map[string]string{
		"p:locatoin": "eastus2", "p:bastion": `{"sku": "Basic", "colour": "red"}`, "p:zones": "4", "p:hub.addressSpace": "10.0.0.0/24",
	})
	err := config.Check("p", complete, nil)
	var mistakes *config.Error
	require.ErrorAs(t, err, &mistakes)
	var keys []string
	for _, problem := range mistakes.Problems {
		keys = append(keys, problem.Key)
	}
	assert.ElementsMatch(t, []string{"locatoin", "bastion.sku", "bastion.colour", "zones", "hub.addressSpace"}, keys)
	assert.ErrorContains(t, err, "5 to fix")
}

// A misspelt key may hold what must not be shown.
func TestCheckHidesUnknownValues(t *testing.T) {
	complete := configtest.Stored(t, "p", configtest.Required(nil))
	complete["p:certificate"] = complete["p:certificates"]
	err := config.Check("p", complete, nil)
	require.ErrorContains(t, err, `certificate: "[secret]" is not allowed`)
	assert.NotContains(t, err.Error(), "PRIVATE KEY")
}
