package engine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/typetoken"
)

// stampsOf is configuration with these stamps, as YAML holds it.
func stampsOf(names ...string) map[string]any {
	spaces := map[string]string{"01": "10.240.0.0/16", "02": "10.242.0.0/16"}
	var stamps []any
	for _, name := range names {
		stamps = append(stamps, map[string]any{"name": name, "addressSpace": spaces[name]})
	}
	return map[string]any{"stamps": stamps}
}

// A second stamp is added, works beside the first, and goes again, without a change to anything that the first one has.
func TestEngineSecondStamp(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	first := map[string]bool{}
	for _, r := range stack.azure.Resources() {
		first[r.ID] = true
	}
	stack.scale = runningClock
	stack.reopen(t, stampsOf("01", "02"))
	for _, step := range changed(stack.up(t)) {
		assert.True(t, strings.HasPrefix(step, "create "), step)
	}
	for name, group := range map[string]string{"01": "rg-bu0001a0005", "02": "rg-bu0001a0005-02"} {
		cluster := stack.in(t, group, "Microsoft.ContainerService/managedClusters")
		for _, try := range []func() (string, error){
			func() (string, error) { return stack.azure.TryNodes(cluster) },
			func() (string, error) { return stack.azure.TryIngress(cluster) },
			func() (string, error) {
				return stack.azure.TryGateway(stack.in(t, group, "Microsoft.Network/applicationGateways"))
			},
			func() (string, error) {
				return stack.azure.TryJumpBox(stack.in(t, group, "Microsoft.Compute/virtualMachineScaleSets"))
			},
		} {
			trouble, err := try()
			require.NoError(t, err)
			assert.Empty(t, trouble, "stamp %s", name)
		}
	}
	stack.reopen(t, stampsOf("01"))
	for _, step := range changed(stack.up(t)) {
		assert.True(t, strings.HasPrefix(step, "delete "), step)
	}
	for _, r := range stack.azure.Resources() {
		assert.True(t, first[r.ID], "%s is left over", r.ID)
	}
}

// in returns the id of the one resource of a type in a resource group.
func (s *engineStack) in(t *testing.T, group, armType string) string {
	t.Helper()
	var found []string
	for _, r := range s.azure.Resources() {
		if strings.EqualFold(r.Type, armType) && strings.EqualFold(resourceid.Group(r.ID), group) {
			found = append(found, r.ID)
		}
	}
	require.Len(t, found, 1, "%s in %s", armType, group)
	return found[0]
}

// Certificates and their keys are nowhere in plain text: not in Pulumi's state, not in its history, not in the simulator's file.
func TestEngineKeepsSecrets(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	exported, err := stack.runner.Export(context.Background())
	require.NoError(t, err)
	stack.close(t)
	secrets := stack.madeUp(t)
	require.Greater(t, len(secrets), 2)
	require.NoError(t, filepath.WalkDir(stack.stateDir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(filepath.Dir(path)) == suppliedDir {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			assert.NotContains(t, string(content), secret, path)
			assert.NotContains(t, string(exported), secret)
		}
		return err
	}))
}

// suppliedDir is where the runner keeps what it makes up.
const suppliedDir = "supplied"

// madeUp are the secrets that the runner made up, a line each.
func (s *engineStack) madeUp(t *testing.T) []string {
	t.Helper()
	read := func(file string) string {
		content, err := os.ReadFile(filepath.Join(s.stateDir, s.name, suppliedDir, file))
		require.NoError(t, err)
		return strings.TrimSpace(string(content))
	}
	secrets := []string{read("listener.pfx.base64")}
	key, _, found := strings.Cut(read("ingress.pem"), "-----END PRIVATE KEY-----")
	require.True(t, found, "the key comes first")
	for _, line := range strings.Split(key, "\n")[1:] {
		if line != "" {
			secrets = append(secrets, line)
		}
	}
	return secrets
}

