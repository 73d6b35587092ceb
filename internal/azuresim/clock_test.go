package azuresim

import (
	"context"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/tree"
)

// Azure continues operations that no caller waits for any longer, and the engine is told what remains.
func TestGiveUp(t *testing.T) {
	request := func(seconds float64) *pulumirpc.CreateRequest {
		properties, err := provider.Encode(firewall("f", "na"))
		require.NoError(t, err)
		return &pulumirpc.CreateRequest{Urn: urnOf("network:AzureFirewall", "f"), Properties: properties, Timeout: seconds}
	}
	const id = netID + "azureFirewalls/f"
	for _, c := range []struct {
		name string
		ask  func(*lab) error
	}{
		{"a custom timeout", func(l *lab) error { _, err := l.azure.Create(context.Background(), request(60)); return err }},
		{"the engine cancels", func(l *lab) error {
			go func() {
				for l.read(id) == nil {
					time.Sleep(time.Millisecond)
				}
				_, _ = l.azure.Cancel(context.Background(), &emptypb.Empty{})
			}()
			_, err := l.azure.Create(context.Background(), request(0))
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := slow(t, 600)
			err := c.ask(l)
			require.ErrorContains(t, err, "Azure goes on")
			detail, ok := status.Convert(err).Details()[0].(*pulumirpc.ErrorResourceInitFailed)
			require.True(t, ok, "the engine keeps the resource")
			assert.Equal(t, id, detail.GetId())
			assert.Equal(t, arm.StateCreating, detail.GetProperties().GetFields()["provisioningState"].GetStringValue())
			eventually(t, "Azure goes on", func() bool { return l.read(id).State == arm.StateSucceeded })
			assert.NotEmpty(t, tree.List(l.read(id).Outputs, "ipConfigurations"))
			l.dial()
			require.NoError(t, l.delete("network:AzureFirewall", id), "the next run works as ever")
		})
	}
	t.Run("the engine dies", func(t *testing.T) {
		l := slow(t, 600)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := l.azure.Create(ctx, request(0))
		require.Error(t, err)
		eventually(t, "Azure goes on", func() bool { return l.read(id).State == arm.StateSucceeded })
		_, _, err = l.create("network:AzureFirewall", firewall("f", "na"))
		assert.ErrorContains(t, err, "cannot create already existing resource")
	})
}

// Each kind of resource takes its time, on a clock that runs faster than the real one.
func TestDurations(t *testing.T) {
	for token, k := range start(t, Options{}).server.subscription.Catalog().ByToken {
		if k.Create == 0 {
			assert.Contains(t, []string{"compute:Image", "compute:GalleryImageVersion", "network:Subnet", "network:NetworkWatcher"}, token, "only what nobody creates takes no time")
		}
	}
	l := slow(t, 2000)
	clock := l.server.subscription.Clock
	began, real := clock.Now(), time.Now()
	l.must("network:AzureFirewall", firewall("f", "na"))
	assert.InDelta(t, 8, clock.Now().Sub(began).Minutes(), 2)
	assert.Less(t, time.Since(real), 5*time.Second)
	l.server.Advance(time.Hour)
	assert.Greater(t, clock.Now().Sub(began), time.Hour)
	_, err := Start(Options{Scale: -1})
	assert.ErrorContains(t, err, "scale")
}

// Every kind can be asked for by its ids and is complete enough to be deployed.
func TestCatalog(t *testing.T) {
	for token, k := range start(t, Options{}).server.subscription.Catalog().ByToken {
		t.Run(strings.ReplaceAll(token, ":", " "), func(t *testing.T) {
			inputs := object{}
			for _, name := range k.PathInputs() {
				inputs[name] = name + "1"
			}
			for _, scope := range []string{"scope", "resourceUri"} {
				if _, ok := inputs[scope]; ok {
					inputs[scope] = groupID
				}
			}
			id, ok := k.ID(arm.SubscriptionID, inputs)
			require.True(t, ok)
			for _, spelled := range []string{id, strings.ToUpper(id[:20]) + id[20:]} {
				parsed, ok := k.Parse(spelled)
				require.True(t, ok, spelled)
				assert.Equal(t, tree.Text(inputs, k.NameInput()), parsed[k.NameInput()])
			}
			parsed, _ := k.Parse(id)
			assert.Equal(t, inputs, parsed, "an id says what it was made of")
			_, ok = k.Parse(id + "/more/of-it")
			assert.False(t, ok && strings.HasPrefix(k.Path, "/"), "an id of something else")
		})
	}
}
