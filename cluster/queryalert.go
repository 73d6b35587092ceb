package cluster

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type queryAlertArgs struct {
	*StampArgs
	Monitoring                     *Monitoring
	Name, Description, Query       string
	Severity                       int
	Frequency, Window, Override    string
	Scope                          pulumi.StringInput
	Measure, Aggregation, Operator string
	Threshold                      float64
	FailingPeriods, OutOf          int
}

func newQueryAlert(ctx *pulumi.Context, name string, args *queryAlertArgs, opts ...pulumi.ResourceOption) error {
	return errors.New("outlined only")
}
