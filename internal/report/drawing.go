package report

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the picture, in pixels at its natural size.
const (
	fontWidth  = 6.7 // of an average letter
	lineHeight = 16
	padding    = 10
	boxWidth   = 456
	gutter     = 40
	margin     = 8
	headHeight = 26
)

// drawing collects the shapes of the picture. Everything that comes from the state is escaped here.
type drawing struct {
	strings.Builder
}

func (d *drawing) rect(class string, x, y, width, height int) {
	fmt.Fprintf(d, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="5"/>`, class, x, y, width, height)
}

func (d *drawing) text(class string, x, y int, words string) {
	if words == "" {
		return
	}
	fmt.Fprintf(d, `<text class="%s" x="%d" y="%d">%s</text>`, class, x, y, html.EscapeString(words))
}

// group starts a group with a title, which browsers show as a tooltip and readers read out.
func (d *drawing) group(class, title string) {
	fmt.Fprintf(d, `<g class="%s"><title>%s</title>`, class, html.EscapeString(title))
}

func (d *drawing) end() { d.WriteString("</g>") }

// elbow draws a line down and then right, with a dot at its end.
func (d *drawing) elbow(class string, x, fromY, toX, toY int) {
	fmt.Fprintf(d, `<path class="%s" d="M%d %dV%dH%d"/><circle class="dot" cx="%d" cy="%d" r="4"/>`, class, x, fromY, toY, toX, toX, toY)
}

// wrapped breaks words into lines that fit a width. What is longer than a line on its own stays whole.
func wrapped(words string, width int) []string {
	most := int(float64(width) / fontWidth)
	var lines []string
	line := ""
	for _, word := range strings.Fields(words) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= most:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// box is a titled box with parts in it, drawn at a place that the layout chooses.
type box struct {
	class       string
	title, note string // note stands at the right of the title
	lines       []string
	parts       []part
	link        string // class of the line from the hub; empty for none
}

// part is a box within a box: a subnet, or a list of lines.
type part struct {
	class, title, note, about string
	lines                     []string
}

func (b *box) wrappedLines(width int) []string { return wrapAll(b.lines, width-2*padding) }

func (p *part) wrappedLines(width int) []string { return wrapAll(p.lines, width-3*padding) }

func wrapAll(lines []string, width int) []string {
	var all []string
	for _, line := range lines {
		all = append(all, wrapped(line, width)...)
	}
	return all
}

func (p *part) height(width int) int {
	return headHeight + len(p.wrappedLines(width))*lineHeight + padding/2
}

func (b *box) height(width int) int {
	height := headHeight + padding + len(b.wrappedLines(width))*lineHeight
	for _, p := range b.parts {
		height += p.height(width-2*padding) + padding
	}
	return height
}

func (d *drawing) box(b *box, x, y, width int) {
	d.group("net", b.title)
	d.rect(b.class, x, y, width, b.height(width))
	y = d.heading(b, x, y, width)
	for i := range b.parts {
		p := &b.parts[i]
		d.part(p, x+padding, y, width-2*padding, p.height(width-2*padding))
		y += p.height(width-2*padding) + padding
	}
	d.end()
}

// heading draws title and lines, and returns where the parts begin.
func (d *drawing) heading(b *box, x, y, width int) int {
	d.text("name", x+padding, y+headHeight-6, b.title)
	d.text("note", x+width-padding, y+headHeight-6, b.note)
	y += headHeight
	for _, line := range b.wrappedLines(width) {
		d.text("line", x+padding, y+lineHeight-3, line)
		y += lineHeight
	}
	return y + padding/2
}

func (d *drawing) part(p *part, x, y, width, height int) {
	d.group(p.class, p.about)
	d.rect("sub", x, y, width, height)
	d.rect("stripe", x, y, 5, height)
	d.text("name", x+padding+4, y+headHeight-8, p.title)
	d.text("note", x+width-padding, y+headHeight-8, p.note)
	for i, line := range p.wrappedLines(width) {
		d.text("line", x+padding+4, y+headHeight+(i+1)*lineHeight-6, line)
	}
	d.end()
}
