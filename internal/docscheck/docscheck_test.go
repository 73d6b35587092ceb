package docscheck_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/docscheck"
)

const project = "aks-regulated-pulumi"

// write makes a small repository with one document.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	all := map[string]string{
		"Makefile":               ".PHONY: help up\nSTACK ?= dev\nARGS ?=\n\nhelp: ## Say it\n\t@true\nup: ## Do it\n\t@true\n",
		"cmd/x/main.go":          "package main\n",
		"docs/other.md":          "# Other\n\n## A `code` & a [link](x)\n\n## Twice\n\n## Twice\n\n<a id=\"here\"></a>\n",
		"app/kustomization.yaml": "resources: []\n",
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return root
}

// program is a small command line.
func program() *cobra.Command {
	root := &cobra.Command{Use: "x"}
	run := func(*cobra.Command, []string) {}
	up := &cobra.Command{Use: "up", Run: run}
	up.Flags().Bool("refresh", false, "")
	up.Flags().Int("count", 0, "")
	root.PersistentFlags().StringP("stack", "s", "", "")
	root.AddCommand(up)
	return root
}

func checker(t *testing.T, root string) *docscheck.Checker {
	t.Helper()
	return &docscheck.Checker{
		Root: root, Hosts: map[string]bool{"example.com": true}, Project: project, Keys: config.Keys,
		Required: configtest.Stored(t, project, configtest.Required(nil)), Tools: []string{"kubectl"},
		Programs: map[string]func() *cobra.Command{"x": program},
		Targets:  map[string][]string{"up": {"x", "up"}},
	}
}

func check(t *testing.T, text string) []string {
	t.Helper()
	findings, err := checker(t, write(t, map[string]string{"docs/page.md": text})).Check("docs/page.md")
	require.NoError(t, err)
	var lines []string
	for _, finding := range findings {
		lines = append(lines, finding.String())
	}
	return lines
}

func bash(lines string) string { return "\n```bash\n" + lines + "\n```\n" }

// A document without mistakes gives none, whatever forms of links and commands it has.
func TestGoodDocument(t *testing.T) {
	assert.Empty(t, check(t, "# Page\n\n"+
		"[a](other.md) [b](other.md#a-code--a-link) [c](#page) [d](other.md#twice-1) [e](other.md#here) [f](../cmd/x/main.go#L1)\n"+
		"[g](https://example.com/x) <https://example.com> [h][ref] [![i](other.md)](other.md) `[no](link)` \\`[a](other.md)\\`\n\n"+
		"[ref]: other.md\n\n<!-- [gone](nowhere.md) -->\n\n"+
		"Run `make up ARGS=--refresh`, `go run ./cmd/x`, `go test`, `kubectl kustomize\napp`, `az login`, `pulumi config --stack x`, in `cmd/x/main.go`.\n"+
		"`./x --stack dev up` and `x up --count <count> --help` are ours, `[no][reference]` is code.\n"+
		bash("make up STACK=prod ARGS=\"-s x\"\npulumi config set --path operators.me \"$(cat ~/.ssh/me.pub)\"\n"+
			"pulumi config set --path 'stamps[0].name' 01\npulumi config set --path --secret certificates.listener <file\n"+
			"pulumi config set azure-native:location <region>\nA=1 go build -o x ./cmd/x # comment\ngo vet ./... && rm -r x | sort\n"+
			"az aks update --name aks-<hash> \\\n  --x y\nkubectl --namespace x get pods")+
		"\n```console\n$ make up\n $ no prompt\nmake nothing\n```\n"+
		"\n```yaml\nconfig:\n  aks-regulated-pulumi:registry:\n    images: [\"mcr.microsoft.com/x:1@sha256:<digits>\"]\n```\n"))
}

