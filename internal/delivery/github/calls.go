package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// User is who wrote something.
type User struct {
	Login string `json:"login"`
	// Type is User, Bot or Organization.
	Type string `json:"type"`
}

// Bot is who the token of a workflow writes as.
const Bot = "github-actions[bot]"

// owns says whether a text was written by the workflows' bot and begins with their marker. Anybody can write the marker; only
// the bot can write as itself, and what it shows of others stands behind its own beginning.
func owns(author User, body, marker string) bool {
	return author.Login == Bot && author.Type == "Bot" && strings.HasPrefix(body, marker)
}

// PullRequest is a pull request.
type PullRequest struct {
	Number int    `json:"number"`
	State  string `json:"state"`
	Head   struct {
		SHA string `json:"sha"`
		// Repo is nil if the fork is gone.
		Repo *struct {
			FullName string `json:"full_name"`
		} `json:"repo"`
	} `json:"head"`
}

// Fork says whether the change comes from another repository, whose workflows get no credentials.
func (p *PullRequest) Fork(repository string) bool {
	return p.Head.Repo == nil || !strings.EqualFold(p.Head.Repo.FullName, repository)
}

// PullRequest gets a pull request.
func (c *Client) PullRequest(ctx context.Context, number int) (*PullRequest, error) {
	pull := &PullRequest{}
	return pull, c.call(ctx, http.MethodGet, fmt.Sprintf("/pulls/%d", number), nil, pull)
}

// Environment is what stands before the deployments to one of a repository's environments.
type Environment struct {
	Name            string `json:"name"`
	ProtectionRules []struct {
		Type      string            `json:"type"`
		Reviewers []json.RawMessage `json:"reviewers"`
	} `json:"protection_rules"`
}

// Reviewed says whether a person has to approve.
func (e *Environment) Reviewed() bool {
	for _, rule := range e.ProtectionRules {
		if rule.Type == "required_reviewers" && len(rule.Reviewers) > 0 {
			return true
		}
	}
	return false
}

// Environment gets an environment. It needs the permission to read actions.
func (c *Client) Environment(ctx context.Context, name string) (*Environment, error) {
	environment := &Environment{}
	return environment, c.call(ctx, http.MethodGet, "/environments/"+url.PathEscape(name), nil, environment)
}

// comment is a comment on an issue or pull request.
type comment struct {
	ID   int64  `json:"id"`
	Body string `json:"body"`
	User User   `json:"user"`
}

// Outcome is what writing came to.
type Outcome string

// Outcomes of writing a comment or an issue.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Closed    Outcome = "closed"
	Nothing   Outcome = "nothing to do"
)

// PutComment writes the one comment on a pull request that begins with marker: it updates the bot's own, and creates it if there
// is none and create is set.
func (c *Client) PutComment(ctx context.Context, pull int, marker, body string, create bool) (Outcome, error) {
	var found *comment
	err := pages(ctx, c, fmt.Sprintf("/issues/%d/comments?", pull), func(candidate comment) bool {
		if owns(candidate.User, candidate.Body, marker) {
			found = &candidate
		}
		return found == nil
	})
	in := map[string]string{"body": body}
	switch {
	case err != nil:
		return "", err
	case found == nil && !create:
		return Nothing, nil
	case found == nil:
		return Created, c.call(ctx, http.MethodPost, fmt.Sprintf("/issues/%d/comments", pull), in, nil)
	case found.Body == body:
		return Unchanged, nil
	}
	return Updated, c.call(ctx, http.MethodPatch, fmt.Sprintf("/issues/comments/%d", found.ID), in, nil)
}

// issue is an issue; GitHub lists pull requests among them.
type issue struct {
	Number int     `json:"number"`
	Title  string  `json:"title"`
	Body   string  `json:"body"`
	User   User    `json:"user"`
	Labels []label `json:"labels"`
	Pull   any     `json:"pull_request"`
}

type label struct {
	Name string `json:"name"`
}

// has says whether the issue has a label. GitHub does not tell upper from lower case in them.
func (i *issue) has(name string) bool {
	return slices.ContainsFunc(i.Labels, func(l label) bool { return strings.EqualFold(l.Name, name) })
}

// Issue is what an issue has to say.
type Issue struct {
	// Marker is how the body begins; it tells one issue of the bot from the others.
	Marker string
	// Label is the label that all of them have.
	Label       string
	Title, Body string
}

// openIssue looks at all open issues: anybody may take a label off, and the marker stays.
func (c *Client) openIssue(ctx context.Context, marker string) (*issue, error) {
	var found *issue
	err := pages(ctx, c, "/issues?state=open", func(candidate issue) bool {
		if candidate.Pull == nil && owns(candidate.User, candidate.Body, marker) {
			found = &candidate
		}
		return found == nil
	})
	return found, err
}

// PutIssue opens an issue, or updates the open one with its marker and labels it again if the label was taken off.
func (c *Client) PutIssue(ctx context.Context, want Issue) (Outcome, error) {
	found, err := c.openIssue(ctx, want.Marker)
	switch {
	case err != nil:
		return "", err
	case found == nil:
		in := map[string]any{"title": want.Title, "body": want.Body, "labels": []string{want.Label}}
		return Created, c.call(ctx, http.MethodPost, "/issues", in, nil)
	case found.Body == want.Body && found.Title == want.Title && found.has(want.Label):
		return Unchanged, nil
	}
	in := map[string]any{"title": want.Title, "body": want.Body}
	if !found.has(want.Label) {
		// What is sent replaces all labels, and people set the others.
		labels := []string{want.Label}
		for _, other := range found.Labels {
			labels = append(labels, other.Name)
		}
		in["labels"] = labels
	}
	return Updated, c.call(ctx, http.MethodPatch, fmt.Sprintf("/issues/%d", found.Number), in, nil)
}

// CloseIssue closes the open issue with a marker, if there is one, and says why in a comment.
func (c *Client) CloseIssue(ctx context.Context, marker, why string) (Outcome, error) {
	found, err := c.openIssue(ctx, marker)
	if err != nil {
		return "", err
	}
	if found == nil {
		return Nothing, nil
	}
	comments := fmt.Sprintf("/issues/%d/comments", found.Number)
	if err := c.call(ctx, http.MethodPost, comments, map[string]string{"body": why}, nil); err != nil {
		return "", err
	}
	in := map[string]string{"state": "closed", "state_reason": "completed"}
	return Closed, c.call(ctx, http.MethodPatch, fmt.Sprintf("/issues/%d", found.Number), in, nil)
}
