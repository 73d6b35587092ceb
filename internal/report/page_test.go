package report

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/tree"
)

// The same export gives the same page, so that two reports can be compared.
func TestSamePageEachTime(t *testing.T) {
	first := rendered(t, devExport(t))
	for range 5 {
		assert.Equal(t, first, rendered(t, devExport(t)))
	}
}

// The page says what it was made from, and that it was not made from Azure.
func TestHead(t *testing.T) {
	page := rendered(t, devExport(t))
	for _, want := range []string{
		"Stack dev", "aks-regulated-pulumi", "v3.255.0", "00000000-0000-4000-8000-000000000001", "eastus2", "not from Azure",
		"25 November 2026, 23:35:42 UTC", "80, of which 78 in Azure",
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "was interrupted")
	export := devExport(t)
	export.Pending = 2
	assert.Contains(t, rendered(t, export), "An update was interrupted: 2 operations")
}

// Every resource of the state is in the list exactly once, components included, and can be linked to.
func TestEveryResourceOnce(t *testing.T) {
	export := devExport(t)
	page := rendered(t, export)
	for i := range export.Resources {
		r := &export.Resources[i]
		assert.Equal(t, 1, strings.Count(page, `<tr id="`+r.Anchor()+`">`), r.URN)
	}
	assert.Equal(t, len(export.Resources), strings.Count(page, `<tr id="r-`))
}

// What waits to be deleted is shown as such, and counts for nothing else.
func TestDeletingResources(t *testing.T) {
	export := devExport(t)
	resource(t, export, typeWAF, "").Deleting = true
	page := rendered(t, export)
	assert.Contains(t, page, "waits to be deleted")
	assert.Contains(t, page, "There is no resource of type "+typeWAF)
}

// The page asks for nothing: no scripts, styles, fonts or pictures from anywhere, no handlers, and a policy that forbids them.
func TestNothingFromOutside(t *testing.T) {
	page := rendered(t, devExport(t))
	assert.Contains(t, page, `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"`)
	for _, forbidden := range []string{`(?i)<(link|img|iframe|object|embed|base)\b[^>]*(href|src)="[^d]`, `(?i)\ssrc=`, `(?i)\son[a-z]+=`, `(?i)url\(`, `@import`, `href="[^#d]`} {
		assert.NotRegexp(t, forbidden, page)
	}
	assert.Equal(t, 1, strings.Count(page, "<script>"))
	assert.Equal(t, 1, strings.Count(page, "<style>"))
	assert.NotContains(t, page, "ZgotmplZ", "nothing was taken for unsafe")
}

// Whatever is in a state stays text, in tables as in the picture.
func TestEverythingIsEscaped(t *testing.T) {
	const attack = `<script>alert(1)</script>"'&`
	export := devExport(t)
	resource(t, export, typePolicy, "").Outputs["description"] = attack
	resource(t, export, typeAssignment, "").Outputs["description"] = attack
	group := resource(t, export, typeRuleGroup, "")
	tree.At(tree.List(group.Outputs, "ruleCollections")[0]).(map[string]any)["name"] = attack
	resource(t, export, typeScaleSet, "").Outputs["sku"] = map[string]any{"capacity": attack}
	export.Resources[0].Type = attack
	export.Resources[0].Name = attack
	page := rendered(t, export)
	assert.NotContains(t, page, attack)
	assert.NotContains(t, page, "<script>alert")
	assert.GreaterOrEqual(t, strings.Count(page, "&lt;script&gt;alert(1)&lt;/script"), 5)
}

// Without its script the page is complete: every row is there, and the filter that would do nothing is not.
func TestWithoutScript(t *testing.T) {
	page := rendered(t, devExport(t))
	assert.Contains(t, page, `id="filter" hidden>`)
	assert.NotRegexp(t, `<tr[^>]* hidden`, page)
}

// Every link leads to something on the page, and no two things have one name.
func TestLinks(t *testing.T) {
	page := rendered(t, devExport(t))
	ids := map[string]int{}
	for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		ids[id[1]]++
	}
	for id, n := range ids {
		assert.Equal(t, 1, n, id)
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		assert.Contains(t, ids, link[1])
	}
}

// Readers of screens get along: language, landmarks, a way past the contents, captions, scopes, names of scrolling parts.
func TestStructure(t *testing.T) {
	page := rendered(t, devExport(t))
	for _, want := range []string{`<html lang="en">`, "<header", "<nav aria-label=", `<main id="main">`, "<footer>", `<a class="skip" href="#main">`} {
		assert.Equal(t, 1, strings.Count(page, want), want)
	}
	tables := strings.Count(page, "<table")
	assert.Equal(t, tables, strings.Count(page, "<caption>"))
	assert.Equal(t, tables, strings.Count(page, `<div class="scroll" tabindex="0" role="region" aria-label="`))
	assert.NotRegexp(t, `<th>`, page, "each header says what it is for")
	assert.Equal(t, 1, strings.Count(page, "<h1"))
	assert.Equal(t, 9, strings.Count(page, "<h2 id="))
}

// Parts that scroll are landmarks, so each has a name of its own.
func TestRegionsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, region := range regexp.MustCompile(`role="region" aria-label="([^"]+)"`).FindAllStringSubmatch(rendered(t, devExport(t)), -1) {
		assert.False(t, seen[region[1]], region[1])
		seen[region[1]] = true
	}
}

// The command stays small: it reads an export, and links neither Pulumi nor Azure's SDK.
func TestImports(t *testing.T) {
	const internal = "aks-regulated-pulumi/internal/"
	allowed := []string{
		internal + "azurefacts", internal + "flow", internal + "handover", internal + "report", internal + "resourceid", internal + "tree", "github.com/spf13/cobra",
	}
	for _, pattern := range []string{"*.go", "cli/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			require.NoError(t, err)
			for _, imported := range parsed.Imports {
				path := strings.Trim(imported.Path.Value, `"`)
				assert.True(t, !strings.Contains(path, ".") && !strings.Contains(path, "pulumi") || slices.Contains(allowed, path), "%s imports %s", file, path)
			}
		}
	}
}
