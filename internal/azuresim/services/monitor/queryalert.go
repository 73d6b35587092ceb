package monitor

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var queryAlertKind = &arm.Kind{
	Token: "insights:ScheduledQueryRule", Path: insightsProvider + "/scheduledQueryRules/{ruleName}", Name: alertName, Located: true,
	Create: 10 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Immutable: []arm.Immutable{{Paths: []string{"kind", "scopes"}}},
	Rules:     []func(*arm.Operation) error{checkQueryAlert},
	Releases:  watched,
}

// Frequencies and windows that Azure takes (Azure documents "Create or edit a log search alert rule" and "Metric alerts - Create or
// update").
var (
	queryFrequencies  = []string{"PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"}
	queryWindows      = append([]string{"P2D"}, queryFrequencies...)
	metricFrequencies = []string{"PT1M", "PT5M", "PT15M", "PT30M", "PT1H"}
	metricWindows     = []string{"PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"}
)

const maxQueryRange = 48 * time.Hour

func checkSeverity(op *arm.Operation) error {
	if severity, set := tree.Number(op.Inputs, "severity"); !set || severity != float64(int(severity)) || severity < 0 || severity > 4 {
		return arm.BadRequest("InvalidSeverity", "%s: the severity must be 0 to 4", op.ID)
	}
	return nil
}

// checkSchedule demands a known frequency and a window that is not shorter.
func checkSchedule(op *arm.Operation, frequencies, windows []string) (window time.Duration, err error) {
	every, over := tree.Text(op.Inputs, "evaluationFrequency"), tree.Text(op.Inputs, "windowSize")
	if !slices.Contains(frequencies, every) || !slices.Contains(windows, over) {
		return 0, arm.BadRequest("InvalidSchedule", "%s: frequency %q must be one of %v, and window %q one of %v", op.ID, every,
			frequencies, over, windows)
	}
	frequency, err := arm.ParseDuration(every)
	if err != nil {
		return 0, err
	}
	if window, err = arm.ParseDuration(over); err != nil {
		return 0, err
	}
	if window < frequency {
		return 0, arm.BadRequest("InvalidSchedule", "%s: window %s is shorter than frequency %s", op.ID, over, every)
	}
	return window, nil
}

func checkQueryAlert(op *arm.Operation) error {
	if err := checkSeverity(op); err != nil {
		return err
	}
	window, err := checkSchedule(op, queryFrequencies, queryWindows)
	if err != nil {
		return err
	}
	if scopes := tree.Texts(op.Inputs, "scopes"); len(scopes) != 1 {
		return arm.BadRequest("InvalidScope", "%s: exactly one scope is needed, not %d", op.ID, len(scopes))
	}
	if tree.Truth(op.Inputs, "autoMitigate") && tree.Text(op.Inputs, "muteActionsDuration") != "" {
		return arm.BadRequest("InvalidMuteActionsDuration", "%s: alerts that resolve themselves cannot be muted", op.ID)
	}
	criteria := tree.List(op.Inputs, "criteria", "allOf")
	if len(criteria) != 1 {
		return arm.BadRequest("InvalidCriteria", "%s: exactly one criterion is needed, not %d", op.ID, len(criteria))
	}
	return checkQueryCriterion(op, criteria[0], window)
}

func checkQueryCriterion(op *arm.Operation, criterion any, window time.Duration) error {
	if strings.TrimSpace(tree.Text(criterion, "query")) == "" {
		return arm.BadRequest("InvalidQuery", "%s has no query", op.ID)
	}
	aggregation := tree.Text(criterion, "timeAggregation")
	if !slices.Contains([]string{"Count", "Average", "Minimum", "Maximum", "Total"}, aggregation) {
		return arm.BadRequest("InvalidCriteria", "%s: unknown aggregation %q", op.ID, aggregation)
	}
	if (aggregation == "Count") != (tree.Text(criterion, "metricMeasureColumn") == "") {
		return arm.BadRequest("InvalidCriteria", "%s: metricMeasureColumn goes with every aggregation but Count", op.ID)
	}
	if !slices.Contains([]string{"Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"},
		tree.Text(criterion, "operator")) {
		return arm.BadRequest("InvalidCriteria", "%s: unknown operator %q", op.ID, tree.Text(criterion, "operator"))
	}
	if _, set := tree.Number(criterion, "threshold"); !set {
		return arm.BadRequest("InvalidCriteria", "%s has no threshold", op.ID)
	}
	periods, set := tree.Number(criterion, "failingPeriods", "numberOfEvaluationPeriods")
	if !set {
		periods = 1
	}
	failing, set := tree.Number(criterion, "failingPeriods", "minFailingPeriodsToAlert")
	if !set {
		failing = 1
	}
	if periods < 1 || periods > 6 || failing < 1 || failing > periods {
		return arm.BadRequest("InvalidCriteria", "%s: %v of %v failing periods; at most 6, and no more failing ones than periods", op.ID,
			failing, periods)
	}
	total := window * time.Duration(periods)
	if total > maxQueryRange {
		return arm.BadRequest("InvalidQueryRange", "%s: %v windows of %s are longer than 2 days", op.ID, periods, window)
	}
	if override := tree.Text(op.Inputs, "overrideQueryTimeRange"); override != "" {
		if span, err := arm.ParseDuration(override); err != nil || span < total || span > maxQueryRange {
			return arm.BadRequest("InvalidQueryRange", "%s: overrideQueryTimeRange %q must cover the windows, and be at most 2 days", op.ID,
				override)
		}
	}
	return nil
}
