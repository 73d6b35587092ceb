package azuresim

import (
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
)

// What a program registers of a stamp is what a refresh reads back, secrets included, so that a second update changes nothing; and
// each part takes the time that it takes in Azure.
func TestStampLife(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	deployBoxes(l)
	openForBoxes(l)
	for _, c := range []struct {
		token  string
		inputs object
		takes  time.Duration
	}{
		{"network:WebApplicationFirewallPolicy", wafPolicy(), 20 * time.Second},
		{"network:ApplicationGateway", gatewayInputs(), 6 * time.Minute},
		{aks.ClusterToken, aksCluster(), 14 * time.Minute},
		{scaleSetToken, boxes(), 3 * time.Minute},
	} {
		t.Run(c.token, func(t *testing.T) {
			c.inputs["location"] = "eastus2"
			before := l.server.subscription.Clock.Now()
			id := l.must(c.token, c.inputs)
			assert.Equal(t, c.takes, l.server.subscription.Clock.Now().Sub(before))
			inputs, _, err := l.readBack(c.token, id, c.inputs)
			require.NoError(t, err)
			assert.Empty(t, diff.Compare(c.inputs, inputs))
			assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, l.diff(c.token, id, c.inputs, c.inputs).GetChanges())
		})
	}
}

// Before a cluster exists nobody knows its issuer and its kubelet identity; the rest of what a program asks for is known.
func TestClusterPreview(t *testing.T) {
	outputs := provider.PreviewOutputs(start(t, Options{}).server.subscription.Catalog().ByToken[aks.ClusterToken], aksCluster())
	assert.True(t, diff.HasUnknown(outputs["oidcIssuerProfile"]))
	assert.True(t, diff.HasUnknown(outputs["identityProfile"]))
	assert.Equal(t, "aks", outputs["name"])
	assert.Equal(t, "rg-nodes", outputs["nodeResourceGroup"])
}
