// Command ruletest runs Prometheus rules over made-up series, with Prometheus' own query engine.
//
//	ruletest RULES CASES...
//
// RULES is a file of rule groups as Prometheus loads it. CASES have the format of "promtool test rules"; promtool itself links every
// cloud's service discovery. Annotations are not compared. Every rule needs cases: see coverage.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: ruletest RULES CASES...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(rules string, files []string) error {
	groups, problems := rulefmt.ParseFile(rules, false, model.UTF8Validation, parser.NewParser(parser.Options{}), promslog.NewNopLogger())
	if len(problems) > 0 {
		return fmt.Errorf("read rules: %w", errors.Join(problems...))
	}
	seen := newCoverage(groups.Groups)
	var failures []error
	for _, file := range files {
		cases, err := readCases(file)
		if err != nil {
			return err
		}
		for _, c := range cases {
			for _, failure := range c.run(groups.Groups, seen) {
				failures = append(failures, fmt.Errorf("%s: %s: %w", file, c.Name, failure))
			}
		}
	}
	return errors.Join(append(failures, seen.gaps()...)...)
}
