package report

import (
	"slices"
	"strings"
)

// place is a box of the picture in words, for those who do not see it.
type place struct {
	Name, Note string // Note is a range, or how much more there is
	Lines      []string
	Parts      []place
}

// places says all that the picture shows, in the same order.
func (m *model) places() []place {
	hubs, below := m.boxes()
	var found []place
	for _, b := range slices.Concat(hubs, below) {
		p := place{Name: b.title, Note: b.note, Lines: b.lines}
		for _, inner := range b.parts {
			p.Parts = append(p.Parts, place{Name: inner.title, Note: inner.note, Lines: inner.words()})
		}
		found = append(found, p)
	}
	return found
}

// words are a part's lines without the dots that the picture sets before some.
func (p part) words() []string {
	var words []string
	for _, line := range p.lines {
		words = append(words, strings.TrimPrefix(line, "• "))
	}
	return words
}
