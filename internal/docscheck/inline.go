package docscheck

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	// A link's text may hold brackets once, and so an image.
	inlineLink = regexp.MustCompile(`\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s]*)?)>?(?:\s+"[^"]*")?\s*\)`)
	image      = regexp.MustCompile(`!\[[^\[\]]*\]\(\s*([^()\s]+)(?:\s+"[^"]*")?\s*\)`)
	reference  = regexp.MustCompile(`\[([^\[\]]+)\]\[([^\[\]]*)\]`)
	definition = regexp.MustCompile(`(?m)^ {0,3}\[([^\[\]]+)\]: *<?([^\s<>]+)>?`)
	bareURL    = regexp.MustCompile(`\bhttps?://[^\s<>()\[\]"'/]+\.[^\s<>()\[\]"']+`)
	anchorTag  = regexp.MustCompile(`<a +(?:id|name)="([^"]+)"`)
	imageTag   = regexp.MustCompile(`<img [^>]*src="([^"]+)"`)
)

// readInline takes code spans, links and anchors of a block that begins at a line.
func (d *document) readInline(text string, begin int) {
	masked, spans := maskCode(text)
	line := func(offset int) int { return begin + strings.Count(text[:offset], "\n") }
	for _, span := range spans {
		d.codes = append(d.codes, code{strings.Join(strings.Fields(text[span.from:span.to]), " "), line(span.from)})
	}
	for _, found := range anchorTag.FindAllStringSubmatch(masked, -1) {
		d.anchors[found[1]] = true
	}
	seen := map[int]bool{} // an image is found as a link, too
	for _, pattern := range []*regexp.Regexp{inlineLink, image, imageTag} {
		for _, at := range pattern.FindAllStringSubmatchIndex(masked, -1) {
			if !seen[at[2]] {
				d.links = append(d.links, link{target: text[at[2]:at[3]], line: line(at[0])})
			}
			seen[at[2]] = true
		}
	}
	for _, at := range definition.FindAllStringSubmatchIndex(masked, -1) {
		label := strings.ToLower(text[at[2]:at[3]])
		d.definitions[label] = link{target: text[at[4]:at[5]], line: line(at[0])}
		d.links = append(d.links, d.definitions[label])
	}
	for _, at := range reference.FindAllStringSubmatchIndex(masked, -1) {
		label := text[at[4]:at[5]]
		if label == "" {
			label = text[at[2]:at[3]]
		}
		d.links = append(d.links, link{label: strings.ToLower(label), line: line(at[0])})
	}
	d.readBareURLs(inlineLink.ReplaceAllStringFunc(definition.ReplaceAllStringFunc(masked, blank), blank), line)
}

// readBareURLs takes addresses that stand in the text itself. A host without a dot is an example.
func (d *document) readBareURLs(text string, line func(int) int) {
	for _, at := range bareURL.FindAllStringIndex(text, -1) {
		d.links = append(d.links, link{target: strings.TrimRight(text[at[0]:at[1]], ".,;:!?"), line: line(at[0])})
	}
}

// blank keeps the length of a text, and its line breaks.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}

type span struct{ from, to int }

// maskCode returns the text with its code spans as a run of the letter x, in which nothing can be found, and where they are.
func maskCode(text string) (string, []span) {
	var spans []span
	masked := []byte(text)
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if text[i] != '`' {
			continue
		}
		ticks := countTicks(text[i:])
		end := closingTicks(text, i+ticks, ticks)
		if end < 0 {
			i += ticks - 1
			continue
		}
		spans = append(spans, span{i + ticks, end})
		for j := i; j < end+ticks; j++ {
			if masked[j] != '\n' {
				masked[j] = 'x'
			}
		}
		i = end + ticks - 1
	}
	return string(masked), spans
}

func countTicks(text string) int {
	return len(text) - len(strings.TrimLeft(text, "`"))
}

// closingTicks finds the next run of exactly so many backticks; -1 if there is none.
func closingTicks(text string, from, ticks int) int {
	for i := from; i < len(text); {
		if text[i] != '`' {
			i++
			continue
		}
		run := countTicks(text[i:])
		if run == ticks {
			return i
		}
		i += run
	}
	return -1
}

// slugs counts a document's headings by their anchor.
type slugs map[string]int

var (
	headingLink = regexp.MustCompile(`!?\[([^\[\]]*)\]\([^()]*\)`)
	headingTag  = regexp.MustCompile(`<[^>]*>`)
)

// of returns the anchor of the next heading, as GitHub makes it: letters in lower case, spaces as hyphens, no punctuation, and
// a number after the first of the same.
func (s slugs) of(title string) string {
	title = headingTag.ReplaceAllString(headingLink.ReplaceAllString(title, "$1"), "")
	slug := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(title))
	count := s[slug]
	s[slug]++
	if count == 0 {
		return slug
	}
	numbered := slug + "-" + strconv.Itoa(count)
	s[numbered]++
	return numbered
}