// The options of a stamp come up and go again: registry agents, more images, build agents, no replica, no Defender, alerts by mail. None of
// them needs a longer list of allowed types, which would come into force only after the update.
func TestEngineStampOptions(t *testing.T) {
	long(t)
	t.Parallel()
	stack := newDeployedStack(t)
	stack.propagation = azuresim.Worst
	const image = "ghcr.io/fluxcd/source-controller:v1.9.6@sha256:6a6693172589f8ff26123a231d5fa6ceb194a6efb4dc647cdf057c959f76a2e3"
	for _, config := range []map[string]any{
		{
			"registry.agentPool": true, "registry.images": []any{image}, "registry.geoReplication": "westus2",
			"buildAgents.allowedHosts": []any{"*.actions.githubusercontent.com"}, "defender.enabled": false, "jumpBoxes.count": 0,
			"monitoring.alertEmails": []any{"platform@example.com"}, "nodePools.userMin": 3, "nodePools.userMax": 6, "gateway.minCapacity": 2,
			"cluster.adminGroupObjectId": configtest.AdminGroup, "cluster.skuTier": "Premium", "cluster.maintenanceDay": "Tuesday",
		},
		{"registry.geoReplication": "", "defender.enforcePolicies": false},
		nil,
	} {
		stack.reopen(t, config)
		assert.NotEmpty(t, changed(stack.up(t)), "%v", config)
	}
	_, err := stack.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	assert.Equal(t, 1, stack.azure.ImageBuilds(), "none of them is a reason to build the jump box image again")
}

// The import of images runs again when its list changes, and only then; what is live has come through quarantine, by digest.
func TestEngineImportsImages(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	live := func() map[string]string {
		images := map[string]string{}
		for _, r := range stack.azure.Resources() {
			if r.Type != "Microsoft.ContainerRegistry/registries" {
				continue
			}
			repositories, _ := r.Properties["images"].(map[string]any)
			for repository, held := range repositories {
				tags, _ := held.(map[string]any)["tags"].(map[string]any)
				for tag, digest := range tags {
					if strings.HasPrefix(repository, "live/") {
						images[repository+":"+tag] = fmt.Sprint(digest)
						quarantined, _ := repositories["quarantine/"+strings.TrimPrefix(repository, "live/")].(map[string]any)
						assert.Equal(t, digest, quarantined["tags"].(map[string]any)[tag], "%s has not been in quarantine", repository)
					}
				}
			}
		}
		return images
	}
	before := live()
	assert.Len(t, before, 3)
	stack.reopen(t, map[string]any{"tags": map[string]any{"owner": "platform"}})
	for _, step := range changed(stack.up(t)) {
		assert.NotEqual(t, "create "+typetoken.Script, step)
	}
	const digest = "sha256:fd7dc98638c8e305f4dc34e979f1c0fdfdcaeb0fbf8fcff77ae834b6da3d7e6e"
	stack.reopen(t, map[string]any{"registry.images": []any{"docker.io/library/busybox:1.38.0@" + digest}})
	assert.Contains(t, changed(stack.up(t)), "create "+typetoken.Script)
	after := live()
	assert.Len(t, after, 4)
	assert.Equal(t, digest, after["live/library/busybox:1.38.0"])
	for image, was := range before {
		assert.Equal(t, was, after[image])
	}
}

// Names outlive what they name: a destroyed vault keeps its own for its retention, and a workspace comes back without Microsoft Sentinel.
// Creating the stack again fails with words for either, and works with suffixes. A finished stack takes another suffix for its workspaces, too:
// whoever sends logs does not keep the old ones.
func TestEngineNamesStayTaken(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.destroy(t)
	assert.Contains(t, stack.upFails(t), "WorkspaceWasRecovered")
	stamps := func(more map[string]any) []any {
		maps.Copy(more, map[string]any{"name": "01", "addressSpace": "10.240.0.0/16"})
		return []any{more}
	}
	stack.reopen(t, map[string]any{"hub.workspaceSuffix": "b", "stamps": stamps(map[string]any{"workspaceSuffix": "b"})})
	assert.Contains(t, stack.upFails(t), "deleted state")
	stack.reopen(t, map[string]any{"hub.workspaceSuffix": "b", "stamps": stamps(map[string]any{"workspaceSuffix": "b", "vaultSuffix": "b"})})
	stack.up(t)
	stack.id(t, "Microsoft.KeyVault/vaults", "kv-aks-")
	stack.reopen(t, map[string]any{"hub.workspaceSuffix": "c", "stamps": stamps(map[string]any{"workspaceSuffix": "c", "vaultSuffix": "b"})})
	assert.Contains(t, changed(stack.up(t)), "create-replacement "+typetoken.Workspace)
}
