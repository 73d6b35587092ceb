package components

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// flowResources are the resources of a program as the evaluator reads them.
func flowResources(m *recordingMonitor) []flow.Resource {
	var resources []flow.Resource
	for _, r := range m.All() {
		_, provider, found := strings.Cut(r.ID, "/providers/")
		if !found || !strings.HasPrefix(provider, "Microsoft.Network/") || strings.Contains(provider, "/providers/") {
			continue
		}
		parts := strings.Split(provider, "/")
		armType := parts[:1]
		for i := 1; i < len(parts); i += 2 {
			armType = append(armType, parts[i])
		}
		resources = append(resources, flow.Resource{Type: strings.Join(armType, "/"), ID: r.ID, Properties: r.Inputs})
	}
	return resources
}

// Two stamps reach neither each other nor through the hub: their spokes are peered with the hub only, which forwards nothing.
func TestClusterSpokesAreApart(t *testing.T) {
	m := deployClusterSpokes(t, settings{"stamps": twoStamps})
	network, err := flow.New(flowResources(m), flow.Options{WideVirtualNetworkTag: true})
	require.NoError(t, err)
	here, there := clusterVNetID+"/subnets/", strings.Replace(clusterVNetID, "-01", "-02", 1)+"/subnets/"
	for _, subnet := range []string{
		"snet-management-ops", "snet-cluster-systemnodepool", "snet-cluster-inscopenodepools", "snet-management-acragents",
	} {
		for _, port := range []uint16{22, 80, 443, 8080} {
			for _, target := range []string{"snet-cluster-systemnodepool", "snet-privatelinkendpoints", "snet-cluster-ingressservices"} {
				result := network.Check(flow.Flow{
					From: flow.Subnet(here + subnet), To: flow.Subnet(there + target), Protocol: flow.TCP, Port: port,
				})
				assert.False(t, result.Allowed, "%s to %s: %s", subnet, target, result.Reason)
			}
		}
	}
}
