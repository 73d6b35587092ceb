package validate

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the outputs hold besides is no mistake, and the only stamp needs no name.
func TestReadExpected(t *testing.T) {
	outputs, err := os.ReadFile("testdata/stamps.json")
	require.NoError(t, err)
	expected, err := ReadExpected(strings.NewReader(string(outputs)), "")
	require.NoError(t, err)
	assert.Equal(t, "01", expected.Stamp)
	assert.Equal(t, "10.240.0.0/16", expected.addressSpace.String())
	assert.Equal(t, NodePool{Name: "npinscope01", Scope: "in-scope", MinCount: 2, MaxCount: 3, Zones: []string{"1", "2", "3"}},
		expected.NodePools[1])
	assert.Equal(t, 2, expected.VirtualNodes.Nodes)
	_, err = ReadExpected(strings.NewReader(string(outputs)), "01")
	require.NoError(t, err)
}

// Every value that is missing or unreadable is named at once.
func TestReadExpectedMistakes(t *testing.T) {
	tests := []struct{ name, outputs, stamp, want string }{
		{"no JSON", "Updating", "", `read outputs, which are those of "pulumi stack output stamps --json"`},
		{"no stamp", "{}", "", "the outputs hold no stamp"},
		{"which stamp", `{"02": {}, "01": {}}`, "", "the outputs hold the stamps 01, 02: choose one with --stamp"},
		{"other stamp", `{"01": {}}`, "03", `no stamp "03" in the outputs, which hold 01`},
		{"empty stamp", `{"01": {}}`, "", "outputs of stamp 01: missing: clusterName, addressSpace, kubernetesVersion, vaultName, " +
			"ingressClientId, ingressAddress, ingressHost, gitOps.mode, gitOps.repositoryUrl, gitOps.branch, gitOps.path, " +
			"gitOps.substitutions.registry, gitOps.substitutions.tenant_id, nodePools"},
		{"no virtual nodes", `{"01": {"nodePools": [{"name": "a", "minCount": 1, "maxCount": 1}], "virtualNodes": {"enabled": true}}}`, "",
			"gitOps.substitutions.tenant_id, virtualNodes.nodes"},
		{"empty pool", `{"01": {"nodePools": [{}]}}`, "", "nodePools[0].name, nodePools[0].minCount, nodePools[0].maxCount"},
		{"wrong kind", `{"01": {"clusterName": 7}}`, "", "outputs of stamp 01: json: cannot unmarshal number into Go struct field " +
			"Expected.clusterName"},
		{"wrong values", `{"01": {"addressSpace": "here", "ingressAddress": "there", "gitOps": {"mode": "argo"}}}`, "",
			`addressSpace "here" is no range; ingressAddress "there" is no address; gitOps.mode "argo" is neither flux nor manifests`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadExpected(strings.NewReader(tt.outputs), tt.stamp)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
