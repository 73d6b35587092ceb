package report

import (
	"slices"
	"strings"
)

// evidence is what the state says about a requirement.
type evidence struct {
	State string
	Why   string
	Links []Link
}

// States of evidence. Whether a requirement is fulfilled is for an assessor to say.
const (
	stateFound   = "evidence in this stack"
	stateMissing = "not met by this stack"
	stateOutside = "not in the state"
)

func found(why string, links []Link) evidence { return evidence{stateFound, why, links} }

func missing(why string, links []Link) evidence { return evidence{stateMissing, why, links} }

// outside is about what no state can show: documents, people, or what runs in the cluster.
func outside(why string) func(*model) evidence {
	return func(*model) evidence { return evidence{State: stateOutside, Why: why} }
}

// all holds if each of its parts does; what fails is named first.
func all(parts ...func(*model) evidence) func(*model) evidence {
	return func(m *model) evidence {
		var good, bad []evidence
		for _, part := range parts {
			if e := part(m); e.State == stateMissing {
				bad = append(bad, e)
			} else {
				good = append(good, e)
			}
		}
		if len(bad) > 0 {
			return joined(stateMissing, bad)
		}
		if elsewhere := slices.DeleteFunc(slices.Clone(good), func(e evidence) bool { return e.State != stateOutside }); len(elsewhere) > 0 {
			return joined(stateOutside, elsewhere)
		}
		return joined(stateFound, good)
	}
}

func joined(state string, parts []evidence) evidence {
	e := evidence{State: state}
	var reasons []string
	for _, part := range parts {
		reasons = append(reasons, part.Why)
		for _, link := range part.Links {
			if !slices.Contains(e.Links, link) {
				e.Links = append(e.Links, link)
			}
		}
	}
	e.Why = strings.Join(reasons, " ")
	return e
}

// every holds if there is a resource of a type, and all of that type hold.
func every(armType string, holds func(*Resource) bool, yes, no string) func(*model) evidence {
	return func(m *model) evidence {
		of := m.of(armType)
		if len(of) == 0 {
			return missing("There is no resource of type "+armType+" in this state.", nil)
		}
		var failing []Link
		for _, r := range of {
			if !holds(r) {
				failing = append(failing, m.link(r.ID))
			}
		}
		if len(failing) > 0 {
			return missing(no, failing)
		}
		return found(yes, m.to(armType))
	}
}

// policy holds if an assignment with these words in its name is enforced with this effect.
func policy(words, effect string) func(*model) evidence {
	return func(m *model) evidence {
		var links []Link
		for _, row := range m.policies() {
			if strings.Contains(row.Name, words) && row.Enforced && strings.EqualFold(row.Effect, effect) {
				links = append(links, Link{row.Name, row.Anchor})
			}
		}
		if len(links) == 0 {
			return missing("No policy “"+words+"” is enforced with effect "+effect+".", nil)
		}
		return found("A policy judges it, with effect "+effect+".", links)
	}
}

// section points to a part of this page that is computed from the state.
func section(name, target, why string) func(*model) evidence {
	return func(*model) evidence { return found(why, []Link{{name, target}}) }
}

// basis is for what people do with a part of this page, which alone is no evidence.
func basis(name, target, why string) func(*model) evidence {
	return func(*model) evidence { return evidence{stateOutside, why, []Link{{name, target}}} }
}

// denied holds if no flow from the given ends to the given ends is allowed in either reading, on any port that the page looks at.
func denied(from, to func(*end) bool, what string) func(*model) evidence {
	return func(m *model) evidence {
		var open, closed []Link
		for _, v := range m.flows.verdicts() {
			if !from(v.From) || !to(v.To) || v.Self {
				continue
			}
			link := Link{v.From.Label + " to " + v.To.Label + ", TCP " + portText(v.Port), v.Anchor}
			if v.Strict.Allowed || v.Wide.Allowed {
				open = append(open, link)
			} else {
				closed = append(closed, link)
			}
		}
		for _, f := range m.flows.Others {
			if from(f.From) && to(f.To) {
				open = append(open, f.link())
			}
		}
		switch {
		case len(open) > 0:
			return missing("Open: "+what+".", open)
		case len(closed) == 0:
			return missing("There is nothing in this state to compute it from: "+what+".", nil)
		}
		return found("Closed in both readings, on the ports checked on this page: "+what+".", append(closed, Link{"other ports", "other-ports"}))
	}
}

func (f *flowMatrix) verdicts() []verdict {
	var flat []verdict
	for _, matrix := range f.Ports {
		for _, row := range matrix.Rows {
			flat = append(flat, row...)
		}
	}
	return flat
}

// link leads to the list of other ports, whose rows have no names of their own.
func (f otherFlow) link() Link {
	return Link{f.From.Label + " to " + f.To.Label + ", " + f.Ports, "other-ports"}
}

func isRole(roles ...string) func(*end) bool {
	return func(e *end) bool { return slices.Contains(roles, e.role) }
}

func isNotRole(roles ...string) func(*end) bool {
	return func(e *end) bool { return !slices.Contains(roles, e.role) }
}
