package delivery

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxBodyBytes is less than the 65,536 characters that GitHub takes for a comment or an issue; a character has at least one byte.
const maxBodyBytes = 65_000

// block is text of a program or of the engine, to be shown as it is.
type block struct {
	// text is not trusted: it stands between fences only.
	text string
	// language is GitHub's name of the highlighting, or empty.
	language string
	// whole says where the text is in full, for when it has to be cut.
	whole string
}

var backticks = regexp.MustCompile("`{3,}")

// fenced puts text between fences that nothing in it can close.
func fenced(text, language string) string {
	length := 3
	for _, run := range backticks.FindAllString(text, -1) {
		length = max(length, len(run)+1)
	}
	fence := strings.Repeat("`", length)
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

// fit renders blocks within a number of bytes. Short ones stay whole; the long ones share what is left in equal parts, so that
// no environment is crowded out by another one.
func fit(blocks []block, budget int) []string {
	order := make([]int, len(blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(blocks[a].text) - len(blocks[b].text) })
	rendered := make([]string, len(blocks))
	for n, i := range order {
		rendered[i] = blocks[i].within(budget / (len(order) - n))
		budget -= len(rendered[i])
	}
	return rendered
}

// within renders a block in at most limit bytes. It cuts after a whole line, since half of one says something else.
func (b block) within(limit int) string {
	if whole := fenced(b.text, b.language); len(whole) <= limit {
		return whole
	}
	lines := strings.SplitAfter(b.text, "\n")
	// Counting down in eighths finds a fit in few steps; fences grow with what is between them, so it has to be rendered.
	for keep := len(lines) - 1; keep > 0; keep -= max(1, keep/8) {
		text := strings.Join(lines[:keep], "")
		if len(text) > limit {
			continue
		}
		cut := fenced(text, b.language) + b.note(len(lines)-keep)
		if len(cut) <= limit {
			return cut
		}
	}
	return b.note(len(lines))
}

func (b block) note(lines int) string {
	return fmt.Sprintf("\n_%d more lines are left out here. %s_\n", lines, b.whole)
}

// operationSign is how the engine marks a line in its diff, behind an indentation.
var operationSign = regexp.MustCompile(`(?m)^ +(\+\+|--|\+-|[+~-]) `)

// providerLine names the provider of a resource, which is the same for nearly all of them.
var providerLine = regexp.MustCompile(`(?m)^ +\[provider=.*\]\n`)

// highlightable moves signs to the beginning of their lines, where GitHub's highlighting of a diff looks for them, and drops
// the lines that say nothing new.
func highlightable(diff string) string {
	return operationSign.ReplaceAllStringFunc(providerLine.ReplaceAllString(diff, ""), func(match string) string {
		sign := strings.TrimSpace(match)
		first := sign[:1]
		if sign == "~" || sign == "+-" {
			first = "!" // neither an addition nor a deletion
		}
		return first + strings.Repeat(" ", len(match)-1)
	})
}
