package docscheck

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// document is what the checks need of a Markdown file.
type document struct {
	path    string
	source  []byte
	title   string          // the first heading
	anchors map[string]bool // of headings, as GitHub makes them, and of HTML
	links   []span          // with their targets
	codes   []span          // code spans
	fences  []fence
	rows    []row
}

// span is a text of a document and the line that it begins on, from 1 on.
type span struct {
	text string
	line int
}

// fence is a fenced block, at the first line of its content.
type fence struct {
	language, text string
	line           int
}

// row is a row of a table: the text of its cells, and its first link.
type row struct {
	cells []string
	link  string
	line  int
}

var (
	markdown   = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Linkify)).Parser()
	anchorTag  = regexp.MustCompile(`<a +(?:id|name)="([^"]+)"`)
	imageTag   = regexp.MustCompile(`<img [^>]*src="([^"]+)"`)
	unresolved = regexp.MustCompile(`\[[^\[\]]+\]\[([^\[\]]*)\]`)
)

// parse reads a document's text.
func parse(path string, source []byte) *document {
	d := &document{path: path, source: source, anchors: map[string]bool{}}
	seen := map[string]int{}
	// The walk fails only if the function does.
	_ = ast.Walk(markdown.Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			d.enter(node, seen)
		}
		return ast.WalkContinue, nil
	})
	return d
}

func (d *document) enter(node ast.Node, seen map[string]int) {
	switch node := node.(type) {
	case *ast.Heading:
		heading := d.textOf(node)
		d.title = cmp.Or(d.title, heading)
		d.anchors[slug(heading, seen)] = true
	case *ast.Link:
		d.links = append(d.links, span{string(node.Destination), d.line(node)})
	case *ast.Image:
		d.links = append(d.links, span{string(node.Destination), d.line(node)})
	case *ast.AutoLink:
		// A host without a dot is an example.
		if target := string(node.URL(d.source)); node.AutoLinkType == ast.AutoLinkURL && strings.Contains(target, ".") {
			d.links = append(d.links, span{target, d.line(node)})
		}
	case *ast.CodeSpan:
		d.codes = append(d.codes, span{strings.Join(strings.Fields(d.textOf(node)), " "), d.line(node)})
	case *ast.FencedCodeBlock:
		if lines := node.Lines(); lines.Len() > 0 {
			language := strings.ToLower(string(node.Language(d.source)))
			d.fences = append(d.fences, fence{language, string(lines.Value(d.source)), d.lineAt(lines.At(0).Start)})
		}
	case *ast.HTMLBlock:
		d.html(string(node.Lines().Value(d.source)), d.line(node))
	case *ast.RawHTML:
		d.html(string(node.Segments.Value(d.source)), d.line(node))
	case *table.TableRow:
		d.rows = append(d.rows, d.row(node))
	}
	if node.Type() == ast.TypeBlock && node.FirstChild() != nil && node.FirstChild().Type() == ast.TypeInline {
		d.references(node)
	}
}

func (d *document) html(tags string, line int) {
	if strings.HasPrefix(tags, "<!--") {
		return
	}
	for _, found := range anchorTag.FindAllStringSubmatch(tags, -1) {
		d.anchors[found[1]] = true
	}
	for _, found := range imageTag.FindAllStringSubmatch(tags, -1) {
		d.links = append(d.links, span{found[1], line})
	}
}

// references takes reference links that have no definition, which Markdown shows as they are written.
func (d *document) references(block ast.Node) {
	var plain strings.Builder
	for child := block.FirstChild(); child != nil; child = child.NextSibling() {
		if part, ok := child.(*ast.Text); ok {
			plain.Write(part.Value(d.source))
		} else {
			plain.WriteString("\x00")
		}
	}
	for _, found := range unresolved.FindAllString(plain.String(), -1) {
		d.links = append(d.links, span{found, d.line(block)})
	}
}

func (d *document) row(node *table.TableRow) row {
	made := row{line: d.line(node)}
	for cell := node.FirstChild(); cell != nil; cell = cell.NextSibling() {
		made.cells = append(made.cells, d.textOf(cell))
		if link, ok := cell.FirstChild().(*ast.Link); ok && made.link == "" {
			made.link = string(link.Destination)
		}
	}
	return made
}

// textOf is the text of a node without its markup.
func (d *document) textOf(node ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(node, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch part := node.(type) {
		case *ast.Text:
			if entering {
				b.Write(part.Value(d.source))
				if part.SoftLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(part.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

func (d *document) line(node ast.Node) int { return d.lineAt(node.Pos()) }

func (d *document) lineAt(offset int) int {
	return 1 + bytes.Count(d.source[:max(0, min(offset, len(d.source)))], []byte("\n"))
}

// slug is the anchor of the next heading, as GitHub makes it: letters in lower case, spaces as hyphens, no punctuation, and a number after
// the first of the same.
func slug(title string, seen map[string]int) string {
	made := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(title))
	count := seen[made]
	seen[made]++
	if count > 0 {
		made = fmt.Sprintf("%s-%d", made, count)
		seen[made]++
	}
	return made
}
