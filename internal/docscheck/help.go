package docscheck

import (
	"fmt"
	"regexp"
	"strings"
)

// Helper returns the help text of a program's subcommand; the path is empty for the program itself. As cobra does, it returns
// the help of the command above for a subcommand that does not exist.
type Helper func(path ...string) (string, error)

// help is what a command line made with cobra says of itself.
type help struct {
	text        string
	hasCommands bool
	flags       map[string]bool // with dashes; true if the flag takes a value
}

var (
	helpSection = regexp.MustCompile(`^([A-Z][A-Za-z ]*):$`)
	helpFlag    = regexp.MustCompile(`^ +(?:(-[A-Za-z]), )?--([a-z0-9-]+)( [a-zA-Z][A-Za-z0-9:]*)?(\[?)`)
)

// parseHelp reads a help text. A value in brackets may be left out, and never is the next argument.
func parseHelp(text string) help {
	found := help{text: text, flags: map[string]bool{"--help": false, "-h": false}}
	section := ""
	for line := range strings.SplitSeq(text, "\n") {
		if title := helpSection.FindStringSubmatch(line); title != nil {
			section = title[1]
			found.hasCommands = found.hasCommands || strings.HasSuffix(section, "Commands")
			continue
		}
		flag := helpFlag.FindStringSubmatch(line)
		if flag == nil || !strings.HasSuffix(section, "Flags") {
			continue
		}
		takesValue := flag[3] != "" && flag[4] == ""
		found.flags["--"+flag[2]] = takesValue
		if flag[1] != "" {
			found.flags[flag[1]] = takesValue
		}
	}
	return found
}

// dialogue follows a command line, and asks the program about each subcommand.
type dialogue struct {
	ask  Helper
	path []string
	help help
}

func (d *dialogue) enter(path ...string) error {
	text, err := d.ask(path...)
	if err != nil {
		return err
	}
	d.path, d.help = path, parseHelp(text)
	return nil
}

// checkHelp wants subcommands and flags that the program's own help knows.
func checkHelp(c *Checker, found command) []string {
	program := strings.TrimPrefix(found.program, "./")
	ask, ok := c.Helps[program]
	if !ok {
		return nil
	}
	d := &dialogue{ask: ask}
	problem, err := d.follow(found.args)
	name := strings.Join(append([]string{program}, d.path...), " ")
	switch {
	case err != nil:
		return []string{fmt.Sprintf("%s does not answer: %v", name, err)}
	case problem != "":
		return []string{name + " has no " + problem}
	}
	return nil
}

// follow returns what there is not.
func (d *dialogue) follow(args []word) (string, error) {
	if err := d.enter(); err != nil {
		return "", err
	}
	for i := 0; i < len(args); i++ {
		flag, _, joined := strings.Cut(args[i].text, "=")
		switch {
		case args[i].text == "--":
			return "", nil
		case strings.HasPrefix(flag, "-") && flag != "-":
			takesValue, ok := d.help.flags[flag]
			if !ok {
				return "flag " + flag, nil
			}
			if takesValue && !joined {
				i++
			}
		case d.help.hasCommands && args[i].fixed:
			parent := d.help.text
			path := d.path
			if err := d.enter(append(path[:len(path):len(path)], args[i].text)...); err != nil {
				return "", err
			}
			if d.help.text == parent {
				d.path = path
				return fmt.Sprintf("command %q", args[i].text), nil
			}
		}
	}
	return "", nil
}
