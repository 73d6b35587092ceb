package azuresim

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// A configuration needs the extension with its controllers, and obeys the limits of Azure and of Flux.
func TestFluxConfigurationRules(t *testing.T) {
	l, _ := gitOps(t, Options{})
	git := func(property string, value any) object {
		return set(l.configuration(), "gitRepository."+property, value)
	}
	part := func(property string, value any) object {
		return set(l.configuration(), "kustomizations.unified."+property, value)
	}
	protected := func(inputs object, secrets object) object {
		return with(inputs, "configurationProtectedSettings", secrets)
	}
	const keyText = "-----BEGIN OPENSSH PRIVATE KEY-----\nYWJj\n-----END OPENSSH PRIVATE KEY-----\n"
	key := encodeBase64(keyText)
	ssh := git("url", "ssh://git@github.com/example/platform")
	values := func(values object) object { return part("postBuild", object{"substitute": values}) }
	l.refuses(aks.FluxConfigurationToken, []refusal{
		{"an unknown scope", with(l.configuration(), "scope", "global"), []string{kube.InvalidFlux, "global"}},
		{"no name of a namespace", with(l.configuration(), "namespace", "Flux"), []string{kube.InvalidFlux, "Flux"}},
		{"a name of 31", with(l.configuration(), "fluxConfigurationName", strings.Repeat("a", 31)), []string{"InvalidResourceName"}},
		{"a bucket", with(l.configuration(), "sourceKind", "Bucket"), []string{kube.InvalidFlux, "GitRepository"}},
		{"a bucket besides", with(l.configuration(), "bucket", object{}), []string{kube.InvalidFlux, "bucket"}},
		{"no URL", git("url", nil), []string{kube.InvalidFlux, "url of gitRepository"}},
		{"plain HTTP", git("url", "http://github.com/a/b"), []string{kube.InvalidFlux, "https://host/path"}},
		{"no branch", git("repositoryRef", object{}), []string{kube.InvalidFlux, "one of branch"}},
		{"branch and tag", git("repositoryRef", object{"branch": "main", "tag": "v1"}), []string{kube.InvalidFlux, "[branch tag]"}},
		{"half a commit", git("repositoryRef", object{"commit": "abc"}), []string{kube.InvalidFlux, "abc"}},
		{"no interval", git("syncIntervalInSeconds", 0.0), []string{kube.InvalidFlux, "syncIntervalInSeconds"}},
		{"half a second", git("timeoutInSeconds", 0.5), []string{kube.InvalidFlux, "timeoutInSeconds"}},
		{"known hosts for HTTPS", git("sshKnownHosts", encodeBase64("x")), []string{kube.InvalidFlux, "SSH URL"}},
		{"a certificate that is not base64", git("httpsCACert", "-----"), []string{kube.InvalidFlux, "httpsCACert", "base64"}},
		{"no kustomization", with(l.configuration(), "kustomizations", object{}), []string{kube.InvalidFlux, "at least one"}},
		{"a capital name", with(l.configuration(), "kustomizations", object{"Unified": object{}}), []string{kube.InvalidFlux, "bootstrap-Unified"}},
		{"a path out of the repository", part("path", "./../other"), []string{kube.InvalidFlux, "../other"}},
		{"a long interval", part("retryIntervalInSeconds", 35791395.0), []string{kube.InvalidFlux, "retryIntervalInSeconds"}},
		{"an unknown dependency", part("dependsOn", array{"other"}), []string{kube.InvalidFlux, "other"}},
		{"a circle", with(l.configuration(), "kustomizations", object{"a": object{"dependsOn": array{"b"}}, "b": object{"dependsOn": array{"a"}}}), []string{kube.InvalidFlux, "circle"}},
		{"a variable with a hyphen", values(object{"vault-name": "x"}), []string{kube.InvalidFlux, "vault-name"}},
		{"a number", values(object{"pods": 3.0}), []string{kube.InvalidFlux, "must be a string"}},
		{"values from elsewhere", part("postBuild", object{"substituteFrom": array{object{"kind": "ConfigMap"}}}), []string{kube.InvalidFlux, "substituteFrom"}},
		{"a wait in minutes", with(l.configuration(), "reconciliationWaitDuration", "30m"), []string{kube.InvalidFlux, "ISO 8601"}},
		{"a wait for nothing", with(l.configuration(), "waitForReconciliation", false), []string{kube.InvalidFlux, "no effect"}},
		{"an unknown secret", protected(l.configuration(), object{"token": key}), []string{kube.InvalidFlux, "token"}},
		{"a secret that is not base64", protected(ssh, object{"sshPrivateKey": "-----BEGIN"}), []string{kube.InvalidFlux, "base64"}},
		{"a key for HTTPS", protected(l.configuration(), object{"sshPrivateKey": key}), []string{kube.InvalidFlux, "SSH URL"}},
		{"a user without key", git("httpsUser", "git"), []string{kube.InvalidFlux, "go together"}},
		{"a key without user", protected(l.configuration(), object{"httpsKey": encodeBase64("token")}), []string{kube.InvalidFlux, "go together"}},
		{"SSH without key", ssh, []string{kube.InvalidFlux, "sshPrivateKey"}},
		{"SSH with something else", protected(ssh, object{"sshPrivateKey": encodeBase64("abc")}), []string{kube.InvalidFlux, "PEM private key"}},
		{"a key without its last newline", protected(ssh, object{"sshPrivateKey": encodeBase64(strings.TrimSpace(keyText))}), []string{kube.InvalidFlux, "newline"}},
		{"SSH with a user of HTTPS", protected(set(ssh, "gitRepository.httpsUser", "me"), object{"sshPrivateKey": key}), []string{kube.InvalidFlux, "HTTPS URL"}},
		{"an unknown SSH host", protected(git("url", "git@git.example.com:a/b"), object{"sshPrivateKey": key}), []string{kube.InvalidFlux, "sshKnownHosts"}},
		{"two ways to sign in", set(with(l.configuration(), "configurationProtectedSettings", object{"httpsKey": encodeBase64("x")}), "gitRepository.localAuthRef", "auth"),
			[]string{kube.InvalidFlux, "localAuthRef"}},
	})
	for _, controller := range []string{"source-controller", "kustomize-controller"} {
		require.NoError(t, l.update(aks.ExtensionToken, extensionID, settingsOf(object{controller + ".enabled": "false"})))
		_, _, err := l.create(aks.FluxConfigurationToken, l.configuration())
		assert.ErrorContains(t, err, "FluxControllerDisabled")
		assert.ErrorContains(t, err, controller)
	}
	l.without(extensionID, func() {
		_, _, err := l.create(aks.FluxConfigurationToken, l.configuration())
		assert.ErrorContains(t, err, "FluxExtensionNotInstalled")
	})
}

