package delivery

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/delivery/github"
)

// DriftLabel is the label of all issues about drift.
const DriftLabel = "drift"

// DriftMarker is how the issue about a stack's drift begins. It does not show.
func DriftMarker(stack string) string {
	return "<!-- aks-regulated-pulumi:drift:" + stack + " -->"
}

// Drift separates resources that were changed by hand from those whose change is expected.
func (r *Result) Drift() (drifted, expected []Resource) {
	for _, resource := range r.Resources {
		if len(resource.reasons()) == 0 {
			drifted = append(drifted, resource)
		} else {
			expected = append(expected, resource)
		}
	}
	return drifted, expected
}

// DriftIssue renders the issue about a stack that differs from its state.
func DriftIssue(result *Result, runURL string) github.Issue {
	drifted, expected := result.Drift()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nAzure differs from the state of `%s`. Nothing has been adopted or set back: what to do is in "+
		"`docs/delivery.md`, section \"When drift is found\".\n\n", DriftMarker(result.Stack), result.Stack)
	if result.Simulated {
		b.WriteString("This is the simulated Azure, not a real one.\n\n")
	}
	blocks := []block{{text: list(drifted), whole: "The rest is in the run's artifact."}}
	reasons := map[string]int{}
	for _, resource := range expected {
		for _, why := range resource.reasons() {
			reasons[why]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&b, "Left out of this list, as expected: %d, since %s.\n\n", reasons[why], why)
	}
	if runURL != "" {
		fmt.Fprintf(&b, "Found by [this run](%s), which updates this issue and closes it when the drift is gone.\n\n", runURL)
	}
	whole := fmt.Sprintf("All of it is in the artifact `refresh-%s` of the run.", result.Stack)
	blocks = append(blocks, block{text: highlightable(result.Text), language: "diff", whole: whole})
	const frame = "<details><summary>Differences</summary>\n\n\n</details>\n"
	rendered := fit(blocks, maxBodyBytes-b.Len()-len(frame))
	fmt.Fprintf(&b, "%s\n<details><summary>Differences</summary>\n\n%s\n</details>\n", rendered[0], rendered[1])
	return github.Issue{Marker: DriftMarker(result.Stack), Label: DriftLabel, Title: "Drift in " + result.Stack, Body: b.String()}
}

func list(resources []Resource) string {
	var b strings.Builder
	for _, resource := range resources {
		fmt.Fprintf(&b, "%-8s %s %s%s\n", resource.Op, resource.Type, resource.Name, resource.unexpectedPaths())
	}
	return b.String()
}
