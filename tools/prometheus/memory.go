package main

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// memory holds the series of one case for Prometheus' query engine. Prometheus' own storage links the sign-in of every cloud.
type memory struct{ series []*series }

type series struct {
	name    labels.Labels
	samples []chunks.Sample
}

// append adds a value to a series. Values of one series come in the order of time.
func (m *memory) append(name labels.Labels, at time.Duration, value float64) {
	found := slices.IndexFunc(m.series, func(s *series) bool { return labels.Equal(s.name, name) })
	if found < 0 {
		found = len(m.series)
		m.series = append(m.series, &series{name: name})
	}
	m.series[found].samples = append(m.series[found].samples, sample{at.Milliseconds(), value})
}

// Querier reads the values from mint to maxt, both in milliseconds.
func (m *memory) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{memory: m, mint: mint, maxt: maxt}, nil
}

type querier struct {
	memory     *memory
	mint, maxt int64
}

// Select finds series, sorted by their labels.
func (q *querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found := &seriesSet{at: -1}
	for _, s := range q.memory.series {
		if slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.name.Get(m.Name)) }) {
			continue
		}
		samples := slices.DeleteFunc(slices.Clone(s.samples), func(s chunks.Sample) bool { return s.T() < q.mint || s.T() > q.maxt })
		if len(samples) > 0 {
			found.series = append(found.series, storage.NewListSeries(s.name, samples))
		}
	}
	slices.SortFunc(found.series, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return found
}

// LabelValues is for the user interface, which there is none of here.
func (*querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames is for the user interface, which there is none of here.
func (*querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close releases nothing.
func (*querier) Close() error { return nil }

type seriesSet struct {
	series []storage.Series
	at     int
}

// Next moves to the next series.
func (s *seriesSet) Next() bool { s.at++; return s.at < len(s.series) }

// At is the series moved to.
func (s *seriesSet) At() storage.Series { return s.series[s.at] }

// Err is always nil: nothing is read.
func (*seriesSet) Err() error { return nil }

// Warnings are always empty.
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// sample is a float at a time in milliseconds.
type sample struct {
	t int64
	f float64
}

func (s sample) T() int64                    { return s.t }
func (sample) ST() int64                     { return 0 }
func (s sample) F() float64                  { return s.f }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }
