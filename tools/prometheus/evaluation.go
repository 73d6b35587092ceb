package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
)

// evaluation is rules over the series of one case.
type evaluation struct {
	memory *memory
	engine *promql.Engine
	// pending holds, by alert and labels, since when its expression has had that result.
	pending map[string]map[string]time.Duration
	// firing holds, by alert and time, the labels of what fires, sorted.
	firing map[string]map[time.Duration][]string
}

func newEvaluation(m *memory) *evaluation {
	return &evaluation{
		memory: m,
		engine: promql.NewEngine(promql.EngineOpts{
			MaxSamples: 1_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		}),
		pending: map[string]map[string]time.Duration{}, firing: map[string]map[time.Duration][]string{},
	}
}

// step evaluates the rules of a group in their order, as Prometheus does: what one records, the next can read.
func (e *evaluation) step(group rulefmt.RuleGroup, at time.Duration) error {
	for _, rule := range group.Rules {
		results, err := e.query(rule.Expr, at)
		if err != nil {
			return fmt.Errorf("rule %s%s: %w", rule.Alert, rule.Record, err)
		}
		if rule.Alert != "" {
			err = e.alert(rule, results, at)
		} else {
			err = e.record(rule, results, at)
		}
		if err != nil {
			return fmt.Errorf("rule %s%s: %w", rule.Alert, rule.Record, err)
		}
	}
	return nil
}

// alert fires for each result that every evaluation has had for the rule's duration.
func (e *evaluation) alert(rule rulefmt.Rule, results promql.Vector, at time.Duration) error {
	if e.firing[rule.Alert] == nil {
		e.firing[rule.Alert] = map[time.Duration][]string{}
	}
	before, now := e.pending[rule.Alert], map[string]time.Duration{}
	firing := []string{}
	for _, result := range results {
		name := labels.NewBuilder(result.Metric).Del(labels.MetricName).Labels().String()
		if _, twice := now[name]; twice {
			return fmt.Errorf("two alerts have the labels %s", name)
		}
		since, pending := before[name]
		if !pending {
			since = at
		}
		now[name] = since
		if at-since >= time.Duration(rule.For) {
			firing = append(firing, name)
		}
	}
	slices.Sort(firing)
	e.pending[rule.Alert], e.firing[rule.Alert][at] = now, firing
	return nil
}

func (e *evaluation) record(rule rulefmt.Rule, results promql.Vector, at time.Duration) error {
	recorded := map[string]bool{}
	for _, result := range results {
		builder := labels.NewBuilder(result.Metric).Set(labels.MetricName, rule.Record)
		for name, value := range rule.Labels {
			builder.Set(name, value)
		}
		name := builder.Labels()
		if recorded[name.String()] {
			return fmt.Errorf("%s is recorded twice", name)
		}
		recorded[name.String()] = true
		e.memory.append(name, at, result.F)
	}
	return nil
}

// query returns the result of an expression at a time.
func (e *evaluation) query(expr string, at time.Duration) (promql.Vector, error) {
	query, err := e.engine.NewInstantQuery(context.Background(), e.memory, nil, expr, time.UnixMilli(at.Milliseconds()))
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if result.Err != nil {
		return nil, result.Err
	}
	// Infos are about names of metrics, which are their exporters' choice.
	if warnings, _ := result.Warnings.AsStrings(expr, 0, 0); len(warnings) > 0 {
		return nil, fmt.Errorf("prometheus warns: %v", warnings)
	}
	vector, err := result.Vector()
	if err != nil {
		return nil, err
	}
	return slices.Clone(vector), nil
}
