package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// coverage is what the cases look at. An alert needs a case that pins its start, silent at one evaluation and firing at the next, so that
// neither a shorter nor a longer duration passes, and a case in which it never fires. A recording needs a case with its result.
type coverage struct {
	groups           []rulefmt.RuleGroup
	starts, silences map[string]bool
	results          []labels.Labels
}

func newCoverage(groups []rulefmt.RuleGroup) *coverage {
	return &coverage{groups: groups, starts: map[string]bool{}, silences: map[string]bool{}}
}

func (s *coverage) add(c testCase) {
	fires := map[string]map[time.Duration]bool{}
	for _, check := range c.Alerts {
		if fires[check.Name] == nil {
			fires[check.Name] = map[time.Duration]bool{}
		}
		fires[check.Name][time.Duration(check.At)] = len(check.Expected) > 0
	}
	for _, group := range s.groups {
		for _, rule := range group.Rules {
			times, looked := fires[rule.Alert]
			if !looked {
				continue
			}
			for at, firing := range times {
				before, there := times[at-time.Duration(group.Interval)]
				s.starts[rule.Alert] = s.starts[rule.Alert] || firing && there && !before
				// A case that ends before the alert may fire shows nothing.
				s.silences[rule.Alert] = s.silences[rule.Alert] || at > time.Duration(rule.For) && !slices.Contains(slices.Collect(maps.Values(times)), true)
			}
		}
	}
	for _, check := range c.Expressions {
		for _, expected := range check.Expected {
			if metric, err := parser.NewParser(parser.Options{}).ParseMetric(expected.Labels); err == nil {
				s.results = append(s.results, metric)
			}
		}
	}
}

// recorded reports whether a case expects a sample of a recording, with the labels that the rule adds.
func (s *coverage) recorded(rule rulefmt.Rule) bool {
	return slices.ContainsFunc(s.results, func(result labels.Labels) bool {
		for name, value := range rule.Labels {
			if result.Get(name) != value {
				return false
			}
		}
		return result.Get(labels.MetricName) == rule.Record
	})
}

// gaps are the rules that lack cases.
func (s *coverage) gaps() (gaps []error) {
	for _, group := range s.groups {
		for _, rule := range group.Rules {
			switch {
			case rule.Record != "" && !s.recorded(rule):
				gaps = append(gaps, fmt.Errorf("no case has a result of %s with the labels %v", rule.Record, rule.Labels))
			case rule.Alert != "" && !s.starts[rule.Alert]:
				gaps = append(gaps, fmt.Errorf("no case has %s silent at one evaluation and firing at the next", rule.Alert))
			case rule.Alert != "" && !s.silences[rule.Alert]:
				gaps = append(gaps, fmt.Errorf("no case lasts longer than the duration of %s without firing", rule.Alert))
			}
		}
	}
	return gaps
}
