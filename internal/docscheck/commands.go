package docscheck

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/syntax"
)

// command is one simple command of a document. What only the shell knows, and what the reader fills in, such as <stack>, is <> in a word.
type command struct {
	words []string
	line  int
}

var (
	placeholder = regexp.MustCompile(`<[A-Za-z0-9](?:[^<>\n]*[^<>\s])?>`)
	prompt      = regexp.MustCompile(`(?m)^\$ ((?:.*\\\n)*.*)$`)
	makeRule    = regexp.MustCompile(`(?m)^([A-Za-z0-9_./-]+(?: +[A-Za-z0-9_./-]+)*) *:(?:[^=]|$)`)
	makeSetting = regexp.MustCompile(`(?m)^([A-Z_]+) *\?=`)
)

// commands finds commands that cannot be run as they are written: in fenced blocks of the shell, in those of a console what follows "$ ",
// and in code spans that begin with make, go or pulumi.
func (c *Checker) commands(doc *document) []Finding {
	var findings []Finding
	check := func(script string, line int) {
		found, err := parseScript(script, line)
		if err != nil {
			findings = append(findings, Finding{doc.path, line, fmt.Sprintf("%q is no shell command: %v", strings.SplitN(script, "\n", 2)[0], err)})
		}
		for _, command := range found {
			for _, problem := range c.command(command.words) {
				findings = append(findings, Finding{doc.path, command.line, problem})
			}
		}
	}
	for _, block := range doc.fences {
		switch block.language {
		case "bash", "sh", "shell":
			check(block.text, block.line)
		case "console":
			for _, at := range prompt.FindAllStringSubmatchIndex(block.text, -1) {
				check(block.text[at[2]:at[3]], block.line+strings.Count(block.text[:at[0]], "\n"))
			}
		}
	}
	for _, code := range doc.codes {
		words := strings.Fields(code.text)
		if len(words) > 1 && (slices.Contains([]string{"make", "go", "pulumi"}, words[0]) || c.Programs[path.Base(words[0])] != nil) {
			check(code.text, code.line)
		} else if c.isMissing(code.text) {
			findings = append(findings, Finding{doc.path, code.line, code.text + " is not in the repository"})
		}
	}
	return findings
}

// parseScript returns the simple commands of a script that begins at a line, those in substitutions included.
func parseScript(script string, line int) ([]command, error) {
	const filled = "PLACEHOLDER"
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(placeholder.ReplaceAllString(script, filled)), "")
	if err != nil {
		return nil, err
	}
	var commands []command
	syntax.Walk(file, func(node syntax.Node) bool {
		if call, ok := node.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			found := command{line: line + int(call.Pos().Line()) - 1}
			for _, arg := range call.Args {
				found.words = append(found.words, strings.ReplaceAll(wordText(arg.Parts), filled, "<>"))
			}
			commands = append(commands, found)
		}
		return true
	})
	return commands, nil
}

func wordText(parts []syntax.WordPart) string {
	var b strings.Builder
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.WriteString(part.Value)
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			b.WriteString(wordText(part.Parts))
		default:
			b.WriteString("<>")
		}
	}
	return b.String()
}

// command says what is wrong with one command. Only what belongs to the project is checked: files, targets of make, its own programs with
// their flags, and configuration keys.
func (c *Checker) command(words []string) []string {
	var problems []string
	for _, word := range words {
		// Values of the configuration belong to the stack.
		if !strings.HasPrefix(strings.Join(words, " "), "pulumi config ") && c.isMissing(word) {
			problems = append(problems, word+" is not in the repository")
		}
	}
	program, args := words[0], words[1:]
	switch {
	case program == "make":
		problems = append(problems, c.makeProblems(args)...)
	case program == "pulumi":
		problems = append(problems, c.keyProblems(args)...)
	case program == "go" && len(args) > 1 && args[0] == "run":
		problems = append(problems, c.flagProblems(path.Base(args[1]), args[2:])...)
	default:
		problems = append(problems, c.flagProblems(path.Base(program), args)...)
	}
	return problems
}

// isMissing reports whether a word begins with a folder at the repository's top, but names nothing in it. It may have wildcards, and end
// with /... as packages of Go do.
func (c *Checker) isMissing(word string) bool {
	word = strings.TrimPrefix(word, "./")
	first, rest, nested := strings.Cut(strings.TrimSuffix(word, "/..."), "/")
	if !nested || rest == "" || first == "" || strings.HasPrefix(first, ".") && first != ".github" ||
		strings.ContainsAny(word, " :=<>${}()") || strings.Contains(rest, "...") || !c.exists(first) {
		return false
	}
	found, err := filepath.Glob(filepath.Join(c.Root, filepath.FromSlash(path.Join(first, rest))))
	return err != nil || len(found) == 0
}

// makeProblems wants targets and variables of the Makefile, and in ARGS flags of what the target runs.
func (c *Checker) makeProblems(args []string) []string {
	names := func(pattern *regexp.Regexp) (found []string) {
		for _, match := range pattern.FindAllStringSubmatch(strings.ReplaceAll(c.makefile, "\\\n", " "), -1) {
			found = append(found, strings.Fields(match[1])...)
		}
		return found
	}
	var problems []string
	target := ""
	for _, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		runs, takesArgs := c.Targets[target]
		switch {
		case strings.HasPrefix(arg, "-"):
		case !assigned && !slices.Contains(names(makeRule), name):
			problems = append(problems, fmt.Sprintf("make has no target %q", name))
		case !assigned:
			target = name
		case !slices.Contains(names(makeSetting), name):
			problems = append(problems, "make has no variable "+name)
		case name == "ARGS" && !takesArgs:
			problems = append(problems, fmt.Sprintf("make %s takes no ARGS", target))
		case name == "ARGS":
			problems = append(problems, c.flagProblems(runs[0], slices.Concat(runs[1:], strings.Fields(value)))...)
		}
	}
	return problems
}

// flagProblems wants subcommands and flags that a program of the project has.
func (c *Checker) flagProblems(program string, args []string) []string {
	root, ours := c.Programs[program]
	if !ours {
		return nil
	}
	command, rest, err := root().Find(args)
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", program, err)}
	}
	command.InitDefaultHelpFlag()
	var unknown *pflag.NotExistError
	if err := command.ParseFlags(rest); errors.As(err, &unknown) {
		return []string{fmt.Sprintf("%s: %v", command.CommandPath(), err)}
	}
	return nil
}
