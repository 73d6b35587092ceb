package delivery

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func preview(stack, text string) Outcome {
	return Outcome{stack, &Result{Stack: stack, Operation: OperationPreview, OK: true, Text: text,
		Counts: map[string]int{"create": 3, "update": 2, "create-replacement": 1, "delete-replaced": 1, "replace": 1, "same": 9}}}
}

func comment(outcomes ...Outcome) *Comment {
	return &Comment{Request: &Request{PullRequest: 1, Head: head}, Outcomes: outcomes, RunURL: "https://example.com/run"}
}

// outside returns the part of a Markdown text that is not code, as CommonMark tells the two apart.
func outside(t *testing.T, markdown string) string {
	t.Helper()
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(markdown) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && strings.HasPrefix(trimmed, "```"):
			fence = regexp.MustCompile("^`+").FindString(trimmed)
		case fence != "" && strings.Trim(trimmed, "`") == "" && len(trimmed) >= len(fence):
			fence = ""
		case fence == "":
			b.WriteString(line)
		}
	}
	require.Empty(t, fence, "a fence stays open")
	return regexp.MustCompile("`[^`\n]+`").ReplaceAllString(b.String(), "")
}

// One comment has a row for each environment, with the engine's operations in the columns that people read.
func TestCommentTable(t *testing.T) {
	simulated, failed := preview("prod", "  + a"), preview("stage", "")
	simulated.Result.Simulated, simulated.Result.Empty = true, true
	failed.Result.OK, failed.Result.Error = false, "denied by policy"
	text := comment(preview("dev", "    ~ resource\n      ~ tag: 1 => 2"), simulated, failed, Outcome{Stack: "test"}).Markdown()
	assert.True(t, strings.HasPrefix(text, CommentMarker+"\n"))
	assert.Contains(t, text, "| `dev` | real | ok | 3 | 2 | 3 | 0 | 9 |\n")
	assert.Contains(t, text, "| `prod` | simulated, empty | ok |")
	assert.Contains(t, text, "| `stage` | real | **failed** |")
	assert.Contains(t, text, "| `test` | | **no result** |")
	assert.Contains(t, text, "```diff\n!     resource\n!       tag: 1 => 2\n```")
	assert.Contains(t, text, "denied by policy")
	assert.Contains(t, text, "So everything is new")
	assert.Contains(t, text, "Commit "+head+".")
	assert.NotContains(t, comment(preview("dev", "")).Markdown(), "simulated")
	assert.Contains(t, comment().Markdown(), "touches no environment")
}

// Nothing that a pull request can print leaves its code block: no markup, no mention, no second marker.
func TestHostileText(t *testing.T) {
	hostile := []string{
		"```\n# @everyone escaped\n", "```````\n@org/team\n```````", "`````` @user", "~~~\n@user\n~~~",
		CommentMarker + "\n@user", "</details>\n@user <img src=x>", "- ```\n  @user", "\n\n```\n\n@user", "   ```\n@user",
		"<!-- ", "-->", "$$@user$$", strings.Repeat("`", 500) + "\n@user",
	}
	for _, text := range hostile {
		failed := preview("prod", text)
		failed.Result.OK, failed.Result.Error = false, text
		for _, outcomes := range [][]Outcome{{preview("dev", text)}, {preview("dev", text), failed}} {
			got := outside(t, comment(outcomes...).Markdown())
			assert.NotContains(t, got, "@", text)
			assert.NotContains(t, got, "<img", text)
			assert.Equal(t, 1, strings.Count(got, "<!--"), text)
			assert.Equal(t, len(outcomes), strings.Count(got, "</details>"), text)
		}
	}
}

// However long the texts are, the comment is within GitHub's limit, says what is missing and where it is, and no environment
// crowds another one out.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("    + a resource with a line of its own\n", 50_000)
	short := "    + short\n"
	text := comment(preview("dev", long), preview("prod", short), preview("stage", long)).Markdown()
	assert.LessOrEqual(t, len(text), maxBodyBytes)
	assert.Greater(t, len(text), maxBodyBytes*3/4, "what fits should be shown")
	assert.Contains(t, text, "+     short\n```")
	assert.Contains(t, text, "more lines are left out here. All of it is in the artifact `preview-dev`.")
	parts := strings.Split(text, "<details>")
	require.Len(t, parts, 4)
	assert.InDelta(t, len(parts[1]), len(parts[3]), float64(len(parts[1]))/4)
	outside(t, text)

	many := make([]Outcome, maxEnvironments)
	for i := range many {
		many[i] = preview("environment-with-a-long-name-xx", strings.Repeat("`", maxTextBytes/100)+long)
	}
	assert.LessOrEqual(t, len(comment(many...).Markdown()), maxBodyBytes)
}

// One line that is too long for the comment is left out, not cut: half of a line says something else.
func TestOneLongLine(t *testing.T) {
	text := comment(preview("dev", strings.Repeat("x", 2*maxBodyBytes))).Markdown()
	assert.LessOrEqual(t, len(text), maxBodyBytes)
	assert.Contains(t, text, "1 more lines are left out here")
}

// A fork cannot pass what it made up for a preview on Azure, and a refresh is no preview.
func TestReadOutcomes(t *testing.T) {
	dir := t.TempDir()
	request := &Request{PullRequest: 1, Head: head, Environments: []string{"dev", "prod"}}
	require.NoError(t, preview("dev", "text").Result.Write(dir))
	outcomes, err := ReadOutcomes(dir, request, false)
	require.NoError(t, err)
	assert.Equal(t, "text", outcomes[0].Result.Text)
	assert.Nil(t, outcomes[1].Result)
	_, err = ReadOutcomes(dir, request, true)
	assert.ErrorIs(t, err, ErrNotSimulated)

	refresh := preview("prod", "").Result
	refresh.Operation = OperationRefresh
	require.NoError(t, refresh.Write(dir))
	_, err = ReadOutcomes(dir, request, false)
	assert.ErrorContains(t, err, "is a refresh")
}

// Every operation's sign comes first in its line, where GitHub colours it.
func TestHighlightable(t *testing.T) {
	for line, want := range map[string]string{
		"+ stack":                      "+ stack",
		"    + a: (create)":            "+     a: (create)",
		"    - a: (delete)":            "-     a: (delete)",
		"    ~ a: (update)":            "!     a: (update)",
		"    +-a: (replace)":           "!     a: (replace)",
		"    ++a: (create)":            "+     a: (create)",
		"    --a: (delete)":            "-     a: (delete)",
		"    +-2 to replace":           "!     2 to replace",
		"    --outputs:--":             "    --outputs:--",
		"    -----BEGIN CERTIFICATE-":  "    -----BEGIN CERTIFICATE-",
		"    value: \"- x\"":           "    value: \"- x\"",
		"    [provider=urn:x]\n    b:": "    b:",
	} {
		assert.Equal(t, want, highlightable(line))
	}
}
