package docscheck

import (
	"fmt"
	"regexp"
	"strings"
)

// makefile is what can be said to make.
type makefile struct {
	targets      map[string]bool
	variables    map[string]bool
	descriptions map[string]string
	phony        []string
}

var (
	makeRule     = regexp.MustCompile(`^([A-Za-z0-9_./-]+(?: +[A-Za-z0-9_./-]+)*) *:(?:[^=]|$)`)
	makeVariable = regexp.MustCompile(`^([A-Z_]+) *\?=`)
	makeHelp     = regexp.MustCompile(`^([a-z-]+) *:.*## (.+)$`)
)

// parseMakefile reads targets, the variables that a caller may set, and what make help says.
func parseMakefile(text string) *makefile {
	m := &makefile{targets: map[string]bool{}, variables: map[string]bool{}, descriptions: map[string]string{}}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if found := makeVariable.FindStringSubmatch(line); found != nil {
			m.variables[found[1]] = true
		}
		if found := makeHelp.FindStringSubmatch(line); found != nil {
			m.descriptions[found[1]] = found[2]
		}
		if names, ok := strings.CutPrefix(line, ".PHONY:"); ok {
			m.phony = strings.Fields(names)
			continue
		}
		if found := makeRule.FindStringSubmatch(line); found != nil && !strings.HasPrefix(line, ".DEFAULT") {
			for _, name := range strings.Fields(found[1]) {
				m.targets[name] = true
			}
		}
	}
	return m
}

// checkMake wants targets and variables of the Makefile, and in ARGS flags of what the target runs.
func checkMake(c *Checker, found command) []string {
	var problems []string
	target := ""
	for _, arg := range found.args {
		name, value, assigned := strings.Cut(arg.text, "=")
		switch {
		case strings.HasPrefix(arg.text, "-"):
			if arg.text != "--no-print-directory" {
				problems = append(problems, fmt.Sprintf("make %s: no document needs that flag", arg.text))
			}
		case assigned && !c.makefile.variables[name]:
			problems = append(problems, fmt.Sprintf("make has no variable %s", name))
		case assigned && name == "ARGS":
			problems = append(problems, c.makeArgs(target, value)...)
		case !assigned && !c.makefile.targets[name]:
			problems = append(problems, fmt.Sprintf("make has no target %q", name))
		case !assigned:
			target = name
		}
	}
	return problems
}

// makeArgs checks the flags that a target hands on.
func (c *Checker) makeArgs(target, value string) []string {
	path, ok := c.Targets[target]
	if !ok {
		return []string{fmt.Sprintf("make %s takes no ARGS", target)}
	}
	found := command{program: path[0]}
	for _, text := range append(path[1:len(path):len(path)], strings.Fields(value)...) {
		found.args = append(found.args, word{text, true})
	}
	return checkHelp(c, found)
}

// HelpOfMake compares what make help lists with the Makefile's public targets: those that .PHONY names, but for files.
func (c *Checker) HelpOfMake() ([]Finding, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	var findings []Finding
	public := map[string]bool{}
	for _, target := range c.makefile.phony {
		if strings.HasPrefix(target, ".") {
			continue
		}
		public[target] = true
		if c.makefile.descriptions[target] == "" {
			findings = append(findings, Finding{"Makefile", 1, fmt.Sprintf("target %s has no description", target)})
		}
	}
	for target := range c.makefile.targets {
		if !public[target] && !strings.HasPrefix(target, ".") {
			findings = append(findings, Finding{"Makefile", 1, fmt.Sprintf("target %s is not in .PHONY", target)})
		}
	}
	return findings, nil
}
