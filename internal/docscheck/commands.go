package docscheck

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// check says what is wrong with a command's arguments; nothing if it is fine.
type check func(c *Checker, found command) []string

// programs are those that documents may call. Those of the project and of Azure have their arguments checked. The others are
// tools that people have, known by name so that a typo shows.
var programs = map[string]check{
	"make": checkMake, "go": checkGo, "pulumi": checkPulumi, "validate": checkHelp, "./validate": checkHelp,
	"az": checkAzure, "kubectl": checkKubectl, "git": checkVerb, "flux": checkVerb, "kubelogin": checkVerb, "openssl": checkVerb,
	"gh": checkVerb, "helm": checkVerb, "kustomize": checkVerb,

	"awk": nil, "base64": nil, "bash": nil, "cat": nil, "cd": nil, "chmod": nil, "cp": nil, "curl": nil, "cut": nil, "date": nil,
	"diff": nil, "dig": nil, "echo": nil, "export": nil, "gofmt": nil, "grep": nil, "head": nil, "jq": nil, "ls": nil, "mkdir": nil,
	"mv": nil, "nslookup": nil, "printf": nil, "rm": nil, "scp": nil, "sed": nil, "sha256sum": nil, "sort": nil, "ssh": nil,
	"ssh-keygen": nil, "ssh-keyscan": nil, "tar": nil, "test": nil, "uniq": nil, "wc": nil,
}

// inlinePrograms begin a code span that is a command: those with checks.
func inlineProgram(name string) bool {
	return programs[name] != nil
}

// commands finds commands that cannot be run as they are written.
func (c *Checker) commands(doc *document) ([]Finding, error) {
	var findings []Finding
	for _, script := range doc.scripts() {
		if script.inline {
			words := strings.Fields(script.text)
			if len(words) < 2 || !inlineProgram(words[0]) {
				continue
			}
		}
		commands, err := parseScript(script)
		if err != nil {
			findings = append(findings, Finding{doc.path, script.line, fmt.Sprintf("%q is %v", firstLine(script.text), err)})
			continue
		}
		for _, found := range commands {
			for _, problem := range c.command(found) {
				line := found.line
				if script.inline {
					line = script.line
				}
				findings = append(findings, Finding{doc.path, line, problem})
			}
		}
	}
	return findings, nil
}

// command says what is wrong with one command.
func (c *Checker) command(found command) []string {
	check, known := programs[found.program]
	switch {
	case found.program == "go":
		return check(c, found) // its packages are files
	case known && check != nil:
		return append(check(c, found), c.fileArguments(found)...)
	case known:
		return c.fileArguments(found)
	case strings.Contains(found.program, "/"):
		if name := strings.TrimPrefix(found.program, "./"); !inIgnored(name) && !c.exists(name) {
			return []string{fmt.Sprintf("%s is not in the repository", found.program)}
		}
		return c.fileArguments(found)
	}
	return []string{fmt.Sprintf("%q is no program of the table", found.program)}
}

func inIgnored(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return slices.Contains(ignored, first)
}

// fileArguments finds arguments that name a file of the repository that is not there. What begins with the name of a folder at
// the repository's top is meant to be one.
func (c *Checker) fileArguments(found command) []string {
	if found.program == "pulumi" && len(found.args) > 1 && found.args[0].text == "config" {
		return nil // values belong to the stack
	}
	var problems []string
	for _, arg := range found.args {
		if arg.fixed && c.meansFile(arg.text) && !c.matches(arg.text) {
			problems = append(problems, fmt.Sprintf("%s is not in the repository", arg.text))
		}
	}
	return problems
}

// meansFile reports whether a text names a file or folder below a folder at the repository's top.
func (c *Checker) meansFile(text string) bool {
	text = strings.TrimPrefix(text, "./")
	first, rest, nested := strings.Cut(text, "/")
	if !nested || rest == "" || strings.ContainsAny(text, " :=<>${}()") || strings.Contains(text, "...") && rest != "..." {
		return false
	}
	return first != "" && first != "." && first != ".." && !slices.Contains(ignored, first) && c.exists(first)
}

// matches reports whether a path, which may have wildcards and may end with /..., is in the repository.
func (c *Checker) matches(text string) bool {
	name := path.Clean(strings.TrimSuffix(text, "/..."))
	found, err := filepath.Glob(filepath.Join(c.Root, filepath.FromSlash(name)))
	return err == nil && len(found) > 0
}

// paths finds code spans of one word that name a file of the repository that is not there.
func (c *Checker) paths(doc *document) ([]Finding, error) {
	var findings []Finding
	for _, code := range doc.codes {
		if c.meansFile(code.text) && !c.matches(code.text) {
			findings = append(findings, Finding{doc.path, code.line, fmt.Sprintf("%s is not in the repository", code.text)})
		}
	}
	return findings, nil
}

// positional returns the arguments that are no flags. Flags in withValue take the next argument, unless it is joined by =.
func positional(args []word, withValue func(flag string) bool) []word {
	var words []word
	for i := 0; i < len(args); i++ {
		text := args[i].text
		switch {
		case text == "--":
			return append(words, args[i+1:]...)
		case !strings.HasPrefix(text, "-") || text == "-":
			words = append(words, args[i])
		case !strings.Contains(text, "=") && withValue(text):
			i++
		}
	}
	return words
}
