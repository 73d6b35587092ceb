package azuresim

import (
	"context"
	"sync"
	"time"
)

// clock is the simulated time: it starts where the last run stopped and passes faster than real time by scale.
type clock struct {
	scale float64

	mu      sync.Mutex
	base    time.Time // simulated time at started
	started time.Time // real time
}

func newClock(scale float64, base time.Time) *clock {
	return &clock{scale: scale, base: base, started: time.Now()}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Duration(float64(time.Since(c.started)) * c.scale))
}

// advance lets simulated time pass at once.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = c.base.Add(d)
}

// span is how long something that takes d takes on this clock: no time at all where nothing waits.
func (c *clock) span(d time.Duration) time.Duration {
	if c.scale == 0 {
		return 0
	}
	return d
}

// sleep waits for d of simulated time; without a scale it does not wait.
func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	if c.scale == 0 || d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(time.Duration(float64(d) / c.scale))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
