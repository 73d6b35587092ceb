package docscheck

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// sourceLine is the anchor of a line, or of lines, of a file that is no document.
var sourceLine = regexp.MustCompile(`^L\d+(-L\d+)?$`)

// ignored are the folders that no clone has.
var ignored = []string{".bin", ".offline"}

// links finds links that lead nowhere.
func (c *Checker) links(doc *document) ([]Finding, error) {
	var findings []Finding
	for _, link := range doc.links {
		problem, err := c.link(doc, link)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			findings = append(findings, Finding{doc.path, link.line, problem})
		}
	}
	return findings, nil
}

// link says what is wrong with a link; empty if nothing is.
func (c *Checker) link(doc *document, link link) (string, error) {
	if link.label != "" {
		if _, ok := doc.definitions[link.label]; !ok {
			return fmt.Sprintf("reference [%s] has no definition", link.label), nil
		}
		return "", nil
	}
	target, err := url.Parse(link.target)
	if err != nil {
		return fmt.Sprintf("link %q is no address", link.target), nil
	}
	if target.Scheme != "" || target.Host != "" {
		return c.webLink(link.target, target), nil
	}
	return c.fileLink(doc, link.target, target)
}

func (c *Checker) webLink(text string, target *url.URL) string {
	switch {
	case target.Scheme != "https":
		return fmt.Sprintf("link %q is not https", text)
	case target.User != nil || target.Port() != "" || target.Host == "":
		return fmt.Sprintf("link %q wants a host, and neither user nor port", text)
	case !c.Hosts[target.Hostname()]:
		return fmt.Sprintf("link %q leads to a host that is not in the table", text)
	}
	return ""
}

func (c *Checker) fileLink(doc *document, text string, target *url.URL) (string, error) {
	file := doc.path
	if target.Path != "" {
		if path.IsAbs(target.Path) {
			return fmt.Sprintf("link %q is not relative", text), nil
		}
		file = path.Join(path.Dir(doc.path), target.Path)
	}
	if file == ".." || strings.HasPrefix(file, "../") {
		return fmt.Sprintf("link %q leaves the repository", text), nil
	}
	for _, folder := range ignored {
		if file == folder || strings.HasPrefix(file, folder+"/") {
			return fmt.Sprintf("link %q leads to what is not in Git", text), nil
		}
	}
	if !c.exists(file) {
		return fmt.Sprintf("link %q leads to no file", text), nil
	}
	if target.Fragment == "" {
		if text == "" || text == "#" {
			return "a link without a target", nil
		}
		return "", nil
	}
	return c.anchor(text, file, target.Fragment)
}

func (c *Checker) anchor(text, file, fragment string) (string, error) {
	if path.Ext(file) != ".md" {
		if sourceLine.MatchString(fragment) {
			return "", nil
		}
		return fmt.Sprintf("link %q has an anchor into a file that is no document", text), nil
	}
	doc, err := c.document(file)
	if err != nil {
		return "", err
	}
	if !doc.anchors[fragment] {
		return fmt.Sprintf("link %q: %s has no heading for it", text, file), nil
	}
	return "", nil
}
