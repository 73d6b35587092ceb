package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/validate"
)

// example is one of the stacks in examples.
type example struct {
	// without are ends of flows, by the names of flowEndpoints, that it does not have.
	without []string
	rights  []neededRight
}

// neededRight is a right that the landing zone of an example gives to the login.
type neededRight struct {
	// granted is how the landing zone words it, instead is what it says without.
	granted, instead string
	// armType and part are of a resource that needs it: its type, and part of its id.
	armType, part string
	// refused is the permission that Azure then misses.
	refused string
}

// connectivity is the subscription of hubs in the examples.
const connectivity = "/subscriptions/c0000000-0000-4000-8000-000000000001/"

// handoverShown is the example whose handover docs/landing-zone.md shows.
const handoverShown = "existing-hub-no-rights"

var exampleStacks = map[string]example{
	"all-in-one": {},
	"byo-everything": {
		without: []string{"aib-build-vm", "aib-proxy-vm", "aib-privatelink-nic"},
		rights: []neededRight{
			without("Microsoft.Network/firewallPolicies/ruleCollectionGroups/*", "Microsoft.Network/firewallPolicies/ruleCollectionGroups", ""),
			without("Microsoft.Network/privateDnsZones/virtualNetworkLinks/*", "Microsoft.Network/privateDnsZones/virtualNetworkLinks", ""),
		},
	},
	"existing-hub": {rights: []neededRight{
		without("Microsoft.Network/virtualNetworks/peer/action", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "spoke-to-"),
		without("Microsoft.Network/virtualNetworks/virtualNetworkPeerings/*", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "hub-to-"),
		without("Microsoft.Network/firewallPolicies/ruleCollectionGroups/*", "Microsoft.Network/firewallPolicies/ruleCollectionGroups", ""),
		without("Microsoft.Network/privateDnsZones/virtualNetworkLinks/*", "Microsoft.Network/privateDnsZones/virtualNetworkLinks", ""),
		without("Microsoft.Network/privateDnsZones/join/action", "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", ""),
		without("Microsoft.Authorization/roleAssignments/*", "Microsoft.Authorization/roleAssignments", "azmk8s.io"),
		without("Microsoft.OperationalInsights/workspaces/sharedKeys/action", "Microsoft.Insights/diagnosticSettings", "vnet-spoke"),
	}},
	"existing-hub-no-rights": {rights: []neededRight{
		without("Microsoft.Network/virtualNetworks/peer/action", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "spoke-to-"),
	}},
	"two-subscriptions": {rights: []neededRight{
		{"role: Owner", "role: Reader", "Microsoft.Network/virtualNetworks", connectivity, "Microsoft.Network/virtualNetworks/write"},
		{"role: Owner", "role: Contributor", "Microsoft.Authorization/roleAssignments", connectivity, "Microsoft.Authorization/roleAssignments/write"},
	}},
}

// without is a right to an action, which a landing zone has in a line of its own, and a resource that needs it.
func without(action, armType, part string) neededRight {
	return neededRight{
		granted: "  - " + action + "\n", armType: armType, part: part,
		// A wildcard covers the permission that is missed.
		refused: strings.TrimSuffix(action, "*"),
	}
}

// Each example deploys as its preview says, a second update changes nothing, the image builds, nodes join, operators and requests get
// through, flows are as in every stack, report and checks can read it, a login that lacks a right gets Azure's refusal, and a destroy leaves
// what was there before, in every field.
func TestEngineExamples(t *testing.T) {
	long(t)
	t.Parallel()
	files, err := filepath.Glob("../../examples/*/Pulumi.*.yaml")
	require.NoError(t, err)
	// Stacks that are parts of one platform have a test of their own.
	files = slices.DeleteFunc(files, func(file string) bool { return filepath.Base(filepath.Dir(file)) == imageFactory })
	assert.Len(t, files, len(exampleStacks), "each example is tested")
	for name, example := range exampleStacks {
		t.Run(name, func(t *testing.T) {
			// On a running clock, where what others have just assigned is not known yet.
			stack := openStack(t, &engineStack{name: name, stateDir: t.TempDir(), scale: runningClock}, nil)
			before := stack.azure.LandingZone()
			preview, err := stack.runner.Preview(context.Background(), offline.RunOptions{})
			require.NoError(t, err)
			first := stack.up(t)
			assert.Equal(t, preview.Changes["create"], first.Changes["create"], "the preview told what the update did")
			stack.unchanged(t)
			stack.works(t)
			stack.flows(t, example.without)
			stack.tells(t, first)
			stack.handsOver(t, preview)
			stack.close(t)
			for _, right := range example.rights {
				stack.needs(t, right)
			}
			stack.open(t, nil)
			stack.destroy(t)
			assert.Empty(t, stack.azure.Left())
			assert.Empty(t, azuresim.Changes(before, stack.azure.LandingZone()))
		})
	}
}

