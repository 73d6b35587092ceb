package docscheck

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// sourceLine is the anchor of a line, or of lines, of a file that is not a document.
var sourceLine = regexp.MustCompile(`^L\d+(-L\d+)?$`)

// links finds links that lead nowhere.
func (c *Checker) links(doc *document) ([]Finding, error) {
	var findings []Finding
	for _, link := range doc.links {
		problem, err := c.linkProblem(doc, link.text)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			findings = append(findings, Finding{doc.path, link.line, fmt.Sprintf("link %q %s", link.text, problem)})
		}
	}
	return findings, nil
}

// linkProblem says what is wrong with a link; empty if nothing is.
func (c *Checker) linkProblem(doc *document, text string) (string, error) {
	if unresolved.MatchString(text) {
		return "has no definition", nil
	}
	target, err := url.Parse(text)
	switch {
	case err != nil:
		return "is not an address", nil
	case text == "" || text == "#":
		return "has no target", nil
	case target.Scheme == "" && target.Host == "":
		return c.fileProblem(doc, target)
	case target.Scheme != "https":
		return "is not https", nil
	case target.User != nil || target.Port() != "" || target.Host == "":
		return "wants a host, and neither user nor port", nil
	case !c.Hosts[target.Hostname()]:
		return "leads to a host that is not in the table", nil
	}
	return "", nil
}

func (c *Checker) fileProblem(doc *document, target *url.URL) (string, error) {
	file := doc.path
	if target.Path != "" {
		file = path.Join(path.Dir(doc.path), target.Path)
	}
	switch {
	case path.IsAbs(target.Path):
		return "is not relative", nil
	case file == ".." || strings.HasPrefix(file, "../"):
		return "leaves the repository", nil
	case strings.HasPrefix(file, ".bin") || strings.HasPrefix(file, ".offline"):
		return "leads to what is not in Git", nil
	case !c.exists(file):
		return "leads to no file", nil
	case target.Fragment == "":
		return "", nil
	case path.Ext(file) != ".md" && sourceLine.MatchString(target.Fragment):
		return "", nil
	case path.Ext(file) != ".md":
		return "has an anchor into a file that is not a document", nil
	}
	to, err := c.document(file)
	if err != nil {
		return "", err
	}
	if !to.anchors[target.Fragment] {
		return fmt.Sprintf("has no heading in %s", file), nil
	}
	return "", nil
}
