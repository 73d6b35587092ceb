package engine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/typetoken"
)

// recoverySections are the parts of the documents that say how to get out of a failure: every block of commands in them is a recovery, and
// has a name in a comment before it.
var recoverySections = map[string][]string{
	"../../docs/operations.md": {
		"When Flux does not sync", "Break glass", "When a policy denies", "When something of a stamp fails", "When a build fails",
		"Going back after a failed build", "Rebuilding", "Drift, and the expired script record", "When a Defender plan is off",
		"Importing a recovered vault",
	},
	"../../docs/delivery.md": {"When an update did not end", "When drift is found", "When something fails"},
}

// notRun are recoveries that no test runs, and why.
var notRun = map[string]string{
	"build-log":       "only reads: blobs of a storage account, which the simulator does not have",
	"newer-patches":   "asks the marketplace for its newest version; the update that follows is that of any changed template",
	"suspend-flux":    "the command is an extension of the Azure CLI, and changes what the cluster's agent does",
	"look-at-flux":    "runs in the cluster: tests/cluster has the real Flux",
	"defender-plan":   "remediation tasks of Azure Policy act outside of the deployment",
	"recovered-vault": "the reader writes a file by hand, from a vault that Azure has recovered",
}

// recoveryBlock finds the blocks of the shell, with the comment before each, if there is one.
var recoveryBlock = regexp.MustCompile("(?:<!-- recovery: ([a-z-]+) -->\n)?[ ]*```bash\n((?s:.*?))\n[ ]*```")

// documentedRecoveries are the commands of the documents by name.
func documentedRecoveries(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for path, sections := range recoverySections {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, section := range sections {
			heading := regexp.MustCompile(`(?m)^##+ ` + regexp.QuoteMeta(section) + `$`).FindIndex(content)
			require.NotNil(t, heading, "%s: %s", path, section)
			text := string(content[heading[1]:])
			if end := regexp.MustCompile(`(?m)^##+ `).FindStringIndex(text); end != nil {
				text = text[:end[0]]
			}
			for _, block := range recoveryBlock.FindAllStringSubmatch(text, -1) {
				require.NotEmpty(t, block[1], "%s: a recovery without a name: %s", path, block[2])
				require.NotContains(t, found, block[1])
				found[block[1]] = block[2]
			}
		}
	}
	return found
}

// shell runs commands of a document as they are, where "pulumi" works on a stack without questions, and returns what they print.
func (s *engineStack) shell(t *testing.T, script string) string {
	t.Helper()
	bin := t.TempDir()
	command, err := pulumicli.Find("../..")
	require.NoError(t, err)
	command, err = filepath.Abs(command)
	require.NoError(t, err)
	built, err := filepath.Abs("../../.bin")
	require.NoError(t, err)
	wrapper := fmt.Sprintf(`#!/bin/bash
[[ $1 != --non-interactive ]] || shift
case $1 in
up | destroy | refresh) set -- "$@" --yes --stack dev --config-file %[2]q ;;
preview) set -- "$@" --stack dev --config-file %[2]q ;;
stack) set -- "$@" --stack dev ;;
esac
exec %[1]q --non-interactive "$@"
`, command, s.runner.ConfigFile())
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte(wrapper), 0o700))
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", strings.ReplaceAll(script, "<stack>", "dev"))
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "PATH="+strings.Join([]string{bin, built, os.Getenv("PATH")}, string(os.PathListSeparator)),
		pulumicli.Variable+"="+filepath.Join(bin, "pulumi"))
	for _, variable := range s.runner.Environment() {
		cmd.Env = append(cmd.Env, variable.Name+"="+variable.Value)
	}
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", script, output)
	return string(output)
}