// works uses what has been deployed: each image template, gateway, cluster and jump box.
func (s *engineStack) works(t *testing.T) {
	t.Helper()
	tries := map[string][]func(string) (string, error){
		"Microsoft.VirtualMachineImages/imageTemplates": {s.azure.TryImageBuild},
		string(gateway):   {s.azure.TryGateway},
		string(nodes):     {s.azure.TryNodes, s.azure.TryIngress, s.azure.TryGitOps},
		string(jumpBoxes): {s.azure.TryJumpBox},
	}
	made := s.azure.Made()
	for _, r := range s.azure.Resources() {
		// The nodes of AKS are scale sets as well, but not of the stack.
		if !slices.Contains(made, r.ID) {
			continue
		}
		for _, try := range tries[r.Type] {
			trouble, err := try(r.ID)
			require.NoError(t, err)
			assert.Empty(t, trouble, r.ID)
		}
	}
}

// flows compares the network with the flows of every stack, but for the ends that this one does not have, and for hosts that another
// stack's file allows. Which rule decides may differ.
func (s *engineStack) flows(t *testing.T, without []string) {
	t.Helper()
	network, err := flow.New(s.azure.Resources(), flow.Options{})
	require.NoError(t, err)
	endpoints := flowEndpoints(t, s)
	for _, proof := range slices.Concat(flowProofs, clusterFlowProofs) {
		configured := strings.HasPrefix(proof.by, "aks-jumpbox-hosts/")
		if !configured && !slices.Contains(without, proof.from) && !slices.Contains(without, proof.to) {
			result := network.Check(proof.flow(endpoints))
			assert.Equal(t, proof.allow, result.Allowed, "%s %s to %s %s %d: %s", proof.id, proof.from, proof.to, proof.protocol, proof.port, result.Reason)
		}
	}
}

// tells reads the deployed stack as the report and the checks of a deployment do.
func (s *engineStack) tells(t *testing.T, deployed *offline.Result) {
	t.Helper()
	page, _ := s.reportOf(t)
	stamps, err := json.Marshal(deployed.Outputs["stamps"])
	require.NoError(t, err)
	expected, err := validate.ReadExpected(strings.NewReader(string(stamps)), "")
	require.NoError(t, err)
	assert.Contains(t, page, expected.ClusterName)
}

// handsOver compares the documents with the handover of the example that they show: it is on the page, line by line in its order. A line of
// three dots stands for what is left out.
func (s *engineStack) handsOver(t *testing.T, previewed *offline.Result) {
	t.Helper()
	if s.name != handoverShown {
		return
	}
	encoded, err := json.Marshal(previewed)
	require.NoError(t, err)
	document, err := handover.Read(bytes.NewReader(encoded))
	require.NoError(t, err)
	shown, err := os.ReadFile("../../docs/landing-zone.md")
	require.NoError(t, err)
	_, excerpt, found := strings.Cut(string(shown), "````markdown\n")
	require.True(t, found)
	excerpt, _, _ = strings.Cut(excerpt, "````")
	rest := strings.Split(document.Markdown(s.name), "\n")
	for line := range strings.SplitSeq(strings.TrimSpace(excerpt), "\n") {
		if line != "..." {
			at := slices.Index(rest, line)
			require.GreaterOrEqual(t, at, 0, "docs/landing-zone.md shows a line that the handover does not have, or not there: %s", line)
			rest = rest[at+1:]
		}
	}
}

// needs makes a deployed resource once more as a login without the right, in a copy of what the stack left when it was closed.
func (s *engineStack) needs(t *testing.T, right neededRight) {
	t.Helper()
	zone, err := offline.LandingZone("../..", s.name, "")
	require.NoError(t, err)
	require.Contains(t, string(zone), right.granted)
	file := filepath.Join(t.TempDir(), "azure.json")
	content, err := os.ReadFile(filepath.Join(s.stateDir, s.name, "azure.json"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	azure, err := azuresim.Start(azuresim.Options{
		StateFile: file, LandingZone: []byte(strings.ReplaceAll(string(zone), right.granted, right.instead)), Repository: s.gitRepository(),
	})
	require.NoError(t, err)
	made := azure.Made()
	at := slices.IndexFunc(made, func(id string) bool {
		return strings.EqualFold(resourceid.Type(id), right.armType) && strings.Contains(id, right.part)
	})
	require.GreaterOrEqual(t, at, 0, "nothing needs %v", right)
	refusal, err := azure.TryRecreate(made[at])
	require.NoError(t, err)
	assert.Regexp(t, "^(Linked)?AuthorizationFailed: ", refusal)
	assert.Contains(t, refusal, right.refused)
	require.NoError(t, azure.Close())
}
