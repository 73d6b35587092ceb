package azuresim

import (
	"context"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/provider"
)

// azureNative is a provider of a program: one version of azure-native over a connection of its own.
type azureNative struct {
	*lab
	client pulumirpc.ResourceProviderClient
}

func (l *lab) azureNative(version string) azureNative {
	p := azureNative{lab: l, client: l.connect("azure-native")}
	_, err := p.client.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: encoded(l.t, object{"version": version})})
	require.NoError(l.t, err)
	return p
}

func encoded(t *testing.T, properties object) *structpb.Struct {
	t.Helper()
	content, err := provider.Encode(properties)
	require.NoError(t, err)
	return content
}

func vaultURN(apiVersion, kind string) string {
	return string(resource.NewURN("dev", "lab", "", tokens.Type("azure-native:keyvault/"+apiVersion+":"+kind), "vault"))
}

// check returns the inputs as the plugin completes them.
func (p azureNative) check(urn string, inputs object) object {
	response, err := p.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, News: encoded(p.t, inputs)})
	require.NoError(p.t, err)
	checked, err := provider.Decode(response.GetInputs())
	require.NoError(p.t, err)
	return checked
}

func (p azureNative) update(urn, id string, inputs object) error {
	_, err := p.client.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urn, Id: id, News: encoded(p.t, inputs)})
	return err
}

func (p azureNative) read(urn, id string) error {
	_, err := p.client.Read(context.Background(), &pulumirpc.ReadRequest{Urn: urn, Id: id})
	return err
}

// From the day on which Azure switches an API version off, nothing can be done by it, not even read or delete. What it made stays, and a later
// version goes on with it.
func TestRetiredAPIVersion(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id := l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
	l.must("keyvault:Secret", secret("listener", "hush"))
	v2, v3 := l.azureNative("2.90.0"), l.azureNative("3.28.0")
	before, now := vaultURN("v20230701", "Vault"), vaultURN("v20260201", "Vault")
	l.server.Advance(time.Date(2027, time.February, 26, 12, 0, 0, 0, time.UTC).Sub(arm.Epoch))
	require.NoError(t, v2.read(before, id))
	require.NoError(t, v2.update(before, id, vaultInputs("kv-aks", nil)))

	l.server.Advance(24 * time.Hour)
	const refusal = `Code="NoRegisteredProviderFound"`
	assert.ErrorContains(t, v2.read(before, id), refusal)
	assert.ErrorContains(t, v2.update(before, id, vaultInputs("kv-aks", nil)), refusal)
	_, err := v2.client.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: before, Id: id})
	assert.ErrorContains(t, err, refusal)
	_, err = v2.client.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: before, Properties: encoded(t, vaultInputs("kv-other", nil)),
	})
	assert.ErrorContains(t, err, refusal)
	_, err = v2.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{
		Tok: "azure-native:keyvault/v20230701:getVault", Args: encoded(t, in(object{"vaultName": "kv-aks"})),
	})
	assert.ErrorContains(t, err, refusal)

	require.NoError(t, v3.read(now, id))
	require.NoError(t, v3.update(now, id, v3.check(now, vaultInputs("kv-aks", nil))))
	assert.NotNil(t, l.read(id+"/secrets/listener"))
}

// Release 2.90.0 of azure-native knows no API version that came later, release 3 does. It sees a resource of another API version as one to
// update, not to replace, and after that as unchanged.
func TestAPIVersionChangesInPlace(t *testing.T) {
	l := start(t, Options{})
	l.group()
	v2, v3 := l.azureNative("2.90.0"), l.azureNative("3.28.0")
	before, now := vaultURN("v20230701", "Vault"), vaultURN("v20260201", "Vault")
	assert.ErrorContains(t, v2.read(now, vaultID), "not found in azure-native 2.90.0")

	inputs := v2.check(before, vaultInputs("kv-aks", nil))
	made, err := v2.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: before, Properties: encoded(t, inputs)})
	require.NoError(t, err)
	diffFrom := func(old object, state *structpb.Struct) *pulumirpc.DiffResponse {
		found, err := v3.client.Diff(context.Background(), &pulumirpc.DiffRequest{
			Urn: now, Id: vaultID, OldInputs: encoded(t, old), Olds: state, News: encoded(t, v3.check(now, vaultInputs("kv-aks", nil))),
		})
		require.NoError(t, err)
		return found
	}
	change := diffFrom(inputs, made.GetProperties())
	assert.Equal(t, []string{"azureApiVersion"}, change.GetDiffs())
	assert.Equal(t, pulumirpc.PropertyDiff_UPDATE, change.GetDetailedDiff()["azureApiVersion"].GetKind(), "2.90.0 leaves its version in the state")
	assert.Empty(t, change.GetReplaces())

	inputs = v3.check(now, vaultInputs("kv-aks", nil))
	changed, err := v3.client.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: now, Id: vaultID, News: encoded(t, inputs)})
	require.NoError(t, err)
	assert.Empty(t, diffFrom(inputs, changed.GetProperties()).GetDiffs())
	refreshed, err := v3.client.Read(context.Background(), &pulumirpc.ReadRequest{
		Urn: now, Id: vaultID, Inputs: encoded(t, inputs), Properties: changed.GetProperties(),
	})
	require.NoError(t, err)
	kept, err := provider.Decode(refreshed.GetInputs())
	require.NoError(t, err)
	assert.Equal(t, inputs, kept, "a refresh changes no inputs")
	assert.Empty(t, diffFrom(kept, refreshed.GetProperties()).GetDiffs())
}
