// Package docs_test holds the documents to the repository that they describe.
package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	deliverycli "aks-regulated-pulumi/internal/delivery/cli"
	"aks-regulated-pulumi/internal/docscheck"
	handovercli "aks-regulated-pulumi/internal/handover/cli"
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
	"preview": {"offline", "preview"}, "up": {"offline", "up"}, "refresh": {"offline", "refresh"}, "recover": {"offline", "recover"}, "destroy": {"offline", "destroy"},
	"export": {"offline", "export"}, "handover": {"offline", "preview"}, "serve": {"offline", "serve"}, "dev-certs": {"devcerts"},
}

// documents returns all Markdown files that people read, by their paths below the root.
func documents(t *testing.T) []string {
	t.Helper()
	paths := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "cluster-manifests/README.md", "examples/README.md", ".github/SECURITY.md"}
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			paths = append(paths, "docs/"+filepath.ToSlash(path))
		}
		return err
	}))
	readmes, err := filepath.Glob(filepath.Join(root, "examples", "*", "README.md"))
	require.NoError(t, err)
	require.NotEmpty(t, readmes)
	list, err := os.ReadFile(filepath.Join(root, "examples", "README.md"))
	require.NoError(t, err)
	for _, readme := range readmes {
		name := filepath.Base(filepath.Dir(readme)) + "/README.md"
		assert.Contains(t, string(list), "("+name+")", "the list of examples has all of them")
		paths = append(paths, "examples/"+name)
	}
	return paths
}

func newChecker(t *testing.T) *docscheck.Checker {
	t.Helper()
	return &docscheck.Checker{
		Root: root, Hosts: hosts, Project: project, Keys: config.Keys,
		Required: configtest.Stored(t, project, configtest.Required(nil)),
		Tools:    imageTools(t),
		Programs: map[string]func() *cobra.Command{
			"validate": (&validatecli.App{}).Command, "offline": (&offlinecli.App{}).Command, "report": (&reportcli.App{}).Command,
			"handover": (&handovercli.App{}).Command,
			"delivery": (&deliverycli.App{}).Command, "devcerts": func() *cobra.Command { return devcerts(t) },
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

// devcerts has the flags of cmd/devcerts, read from its source: it is a main package.
func devcerts(t *testing.T) *cobra.Command {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, "cmd", "devcerts", "main.go"))
	require.NoError(t, err)
	found := regexp.MustCompile(`flags\.(String|Bool)Var\(&[\w.]+, "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, found, "the flags have moved")
	command := &cobra.Command{Use: "devcerts", Run: func(*cobra.Command, []string) {}}
	for _, flag := range found {
		if flag[1] == "Bool" {
			command.Flags().Bool(flag[2], false, "")
		} else {
			command.Flags().String(flag[2], "", "")
		}
	}
	return command
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

// A decision is found by its number: every page is in the index, and no number is given twice.
func TestDecisionsAreListed(t *testing.T) {
	findings, err := newChecker(t).Decisions("docs/decisions")
	report(t, findings, err)
}

// make help names every target that people call: those that .PHONY names, but for files.
func TestMakeHelp(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	_, phony, found := strings.Cut(strings.ReplaceAll(string(source), "\\\n", " "), "\n.PHONY:")
	require.True(t, found)
	phony, _, _ = strings.Cut(phony, "\n")
	help, err := exec.Command("make", "-C", root, "--no-print-directory", "help").Output()
	require.NoError(t, err)
	for target := range strings.FieldsSeq(phony) {
		if !strings.HasPrefix(target, ".") {
			assert.Contains(t, string(help), "make "+target+" ")
		}
	}
	for _, rule := range regexp.MustCompile(`(?m)^([a-z-]+)(?: [a-z -]+)?:.*##`).FindAllStringSubmatch(string(source), -1) {
		assert.Contains(t, strings.Fields(phony), rule[1], "a target that is described, but not in .PHONY")
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
