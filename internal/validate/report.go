package validate

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// Result is how a check ended.
type Result string

// Results of a check.
const (
	Passed  Result = "passed"
	Failed  Result = "failed"
	Skipped Result = "skipped"
)

// Outcome is a check with its result.
type Outcome struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Result Result `json:"result"`
	// Details is one line: what was seen, and after a failure where to look.
	Details string `json:"details"`
}

// Report is the result of all checks, in the order of the table of checks.
type Report struct {
	Stamp   string    `json:"stamp"`
	Cluster string    `json:"cluster"`
	Checks  []Outcome `json:"checks"`
	Passed  int       `json:"passed"`
	Failed  int       `json:"failed"`
	Skipped int       `json:"skipped"`
}

func (r *Report) add(c check, v verdict) {
	r.Checks = append(r.Checks, Outcome{ID: c.ID, Title: c.Title, Result: v.result, Details: v.details})
	switch v.result {
	case Passed:
		r.Passed++
	case Failed:
		r.Failed++
	case Skipped:
		r.Skipped++
	}
}

// WriteTable prints a table and a summary for people.
func (r *Report) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHECK\tRESULT\tDETAILS")
	for _, c := range r.Checks {
		fmt.Fprintf(table, "%s\t%s\t%s\n", c.ID, c.Result, c.Details)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the results: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", r.Passed, r.Failed, r.Skipped); err != nil {
		return fmt.Errorf("print the results: %w", err)
	}
	return nil
}

// WriteJSON prints one JSON document for programs.
func (r *Report) WriteJSON(w io.Writer) error { return WriteJSON(w, r) }

// WriteJSON prints a document as JSON for programs. It fails if w does.
func WriteJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("print as JSON: %w", err)
	}
	return nil
}
