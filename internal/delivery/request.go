package delivery

import (
	"fmt"
	"path/filepath"
	"regexp"
)

// RequestFile is the name of the file in which a run says what it was for. No stack's result has this name.
const RequestFile = "_request.json"

// maxEnvironments bounds what one run reports on.
const maxEnvironments = 20

// Request says for which pull request a run previewed, and which environments. It is a claim: what reads it checks it.
type Request struct {
	PullRequest int `json:"pullRequest"`
	// Head is the full commit that was previewed.
	Head string `json:"head"`
	// Environments are the stacks that the change touches; none if it only touches documents.
	Environments []string `json:"environments"`
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Write writes the request into dir.
func (r *Request) Write(dir string) error {
	if err := r.validate(); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, RequestFile), r)
}

// ReadRequest reads and validates the request in dir.
func ReadRequest(dir string) (*Request, error) {
	request := &Request{}
	if err := readJSON(filepath.Join(dir, RequestFile), request); err != nil {
		return nil, err
	}
	return request, request.validate()
}

func (r *Request) validate() error {
	switch {
	case r.PullRequest < 1:
		return fmt.Errorf("request: %d is no pull request", r.PullRequest)
	case !commit.MatchString(r.Head):
		return fmt.Errorf("request: head %.60q is no commit", r.Head)
	case len(r.Environments) > maxEnvironments:
		return fmt.Errorf("request: %d environments, but at most %d are allowed", len(r.Environments), maxEnvironments)
	}
	for _, stack := range r.Environments {
		if err := CheckStack(stack); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	return nil
}
