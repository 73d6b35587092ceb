// Package securitydoc writes the tables of docs/security.md and of the alerts in docs/architecture.md from what the program registers.
// Prose stays as it is: a table stands between <!-- table: name --> and <!-- end of table -->.
package securitydoc

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Files are the documents with generated tables, relative to the project's directory.
var Files = []string{"docs/security.md", "docs/architecture.md"}

var marked = regexp.MustCompile(`(?s)<!-- table: ([^>]+) -->\n.*?<!-- end of table -->`)

// Write returns documents, by their names, with the tables that the program calls for. Every table has its place in one of them.
func Write(documents map[string]string) (map[string]string, error) {
	tables, err := newTables()
	if err != nil {
		return nil, fmt.Errorf("register the program: %w", err)
	}
	written, placed := map[string]string{}, map[string]bool{}
	var unknown []string
	for file, document := range documents {
		written[file] = marked.ReplaceAllStringFunc(document, func(section string) string {
			name := marked.FindStringSubmatch(section)[1]
			content, known := tables[name]
			if !known {
				unknown = append(unknown, name)
			}
			placed[name] = true
			return fmt.Sprintf("<!-- table: %s -->\n\n%s\n<!-- end of table -->", name, content)
		})
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("write tables: the program calls for no table %s", strings.Join(unknown, ", "))
	}
	missing := slices.DeleteFunc(slices.Sorted(maps.Keys(tables)), func(name string) bool { return placed[name] })
	if len(missing) > 0 {
		return nil, fmt.Errorf("write tables: no document has a place for the table %s: add <!-- table: name --> and <!-- end of table -->",
			strings.Join(missing, ", "))
	}
	return written, nil
}

// newTables are all tables by their names.
func newTables() (map[string]string, error) {
	standard, err := register(nil)
	if err != nil {
		return nil, err
	}
	everything, err := register(optional)
	if err != nil {
		return nil, err
	}
	// The hosts from which an update inside the network fetches a chart are in this mode only.
	inside, err := register(merged(optional, map[string]map[string]any{"bootstrap": {"mode": "manifests"}}))
	if err != nil {
		return nil, err
	}
	transit, err := register(inTransit)
	if err != nil {
		return nil, err
	}
	tables := map[string]string{}
	for _, write := range []func(map[string]string) error{
		func(t map[string]string) error { return writeSecurityRules(t, everything) },
		func(t map[string]string) error { return writeEgress(t, standard, everything, inside) },
		func(t map[string]string) error { return writeRoles(t, standard, everything) },
		func(t map[string]string) error { return writePolicies(t, everything) },
		func(t map[string]string) error { return writeDefenderPlans(t, standard) },
		func(t map[string]string) error { return writeLogs(t, everything) },
		func(t map[string]string) error { return writeNetwork(t, everything) },
		func(t map[string]string) error { return writeTransit(t, standard, transit) }, writeGiven,
		func(t map[string]string) error { return writeAlerts(t, standard) },
	} {
		if err := write(tables); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// table is a Markdown table. Cells may hold Markdown.
type table struct {
	head []string
	rows [][]string
}

func newTable(head ...string) *table { return &table{head: head} }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String renders the table, ended by a newline.
func (t *table) String() string {
	var b strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			b.WriteString("|")
			if cell != "" {
				b.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`))
			}
			b.WriteString(" ")
		}
		b.WriteString("|\n")
	}
	line(t.head)
	b.WriteString(strings.Repeat("|---", len(t.head)) + "|\n")
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}

// code sets values in the font of code, with commas between them.
func code(values ...string) string {
	if len(values) == 0 {
		return ""
	}
	return "`" + strings.Join(values, "`, `") + "`"
}
