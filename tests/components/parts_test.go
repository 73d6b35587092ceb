package components

import (
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/platform"
)

// inParts has the image in a group of its own, so that no group belongs to two parts.
var inParts = settings{
	"stamps":               twoStamps,
	"resourceGroups.image": "rg-images", "hub.activityLog": "true",
}

// deployPart runs the program of a stack that finds the stacks so far.
func deployPart(t *testing.T, stacks map[string]map[string]any, name string, more settings) *recordingMonitor {
	t.Helper()
	s := maps.Clone(inParts)
	maps.Copy(s, more)
	m := &recordingMonitor{}
	m.Stacks = maps.Clone(stacks)
	m.Found = map[string]map[string]any{path.Base(hubWorkspaceID): {"customerId": stableGUID("workspace", hubWorkspaceID)}}
	require.NoError(t, m.run(t, withTags(s), platform.Deploy), name)
	stacks[name] = decoded(t, m.Exports).(map[string]any)
	return m
}

// A platform in four stacks registers in Azure what it registers in one, each resource once and with the same inputs: lists of allowed types,
// priorities, names and ids. So it can be split without a change in Azure, and no two stacks clash.
func TestPartsTogetherAreTheWhole(t *testing.T) {
	whole := map[string]any{}
	for _, r := range deployPlatform(t, inParts).All() {
		if r.Custom() {
			whole[r.String()] = r.Inputs
		}
	}
	const network, image = "network", "image"
	found := settings{"parts": `["stamps"]`, "hub.stack": network, "imageBuilder.stack": image}
	stampOnly := func(stamp string) settings {
		s := maps.Clone(found)
		s["stamps"] = stamp
		return s
	}
	stacks, parts := map[string]map[string]any{}, map[string]any{}
	for _, part := range []struct {
		stack string
		s     settings
	}{
		{network, settings{"parts": `["network"]`, "stamps": `[{"name": "01", "addressSpace": "10.240.0.0/16"}]`}},
		{image, settings{"parts": `["image"]`, "hub.stack": network, "stamps": `[{"name": "01", "addressSpace": "10.240.0.0/16"}]`}},
		{"stamp01", stampOnly(`[{"name": "01", "addressSpace": "10.240.0.0/16"}]`)},
		{"stamp02", stampOnly(`[{"name": "02", "addressSpace": "10.242.0.0/16"}]`)},
	} {
		for _, r := range deployPart(t, stacks, part.stack, part.s).All() {
			if !r.Custom() {
				continue
			}
			assert.NotContains(t, parts, r.String(), "%s registers what another stack has", part.stack)
			parts[r.String()] = r.Inputs
		}
	}
	assert.Empty(t, cmp.Diff(decoded(t, whole), decoded(t, parts)), "-whole +parts")
}

// What another stack lacks is one error with the key, the stack and the outputs, before anything is registered; and networks are compared with
// those of the hub that it has.
func TestPartsThatAreMissing(t *testing.T) {
	stacks := map[string]map[string]any{}
	deployPart(t, stacks, "network", settings{"parts": `["network"]`, "stamps": `[{"name": "01", "addressSpace": "10.240.0.0/16"}]`})
	found := settings{"parts": `["stamps"]`, "hub.stack": "network", "imageBuilder.stack": "image"}
	for _, test := range []struct {
		name   string
		stacks map[string]map[string]any
		more   settings
		says   []string
	}{
		{"no outputs", map[string]map[string]any{"network": {}, "image": {}}, nil, []string{
			`hub.stack: "network" is not allowed; expected a stack whose output hub.networkId is a text`, "hub.addressSpaces", "dns.vaultZoneId",
			"flowLogs.storageAccountId", "policyDefinitions", "imageImportRoleId",
			`imageBuilder.stack: "image" is not allowed; expected a stack whose output jumpBoxImageId is a text`, "jumpBoxImageTrustedLaunch",
		}},
		{"this stack", stacks, settings{"hub.stack": "test"}, []string{`hub.stack: "test" is not allowed; expected the name of another stack`}},
		{"ranges", map[string]map[string]any{"network": stacks["network"], "image": {
			"jumpBoxImageId": "/image", "jumpBoxImageName": "image", "jumpBoxImageTrustedLaunch": true,
		}}, settings{"stamps": `[{"name": "01", "addressSpace": "10.200.0.0/16"}]`}, []string{
			`stamps[0].addressSpace: "10.200.0.0/16" is not allowed; expected a range that does not overlap hub.addressSpaces[0] of stack network 10.200.0.0/24`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := maps.Clone(inParts)
			maps.Copy(s, found)
			maps.Copy(s, test.more)
			m := &recordingMonitor{}
			m.Stacks = test.stacks
			err := m.run(t, withTags(s), platform.Deploy)
			require.Error(t, err)
			for _, words := range test.says {
				assert.Contains(t, err.Error(), words)
			}
			for _, r := range m.All() {
				assert.True(t, strings.HasPrefix(r.Type, "pulumi:"), "%s was registered", r)
			}
		})
	}
}
