package tests

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/network"
)

// An auditor who reads docs/security.md sees every security rule, every firewall rule and every allowed host.
func TestSecurityDocumentIsComplete(t *testing.T) {
	content, err := os.ReadFile("../docs/security.md")
	require.NoError(t, err)
	document := string(content)
	for _, rule := range slices.Concat(network.BastionSecurityRules, network.ImageBuilderSecurityRules(true)) {
		assert.Contains(t, document, "`"+rule.Name+"`")
	}
	for _, rule := range imagebuilder.EgressRules(nil) {
		assert.Contains(t, document, "`"+rule.Name+"`")
		for _, host := range rule.FQDNs {
			assert.Contains(t, document, host, rule.Name)
		}
	}
}
