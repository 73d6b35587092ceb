package azuresim

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

const credentialsToken = "azure-native:containerservice/v20240901:listManagedClusterUserCredentials"

// kubeconfig is the lab cluster's, as a program gets it.
func (l *lab) kubeconfig() string {
	l.t.Helper()
	result, err := l.invoke(credentialsToken, in(object{"resourceName": "aks"}))
	require.NoError(l.t, err)
	content, err := base64.StdEncoding.DecodeString(tree.Text(tree.List(result, "kubeconfigs")[0], "value"))
	require.NoError(l.t, err)
	return string(content)
}

// With a real API server for all clusters kubeconfig files name its authority, and the real provider is left to the engine.
func TestARealAPIServerForAllClusters(t *testing.T) {
	server, err := Start(Options{ClusterAuthority: "its certificate", Propagation: arm.Immediate})
	require.NoError(t, err)
	l := &lab{t: t, server: server}
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	l.azure = l.connect("azure-native")
	assert.NotContains(t, server.DebugProviders(), "kubernetes")
	deployStamp(l)
	l.must(aks.ClusterToken, aksCluster())
	access, err := kube.ParseKubeconfig(l.kubeconfig())
	require.NoError(t, err)
	assert.Equal(t, kube.Access{Host: tree.Text(l.read(clusterID).Outputs, "privateFQDN"), Authority: "its certificate"}, access)
}

// Users of a cluster get its private name, its authority and a way to sign in with Entra, and no secret; all of it stays the same.
func TestUserCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{StateFile: file})
	deployStamp(l)
	l.must(aks.ClusterToken, aksCluster())
	result, err := l.invoke(credentialsToken, in(object{"resourceName": "aks", "format": "exec"}))
	require.NoError(t, err)
	assert.Equal(t, "clusterUser", tree.Text(tree.List(result, "kubeconfigs")[0], "name"))
	content := l.kubeconfig()
	var config object
	require.NoError(t, yaml.Unmarshal([]byte(content), &config))
	cluster, user := tree.List(config, "clusters")[0], tree.List(config, "users")[0]
	assert.Equal(t, "https://"+tree.Text(l.read(clusterID).Outputs, "privateFQDN")+":443", tree.Text(cluster, "cluster", "server"))
	assert.Equal(t, "kubelogin", tree.Text(user, "user", "exec", "command"))
	assert.Len(t, tree.Object(user, "user"), 1, "nothing but exec")
	authority, err := base64.StdEncoding.DecodeString(tree.Text(cluster, "cluster", "certificate-authority-data"))
	require.NoError(t, err)
	block, rest := pem.Decode(authority)
	require.NotNil(t, block)
	assert.Empty(t, rest)
	parsed, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	assert.True(t, parsed.IsCA)
	assert.NotContains(t, savedText(t, file), "PRIVATE KEY")
	access, err := kube.ParseKubeconfig(content)
	require.NoError(t, err)
	assert.Equal(t, kube.Access{Host: tree.Text(l.read(clusterID).Outputs, "privateFQDN"), Authority: string(authority)}, access)

	require.NoError(t, l.server.Close())
	again := start(t, Options{StateFile: file})
	assert.Equal(t, content, again.kubeconfig())
	for name, c := range map[string]struct {
		inputs object
		says   string
	}{
		"no cluster":        {in(object{"resourceName": "other"}), "ResourceNotFound"},
		"no name":           {in(object{}), "needs resourceGroupName, resourceName"},
		"the old format":    {in(object{"resourceName": "aks", "format": "azure"}), "format must be exec"},
		"the public server": {in(object{"resourceName": "aks", "serverFqdn": "public"}), "no public name"},
	} {
		_, err := again.invoke(credentialsToken, c.inputs)
		assert.ErrorContains(t, err, c.says, name)
	}
	again.drift(clusterID, func(cluster object) { delete(cluster, "aadProfile") }, func() {
		_, err := again.invoke(credentialsToken, in(object{"resourceName": "aks"}))
		assert.ErrorContains(t, err, "Entra")
	})
	_, err = again.invoke("azure-native:containerservice/v20240901:listManagedClusterAdminCredentials", in(object{"resourceName": "aks"}))
	assert.ErrorContains(t, err, "does not know function")
}

// Only who signs in with kubelogin, at a server that is verified, gets into a cluster. No message shows what a kubeconfig holds.
func TestKubeconfigs(t *testing.T) {
	read := func() object {
		content, err := kube.UserKubeconfig("aks", "rg", "lab.privatelink.eastus2.azmk8s.io", "authority")
		require.NoError(t, err)
		var config object
		require.NoError(t, yaml.Unmarshal(content, &config))
		return config
	}
	user := func(property string, value any) object {
		config := read()
		tree.Object(tree.List(config, "users")[0], "user")[property] = value
		return config
	}
	cluster := func(property string, value any) object {
		config := read()
		tree.Object(tree.List(config, "clusters")[0], "cluster")[property] = value
		return config
	}
	for name, c := range map[string]struct {
		config object
		says   string
	}{
		"a token":             {user("token", "hunter2"), "has token"},
		"a password":          {user("password", "hunter2"), "has password"},
		"a certificate":       {user("client-certificate-data", encodeBase64("hunter2")), "has client-certificate-data"},
		"another command":     {user("exec", object{"command": "sh", "args": array{"hunter2"}}), "kubelogin"},
		"a secret of an app":  {user("exec", object{"command": "kubelogin", "args": array{"--client-secret", "hunter2"}}), "--client-secret"},
		"no context":          {with(user("a", "b"), "current-context", nil), "no current context"},
		"an unknown context":  {with(user("a", "b"), "current-context", "hunter2"), "no current context"},
		"no verification":     {cluster("insecure-skip-tls-verify", true), "does not verify"},
		"no authority":        {cluster("certificate-authority-data", nil), "no certificate-authority-data"},
		"a server over HTTP":  {cluster("server", "http://lab.privatelink.eastus2.azmk8s.io"), "HTTPS"},
		"something like YAML": {nil, "no current context"},
	} {
		content, err := yaml.Marshal(c.config)
		require.NoError(t, err)
		_, err = kube.ParseKubeconfig(string(content))
		assert.ErrorContains(t, err, c.says, name)
		assert.NotContains(t, err.Error(), "hunter2", name)
	}
	_, err := kube.ParseKubeconfig("users: [hunter2")
	require.ErrorContains(t, err, "cannot be read")
	assert.False(t, strings.Contains(err.Error(), "hunter2"))
}