// What the documents say to do after a failure is run word for word against a deployed stack in which that failure has happened. A new block
// of commands in those parts of the documents needs a case here.
func TestDocumentedRecoveries(t *testing.T) {
	long(t)
	t.Parallel()
	documented := documentedRecoveries(t)
	build := exec.Command("make", "--no-print-directory", ".bin/delivery", ".bin/pulumi-language-go")
	build.Dir = "../.."
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)
	checkedIn, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	stack := development.copy(t)
	fails := func(resource, armType string, replaced ...string) {
		t.Helper()
		stack.azure.Inject(azuresim.Fault{
			Operation: azuresim.Create, Resource: resource, ARMType: armType, Midway: true, Times: 1, Status: 409, Code: "Failed", Message: "as the test wants",
		})
		_, err := stack.runner.Up(context.Background(), offline.RunOptions{Replace: replaced})
		require.ErrorContains(t, err, "as the test wants")
	}
	cases := map[string]func(t *testing.T, script string){
		// The image is gone as well, and the template that is to build it again has failed.
		"failed-template": func(t *testing.T, script string) {
			stack.removeImages(t)
			fails("imgt-*", "", stack.urn(t, development.first, typetoken.ImageTemplate, "jumpbox-template"))
			stack.shell(t, script)
			assert.Equal(t, 1, stack.removeImages(t), "an image was built")
		},
		"failed-script": func(t *testing.T, script string) {
			builds := stack.azure.ImageBuilds()
			fails("ds-aksopsjb-*", "", stack.urn(t, development.first, typetoken.Script, "jumpbox-build"))
			stack.shell(t, script)
			assert.GreaterOrEqual(t, stack.azure.ImageBuilds(), builds)
			stack.id(t, "Microsoft.Resources/deploymentScripts", "ds-aksopsjb-")
		},
		"drift": func(t *testing.T, script string) {
			group := stack.id(t, "Microsoft.Network/networkSecurityGroups", "imagebuilder")
			_, err := stack.azure.Drift(group, func(properties map[string]any) { properties["tags"] = map[string]any{"added": "by hand"} })
			require.NoError(t, err)
			assert.Contains(t, stack.shell(t, script), "NetworkSecurityGroup")
		},
		// Something is missing in Azure and in the state; the job that makes it again is lost on the way.
		"lost-job": func(t *testing.T, script string) {
			require.NoError(t, stack.azure.Remove(stack.id(t, "Microsoft.Insights/dataCollectionRuleAssociations", "jumpboxes")))
			_, err := stack.runner.Refresh(context.Background(), offline.RunOptions{})
			require.NoError(t, err)
			goOn := make(chan struct{})
			stack.azure.Inject(azuresim.Fault{Operation: azuresim.Create, Times: 1, Midway: true, Then: func(string) {
				assert.NoError(t, syscall.Kill(stack.enginePID(t), syscall.SIGKILL))
				<-goOn
			}})
			stack.interrupted(t)
			close(goOn)
			_, err = stack.runner.Destroy(context.Background(), offline.RunOptions{})
			require.ErrorContains(t, err, "make recover", "what is only pending would stay behind")
			assert.Contains(t, stack.shell(t, script), "added to the state")
		},
	}
	for name := range notRun {
		assert.Contains(t, documented, name, "no document has it any more")
	}
	order := []string{"failed-template", "failed-script", "drift", "lost-job"}
	assert.ElementsMatch(t, order, slices.Collect(maps.Keys(cases)))
	for name := range documented {
		assert.True(t, cases[name] != nil || notRun[name] != "", "%s has no test", name)
	}
	for _, name := range order {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, documented, name)
			cases[name](t, documented[name])
		})
	}
	stack.azure.Heal()
	stack.shell(t, "pulumi up && pulumi up --expect-no-changes")
	now, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(checkedIn), string(now))
}

// removeImages deletes the images that builds have made, and counts them.
func (s *engineStack) removeImages(t *testing.T) int {
	t.Helper()
	count := 0
	for _, r := range s.azure.Resources() {
		if strings.HasPrefix(r.Type, "Microsoft.Compute/images") || strings.HasSuffix(r.Type, "galleries/images/versions") {
			require.NoError(t, s.azure.Remove(r.ID))
			count++
		}
	}
	return count
}

// interrupted runs an update in a plain CLI, which is killed.
func (s *engineStack) interrupted(t *testing.T) {
	t.Helper()
	s.shell(t, "! pulumi up")
}
