package components

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/platform"
)

// While it is locked, only AKS changes the node resource group.
func TestNodeResourceGroupLockdown(t *testing.T) {
	for lockdown, level := range map[string]string{"true": "ReadOnly", "false": "Unrestricted"} {
		cluster := deployPlatform(t, settings{"cluster.nodeResourceGroupLockdown": lockdown}).one(t, typetoken.ManagedCluster, "stamp01-cluster")
		assert.Equal(t, object{"restrictionLevel": level}, cluster.Inputs["nodeResourceGroupProfile"])
	}
}

// What lockdown would make impossible is refused before anything is registered: a network, or container groups, in the group that AKS
// makes for nodes.
func TestNodeResourceGroupIsAKSs(t *testing.T) {
	// The group of a cluster is named after that of its stamp.
	const stampGroup = "rg-stamp"
	stamps := `[{"name":"01","addressSpace":"10.240.0.0/16","resourceGroup":"` + stampGroup + `"}]`
	nodes := config.Stamp{ResourceGroup: stampGroup}.Names(subscriptionID).NodeResourceGroup
	for key, says := range map[string]string{
		"resourceGroups.spokes": "could not join a network", "virtualNodes.resourceGroup": "could not place container groups",
		"resourceGroups.hub": "AKS manages it", "resourceGroups.workload": "AKS manages it",
	} {
		m := &recordingMonitor{}
		err := m.run(t, withVirtualNodes(t, settings{"stamps": stamps, key: strings.ToUpper(nodes)}), platform.Deploy)
		var refused *config.Error
		require.True(t, errors.As(err, &refused), "%s: %v", key, err)
		require.Len(t, refused.Problems, 1)
		assert.Equal(t, key, refused.Problems[0].Key)
		assert.Contains(t, refused.Problems[0].Allowed, says)
		assert.Empty(t, m.Registered)
	}
}
