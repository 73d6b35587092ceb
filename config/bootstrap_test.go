package config_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/devcerts"
)

const (
	gitHost     = "git.example.com"
	knownHosts  = "# comments are fine\n" + gitHost + " " + operatorKey + "\n\n# at the end, too\n"
	sshURL      = "ssh://git@" + gitHost + "/platform/clusters.git"
	secretToken = "glpat-secret"
)

// deployKey is a private SSH key, made for the tests.
var deployKey = func() string {
	_, private, err := devcerts.MakeOperatorKey("flux")
	if err != nil {
		panic(err)
	}
	return private
}()

var overSSH = values{
	"bootstrap.repositoryUrl": sshURL, "bootstrap.sshPrivateKey": deployKey, "bootstrap.sshKnownHosts": knownHosts,
}

// overSSHBut is a mistake in one value of a repository over SSH.
func overSSHBut(key, value, allowedWords string) mistake {
	v := maps.Clone(overSSH)
	v[key] = value
	return mistake{values: v, key: key, allowedWords: allowedWords, value: value}
}

var bootstrapMistakes = map[string]mistake{
	"no repository":            set("bootstrap.repositoryUrl", "", "https://host/path"),
	"repository over HTTP":     set("bootstrap.repositoryUrl", "http://git.example.com/a", "https://host/path"),
	"repository with user":     set("bootstrap.repositoryUrl", "https://me:pw@git.example.com/a", "without port"),
	"repository with port":     set("bootstrap.repositoryUrl", "https://git.example.com:8443/a", "without port"),
	"short form of SSH":        set("bootstrap.repositoryUrl", "git@git.example.com:a/b", "ssh://user@host/path"),
	"repository by address":    set("bootstrap.repositoryUrl", "https://10.1.2.3/a", "https://host/path"),
	"host alone":               set("bootstrap.repositoryUrl", "https://git.example.com", "https://host/path"),
	"unknown mode":             set("bootstrap.mode", "helm", "flux, manifests, none"),
	"interactive sign-in":      set("bootstrap.login", "devicecode", "azurecli, workloadidentity"),
	"branch with a space":      set("bootstrap.branch", "my branch", "name of a branch"),
	"branch with two dots":     set("bootstrap.branch", "a..b", "name of a branch"),
	"path from the root":       set("bootstrap.path", "/cluster-manifests", "./cluster-manifests"),
	"path out of the tree":     set("bootstrap.path", "./../other", "./cluster-manifests"),
	"hurried sync":             set("bootstrap.syncIntervalSeconds", "5", "60 to 86400"),
	"impatient update":         set("bootstrap.waitMinutes", "1", "5 to 120"),
	"variable with a dash":     set("bootstrap.variables", `{"cost-center": "42"}`, "letters, digits and _").at("cost-center"),
	"wait without an answer":   set("bootstrap.waitMinutes", "10", "together, 63 minutes").with("bootstrap.syncTimeoutSeconds", "3600"),
	"SSH to a revoked host":    overSSHBut("bootstrap.sshKnownHosts", "@revoked "+gitHost+" "+operatorKey, "one of them for "+gitHost),
	"group by name":            set("cluster.namespaceAdminGroupObjectId", "admins", "GUID"),
	"HTTPS user without token": set("bootstrap.httpsUser", "reader", "together with").of("bootstrap.httpsToken", "[secret]"),
	"token without HTTPS user": hiddenSet("bootstrap.httpsToken", secretToken, "together with"),
	"token with a newline":     hiddenSet("bootstrap.httpsToken", secretToken+"\n", "without spaces and line breaks").with("bootstrap.httpsUser", "reader"),
	"key for HTTPS":            hiddenSet("bootstrap.sshPrivateKey", deployKey, "read over HTTPS"),
	"known hosts for HTTPS":    set("bootstrap.sshKnownHosts", knownHosts, "read over HTTPS"),
	"SSH without key":          overSSHBut("bootstrap.sshPrivateKey", "", "without passphrase"),
	"SSH with a public key":    overSSHBut("bootstrap.sshPrivateKey", operatorKey, "without passphrase").at("[secret]"),
	"SSH without known hosts":  overSSHBut("bootstrap.sshKnownHosts", "", "one of them for "+gitHost),
	"SSH to another host":      overSSHBut("bootstrap.sshKnownHosts", "other.example.com "+operatorKey, "one of them for "+gitHost),
	"known hosts with garbage": overSSHBut("bootstrap.sshKnownHosts", gitHost+" not-a-key", "one of them for "+gitHost),
	"token over SSH": {
		values: values{
			"bootstrap.repositoryUrl": sshURL, "bootstrap.sshPrivateKey": deployKey, "bootstrap.sshKnownHosts": knownHosts,
			"bootstrap.httpsUser": "reader", "bootstrap.httpsToken": secretToken,
		},
		key: "bootstrap.httpsToken", allowedWords: "read over SSH", value: "[secret]",
	},
}

// The firewall opens to the repository's host on the port of its protocol.
func TestRepositoryHostAndPort(t *testing.T) {
	for url, want := range map[string][2]string{
		"https://github.com/contoso/clusters": {"github.com", "443"}, "https://git.example.com/a.git": {"git.example.com", "443"},
		sshURL: {gitHost, "22"},
	} {
		repository := config.Repository{URL: url}
		assert.Equal(t, want, [2]string{repository.Host(), repository.Port()}, url)
	}
}

// A key ends with exactly one newline, however it was entered: Pulumi takes the last one away, and Azure wants it.
func TestPrivateKeyEndsWithNewline(t *testing.T) {
	key := strings.TrimSpace(deployKey)
	for _, entered := range []string{key, key + "\n", key + "\r\n\n"} {
		repository := load(t, values{
			"bootstrap.repositoryUrl": sshURL, "bootstrap.sshPrivateKey": entered, "bootstrap.sshKnownHosts": knownHosts,
		}).Bootstrap.Repository
		assert.Equal(t, key+"\n", repository.SSHPrivateKey.Reveal())
	}
	assert.False(t, load(t, nil).Bootstrap.Repository.SSHPrivateKey.IsSet())
}

// Without configured groups, only the administrators get in.
func TestGroupsDefaultToAdministrators(t *testing.T) {
	cluster := load(t, values{"cluster.viewerGroupObjectId": "0b6f1c9e-0d9f-4d7c-9a43-1f1d2f3a4b5c"}).Cluster
	assert.Equal(t, "0b6f1c9e-0d9f-4d7c-9a43-1f1d2f3a4b5c", cluster.ViewerGroupObjectID)
	for _, group := range []string{
		cluster.NamespaceAdminGroupObjectID, cluster.NamespaceEditorGroupObjectID, cluster.NamespaceViewerGroupObjectID,
	} {
		assert.Equal(t, cluster.AdminGroupObjectID, group)
	}
}