// Each kind of mistake is found, and named with its file and line.
func TestMistakes(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no file":            {"# P\n\n[a](gone.md)", `3: link "gone.md" leads to no file`},
		"no heading":         {"[a](other.md#gone)", `1: link "other.md#gone" has no heading in docs/other.md`},
		"no own heading":     {"# P\n[a](#q)", `2: link "#q" has no heading in docs/page.md`},
		"gone in HTML":       {"<img src=\"gone.svg\">", `1: link "gone.svg" leads to no file`},
		"in a table":         {"| a |\n|---|\n| [b](gone.md) |", `3: link "gone.md"`},
		"third of two":       {"[a](other.md#twice-2)", "has no heading"},
		"no image":           {"![a](gone.svg)", "leads to no file"},
		"image in a link":    {"[![a](gone.svg)](other.md)", `link "gone.svg" leads to no file`},
		"absolute":           {"[a](/docs/other.md)", "is not relative"},
		"outside":            {"[a](../../x)", "leaves the repository"},
		"not in Git":         {"[a](../.bin/x)", "not in Git"},
		"anchor into source": {"[a](../cmd/x/main.go#main)", "not a document"},
		"http":               {"[a](http://example.com)", "is not https"},
		"host":               {"text\nhttps://elsewhere.org/x.", `2: link "https://elsewhere.org/x" leads to a host`},
		"port":               {"[a](https://example.com:8443)", "neither user nor port"},
		"no definition":      {"[a][b]", `1: link "[a][b]" has no definition`},
		"bad definition":     {"[a][b]\n\n[b]: gone.md", `1: link "gone.md"`},

		"syntax":         {bash("true\nif x"), `3: "true" is no shell command`},
		"script":         {bash("cmd/gone.sh --x"), "cmd/gone.sh is not in the repository"},
		"target":         {bash("make down"), `make has no target "down"`},
		"inline target":  {"a\nb `make down`", `2: make has no target "down"`},
		"console":        {"```console\n$ echo\n$ make down\n```", `3: make has no target "down"`},
		"variable":       {bash("make up STAK=dev"), "no variable STAK"},
		"args":           {bash("make up ARGS='--stack x --gone'"), "x up: unknown flag: --gone"},
		"no args":        {bash("make help ARGS=--x"), "make help takes no ARGS"},
		"package":        {bash("go run ./cmd/gone"), "./cmd/gone is not in the repository"},
		"go run flag":    {bash("go run ./cmd/x --gone"), "x: unknown flag: --gone"},
		"packages below": {bash("go test ./cmd/gone/..."), "./cmd/gone/... is not in the repository"},
		"substitution":   {bash("echo $(make down)"), `3: make has no target "down"`},
		"subcommand":     {bash("x down"), `unknown command "down" for "x"`},
		"file":           {bash("cat cmd/x/gone.go"), "cmd/x/gone.go is not in the repository"},
		"path in text":   {"see `docs/gone.md`", "docs/gone.md is not in the repository"},

		"key":           {bash("pulumi config set --path hub.gone 1"), "hub.gone is not a configuration key"},
		"path":          {bash("pulumi config set hub.logRetentionDays 1"), "needs --path"},
		"secret":        {bash("pulumi config set --path certificates.listener x"), "needs --secret"},
		"property":      {bash("pulumi config set --path 'stamps[0].gone' x"), "is not a configuration key"},
		"namespace":     {bash("pulumi config set azure-native:gone x"), "not a key of the provider"},
		"own namespace": {bash("pulumi config set aks-regulated-pulumi:location x"), "needs no namespace"},

		"no config":   {"```yaml\nconfig:\n  aks-regulated-pulumi:hub: {\n```", "not a stack's configuration"},
		"unknown key": {"```yaml\nconfig:\n  aks-regulated-pulumi:gone: x\n```", "3: gone:"},
		"value":       {"```yaml\nconfig:\n  aks-regulated-pulumi:hub:\n    logRetentionDays: 1\n```", `4: hub.logRetentionDays: "1" is not allowed`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			findings := check(t, test.text)
			require.Len(t, findings, 1)
			assert.Contains(t, findings[0], "docs/page.md:")
			assert.Contains(t, findings[0], test.want)
		})
	}
}

// A decision that is missing, listed twice, numbered twice, misnamed or of another title is found.
func TestDecisions(t *testing.T) {
	good := map[string]string{
		"d/README.md":   "| No. | Decision |\n|---|---|\n| 1 | [One](0001-one.md) |\n| 2 | [Two](0002-two.md) |\n",
		"d/0001-one.md": "# 1. One\n", "d/0002-two.md": "# 2. Two\n",
	}
	tests := map[string]struct {
		file, text string
		want       string
	}{
		"good":          {"", "", ""},
		"another title": {"d/0002-two.md", "# 2. Three\n", `d/README.md:4: d/0002-two.md is titled "2. Three", not "2. Two"`},
		"not listed":    {"d/0003-new.md", "# 3. New\n", "d/0003-new.md:1: d/README.md lists the page 0 times"},
		"number twice":  {"d/0002-zwo.md", "# 2. Zwo\n", "d/0002-zwo.md:1: the decision after 2 is not 2"},
		"misnamed":      {"d/two.md", "", "d/two.md:1: the name of a decision"},
		"no page":       {"d/README.md", good["d/README.md"] + "| 3 | [Three](0003-three.md) |\n", "decision 3 is not a link to a page"},
		"listed twice":  {"d/README.md", good["d/README.md"] + "| 2 | [Two](0002-two.md) |\n", "d/0002-two.md:1: d/README.md lists the page 2 times"},
		"no link":       {"d/README.md", good["d/README.md"] + "| 3 | Three |\n", "decision 3 is not a link to a page"},
		"a gap":         {"d/0004-new.md", "# 4. New\n", "d/0004-new.md:1: the decision after 2 is not 4"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for file, text := range good {
				files[file] = text
			}
			if test.file != "" {
				files[test.file] = test.text
			}
			findings, err := checker(t, write(t, files)).Decisions("d")
			require.NoError(t, err)
			assert.Equal(t, test.want == "", len(findings) == 0, "%v", findings)
			if test.want != "" {
				assert.Contains(t, joined(findings), test.want)
			}
		})
	}
}

func joined(findings []docscheck.Finding) string {
	var b strings.Builder
	for _, finding := range findings {
		b.WriteString(finding.String() + "\n")
	}
	return b.String()
}

// A document that is not there is an error, not a document without mistakes.
func TestNoDocument(t *testing.T) {
	_, err := checker(t, write(t, nil)).Check("docs/gone.md")
	require.ErrorContains(t, err, "gone.md")
}
