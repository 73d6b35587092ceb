package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Check finds in one go what Load finds and what only the whole configuration shows: keys that nothing reads. Keys of
// other namespaces, such as a provider's, are not its business.
func TestCheck(t *testing.T) {
	require.NoError(t, Check("p", map[string]string{"p:location": "eastus2", "azure-native:location": "eastus2"}, nil))

	err := Check("p", map[string]string{
		"p:locatoin": "eastus2", "p:bastion": `{"sku": "Basic", "colour": "red"}`, "p:zones": "4", "p:hub.addressSpace": "10.0.0.0/24",
	}, nil)
	var mistakes *Error
	require.ErrorAs(t, err, &mistakes)
	var keys []string
	for _, problem := range mistakes.Problems {
		keys = append(keys, problem.Key)
	}
	assert.ElementsMatch(t, []string{"locatoin", "bastion.sku", "bastion.colour", "zones", "hub.addressSpace"}, keys)
	assert.ErrorContains(t, err, "5 to mend")
}
