package handover

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// task is one kind of thing to do: its table for people and programs that are not Azure's, and the commands that do it.
type task struct {
	title, explanation string
	columns            []string
	rows               [][]string
	commands           []*Command
}

// team is who does some of the tasks.
type team struct {
	name  string
	tasks []task
}

// teams sorts the tasks by who does them, in the order in which they have to be done. Teams with nothing to do are left out.
func (d Document) teams() []team {
	all := []team{
		{"Network team", append([]task{d.subnetTask(), d.peeringTask()}, d.egressTasks()...)},
		{"DNS team", []task{d.linkTask(), d.recordTask()}},
		{"Identity team", []task{d.roleTask()}},
	}
	var busy []team
	for _, t := range all {
		var tasks []task
		for _, task := range t.tasks {
			if len(task.rows) > 0 {
				tasks = append(tasks, task)
			}
		}
		if len(tasks) > 0 {
			busy = append(busy, team{t.name, tasks})
		}
	}
	return busy
}

// Markdown is the page for the other teams, about the stack of a name.
func (d Document) Markdown(stack string) string {
	var page strings.Builder
	fmt.Fprintf(&page, "# What the stack %s leaves to others\n", stack)
	if d.Empty() {
		page.WriteString("\nNothing: it makes or finds all that it needs.\n")
		return page.String()
	}
	page.WriteString("\nThe stack works once all of this is done. Each table is followed by commands of the Azure CLI for a POSIX shell that do what it\n" +
		"says; without the commands, it is what to do by other means.\n")
	teams := d.teams()
	if d.unknown() {
		page.WriteString("\n`" + Unknown + "` is what Azure chooses while the stack is updated. Write this page again after that.\n")
	}
	if variables := d.variables(); len(variables) > 0 {
		page.WriteString("\nThe stack does not know everything that the commands need. Set these first:\n\n```bash\n" +
			strings.Join(variables, "\n") + "\n```\n")
	}
	for _, t := range teams {
		page.WriteString("\n## " + t.name + "\n")
		for _, task := range t.tasks {
			task.write(&page)
		}
	}
	if tags := d.tags(); len(tags.rows) > 0 {
		tags.write(&page)
	}
	return page.String()
}

func (t task) write(page *strings.Builder) {
	page.WriteString("\n### " + t.title + "\n\n")
	if t.explanation != "" {
		page.WriteString(t.explanation + "\n\n")
	}
	writeRow(page, t.columns)
	page.WriteString(strings.Repeat("|---", len(t.columns)) + "|\n")
	for _, row := range t.rows {
		writeRow(page, row)
	}
	if len(t.commands) == 0 {
		return
	}
	page.WriteString("\n```bash\n")
	for _, c := range t.commands {
		page.WriteString(c.String() + "\n")
	}
	page.WriteString("```\n")
}

// cell keeps a value from ending the cell or the row.
var cell = strings.NewReplacer("|", `\|`, "\n", " ")

func writeRow(page *strings.Builder, cells []string) {
	for _, text := range cells {
		page.WriteString("| " + cell.Replace(text) + " ")
	}
	page.WriteString("|\n")
}

// JSON is the same for programs: the output itself, and the commands in the order of the page, by who runs them.
func (d Document) JSON(stack string) ([]byte, error) {
	type teamCommands struct {
		Team     string   `json:"team"`
		Commands []string `json:"commands"`
	}
	encoded := struct {
		Stack string `json:"stack"`
		Document
		Commands []teamCommands `json:"commands"`
	}{Stack: stack, Document: d, Commands: []teamCommands{}}
	for _, t := range d.teams() {
		commands := teamCommands{Team: t.name}
		for _, task := range t.tasks {
			for _, c := range task.commands {
				commands.Commands = append(commands.Commands, c.String())
			}
		}
		encoded.Commands = append(encoded.Commands, commands)
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(encoded); err != nil {
		return nil, fmt.Errorf("encode the handover: %w", err)
	}
	return []byte(out.String()), nil
}

// unknown reports whether a preview has left something open.
func (d Document) unknown() bool {
	encoded, err := json.Marshal(d)
	return err == nil && strings.Contains(string(encoded), Unknown)
}

// variables are the shell variables of the commands, each with what to put in.
func (d Document) variables() []string {
	var lines []string
	if slices.ContainsFunc(d.Egress, func(g Group) bool { return g.PolicyID == "" }) {
		lines = append(lines, policyVariable+"_SUBSCRIPTION= "+policyVariable+"_RESOURCE_GROUP= "+policyVariable+"_NAME= # of the firewall policy")
	}
	if slices.ContainsFunc(d.Links, func(l Link) bool { return l.ZoneID == "" }) ||
		slices.ContainsFunc(d.Records, func(r Record) bool { return r.ZoneID == "" }) {
		lines = append(lines, zoneVariable+"_SUBSCRIPTION= "+zoneVariable+"_RESOURCE_GROUP= # of the private DNS zones")
	}
	return lines
}
