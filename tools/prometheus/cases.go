package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// testCase is series and what the rules make of them.
type testCase struct {
	Name string `yaml:"name"`
	// Interval is the time between two values of a series.
	Interval model.Duration `yaml:"interval"`
	Input    []struct {
		Series string `yaml:"series"`
		// Values are in the notation of promtool: "1+2x3" is 1 3 5 7.
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Alerts      []alertCheck `yaml:"alert_rule_test"`
	Expressions []exprCheck  `yaml:"promql_expr_test"`
}

// alertCheck is the alerts of one rule that fire at a time. Labels exclude those that the rule adds.
type alertCheck struct {
	At       model.Duration `yaml:"eval_time"`
	Name     string         `yaml:"alertname"`
	Expected []struct {
		Labels map[string]string `yaml:"exp_labels"`
	} `yaml:"exp_alerts"`
}

// exprCheck is the result of an expression, such as the name of a recorded series, at a time.
type exprCheck struct {
	Expr     string         `yaml:"expr"`
	At       model.Duration `yaml:"eval_time"`
	Expected []struct {
		// Labels are in the notation of PromQL, with the name of the metric.
		Labels string  `yaml:"labels"`
		Value  float64 `yaml:"value"`
	} `yaml:"exp_samples"`
}

func readCases(path string) ([]testCase, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	defer file.Close()
	var content struct {
		Interval model.Duration `yaml:"evaluation_interval"`
		Tests    []testCase     `yaml:"tests"`
	}
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&content); err != nil {
		return nil, fmt.Errorf("read cases of %s: %w", path, err)
	}
	for i := range content.Tests {
		if content.Tests[i].Interval == 0 {
			content.Tests[i].Interval = content.Interval
		}
		if content.Tests[i].Interval == 0 {
			return nil, fmt.Errorf("read cases of %s: %q has no interval, and evaluation_interval is not set", path, content.Tests[i].Name)
		}
	}
	return content.Tests, nil
}

// run evaluates the rules that the case needs at the intervals of their groups, from zero to the last time that the case looks at.
func (c testCase) run(groups []rulefmt.RuleGroup, seen *coverage) (failures []error) {
	memory, err := c.load()
	if err != nil {
		return []error{err}
	}
	evaluation := newEvaluation(memory)
	ends := time.Duration(0)
	for _, check := range c.Alerts {
		ends = max(ends, time.Duration(check.At))
	}
	for _, check := range c.Expressions {
		ends = max(ends, time.Duration(check.At))
	}
	for _, group := range groups {
		group.Rules = slices.DeleteFunc(slices.Clone(group.Rules), func(rule rulefmt.Rule) bool { return !c.needs(rule) })
		for at := time.Duration(0); at <= ends; at += time.Duration(group.Interval) {
			if err := evaluation.step(group, at); err != nil {
				return []error{fmt.Errorf("evaluate group %s at %s: %w", group.Name, at, err)}
			}
		}
	}
	for _, check := range c.Alerts {
		firing, known := evaluation.firing[check.Name]
		if !known {
			failures = append(failures, fmt.Errorf("there is no alert %s", check.Name))
			continue
		}
		have, want := firing[time.Duration(check.At)], []string{}
		for _, alert := range check.Expected {
			want = append(want, labels.FromMap(alert.Labels).String())
		}
		slices.Sort(want)
		if !slices.Equal(have, want) {
			failures = append(failures, fmt.Errorf("%s at %s: want %v firing, have %v", check.Name, check.At, want, have))
		}
	}
	for _, check := range c.Expressions {
		if err := check.compare(evaluation); err != nil {
			failures = append(failures, fmt.Errorf("%s at %s: %w", check.Expr, check.At, err))
		}
	}
	seen.add(c)
	return failures
}

// needs reports whether the case looks at a rule: an alert that it names, or any recording if it has expressions.
func (c testCase) needs(rule rulefmt.Rule) bool {
	if rule.Alert == "" {
		return len(c.Expressions) > 0
	}
	return slices.ContainsFunc(c.Alerts, func(check alertCheck) bool { return check.Name == rule.Alert })
}

func (c testCase) load() (*memory, error) {
	m := &memory{}
	for _, input := range c.Input {
		name, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(input.Series + " " + input.Values)
		if err != nil {
			return nil, fmt.Errorf("read series %s: %w", input.Series, err)
		}
		for i, value := range values {
			if !value.Omitted {
				m.append(name, time.Duration(i)*time.Duration(c.Interval), value.Value)
			}
		}
	}
	return m, nil
}

// compare allows for the last bits of sums of floating-point numbers.
func (c exprCheck) compare(e *evaluation) error {
	have, err := e.query(c.Expr, time.Duration(c.At))
	if err != nil {
		return err
	}
	found := map[string]float64{}
	for _, sample := range have {
		found[sample.Metric.String()] = sample.F
	}
	for _, expected := range c.Expected {
		metric, err := parser.NewParser(parser.Options{}).ParseMetric(expected.Labels)
		if err != nil {
			return fmt.Errorf("read labels %s: %w", expected.Labels, err)
		}
		value, there := found[metric.String()]
		if !there || math.Abs(value-expected.Value) > 1e-9*math.Abs(expected.Value) {
			return fmt.Errorf("want %s %v, have %v", metric, expected.Value, have)
		}
		delete(found, metric.String())
	}
	if len(found) > 0 {
		return fmt.Errorf("unexpected results %s", strings.Join(slices.Sorted(maps.Keys(found)), ", "))
	}
	return nil
}
