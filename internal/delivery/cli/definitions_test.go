package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

type workflow struct {
	// YAML 1.1 takes the word on for a boolean.
	On          any            `json:"true"`
	Permissions map[string]any `json:"permissions"`
	Jobs        map[string]job `json:"jobs"`
}

type job struct {
	If          string            `json:"if"`
	Needs       any               `json:"needs"`
	Timeout     int               `json:"timeout-minutes"`
	Permissions map[string]string `json:"permissions"`
	Environment string            `json:"environment"`
	Concurrency *struct {
		Group  string `json:"group"`
		Cancel *bool  `json:"cancel-in-progress"`
	} `json:"concurrency"`
	Steps []step `json:"steps"`
}

type step struct {
	If   string            `json:"if"`
	Uses string            `json:"uses"`
	Run  string            `json:"run"`
	With map[string]any    `json:"with"`
	Env  map[string]string `json:"env"`
}

const dotGitHub = "../../../.github"

// definition is a workflow, or an action as a job named after it.
type definition struct {
	name, text string
	workflow   workflow
}

func definitions(t *testing.T) []definition {
	t.Helper()
	var all []definition
	for _, pattern := range []string{"workflows/*", "actions/*/*"} {
		paths, err := filepath.Glob(filepath.Join(dotGitHub, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			d := definition{name: strings.TrimPrefix(path, dotGitHub+"/"), text: string(text)}
			if strings.HasPrefix(pattern, "actions") {
				var action struct{ Runs job }
				require.NoError(t, yaml.Unmarshal(text, &action), path)
				d.workflow.Jobs = map[string]job{"action": action.Runs}
			} else {
				require.NoError(t, yaml.Unmarshal(text, &d.workflow), path)
			}
			all = append(all, d)
		}
	}
	return all
}

func (d definition) isWorkflow() bool { return strings.HasPrefix(d.name, "workflows/") }
