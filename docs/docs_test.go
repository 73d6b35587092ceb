// Package docs_test holds the documents to the repository that they describe.
package docs_test

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	deliverycli "aks-regulated-pulumi/internal/delivery/cli"
	"aks-regulated-pulumi/internal/docscheck"
	"aks-regulated-pulumi/internal/offline"
	offlinecli "aks-regulated-pulumi/internal/offline/cli"
	reportcli "aks-regulated-pulumi/internal/report/cli"
	validatecli "aks-regulated-pulumi/internal/validate/cli"
)

const (
	project = "aks-regulated-pulumi"
	root    = ".."
)

// hosts are where links of the documents may lead to. Nothing is fetched.
var hosts = map[string]bool{
	"azure.microsoft.com":          true,
	"github.com":                   true,
	"keepachangelog.com":           true,
	"learn.microsoft.com":          true,
	"prices.azure.com":             true,
	"semver.org":                   true,
	"www.pulumi.com":               true,
	"kubernetes.io":                true,
	"fluxcd.io":                    true,
	"doc.traefik.io":               true,
	"microsoft.github.io":          true,
	"cloud.google.com":             false,
	"www.pcisecuritystandards.org": true,
}

// targets are those of the Makefile that hand ARGS to a command of cmd/offline.
var targets = map[string][]string{
	"preview": {"offline", "preview"}, "up": {"offline", "up"}, "refresh": {"offline", "refresh"}, "destroy": {"offline", "destroy"},
	"export": {"offline", "export"}, "serve": {"offline", "serve"}, "dev-certs": {"devcerts"},
}

// documents returns all Markdown files that people read, by their paths below the root.
func documents(t *testing.T) []string {
	t.Helper()
	paths := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "cluster-manifests/README.md", ".github/SECURITY.md"}
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			paths = append(paths, "docs/"+filepath.ToSlash(path))
		}
		return err
	}))
	return paths
}

func newChecker(t *testing.T) *docscheck.Checker {
	t.Helper()
	return &docscheck.Checker{
		Root: root, Hosts: hosts, Project: project, Keys: config.Keys,
		Required: configtest.Stored(t, project, configtest.Required(nil)),
		Tools:    imageTools(t),
		Helps: map[string]docscheck.Helper{
			"validate": validateHelp, "offline": offlineHelp, "report": reportHelp, "delivery": deliveryHelp,
			"devcerts": func(...string) (string, error) { return devcertsHelp(t), nil },
		},
		Targets: targets,
	}
}

// imageTools returns the names of the tools on the image. They are read from the source: the package links the Azure SDK.
func imageTools(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "imagebuilder", "tools.go"), nil, 0)
	require.NoError(t, err)
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		field, ok := node.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		name, named := field.Key.(*ast.Ident)
		text, literal := field.Value.(*ast.BasicLit)
		if named && literal && name.Name == "Name" {
			value, err := strconv.Unquote(text.Value)
			require.NoError(t, err)
			names = append(names, value)
		}
		return true
	})
	require.Contains(t, names, "kubectl", "the tools have moved")
	return names
}

func validateHelp(path ...string) (string, error) {
	var out bytes.Buffer
	app := &validatecli.App{Manifests: fstest.MapFS{}, Stdin: &out, Stdout: &out, Stderr: &out}
	return ran(&out, app.Run(context.Background(), append(path, "--help")))
}

func offlineHelp(path ...string) (string, error) {
	var out bytes.Buffer
	app := &offlinecli.App{Stdout: &out, Stderr: &out}
	return ran(&out, app.Run(context.Background(), append(path, "--help")))
}

func reportHelp(path ...string) (string, error) {
	var out bytes.Buffer
	app := &reportcli.App{Stdin: &out, Stdout: &out, Stderr: &out}
	return ran(&out, app.Run(append(path, "--help")))
}

func deliveryHelp(path ...string) (string, error) {
	var out bytes.Buffer
	app := &deliverycli.App{Stdout: &out, Stderr: &out}
	return ran(&out, app.Run(context.Background(), append(path, "--help")))
}

