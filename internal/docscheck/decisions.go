package docscheck

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
)

var (
	decisionFile = regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)
	decisionRow  = regexp.MustCompile(`^\[(.+)\]\(([^()]+)\)$`)
)

// Decisions holds a folder of numbered pages against the table in its README.md. Every page is listed once, under its own
// number and title, no number occurs twice, and none is left out.
func (c *Checker) Decisions(folder string) ([]Finding, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	index := path.Join(folder, "README.md")
	doc, err := c.document(index)
	if err != nil {
		return nil, err
	}
	pages, findings, err := c.decisionPages(folder)
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, row := range doc.tables {
		number, err := strconv.Atoi(row[0].text)
		if err != nil || len(row) != 2 {
			continue // the table's head
		}
		problem := ""
		entry := decisionRow.FindStringSubmatch(row[1].text)
		switch {
		case entry == nil:
			problem = fmt.Sprintf("decision %d is no link", number)
		case listed[entry[2]]:
			problem = fmt.Sprintf("%s is listed twice", entry[2])
		case pages[entry[2]] != number:
			problem = fmt.Sprintf("%s is no page with the number %d", entry[2], number)
		default:
			problem, err = c.decisionTitle(path.Join(folder, entry[2]), number, entry[1])
		}
		if err != nil {
			return nil, err
		}
		if problem != "" {
			findings = append(findings, Finding{index, row[0].line, problem})
		}
		if entry != nil {
			listed[entry[2]] = true
		}
	}
	return append(findings, missingDecisions(index, folder, pages, listed)...), nil
}

// decisionPages returns the numbers of the folder's pages.
func (c *Checker) decisionPages(folder string) (map[string]int, []Finding, error) {
	entries, err := os.ReadDir(filepath.Join(c.Root, filepath.FromSlash(folder)))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the decisions: %w", err)
	}
	pages, taken := map[string]int{}, map[int]string{}
	var findings []Finding
	for _, entry := range entries {
		name := entry.Name()
		if name == "README.md" {
			continue
		}
		found := decisionFile.FindStringSubmatch(name)
		if found == nil {
			findings = append(findings, Finding{path.Join(folder, name), 1, "the name of a decision is four digits and words, joined by hyphens"})
			continue
		}
		number, err := strconv.Atoi(found[1])
		if err != nil {
			return nil, nil, fmt.Errorf("numbering the decisions: %w", err)
		}
		if other, ok := taken[number]; ok {
			findings = append(findings, Finding{path.Join(folder, name), 1, fmt.Sprintf("number %d is taken by %s", number, other)})
		}
		pages[name], taken[number] = number, name
	}
	return pages, findings, nil
}

// decisionTitle compares a page's first line with the index.
func (c *Checker) decisionTitle(file string, number int, title string) (string, error) {
	text, err := os.ReadFile(filepath.Join(c.Root, filepath.FromSlash(file)))
	if err != nil {
		return "", fmt.Errorf("reading a decision: %w", err)
	}
	want := fmt.Sprintf("# %d. %s", number, title)
	if first := firstLine(string(text)); first != want {
		return fmt.Sprintf("%s begins with %q, not with %q", file, first, want), nil
	}
	return "", nil
}

func missingDecisions(index, folder string, pages map[string]int, listed map[string]bool) []Finding {
	var findings []Finding
	numbers, last := map[int]bool{}, 0
	for name, number := range pages {
		numbers[number], last = true, max(last, number)
		if !listed[name] {
			findings = append(findings, Finding{path.Join(folder, name), 1, "the page is not listed in " + index})
		}
	}
	for number := 1; number < last; number++ {
		if !numbers[number] {
			findings = append(findings, Finding{index, 1, fmt.Sprintf("there is no decision %d", number)})
		}
	}
	return findings
}
