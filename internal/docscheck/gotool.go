package docscheck

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

var (
	goVerbs    = []string{"build", "env", "fmt", "get", "install", "list", "mod", "run", "test", "tool", "version", "vet", "work"}
	goPackages = []string{"build", "install", "run", "test", "vet"}
	// goValues are the flags of go that take the next argument.
	goValues = []string{"-C", "-o", "-run", "-tags", "-timeout", "-count", "-ldflags", "-p", "-cpu", "-bench", "-coverprofile"}
)

// checkGo wants verbs of the go command, and packages that are there.
func checkGo(c *Checker, found command) []string {
	words := positional(found.args, func(flag string) bool { return slices.Contains(goValues, flag) })
	if len(words) == 0 {
		return nil
	}
	verb := words[0].text
	if !slices.Contains(goVerbs, verb) {
		return []string{fmt.Sprintf("go has no command %q", verb)}
	}
	if !slices.Contains(goPackages, verb) {
		return nil
	}
	var problems []string
	for i, arg := range words[1:] {
		if verb == "run" && i > 0 {
			break // the rest belongs to the program
		}
		if verb == "run" && strings.HasPrefix(arg.text, "./cmd/") {
			rest := found.args[slices.Index(found.args, arg)+1:]
			problems = append(problems, checkHelp(c, command{program: path.Base(arg.text), args: rest})...)
		}
		if dir, local := localPackage(arg); local && !c.hasGoFiles(path.Join(workingDirectory(found.args), dir)) {
			problems = append(problems, fmt.Sprintf("go %s: there is no package %s", verb, arg.text))
		}
	}
	return problems
}

// localPackage returns the folder of a package that is named by its path.
func localPackage(arg word) (string, bool) {
	if !arg.fixed || arg.text == "./..." || arg.text != "." && !strings.HasPrefix(arg.text, "./") {
		return "", false
	}
	return strings.TrimSuffix(arg.text, "/..."), true
}

// workingDirectory is what -C says.
func workingDirectory(args []word) string {
	for i, arg := range args[:max(0, len(args)-1)] {
		if arg.text == "-C" {
			return args[i+1].text
		}
	}
	return "."
}

func (c *Checker) hasGoFiles(dir string) bool {
	files, err := filepath.Glob(filepath.Join(c.Root, filepath.FromSlash(dir), "*.go"))
	return err == nil && len(files) > 0
}
