package azuresim

import (
	"context"
	"fmt"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/tree"
)

// settings are what one run of the engine tells the provider. One server answers for every azure-native provider of a
// program, so the last configured one counts.
type settings struct {
	mu       sync.Mutex
	location string
	cancel   chan struct{} // closed when the engine cancels
}

func (s *settings) defaultLocation() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.location
}

// untilCancel ends a request when the engine cancels.
func (s *settings) untilCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel == nil {
		s.cancel = make(chan struct{})
	}
	cancelled := s.cancel
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-cancelled:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// only are the values of provider configuration besides which the simulator has no other.
var only = []struct{ name, value string }{
	{"subscriptionId", SubscriptionID}, {"tenantId", TenantID}, {"environment", "public"},
}

// CheckConfig refuses a configuration that is meant for another Azure than the simulated one. How to sign in does not matter.
func (p *armProvider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	config, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	for _, setting := range only {
		if value := tree.Text(config, setting.name); value != "" && !strings.EqualFold(value, setting.value) {
			response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: setting.name, Reason: fmt.Sprintf(
				"the simulated Azure has only %s %s, not %s: remove azure-native:%s from the stack's configuration",
				setting.name, setting.value, value, setting.name)})
		}
	}
	return response, nil
}

// Configure takes the default location, and lets the engine know that previews are computed here.
func (p *armProvider) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	config, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	p.settings.mu.Lock()
	p.settings.location = tree.Text(config, "location")
	p.settings.mu.Unlock()
	return p.protocol.Configure(ctx, req)
}

// Cancel ends the requests that wait for Azure, as azure-native does; Azure goes on with them.
func (p *armProvider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.settings.mu.Lock()
	defer p.settings.mu.Unlock()
	if p.settings.cancel != nil {
		close(p.settings.cancel)
		p.settings.cancel = nil
	}
	return &emptypb.Empty{}, nil
}
