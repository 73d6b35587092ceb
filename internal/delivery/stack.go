// Package delivery is what the project's workflows run: it finds the environments that a change touches, previews and deploys
// them with the Pulumi CLI, and tells people the result in pull requests and issues.
//
// It imports neither Pulumi nor Azure's SDK, so that the jobs that only write comments start at once.
package delivery

import (
	"fmt"
	"regexp"
	"strings"
)

// stackName is stricter than Pulumi's own rule: names appear in Markdown, file names and matrices as they are.
var stackName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// CheckStack refuses names that no environment of this project may have.
func CheckStack(name string) error {
	if !stackName.MatchString(name) {
		return fmt.Errorf("stack name %q: expected a lower-case letter, then at most 30 lower-case letters, digits and hyphens", name)
	}
	return nil
}

// stackOf returns the stack whose configuration file has this path. Pulumi.yaml itself belongs to none.
func stackOf(path string) (string, bool) {
	name, found := strings.CutPrefix(path, "Pulumi.")
	if !found {
		return "", false
	}
	name, found = strings.CutSuffix(name, ".yaml")
	return name, found && !strings.Contains(name, "/")
}
