package engine

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/resourceid"
)

// agrees compares the engine's state with the simulated Azure.
func (f *faults) agrees(t *testing.T) {
	t.Helper()
	var known []string
	for _, id := range f.stack.stateIDs(t) {
		if strings.HasPrefix(id, "/") {
			known = append(known, resourceid.Key(id))
		}
	}
	var made []string
	for _, id := range f.stack.azure.Made() {
		made = append(made, resourceid.Key(id))
	}
	slices.Sort(known)
	slices.Sort(made)
	assert.Equal(t, made, known, "what Azure has and what the state has")
}

// stateIDs are the ids of the resources in the engine's state, by URN.
func (s *engineStack) stateIDs(t *testing.T) map[string]string {
	t.Helper()
	var state struct {
		Checkpoint struct {
			Latest struct {
				Resources []struct{ URN, ID string }
			}
		}
	}
	s.readState(t, &state)
	ids := map[string]string{}
	for _, r := range state.Checkpoint.Latest.Resources {
		ids[r.URN] = r.ID
	}
	return ids
}

func (s *engineStack) stateFile() string {
	return filepath.Join(s.stateDir, s.name, "pulumi", ".pulumi", "stacks", "aks-regulated-pulumi", s.name+".json")
}

func (s *engineStack) readState(t *testing.T, into any) {
	t.Helper()
	content, err := os.ReadFile(s.stateFile())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, into))
}

// newFaultyStack opens an empty stack in which the engine saves after each step.
func newFaultyStack(t *testing.T) *engineStack {
	t.Helper()
	return openStack(t, &engineStack{name: "dev", stateDir: t.TempDir(), checkpoints: true}, nil)
}

// cut opens a stack as it is while a deployment still lacks all that comes after a number of steps from the first resource.
func (d *deployment) cut(t *testing.T, level int) *engineStack {
	t.Helper()
	d.make(t)
	stack := &engineStack{name: d.name, stateDir: t.TempDir(), checkpoints: true}
	require.NoError(t, os.CopyFS(stack.stateDir, os.DirFS(d.dir)))
	var state map[string]any
	stack.readState(t, &state)
	latest := state["checkpoint"].(map[string]any)["latest"].(map[string]any)
	levels, missing := map[string]int{}, map[string]bool{}
	var kept []any
	type removal struct {
		id    string
		level int
	}
	var removed []removal
	for _, element := range latest["resources"].([]any) {
		r := element.(map[string]any)
		deepest, lacks := 0, false
		dependencies, _ := r["dependencies"].([]any)
		for _, dependency := range append(slices.Clone(dependencies), cmp.Or(r["parent"], any(""))) {
			deepest = max(deepest, levels[dependency.(string)])
			lacks = lacks || missing[dependency.(string)]
		}
		isAzure := strings.HasPrefix(r["type"].(string), "azure-native:")
		switch {
		case isAzure && (deepest >= level || lacks):
			removed = append(removed, removal{r["id"].(string), deepest})
			missing[r["urn"].(string)] = true
		case lacks:
			// A random value, which is drawn again.
			missing[r["urn"].(string)] = true
		default:
			kept = append(kept, r)
		}
		if isAzure {
			deepest++
		}
		levels[r["urn"].(string)] = deepest
	}
	latest["resources"] = kept
	content, err := json.Marshal(state)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(stack.stateFile(), content, 0o600))
	openStack(t, stack, nil)
	slices.SortStableFunc(removed, func(a, b removal) int { return b.level - a.level })
	for _, r := range removed {
		if err := stack.azure.Remove(r.id); err != nil {
			require.ErrorContains(t, err, "not found", "it went along with another one")
		}
	}
	// An image goes with the template that built it. A template that stays knows that it has been built, and builds no other.
	if slices.ContainsFunc(removed, func(r removal) bool { return resourceid.Type(r.id) == "Microsoft.VirtualMachineImages/imageTemplates" }) {
		stack.removeImages(t)
	}
	return stack
}
