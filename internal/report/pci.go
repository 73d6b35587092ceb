package report

import "slices"

// requirement is a row of the table of PCI DSS 4.0.1. Titles are this project's own words, not the standard's.
type requirement struct {
	Number, Title string
	evidence      func(*model) evidence
	// Proofs are tests of this repository, as folder/TestName.
	Proofs []string
	// Remains is what the user of the platform has to do or to show.
	Remains string
}

// pciRow is a requirement with what this state says about it.
type pciRow struct {
	requirement
	evidence
}

// Anchor is where the row stands on the page.
func (r pciRow) Anchor() string { return "pci-" + r.Number }

// Class is how the state is shown.
func (r pciRow) Class() string {
	switch r.State {
	case stateFound:
		return "good"
	case stateMissing:
		return "bad"
	}
	return "neutral"
}

func requirements() []requirement {
	return slices.Concat(networkRequirements, systemRequirements, accessRequirements, loggingRequirements)
}

func (m *model) pci() []pciRow {
	var rows []pciRow
	for _, r := range requirements() {
		rows = append(rows, pciRow{r, r.evidence(m)})
	}
	return rows
}

// pciCount is how many requirements are in a state.
type pciCount struct {
	State string
	Count int
}

func countStates(rows []pciRow) []pciCount {
	counts := []pciCount{{State: stateFound}, {State: stateMissing}, {State: stateOutside}}
	for _, row := range rows {
		for i := range counts {
			if counts[i].State == row.State {
				counts[i].Count++
			}
		}
	}
	return counts
}