// devcertsHelp lists the flags of cmd/devcerts, read from its source: it is a main package.
func devcertsHelp(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, "cmd", "devcerts", "main.go"))
	require.NoError(t, err)
	found := regexp.MustCompile(`flags\.(String|Bool)Var\(&[\w.]+, "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, found, "the flags have moved")
	text := "Flags:\n"
	for _, flag := range found {
		text += "      --" + flag[2] + map[string]string{"String": " string"}[flag[1]] + "\n"
	}
	return text
}

func ran(out *bytes.Buffer, code int) (string, error) {
	if code != 0 {
		return "", fmt.Errorf("exit code %d: %s", code, out)
	}
	return out.String(), nil
}

// pulumiHelp asks the CLI, once for each subcommand. Without a CLI it skips the test.
func pulumiHelp(t *testing.T) docscheck.Helper {
	t.Helper()
	command, err := offline.FindCommand(root)
	if err != nil {
		t.Skipf("subcommands and flags of pulumi are not checked: %v", err)
	}
	home := t.TempDir()
	answers := map[string]string{}
	var lock sync.Mutex
	return func(path ...string) (string, error) {
		lock.Lock()
		defer lock.Unlock()
		name := strings.Join(path, " ")
		if text, ok := answers[name]; ok {
			return text, nil
		}
		cmd := exec.Command(command, append(path, "--help")...)
		cmd.Env = append(os.Environ(), "PULUMI_HOME="+home, "PULUMI_SKIP_UPDATE_CHECK=true")
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("asking the Pulumi CLI: %w", err)
		}
		answers[name] = string(out)
		return answers[name], nil
	}
}

func report(t *testing.T, findings []docscheck.Finding, err error) {
	t.Helper()
	require.NoError(t, err)
	for _, finding := range findings {
		t.Error(finding)
	}
}

// What a document says can be followed: its links lead somewhere, and its commands, keys and examples are those of this
// repository.
func TestDocumentsHold(t *testing.T) {
	findings, err := newChecker(t).Check(documents(t)...)
	report(t, findings, err)
}

// What a document says to the Pulumi CLI is known to the pinned one.
func TestPulumiCommandsHold(t *testing.T) {
	checker := newChecker(t)
	checker.Helps["pulumi"] = pulumiHelp(t)
	findings, err := checker.Check(documents(t)...)
	report(t, slices.DeleteFunc(findings, func(f docscheck.Finding) bool { return !strings.HasPrefix(f.Message, "pulumi ") }), err)
}

// A decision is found by its number: every page is in the index, and no number is given twice.
func TestDecisionsAreListed(t *testing.T) {
	findings, err := newChecker(t).Decisions("docs/decisions")
	report(t, findings, err)
}

// make help names everything that there is to make.
func TestMakeHelp(t *testing.T) {
	findings, err := newChecker(t).HelpOfMake()
	report(t, findings, err)
	help, err := exec.Command("make", "-C", root, "--no-print-directory", "help").Output()
	require.NoError(t, err)
	for _, target := range []string{"preview", "test", "lint", "clean"} {
		assert.Contains(t, string(help), "make "+target+" ")
	}
}

// The README's table of environments matches the checked-in stacks.
func TestReadmeNamesTheEnvironments(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	cells := map[string][]string{}
	for _, stack := range []string{"dev", "prod"} {
		cfg := stackConfig(t, stack)
		for row, cell := range map[string]string{
			"User nodes, in each of two pools": fmt.Sprintf("%d to %d", cfg.NodePools.UserMin, cfg.NodePools.UserMax),
			"Upgrades":                         fmt.Sprintf("%s from %s UTC, %d hours", cfg.Cluster.MaintenanceDay, cfg.Cluster.MaintenanceStart, cfg.Cluster.MaintenanceHours),
			"Logs, flow logs":                  fmt.Sprintf("%d days", cfg.Hub.LogRetentionDays),
			"Jump boxes":                       strconv.Itoa(cfg.JumpBoxes.Count),
			"Gateway instances always running": map[int]string{0: "none"}[cfg.Gateway.MinCapacity],
			"Flux follows the branch":          "`" + cfg.Bootstrap.Repository.Branch + "`",
		} {
			if cell == "" {
				cell = strconv.Itoa(cfg.Gateway.MinCapacity)
			}
			cells[row] = append(cells[row], cell)
		}
		assert.Equal(t, []int{cfg.Hub.LogRetentionDays, cfg.Hub.LogRetentionDays},
			[]int{cfg.Monitoring.LogRetentionDays, cfg.Hub.FlowLogRetentionDays}, "one row stands for all three")
	}
	for row, both := range cells {
		assert.Contains(t, string(text), fmt.Sprintf("\n| %s | %s |\n", row, strings.Join(both, " | ")))
	}
}
