package azuresim

import (
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// An extension is known, told known things in strings, alone of its type, and in a cluster that can have one.
func TestExtensionRules(t *testing.T) {
	l := start(t, Options{})
	deployGitOps(l)
	l.refuses(aks.ExtensionToken, []refusal{
		{"an unknown type", with(fluxInCluster(), "extensionType", "microsoft.dapr"), []string{"ExtensionTypeRegistrationGetFailed", "microsoft.dapr"}},
		{"a boolean", settingsOf(object{"source-controller.enabled": true}), []string{"InvalidConfigurationSetting", "must be a string"}},
		{"another word", settingsOf(object{"source-controller.enabled": "yes"}), []string{"InvalidConfigurationSetting", "yes"}},
		{"a misspelled setting", settingsOf(object{"source-controler.enabled": "true"}), []string{"InvalidConfigurationSetting", "source-controler.enabled"}},
		{"a version along with upgrades", with(fluxInCluster(), "version", "1.20.0"), []string{"InvalidExtensionVersion"}},
		{"a version with the default", with(with(fluxInCluster(), "version", "1.20.0"), "autoUpgradeMinorVersion", nil), []string{"InvalidExtensionVersion"}},
		{"an unknown train", with(fluxInCluster(), "releaseTrain", "Nightly"), []string{"InvalidReleaseTrain"}},
		{"a namespace's extension", with(fluxInCluster(), "scope", object{"namespace": object{"targetNamespace": "a"}}), []string{"InvalidExtensionScope"}},
		{"no name of a namespace", with(fluxInCluster(), "scope", object{"cluster": object{"releaseNamespace": "Flux"}}), []string{"InvalidExtensionScope"}},
		{"no cluster", with(fluxInCluster(), "clusterName", "other"), []string{"ParentResourceNotFound", "other"}},
		{"something else than a cluster", with(with(with(fluxInCluster(), "clusterRp", "Microsoft.ContainerRegistry"), "clusterResourceName", "registries"), "clusterName", "acraks"),
			[]string{"InvalidClusterResource"}},
	})
	l.drift(clusterID, func(cluster object) { cluster["identity"] = object{"type": "None"} }, func() {
		_, _, err := l.create(aks.ExtensionToken, fluxInCluster())
		assert.ErrorContains(t, err, "ExtensionMSIRequired")
	})
	require.NoError(t, l.update(aks.ClusterToken, clusterID, labelledCluster()))

	before := l.server.subscription.Clock.Now()
	id, outputs, err := l.create(aks.ExtensionToken, with(fluxInCluster(), "configurationProtectedSettings", object{"a": "s3cret"}))
	require.NoError(t, err)
	assert.Equal(t, 5*time.Minute, l.server.subscription.Clock.Now().Sub(before))
	assert.True(t, resourceid.Equal(extensionID, id), id)
	assert.Equal(t, "Microsoft.KubernetesConfiguration/extensions", outputs["type"])
	assert.NotEmpty(t, outputs["currentVersion"])
	assert.Regexp(t, arm.GUIDPattern, tree.Text(outputs, "aksAssignedIdentity", "principalId"))
	assert.NotContains(t, outputs, "configurationProtectedSettings")
	inputs, _, err := l.readBack(aks.ExtensionToken, id, nil)
	require.NoError(t, err)
	assert.Equal(t, fluxInCluster(), inputs, "an import finds the cluster in the id")
	_, _, err = l.create(aks.ExtensionToken, with(fluxInCluster(), "extensionName", "second"))
	assert.ErrorContains(t, err, "ExtensionTypeAlreadyInstalled")
	_, outputs, err = l.readBack(aks.ExtensionToken, id, fluxInCluster())
	require.NoError(t, err)
	assert.Equal(t, aks.FluxVersion, outputs["currentVersion"])
}

// What the provider marks replaces an extension or a configuration, and nothing else does.
func TestGitOpsReplacements(t *testing.T) {
	l, _ := gitOps(t, Options{})
	for _, c := range []struct {
		name, token string
		old, now    object
		replaces    []string
	}{
		{"the type", aks.ExtensionToken, fluxInCluster(), with(fluxInCluster(), "extensionType", "other"), nil},
		{"the namespace of the release", aks.ExtensionToken, fluxInCluster(), set(fluxInCluster(), "scope.cluster.releaseNamespace", "flux"), nil},
		{"the cluster", aks.ExtensionToken, fluxInCluster(), with(fluxInCluster(), "clusterName", "other"), []string{"clusterName"}},
		{"a setting", aks.ExtensionToken, fluxInCluster(), settingsOf(object{}), nil},
		{"the scope", aks.FluxConfigurationToken, l.configuration(), with(l.configuration(), "scope", "namespace"), []string{"scope"}},
		{"the namespace", aks.FluxConfigurationToken, l.configuration(), with(l.configuration(), "namespace", "other"), []string{"namespace"}},
		{"the branch", aks.FluxConfigurationToken, l.configuration(), set(l.configuration(), "gitRepository.repositoryRef.branch", "next"), nil},
	} {
		response := l.diff(c.token, "id", c.old, c.now)
		assert.Equal(t, c.replaces, response.GetReplaces(), c.name)
		assert.Equal(t, pulumirpc.DiffResponse_DIFF_SOME, response.GetChanges(), c.name)
	}
}

// The extension comes up only if every pool reaches what its agents need; the failure names pool, host, layer and rule.
func TestExtensionHosts(t *testing.T) {
	l := start(t, Options{})
	deployGitOps(l)
	// The other hosts are in the FQDN tag of AKS.
	const host = "eastus2.dp.kubernetesconfiguration.azure.com"
	l.drift(fluxEgressID, dropHost(host), func() {
		_, _, err := l.create(aks.ExtensionToken, fluxInCluster())
		for _, part := range []string{"ExtensionOperationFailed", "pool npsystem", host, "firewall/implicit-deny"} {
			assert.ErrorContains(t, err, part)
		}
		assert.Equal(t, arm.StateFailed, l.read(extensionID).State)
		_, _, err = l.create(aks.FluxConfigurationToken, l.configuration())
		assert.ErrorContains(t, err, "FluxExtensionNotInstalled", "a failed one does not count")
		require.NoError(t, l.delete(aks.ExtensionToken, extensionID))
	})
	// Only the second pool is closed off.
	l.drift(fluxEgressID, func(group object) {
		rule := tree.List(tree.List(group, "ruleCollections")[0], "rules")[0].(object)
		rule["sourceAddresses"] = array{"10.240.8.0/22"}
	}, func() {
		_, _, err := l.create(aks.ExtensionToken, fluxInCluster())
		assert.ErrorContains(t, err, "pool npuser")
	})
	require.NoError(t, l.update(aks.ExtensionToken, extensionID, fluxInCluster()), "the next update repairs it")
}

// A cluster takes its extension, its configurations and its objects along; a maintenance configuration keeps it from being deleted as
// before, and the extension stays for as long as a configuration needs it.
func TestGitOpsRemoval(t *testing.T) {
	l, _ := gitOps(t, Options{})
	l.must(aks.FluxConfigurationToken, l.configuration())
	err := l.delete(aks.ExtensionToken, extensionID)
	assert.ErrorContains(t, err, "ExtensionInUse")
	maintenance := l.must("containerservice:MaintenanceConfiguration", object{
		"resourceGroupName": "rg", "resourceName": "aks", "configName": "default", "timeInWeek": array{object{"day": "Monday"}},
	})
	assert.ErrorContains(t, l.delete(aks.ClusterToken, clusterID), "maintenanceConfigurations")
	require.NoError(t, l.delete("containerservice:MaintenanceConfiguration", maintenance))
	require.NoError(t, l.delete(aks.FluxConfigurationToken, configurationID))
	require.NoError(t, l.delete(aks.ExtensionToken, extensionID))

	l.must(aks.ExtensionToken, fluxInCluster())
	l.must(aks.FluxConfigurationToken, l.configuration())
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	assert.Nil(t, l.read(extensionID))
	assert.Nil(t, l.read(configurationID))
	assert.NoError(t, l.delete(aks.ExtensionToken, extensionID), "what is gone counts as deleted")
}
