package armclient

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// interval is how long to wait between two looks, unless Resource Manager names another time.
const interval = 15 * time.Second

// pauseOf is how long an answer asks to be left alone, in the headers that Azure uses; zero if it does not say.
func pauseOf(header http.Header) time.Duration {
	for _, known := range []struct {
		name string
		unit time.Duration
	}{{"Retry-After-Ms", time.Millisecond}, {"X-Ms-Retry-After-Ms", time.Millisecond}, {"Retry-After", time.Second}} {
		if count, err := strconv.Atoi(header.Get(known.name)); err == nil && count >= 0 {
			return max(time.Duration(count)*known.unit, time.Millisecond)
		}
	}
	return 0
}

// Wait waits as long as an answer asks for, or for a time of its own.
func (c *Client) Wait(ctx context.Context, after *Answer, otherwise time.Duration) error {
	pause := otherwise
	if after != nil && after.pause > 0 {
		pause = after.pause
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pause lets a time pass at Resource Manager.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	var began time.Time
	for {
		// Anything that every login may read.
		answer, err := c.Get(ctx, "/subscriptions?api-version=2022-12-01")
		if err != nil {
			return err
		}
		if began.IsZero() {
			began = answer.Now
		}
		if answer.Now.Sub(began) >= d {
			return nil
		}
		if err := c.Wait(ctx, answer, interval); err != nil {
			return err
		}
	}
}
