package docscheck

import (
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// command is one simple command of a document.
type command struct {
	program string
	args    []word
	line    int
}

// word is one argument. Unless it is fixed, a part of it is known to the shell only, or a placeholder.
type word struct {
	text  string
	fixed bool
}

// placeholder is what the reader has to fill in, such as <stack>.
var placeholder = regexp.MustCompile(`<[A-Za-z0-9](?:[^<>\n]*[^<>\s])?>`)

// filled stands for a placeholder while the shell's parser is at work.
const filled = "PLACEHOLDER"

// script is a text for the shell that begins at a line of a document.
type script struct {
	text string
	line int
	// inline scripts are commands only if the first word says so.
	inline bool
}

// scripts returns what a document has for the shell: fenced blocks of it, and in those of a console what follows "$ ".
func (d *document) scripts() []script {
	var scripts []script
	for _, block := range d.fences {
		switch block.language {
		case "bash", "sh", "shell":
			scripts = append(scripts, script{text: strings.Join(block.lines, "\n"), line: block.line})
		case "console":
			scripts = append(scripts, consoleScripts(block)...)
		}
	}
	for _, code := range d.codes {
		scripts = append(scripts, script{text: code.text, line: code.line, inline: true})
	}
	return scripts
}

func consoleScripts(block fence) []script {
	var scripts []script
	for i := 0; i < len(block.lines); i++ {
		text, ok := strings.CutPrefix(block.lines[i], "$ ")
		if !ok {
			continue
		}
		begin := i
		for strings.HasSuffix(text, `\`) && i+1 < len(block.lines) {
			i++
			text += "\n" + block.lines[i]
		}
		scripts = append(scripts, script{text: text, line: block.line + begin})
	}
	return scripts
}

// parseScript returns the simple commands of a script, those in substitutions included.
func parseScript(s script) ([]command, error) {
	text := placeholder.ReplaceAllString(s.text, filled)
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, fmt.Errorf("no shell command: %w", err)
	}
	var commands []command
	syntax.Walk(file, func(node syntax.Node) bool {
		if call, ok := node.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			found := command{line: s.line + int(call.Pos().Line()) - 1}
			for _, arg := range call.Args {
				found.args = append(found.args, readWord(arg))
			}
			found.program = found.args[0].text
			found.args = found.args[1:]
			commands = append(commands, found)
		}
		return true
	})
	return commands, nil
}

func readWord(w *syntax.Word) word {
	text, fixed := readParts(w.Parts)
	return word{strings.ReplaceAll(text, filled, "<>"), fixed && !strings.Contains(text, filled)}
}

func readParts(parts []syntax.WordPart) (string, bool) {
	var b strings.Builder
	fixed := true
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.WriteString(part.Value)
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			text, ok := readParts(part.Parts)
			b.WriteString(text)
			fixed = fixed && ok
		default:
			fixed = false
		}
	}
	return b.String(), fixed
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
