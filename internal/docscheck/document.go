package docscheck

import (
	"regexp"
	"strings"
)

// document is what the checks need of a Markdown file. Headings are those that begin with #, as all documents here have them.
type document struct {
	path        string
	anchors     map[string]bool
	links       []link
	definitions map[string]link // by label in lower case
	fences      []fence
	codes       []code
	tables      [][]cell // rows, in order
}

// link is where a document leads to.
type link struct {
	target string
	line   int
	// label is that of a reference whose definition stands elsewhere; its target is empty.
	label string
}

// fence is a fenced block.
type fence struct {
	language string
	line     int // of the first line of its content
	lines    []string
}

// code is an inline code span, a line break in it as a space.
type code struct {
	text string
	line int
}

// cell is one of a table's row.
type cell struct {
	text string
	line int
}

var (
	fenceStart = regexp.MustCompile("^( *)(`{3,}|~{3,}) *([A-Za-z0-9]*)")
	heading    = regexp.MustCompile(`^#{1,6} +(.*?)(?: +#+)? *$`)
	blockStart = regexp.MustCompile(`^ *(?:[-*+]|\d+[.)]) |^ *\||^#{1,6} |^ *>`)
	comment    = regexp.MustCompile(`(?s)<!--.*?-->`)
)

// parse reads a document's text.
func parse(path, text string) *document {
	doc := &document{path: path, anchors: map[string]bool{}, definitions: map[string]link{}}
	// Comments become blank, so that lines keep their numbers.
	text = comment.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
	lines := strings.Split(text, "\n")
	slugs := slugs{}
	var block []string
	begin := 0
	flush := func() {
		if len(block) > 0 {
			doc.readInline(strings.Join(block, "\n"), begin)
		}
		block = nil
	}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if open := fenceStart.FindStringSubmatch(line); open != nil {
			flush()
			i = doc.readFence(lines, i, open)
			continue
		}
		if strings.TrimSpace(line) == "" || blockStart.MatchString(line) {
			flush()
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if found := heading.FindStringSubmatch(line); found != nil {
			doc.anchors[slugs.of(found[1])] = true
		}
		if len(block) == 0 {
			begin = i + 1
		}
		block = append(block, line)
		doc.readRow(line, i+1)
		if heading.MatchString(line) {
			flush()
		}
	}
	flush()
	return doc
}

// readFence takes the block that opens at lines[at] and returns the index of its last line.
func (d *document) readFence(lines []string, at int, open []string) int {
	indent, mark := open[1], open[2]
	block := fence{language: strings.ToLower(open[3]), line: at + 2}
	for i := at + 1; i < len(lines); i++ {
		text := strings.TrimSpace(lines[i])
		if len(text) >= len(mark) && strings.Trim(text, mark[:1]) == "" {
			d.fences = append(d.fences, block)
			return i
		}
		block.lines = append(block.lines, strings.TrimPrefix(lines[i], indent))
	}
	d.fences = append(d.fences, block)
	return len(lines)
}

// readRow takes a line that is a row of a table.
func (d *document) readRow(line string, at int) {
	text := strings.TrimSpace(line)
	if !strings.HasPrefix(text, "|") || !strings.HasSuffix(text, "|") || len(text) < 2 {
		return
	}
	var row []cell
	for _, part := range strings.Split(text[1:len(text)-1], "|") {
		row = append(row, cell{strings.TrimSpace(part), at})
	}
	d.tables = append(d.tables, row)
}
