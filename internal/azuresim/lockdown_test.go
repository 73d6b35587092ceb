package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/tree"
)

const identityToken = "managedidentity:UserAssignedIdentity"

func lockedCluster(inputs object) object {
	return with(inputs, "nodeResourceGroupProfile", object{"restrictionLevel": "ReadOnly"})
}

// While the node resource group is locked down the program changes nothing in it, whatever its roles, and AKS does.
func TestLockdown(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	before := l.server.Left()
	l.refuses(aks.ClusterToken, []refusal{{
		"an unknown level", with(aksCluster(), "nodeResourceGroupProfile", object{"restrictionLevel": "Locked"}),
		[]string{"InvalidParameter", "restrictionLevel", "ReadOnly or Unrestricted", "Locked"},
	}})
	open := with(aksCluster(), "nodeResourceGroupProfile", object{"restrictionLevel": "Unrestricted"})
	l.must(aks.ClusterToken, open)
	assert.Empty(t, l.replaces(open, lockedCluster(aksCluster())), "in place")

	inNodes := func(inputs object) object { return with(inputs, "resourceGroupName", "rg-nodes") }
	ours := l.must(identityToken, object{"resourceGroupName": "rg-nodes", "resourceName": "mi-ours"})
	l.must("containerregistry:Registry", inNodes(registryInputs("acrnodes")))
	l.must(vnetToken, inNodes(vnet("nodes", "10.9.0.0/16", subnet("links", "10.9.0.0/24"))))
	inside := with(endpoint("pe-inside", vaultID, "vault"), "subnet", ref(nodesID+"/providers/Microsoft.Network/virtualNetworks/nodes/subnets/links"))
	joined := l.must("network:PrivateEndpoint", inside)
	outsiderID, outsider := l.identity("mi-outside")
	kubelet := tree.Text(l.read(clusterID).Outputs, "identityProfile", "kubeletidentity", "resourceId")
	l.grant(outsider, contributor, nodesID)

	require.NoError(t, l.update(aks.ClusterToken, clusterID, lockedCluster(aksCluster())))
	says := []string{authz.DeniedCode, "lockdown of the node resource group of " + clusterID, "deny assignment " + nodesID}
	for name, refused := range map[string]error{
		"creating": func() error {
			_, _, err := l.create(identityToken, object{"resourceGroupName": "rg-nodes", "resourceName": "mi-more"})
			return err
		}(),
		"updating":  l.update(identityToken, ours, object{"resourceGroupName": "rg-nodes", "resourceName": "mi-ours", "tags": object{"a": "b"}}),
		"deleting":  l.delete(identityToken, ours),
		"the group": l.delete("resources:ResourceGroup", nodesID),
		"a role on the group": func() error {
			_, _, err := l.create("authorization:RoleAssignment", assignment(outsider, acrPull, nodesID))
			return err
		}(),
		"a role in the group": func() error {
			_, _, err := l.create("authorization:RoleAssignment", assignment(outsider, contributor, kubelet))
			return err
		}(),
		"an import by a script": func() (err error) {
			l.sim(func(s *arm.Subscription) {
				_, err = registry.PlanImport(s, outsider, &registry.ImageImport{Name: "acrnodes", Source: "quay.io/a/b:1"})
			})
			return err
		}(),
	} {
		for _, part := range says {
			assert.ErrorContains(t, refused, part, name)
		}
	}
	l.sim(func(s *arm.Subscription) {
		assert.NoError(t, authz.RequirePermission(s, outsider, "Microsoft.ManagedIdentity/userAssignedIdentities/read", kubelet), "who reads is let through")
	})
	_, _, err := l.create("network:PrivateEndpoint", with(inside, "privateEndpointName", "pe-two"))
	for _, part := range []string{authz.DeniedCode, "does not have permission to join the subnet " + nodesID, "because of the deny assignment"} {
		assert.ErrorContains(t, err, part)
	}
	require.NoError(t, l.update("network:PrivateEndpoint", joined, with(inside, "tags", object{"a": "b"})), "what is in the subnet stays")
	require.NoError(t, l.delete("network:PrivateEndpoint", joined))
	l.must(aks.AgentPoolToken, agentPool("npother", "User", "user")) // AKS itself is not denied
	assert.Contains(t, strings.Join(l.server.Left(), "\n"), "aks-npother-")
	said, err := l.server.TryNodes(clusterID)
	require.NoError(t, err)
	assert.Empty(t, said)

	require.NoError(t, l.update(aks.ClusterToken, clusterID, open))
	require.NoError(t, l.delete(identityToken, ours))
	require.NoError(t, l.update(aks.ClusterToken, clusterID, lockedCluster(l.read(clusterID).Inputs)))
	require.NoError(t, l.delete(aks.ClusterToken, clusterID), "it takes its group along")
	require.NoError(t, l.delete(identityToken, outsiderID))
	assert.Equal(t, before, l.server.Left())
}