// A configuration that syncs tells so, with the commit; its secrets are in no state file and no output.
func TestFluxConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l, files := gitOps(t, Options{StateFile: file})
	before := l.server.subscription.Clock.Now()
	inputs := with(set(l.configuration(), "gitRepository.httpsUser", "git"), "configurationProtectedSettings", object{"httpsKey": encodeBase64("hunter2")})
	id, outputs, err := l.create(aks.FluxConfigurationToken, inputs)
	require.NoError(t, err)
	assert.Equal(t, time.Minute, l.server.subscription.Clock.Now().Sub(before), "the first sync is in time")
	assert.True(t, resourceid.Equal(configurationID, id), id)
	assert.Equal(t, "Compliant", outputs["complianceState"])
	assert.Regexp(t, `^main@sha1:[0-9a-f]{40}$`, outputs["sourceSyncedCommitId"])
	require.Len(t, tree.List(outputs, "statuses"), 2)
	unified := tree.List(outputs, "statuses")[1]
	assert.Equal(t, "bootstrap-unified", tree.Text(unified, "name"))
	assert.Equal(t, "True", tree.Text(tree.List(unified, "statusConditions")[0], "status"))
	assert.NotContains(t, outputs, "configurationProtectedSettings")
	assert.NotContains(t, savedText(t, file), "hunter2")
	assert.NotContains(t, savedText(t, file), encodeBase64("hunter2"))
	known, _, err := l.readBack(aks.FluxConfigurationToken, id, inputs)
	require.NoError(t, err)
	assert.Empty(t, diff.Compare(inputs, known), "a refresh keeps the secret that only the engine has")

	files["README.md"].Data = []byte("changed")
	commit := outputs["sourceSyncedCommitId"]
	require.NoError(t, l.update(aks.FluxConfigurationToken, id, inputs))
	assert.NotEqual(t, commit, l.read(id).Outputs["sourceSyncedCommitId"])
	pinned := set(inputs, "gitRepository.repositoryRef", object{"commit": strings.Repeat("ab", 20)})
	require.NoError(t, l.update(aks.FluxConfigurationToken, id, pinned))
	assert.Equal(t, "sha1:"+strings.Repeat("ab", 20), l.read(id).Outputs["sourceSyncedCommitId"])
	require.NoError(t, l.update(aks.FluxConfigurationToken, id, with(pinned, "suspend", true)))
	assert.Equal(t, "Suspended", l.read(id).Outputs["complianceState"])
	said, err := l.server.TryGitOps(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "Suspended")
}

