package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/tree"
)

const (
	cipher = `{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"v1:TOPSECRET"}`
	plain  = `{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","plaintext":"\"TOPSECRET\""}`
)

// Nothing that an export marks as secret reaches the page: not encrypted, not in plain text as --show-secrets writes it, not
// where the page shows a value, and not if all of a resource is secret.
func TestSecretsNeverShow(t *testing.T) {
	const around = `{"version":3,"deployment":{"manifest":{},"resources":[
		{"urn":"urn:pulumi:dev::p::pulumi:pulumi:Stack::s","type":"pulumi:pulumi:Stack"},
		{"urn":"urn:pulumi:dev::p::t:m:Type::a","custom":true,"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/policyAssignments/a",
			"type":"t:m:Type","outputs":{"displayName":SECRET,"description":SECRET,"parameters":{"x":{"value":[SECRET]},"y":SECRET}}},
		{"urn":"urn:pulumi:dev::p::t:m:Type::b","custom":true,"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deploymentScripts/b",
			"type":"t:m:Type","inputs":{"environmentVariables":[{"name":"IMAGES","value":SECRET},{"name":"TOKEN","secureValue":SECRET}]}},
		{"urn":"urn:pulumi:dev::p::t:m:Type::c","custom":true,"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/c",
			"type":"t:m:Type","inputs":SECRET,"outputs":SECRET}]}}`
	for name, secret := range map[string]string{"encrypted": cipher, "plain": plain} {
		t.Run(name, func(t *testing.T) {
			export, err := Read(strings.NewReader(strings.ReplaceAll(around, "SECRET", secret)))
			require.NoError(t, err)
			page := rendered(t, export)
			assert.NotContains(t, page, "TOPSECRET")
			assert.NotContains(t, page, signature)
			assert.Contains(t, page, hidden, "what is hidden is said to be")
		})
	}
	export := devExport(t)
	profile := tree.At(resource(t, export, typeScaleSet, "").Outputs, "virtualMachineProfile", "osProfile").(map[string]any)
	profile["customData"] = "I2Nsb3VkLWNvbmZpZw=="
	page := rendered(t, export)
	assert.NotContains(t, page, "CIPHERTEXT")
	assert.NotContains(t, page, "I2Nsb3VkLWNvbmZpZw", "custom data of machines is nobody's business")
}

// Assets and references to resources are no plain values either, and what surrounds a secret stays.
func TestHide(t *testing.T) {
	marked := map[string]any{signature: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}
	got := hide(map[string]any{"a": marked, "b": []any{"kept", marked, map[string]any{"c": marked, "d": 1.0}}})
	assert.Equal(t, map[string]any{"a": hidden, "b": []any{"kept", hidden, map[string]any{"c": hidden, "d": 1.0}}}, got)
}

// What is no export is refused with a reason, and never becomes an empty page.
func TestReadRefuses(t *testing.T) {
	for given, want := range map[string]string{
		"":                                "no export of a stack",
		"<html>":                          "no export of a stack",
		"{}":                              "it has no deployment",
		`{"version":3,"deployment":null}`: "it has no deployment",
		`{"version":2,"deployment":{}}`:   "version 2",
		`{"version":3,"deployment":{"resources":[{"urn":"x"}]}}`:          `"x" is no URN`,
		`{"version":3,"deployment":{"resources":[{"urn":"x::y::z::a"}]}}`: "is no URN",
	} {
		_, err := Read(strings.NewReader(given))
		assert.ErrorContains(t, err, want, given)
	}
}

// A stack that was never deployed, or was destroyed, is told to be deployed. Nothing is written.
func TestNothingDeployed(t *testing.T) {
	export, err := Read(strings.NewReader(`{"version":3,"deployment":{"resources":[{"urn":"urn:pulumi:dev::p::pulumi:pulumi:Stack::s"}]}}`))
	require.NoError(t, err)
	var page bytes.Buffer
	assert.ErrorIs(t, Render(&page, export), ErrNothingDeployed)
	assert.Zero(t, page.Len())
}

// A network that cannot be evaluated fails, since a page with wrong flows is worse than none.
func TestUnreadableNetwork(t *testing.T) {
	export := devExport(t)
	resource(t, export, typeVNet, "-hub").Outputs["addressSpace"] = map[string]any{"addressPrefixes": []any{"10.0.0.0/99"}}
	var page bytes.Buffer
	assert.ErrorContains(t, Render(&page, export), "cannot be evaluated")
	assert.Zero(t, page.Len())
}
