package delivery

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// CommentMarker is how the comment on a pull request begins. It does not show.
const CommentMarker = "<!-- aks-regulated-pulumi:preview -->"

// Comment is what one comment on a pull request tells.
type Comment struct {
	// Request says what was previewed.
	Request *Request
	// Outcomes are in the order of the request's environments.
	Outcomes []Outcome
	// RunURL is the address of the workflow's run, or empty.
	RunURL string
}

// Outcome is what became of the preview of one environment.
type Outcome struct {
	Stack string
	// Result is nil if the preview left none.
	Result *Result
}

// ErrNotSimulated says that a result claims to come from Azure, where it cannot have been.
var ErrNotSimulated = errors.New("a fork's preview cannot have run on Azure")

// ReadOutcomes reads the results of a request. What is missing is an outcome too: the preview failed before it began.
func ReadOutcomes(dir string, request *Request, fork bool) ([]Outcome, error) {
	outcomes := make([]Outcome, len(request.Environments))
	for i, stack := range request.Environments {
		result, err := ReadResult(dir, stack)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			result = nil
		case err != nil:
			return nil, err
		case result.Operation != OperationPreview:
			return nil, fmt.Errorf("result of %s: is a %s, not a preview", stack, result.Operation)
		case fork && !result.Simulated:
			return nil, fmt.Errorf("result of %s: %w", stack, ErrNotSimulated)
		}
		outcomes[i] = Outcome{stack, result}
	}
	return outcomes, nil
}

// Markdown renders the comment within GitHub's limit. Whatever a pull request could have written stands between fences.
func (c *Comment) Markdown() string {
	head := c.header()
	var blocks []block
	var titles []string
	for _, outcome := range c.Outcomes {
		title, details := outcome.details()
		titles = append(titles, title)
		blocks = append(blocks, details)
	}
	const frame = len("<details><summary></summary>\n\n\n</details>\n\n")
	budget := maxBodyBytes - len(head)
	for _, title := range titles {
		budget -= len(title) + frame
	}
	var body strings.Builder
	body.WriteString(head)
	for i, text := range fit(blocks, budget) {
		fmt.Fprintf(&body, "<details><summary>%s</summary>\n\n%s\n</details>\n\n", titles[i], text)
	}
	return body.String()
}

// notes explain the columns that do not explain themselves.
var notes = []struct {
	applies func(*Result) bool
	text    string
}{
	{func(r *Result) bool { return r.Simulated && !r.Empty },
		"`simulated` ran without an Azure account. It compares with what the base of this change deploys in the simulated Azure, not " +
			"with what is deployed."},
	{func(r *Result) bool { return r.Simulated && r.Empty },
		"`simulated, empty` ran without an Azure account, in a simulated subscription that held nothing. So everything is new: it shows " +
			"the whole environment, not what this change does to it."},
}

func (c *Comment) header() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n### Preview of the environments\n\n", CommentMarker)
	if len(c.Outcomes) == 0 {
		b.WriteString("This change touches no environment.\n")
	} else {
		b.WriteString("| Environment | Azure | Result | Create | Update | Replace | Delete | Unchanged |\n")
		b.WriteString("|---|---|---|--:|--:|--:|--:|--:|\n")
	}
	for _, outcome := range c.Outcomes {
		b.WriteString(outcome.row())
	}
	fmt.Fprintf(&b, "\nCommit %s.", c.Request.Head)
	if c.RunURL != "" {
		fmt.Fprintf(&b, " Logs and the complete texts are with [the run](%s).", c.RunURL)
	}
	b.WriteString("\n\n")
	for _, note := range notes {
		if slices.ContainsFunc(c.Outcomes, func(o Outcome) bool { return o.Result != nil && note.applies(o.Result) }) {
			b.WriteString(note.text + "\n\n")
		}
	}
	return b.String()
}

func (o Outcome) row() string {
	if o.Result == nil {
		return fmt.Sprintf("| `%s` | | **no result** | | | | | |\n", o.Stack)
	}
	where, verdict := "real", "ok"
	if o.Result.Simulated {
		where = "simulated"
	}
	if o.Result.Empty {
		where = "simulated, empty"
	}
	if !o.Result.OK {
		verdict = "**failed**"
	}
	sums := o.Result.columns()
	return fmt.Sprintf("| `%s` | %s | %s | %d | %d | %d | %d | %d |\n", o.Stack, where, verdict,
		sums["create"], sums["update"], sums["replace"], sums["delete"], sums["same"])
}

// details returns the title and the text of what unfolds below the table.
func (o Outcome) details() (string, block) {
	whole := fmt.Sprintf("All of it is in the artifact `preview-%s`.", o.Stack)
	switch {
	case o.Result == nil:
		return o.Stack + ": no result", block{text: "The preview ended before it left a result. The run's log says why.", whole: whole}
	case !o.Result.OK:
		return o.Stack + ": failed", block{text: o.Result.Error + "\n\n" + o.Result.Text, whole: whole}
	}
	return o.Stack + ": differences", block{text: highlightable(o.Result.Text), language: "diff", whole: whole}
}