// What does not sync fails the update that waits for it, after the wait; without a wait the configuration explains why.
func TestFluxConfigurationThatDoesNotSync(t *testing.T) {
	l, _ := gitOps(t, Options{})
	broken := set(l.configuration(), "kustomizations.unified.path", "./nowhere")
	before := l.server.subscription.Clock.Now()
	_, _, err := l.create(aks.FluxConfigurationToken, broken)
	assert.ErrorContains(t, err, "FluxConfigurationNotCompliant")
	assert.ErrorContains(t, err, "nowhere")
	assert.Equal(t, 31*time.Minute, l.server.subscription.Clock.Now().Sub(before), "it was waited for")
	assert.Equal(t, arm.StateFailed, l.read(configurationID).State)
	require.NoError(t, l.update(aks.FluxConfigurationToken, configurationID, l.configuration()), "the next update repairs it")

	unawaited := with(with(broken, "waitForReconciliation", false), "reconciliationWaitDuration", nil)
	unawaited = set(unawaited, "kustomizations.after", object{"path": "./cluster-manifests", "dependsOn": array{"unified"}})
	require.NoError(t, l.update(aks.FluxConfigurationToken, configurationID, unawaited))
	outputs := l.read(configurationID).Outputs
	assert.Equal(t, "Non-Compliant", outputs["complianceState"])
	assert.Contains(t, outputs["errorMessage"], "nowhere")
	require.Len(t, tree.List(outputs, "statuses"), 3)
	assert.Equal(t, "Compliant", tree.Text(tree.List(outputs, "statuses")[0], "complianceState"), "the repository is there")
	condition := tree.List(tree.List(outputs, "statuses")[1], "statusConditions")[0]
	assert.Equal(t, "ArtifactFailed", tree.Text(condition, "reason"))
	assert.Contains(t, tree.Text(tree.List(tree.List(outputs, "statuses")[2], "statusConditions")[0], "message"),
		"bootstrap-unified is not ready")
}

// What a kustomization does not wait for cannot fail the update, but the API server can still refuse it; and no object belongs to two.
func TestFluxConfigurationWithPartThatNothingWaitsFor(t *testing.T) {
	l, files := gitOps(t, Options{})
	agent := func(name, namespace string) {
		text := strings.NewReplacer("AGENT", name, "PLACE", namespace).Replace(`apiVersion: apps/v1
kind: DaemonSet
metadata: {name: AGENT, namespace: PLACE}
spec:
  selector: {matchLabels: {app: AGENT}}
  template:
    metadata: {labels: {app: AGENT}}
    spec: {containers: [{name: agent, image: "${registry}/live/absent:1@${traefik_digest}"}]}
`)
		files["optional/agent.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	files["optional/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [agent.yaml]\n")}
	waiting := func(wait any) object {
		return set(l.configuration(), "kustomizations.optional", object{
			"path": "./optional", "wait": wait, "dependsOn": array{"unified"}, "postBuild": object{"substitute": l.substitutions()},
		})
	}
	agent("absent", "ingress")
	_, outputs, err := l.create(aks.FluxConfigurationToken, waiting(false))
	require.NoError(t, err)
	assert.Equal(t, "Compliant", outputs["complianceState"])
	said, err := l.server.TryGitOps(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "live/absent", "what does not run is still found")

	for _, waits := range []any{true, nil} {
		err := l.update(aks.FluxConfigurationToken, configurationID, waiting(waits))
		assert.ErrorContains(t, err, "live/absent", "wait: %v", waits)
	}
	agent("absent", "elsewhere")
	assert.ErrorContains(t, l.update(aks.FluxConfigurationToken, configurationID, waiting(false)), "NamespaceNotFound")
	agent("agent", "ingress")
	assert.ErrorContains(t, l.update(aks.FluxConfigurationToken, configurationID, waiting(false)),
		"DaemonSet ingress/agent is applied by kustomization unified and by optional")
}

// A wait ends as soon as what was missing comes.
func TestFluxConfigurationThatSyncsLate(t *testing.T) {
	l, _ := gitOps(t, Options{})
	l.sim(func(s *arm.Subscription) { delete(tree.Object(s.Find(registryID).Contents, "images"), "live/agent") })
	l.server.subscription.Clock.Scale = 6000
	waiting := make(chan error, 1)
	inputs := with(l.configuration(), "reconciliationWaitDuration", "P1D")
	go func() {
		_, _, err := l.create(aks.FluxConfigurationToken, inputs)
		waiting <- err
	}()
	eventually(t, "the configuration is being made", func() bool { return l.read(configurationID) != nil })
	l.imported("live/agent", "1")
	assert.NoError(t, <-waiting)
}

// A restart completes a configuration that was being made, and keeps one that is there.
func TestFluxConfigurationAfterRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l, files := gitOps(t, Options{StateFile: file})
	l.must(aks.FluxConfigurationToken, l.configuration())
	l.sim(func(s *arm.Subscription) {
		s.Find(configurationID).State = arm.StateCreating
		s.Touch(s.Find(configurationID))
		require.NoError(t, s.Save())
	})
	content := savedText(t, file)
	require.NoError(t, l.server.Close())
	assert.Contains(t, content, arm.StateCreating)
	again := start(t, Options{StateFile: file, Repository: files})
	assert.Equal(t, arm.StateSucceeded, again.read(configurationID).State)
	assert.Equal(t, "Compliant", again.read(configurationID).Outputs["complianceState"])
	said, err := again.server.TryGitOps(clusterID)
	require.NoError(t, err)
	assert.Empty(t, said)
	require.NoError(t, again.server.Close())
	empty := start(t, Options{StateFile: file})
	said, err = empty.server.TryGitOps(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "kustomization path not found", "no repository is an empty one")
}
