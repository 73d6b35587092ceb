package arm

import (
	"context"
	"sync"
	"time"
)

// Clock is the simulated time: it starts where the last run stopped and passes faster than real time by scale. With scale 0 it
// stands still between waits, and waits at the same time add up.
type Clock struct {
	// Scale is how many simulated seconds pass in one real second.
	Scale float64

	mu      sync.Mutex
	base    time.Time // simulated time at started
	started time.Time // real time
}

// NewClock starts a clock at a simulated time.
func NewClock(scale float64, base time.Time) *Clock {
	return &Clock{Scale: scale, base: base, started: time.Now()}
}

// Now is the simulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Duration(float64(time.Since(c.started)) * c.Scale))
}

// Advance lets simulated time pass at once.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = c.base.Add(d)
}

// Span is how long something that takes d takes on this clock: no time at all where nothing waits.
func (c *Clock) Span(d time.Duration) time.Duration {
	if c.Scale == 0 {
		return 0
	}
	return d
}

// unscaledTimeout ends, in real time, what does not end by itself on a clock that never waits.
const unscaledTimeout = time.Minute

// A wait of longTimeout or more is for Azure, not for a busy machine: what that takes is not scaled, so it gets at least
// minRealTimeout.
const (
	longTimeout    = 30 * time.Minute
	minRealTimeout = 30 * time.Second
)

// withTimeout ends a context after d of simulated time.
func (c *Clock) withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if c.Scale == 0 {
		return context.WithTimeout(ctx, unscaledTimeout)
	}
	scaled := time.Duration(float64(d) / c.Scale)
	if d >= longTimeout {
		scaled = max(scaled, minRealTimeout)
	}
	return context.WithTimeout(ctx, scaled)
}

// Sleep waits for d of simulated time. Without a scale it does not wait; the clock moves on all the same, so that what
// happens later has a later time.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	if c.Scale == 0 {
		c.Advance(d)
		return nil
	}
	timer := time.NewTimer(time.Duration(float64(d) / c.Scale))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
