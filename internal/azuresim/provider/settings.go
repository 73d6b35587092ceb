package provider

import (
	"context"
	"fmt"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// untilCancel ends a request when the engine cancels the provider that it is for.
func untilCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if from := connectionOf(ctx); from != nil {
		go func() {
			select {
			case <-from.cancelled:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

// fixedSettings are the values of provider configuration besides which the simulator has no other.
var fixedSettings = []struct{ name, value string }{
	{"subscriptionId", arm.SubscriptionID}, {"tenantId", arm.TenantID}, {"environment", "public"},
}

// CheckConfig refuses a configuration that is meant for another Azure than the simulated one. How to sign in does not matter.
func (p *Azure) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	config, err := Decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	for _, setting := range fixedSettings {
		if value := tree.Text(config, setting.name); value != "" && !strings.EqualFold(value, setting.value) {
			response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: setting.name, Reason: fmt.Sprintf(
				"the simulated Azure has only %s %s, not %s: remove azure-native:%s from the stack's configuration",
				setting.name, setting.value, value, setting.name)})
		}
	}
	return response, nil
}

// Configure takes the default location and the version of azure-native that the program asks for, and lets the engine know that previews are computed here.
func (p *Azure) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	config, err := Decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if plugin, from := tree.Text(config, "version"), connectionOf(ctx); plugin != "" && from != nil {
		from.plugin.Store(&plugin)
	}
	p.configure(ctx, tree.Text(config, "location"), func(string) bool { return false })
	return p.protocol.Configure(ctx, req)
}

// Cancel ends the provider's requests that wait for Azure, as azure-native does; Azure goes on with them.
func (*Azure) Cancel(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
	if from := connectionOf(ctx); from != nil {
		from.cancel.Do(func() { close(from.cancelled) })
	}
	return &emptypb.Empty{}, nil
}
