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

// operationSign is how the engine marks a line in its diff, behind an indentation. Signs of two characters touch the word behind.
var operationSign = regexp.MustCompile(`^ +(?:([+~-]) |(\+\+|--|\+-)[a-z0-9])`)

const (
	// outputsTitle looks like a change sign, but is a heading.
	outputsTitle = "--outputs:--"
	// providerTitle begins a line that is the same for nearly all resources.
	providerTitle = "[provider="
)

// highlightable moves signs to the beginning of their lines, where GitHub's highlighting of a diff looks for them, and drops
// the lines that say nothing new.
func highlightable(diff string) string {
	var b strings.Builder
	for line := range strings.Lines(diff) {
		text := strings.TrimLeft(line, " ")
		if strings.HasPrefix(text, providerTitle) {
			continue
		}
		match := operationSign.FindStringSubmatch(line)
		if match == nil || strings.HasPrefix(text, outputsTitle) {
			b.WriteString(line)
			continue
		}
		sign := match[1] + match[2]
		indent := len(line) - len(text)
		b.WriteString(mark(sign) + strings.Repeat(" ", indent+len(sign)-1) + text[len(sign):])
	}
	return b.String()
}

// mark is the sign for GitHub: what is neither an addition nor a deletion is an exclamation mark.
func mark(sign string) string {
	if sign == "~" || sign == "+-" {
		return "!"
	}
	return sign[:1]
}
