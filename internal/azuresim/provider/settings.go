package provider

import (
	"cmp"
	"context"
	"errors"
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

// azureSettings are what a provider is configured with: the location of what names none, empty for none, and the GUID of the subscription in
// which it works.
type azureSettings struct{ location, subscription string }

// settingsOf are those of the provider of a request. One that was configured with nothing works in the login's subscription.
func (p *Azure) settingsOf(ctx context.Context) (azureSettings, error) {
	settings, err := p.settings(ctx)
	if errors.Is(err, errNotConfigured) {
		return azureSettings{subscription: arm.SubscriptionID}, nil
	}
	return settings, err
}

// fixedSettings are the values of provider configuration besides which the simulator has no other.
var fixedSettings = []struct{ name, value string }{
	{"tenantId", arm.TenantID}, {"environment", "public"},
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
	if guid := tree.Text(config, "subscriptionId"); guid != "" && !p.subscription.Has(guid) {
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: "subscriptionId", Reason: fmt.Sprintf(
			"the simulated Azure has no subscription %s, but only %s: correct azure-native:subscriptionId or the provider's subscriptionId, or "+
				"let the landing zone have it", guid, strings.Join(p.subscription.Subscriptions(), ", "))})
	}
	return response, nil
}

// Configure takes the default location, the subscription and the version of azure-native that the program asks for, and lets the engine know that
// previews are computed here.
func (p *Azure) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	config, err := Decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if plugin, from := tree.Text(config, "version"), connectionOf(ctx); plugin != "" && from != nil {
		from.plugin.Store(&plugin)
	}
	settings := azureSettings{tree.Text(config, "location"), cmp.Or(strings.ToLower(tree.Text(config, "subscriptionId")), arm.SubscriptionID)}
	p.configure(ctx, settings, func(azureSettings) bool { return false })
	return p.protocol.Configure(ctx, req)
}

// Cancel ends the provider's requests that wait for Azure, as azure-native does; Azure goes on with them.
func (*Azure) Cancel(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
	if from := connectionOf(ctx); from != nil {
		from.cancel.Do(func() { close(from.cancelled) })
	}
	return &emptypb.Empty{}, nil
}
