package provider

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// connections keeps what each provider of a program was configured with. Requests do not say which provider they are for, but the engine
// talks to each over a connection of its own. grpc-go closes a connection that is idle for half an hour and opens another one, over which
// nothing is configured again; so what ended connections had is kept as long as it leads anywhere.
type connections[T comparable] struct {
	mu         sync.Mutex
	configured map[*engineConnection]T
	ended      map[T]bool
}

// engineConnection is one connection of the engine.
type engineConnection struct {
	cancel    sync.Once
	cancelled chan struct{} // closed when the engine cancels
	// plugin is the version of the provider that the program asks for; nil before the provider is configured.
	plugin atomic.Pointer[string]
}

type connectionKey struct{}

var (
	errNotConfigured = errors.New("the provider is not configured")
	errAmbiguous     = errors.New("the simulator does not know for which of the configured providers a request is")
)

// connectionOf is the connection over which a request comes; nil for one that comes over none.
func connectionOf(ctx context.Context) *engineConnection {
	found, _ := ctx.Value(connectionKey{}).(*engineConnection)
	return found
}

// Remembered is how many open connections have settings, and how many different settings ended ones have left.
func (c *connections[T]) Remembered() (open, left int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.configured), len(c.ended)
}

// configure takes what the provider of a request's connection is configured with, and forgets of ended connections what leads nowhere.
func (c *connections[T]) configure(ctx context.Context, settings T, leadsNowhere func(T) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.configured == nil {
		c.configured = map[*engineConnection]T{}
	}
	c.configured[connectionOf(ctx)] = settings
	for old := range c.ended {
		if leadsNowhere(old) {
			delete(c.ended, old)
		}
	}
}

// settings are what the provider of a request was configured with. Over a connection that was opened again they are those of all others,
// if these agree.
func (c *connections[T]) settings(ctx context.Context) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.configured[connectionOf(ctx)]; ok {
		return found, nil
	}
	candidates := map[T]bool{}
	for _, settings := range c.configured {
		candidates[settings] = true
	}
	for settings := range c.ended {
		candidates[settings] = true
	}
	var found T
	if len(candidates) > 1 {
		return found, errAmbiguous
	}
	for found = range candidates {
		return found, nil
	}
	return found, errNotConfigured
}

// TagConn gives each connection an identity, which the context of its requests carries.
func (c *connections[T]) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, &engineConnection{cancelled: make(chan struct{})})
}

// HandleConn forgets a connection that has ended.
func (c *connections[T]) HandleConn(ctx context.Context, event stats.ConnStats) {
	if _, end := event.(*stats.ConnEnd); !end {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := connectionOf(ctx)
	settings, had := c.configured[gone]
	if !had {
		return
	}
	delete(c.configured, gone)
	if c.ended == nil {
		c.ended = map[T]bool{}
	}
	c.ended[settings] = true
}

// TagRPC changes nothing: only connections count.
func (*connections[T]) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC does nothing: only connections count.
func (*connections[T]) HandleRPC(context.Context, stats.RPCStats) {}
