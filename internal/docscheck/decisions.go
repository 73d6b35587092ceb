package docscheck

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

var decisionFile = regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)

// Decisions compares a folder of numbered pages with the table in its README.md. The pages are numbered from 1 on without a gap, and the
// table lists each once, under its own number and title.
func (c *Checker) Decisions(folder string) ([]Finding, error) {
	index := path.Join(folder, "README.md")
	doc, err := c.document(index)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(c.Root, filepath.FromSlash(folder)))
	if err != nil {
		return nil, fmt.Errorf("read the decisions: %w", err)
	}
	var findings []Finding
	find := func(file string, line int, format string, args ...any) {
		findings = append(findings, Finding{file, line, fmt.Sprintf(format, args...)})
	}
	last := 0
	for _, entry := range entries { // by name, and so by number
		file := path.Join(folder, entry.Name())
		name := decisionFile.FindStringSubmatch(entry.Name())
		switch {
		case file == index:
			continue
		case name == nil:
			find(file, 1, "the name of a decision is four digits and words, joined by hyphens")
			continue
		}
		number, err := strconv.Atoi(name[1])
		if err != nil {
			return nil, fmt.Errorf("number %s: %w", file, err)
		}
		if number != last+1 {
			find(file, 1, "the decision after %d is not %d", last, number)
		}
		last = number
		rows := slices.DeleteFunc(slices.Clone(doc.rows), func(r row) bool { return r.link != entry.Name() })
		if len(rows) != 1 {
			find(file, 1, "%s lists the page %d times", index, len(rows))
			continue
		}
		page, err := c.document(file)
		if err != nil {
			return nil, err
		}
		if listed := rows[0].cells[0] + ". " + rows[0].cells[1]; page.title != listed || rows[0].cells[0] != strconv.Itoa(number) {
			find(index, rows[0].line, "%s is titled %q, not %q", file, page.title, listed)
		}
	}
	for _, listed := range doc.rows {
		if !c.exists(path.Join(folder, listed.link)) || listed.link == "" {
			find(index, listed.line, "decision %s is not a link to a page", listed.cells[0])
		}
	}
	return findings, nil
}
