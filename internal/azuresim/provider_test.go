package azuresim

import (
	"context"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/tree"
)

func (l *lab) check(token string, news, olds object, seed string) (object, []*pulumirpc.CheckFailure) {
	encodedNews, err := provider.Encode(news)
	require.NoError(l.t, err)
	encodedOlds, err := provider.Encode(olds)
	require.NoError(l.t, err)
	response, err := l.azure.Check(context.Background(), &pulumirpc.CheckRequest{
		Urn: urnOf(token, "thing"), News: encodedNews, Olds: encodedOlds, RandomSeed: []byte(seed),
	})
	require.NoError(l.t, err)
	inputs, err := provider.Decode(response.GetInputs())
	require.NoError(l.t, err)
	return inputs, response.GetFailures()
}

func (l *lab) configure(config object) []*pulumirpc.CheckFailure {
	args, err := provider.Encode(config)
	require.NoError(l.t, err)
	checked, err := l.azure.CheckConfig(context.Background(), &pulumirpc.CheckRequest{News: args})
	require.NoError(l.t, err)
	_, err = l.azure.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
	require.NoError(l.t, err)
	return checked.GetFailures()
}

// readBack refreshes a resource whose state has the inputs known and the outputs of its last change; without inputs it imports.
func (l *lab) readBack(token, id string, known object) (object, object, error) {
	request := &pulumirpc.ReadRequest{Urn: urnOf(token, "r"), Id: id}
	if known != nil {
		var err error
		request.Inputs, err = provider.Encode(known)
		require.NoError(l.t, err)
		remembered, _ := l.known.Load(id)
		outputs, _ := remembered.(object)
		request.Properties, err = provider.Encode(outputs)
		require.NoError(l.t, err)
	}
	response, err := l.azure.Read(context.Background(), request)
	if err != nil || response.GetId() == "" {
		return nil, nil, err
	}
	assert.Equal(l.t, id, response.GetId())
	inputs, err := provider.Decode(response.GetInputs())
	require.NoError(l.t, err)
	outputs, err := provider.Decode(response.GetProperties())
	require.NoError(l.t, err)
	return inputs, outputs, nil
}

// What has no name gets one by azure-native's rules, and keeps it.
func TestAutonaming(t *testing.T) {
	l := start(t, Options{})
	l.group()
	made, failures := l.check("network:RouteTable", in(object{}), nil, "seed")
	require.Empty(t, failures)
	assert.Regexp(t, `^thing[0-9a-f]{8}$`, made["routeTableName"])
	kept, _ := l.check("network:RouteTable", in(object{}), made, "another seed")
	assert.Equal(t, made, kept, "a name is drawn once")
	given, _ := l.check("network:RouteTable", in(object{"routeTableName": "rt"}), nil, "seed")
	assert.Equal(t, "rt", given["routeTableName"])
	assert.NotContains(t, given, arm.CreateBeforeDelete)
	child, _ := l.check("network:VirtualNetworkPeering", in(object{"virtualNetworkName": "v"}), nil, "seed")
	assert.Equal(t, "thing", child["virtualNetworkPeeringName"])
	role, _ := l.check("authorization:RoleAssignment", object{"scope": groupID}, nil, "seed")
	assert.Regexp(t, arm.GUIDPattern, role["roleAssignmentName"])
	_, failures = l.check("network:RouteTable", object{}, nil, "seed")
	require.Len(t, failures, 1)
	assert.Equal(t, "resourceGroupName", failures[0].GetProperty())
	unknownGroup, failures := l.check("network:RouteTable", object{"resourceGroupName": diff.Unknown, "routeTableName": "rt"}, nil, "seed")
	assert.Empty(t, failures)
	assert.NotContains(t, unknownGroup, "location")
}

// A location is that of the provider, or the one there was, or the group's; a group has to be given one.
func TestDefaultLocation(t *testing.T) {
	l := start(t, Options{})
	l.group()
	table := in(object{"routeTableName": "rt"})
	checked, _ := l.check("network:RouteTable", table, nil, "")
	assert.Equal(t, "eastus2", checked["location"])
	checked, _ = l.check("network:RouteTable", table, object{"location": "westus"}, "")
	assert.Equal(t, "westus", checked["location"])
	_, failures := l.check("resources:ResourceGroup", object{"resourceGroupName": "new"}, nil, "")
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0].GetReason(), "azure-native:location")
	assert.Empty(t, l.configure(object{"location": "northeurope"}))
	checked, failures = l.check("resources:ResourceGroup", object{"resourceGroupName": "new"}, nil, "")
	assert.Empty(t, failures)
	assert.Equal(t, "northeurope", checked["location"])
	l.configure(object{})
	_, _, err := l.create("resources:ResourceGroup", object{"resourceGroupName": "new"})
	assert.ErrorContains(t, err, "LocationRequired")
}

// A provider that is configured for a real subscription is refused, rather than its ids being those of another one.
func TestProviderConfig(t *testing.T) {
	l := start(t, Options{})
	assert.Empty(t, l.configure(object{"subscriptionId": arm.SubscriptionID, "tenantId": arm.TenantID, "clientId": "any"}))
	for _, setting := range []string{"subscriptionId", "tenantId", "environment"} {
		failures := l.configure(object{setting: "11111111-2222-4333-8444-555555555555"})
		require.Len(t, failures, 1, setting)
		assert.Contains(t, failures[0].GetReason(), "azure-native:"+setting)
	}
}

// A preview knows the inputs and nothing that Azure adds.
func TestPreview(t *testing.T) {
	l := hub(t)
	network := vnet("na", "10.0.0.0/16", subnet("s", "10.0.0.0/24"))
	inputs, err := provider.Encode(with(network, "location", "eastus2"))
	require.NoError(t, err)
	created, err := l.azure.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOf("network:VirtualNetwork", "r"), Properties: inputs, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, created.GetId())
	id := netID + "virtualNetworks/na"
	before := l.read(id)
	old, err := provider.Encode(before.Outputs)
	require.NoError(t, err)
	updated, err := l.azure.Update(context.Background(), &pulumirpc.UpdateRequest{
		Urn: urnOf("network:VirtualNetwork", "r"), Id: id, Olds: old, News: inputs, Preview: true,
	})
	require.NoError(t, err)
	for what, properties := range map[string]*pulumirpc.CreateResponse{"create": created, "update": {Properties: updated.GetProperties()}} {
		outputs, err := provider.Decode(properties.GetProperties())
		require.NoError(t, err)
		assert.Equal(t, "na", outputs["name"], what)
		assert.Equal(t, "eastus2", outputs["location"], what)
		assert.True(t, diff.HasUnknown(outputs["subnets"]), "%s: the subnets get ids", what)
		assert.NotContains(t, outputs, "resourceGuid", what)
		assert.NotContains(t, outputs, "resourceGroupName", what)
	}
	assert.Equal(t, before, l.read(id), "a preview changes nothing")
}

// A refresh finds drift and what is gone; an import needs nothing but the id, and the right one.
func TestRead(t *testing.T) {
	l := hub(t)
	sent := publicIP("other")
	id := l.must("network:PublicIPAddress", sent)
	inputs, outputs, err := l.readBack("network:PublicIPAddress", id, with(sent, "location", "eastus2"))
	require.NoError(t, err)
	assert.Empty(t, diff.Compare(with(sent, "location", "eastus2"), inputs), "nothing changed")
	assert.NotEmpty(t, outputs["ipAddress"])

	restore, err := l.server.Drift(id, func(properties object) { properties["tags"] = object{"by": "hand"} })
	require.NoError(t, err)
	inputs, _, err = l.readBack("network:PublicIPAddress", id, with(sent, "location", "eastus2"))
	require.NoError(t, err)
	assert.Equal(t, "hand", tree.Text(inputs, "tags", "by"))
	require.NoError(t, restore())

	imported, _, err := l.readBack("network:PublicIPAddress", id, nil)
	require.NoError(t, err)
	assert.Equal(t, with(with(sent, "location", "eastus2"), "ipAddress", outputs["ipAddress"]), imported, "with what Azure chose")
	l.server.Advance(time.Minute)
	watcherGroup := arm.GroupNamed("NetworkWatcherRG")
	imported, _, err = l.readBack("resources:ResourceGroup", watcherGroup, nil)
	require.NoError(t, err)
	assert.Equal(t, object{"resourceGroupName": "NetworkWatcherRG", "location": "eastus2"}, imported, "made by Azure")
	_, _, err = l.readBack("network:RouteTable", id, nil)
	assert.ErrorContains(t, err, "is not the id of a network:RouteTable")

	putBack, err := l.server.Vanish(id)
	require.NoError(t, err)
	gone, _, err := l.readBack("network:PublicIPAddress", id, sent)
	require.NoError(t, err)
	assert.Nil(t, gone)
	require.NoError(t, putBack())
	assert.ErrorContains(t, putBack(), "ResourceExists")
	for _, tamper := range []func(string) error{
		func(id string) error { _, err := l.server.Drift(id, func(object) {}); return err },
		func(id string) error { _, err := l.server.Vanish(id); return err },
		func(id string) error { _, err := l.server.TryImageBuild(id); return err },
	} {
		assert.ErrorContains(t, tamper(groupID+"/providers/Microsoft.Network/routeTables/none"), "ResourceNotFound")
	}
}

// A refresh carries over what changed in Azure since the state was written: also into inputs that the program never set, and into lists
// by index. What Azure chose before stays out of the inputs, and so does what lies in a list whose elements are resources of their own.
func TestRefreshByRuleOfTheProvider(t *testing.T) {
	l := hub(t)
	sent := in(object{"ipGroupsName": "g", "location": "eastus2", "ipAddresses": array{"10.0.0.0/24", "10.1.0.0/24"}})
	id := l.must("network:IpGroup", sent)
	for _, c := range []struct {
		name   string
		change func(object)
		want   object
	}{
		{"nothing", func(object) {}, sent},
		{"an output that is no input", func(p object) { p["firewalls"] = array{ref("x")} }, sent},
		{"an input that was never set", func(p object) { p["tags"] = object{"by": "hand"} }, with(sent, "tags", object{"by": "hand"})},
		{"an input that is gone", func(p object) { delete(p, "ipAddresses") }, with(sent, "ipAddresses", nil)},
		{"an element more in front", func(p object) { p["ipAddresses"] = array{"10.9.0.0/24", "10.0.0.0/24", "10.1.0.0/24"} },
			with(sent, "ipAddresses", array{"10.9.0.0/24", "10.0.0.0/24", "10.1.0.0/24"})},
	} {
		restore, err := l.server.Drift(id, c.change)
		require.NoError(t, err)
		inputs, _, err := l.readBack("network:IpGroup", id, sent)
		require.NoError(t, err)
		assert.Equal(t, c.want, inputs, c.name)
		require.NoError(t, restore())
	}

	network := with(vnet("nc", "10.8.0.0/16", subnet("b", "10.8.0.0/24"), subnet("c", "10.8.1.0/24")), "location", "eastus2")
	id = l.must("network:VirtualNetwork", network)
	restore, err := l.server.Drift(id, func(p object) {
		p["subnets"] = array{subnet("a", "10.8.2.0/24"), subnet("b", "10.8.0.0/24", object{"defaultOutboundAccess": false}), subnet("c", "10.8.1.0/24")}
	})
	require.NoError(t, err)
	inputs, _, err := l.readBack("network:VirtualNetwork", id, network)
	require.NoError(t, err)
	assert.Equal(t, array{subnet("a", "10.8.2.0/24"), subnet("b", "10.8.0.0/24", object{"defaultOutboundAccess": false}),
		subnet("c", "10.8.1.0/24", object{"delegations": array{}})}, inputs["subnets"], "by index, whatever the names")
	inputs, _, err = l.readBack("network:VirtualNetwork", id, with(network, "subnets", nil))
	require.NoError(t, err)
	assert.NotContains(t, inputs, "subnets", "left out by the program, so perhaps resources of their own")
	require.NoError(t, restore())
}

func (l *lab) invoke(token string, inputs object) (object, error) {
	args, err := provider.Encode(inputs)
	require.NoError(l.t, err)
	response, err := l.azure.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: token, Args: args})
	if err != nil {
		return nil, err
	}
	return provider.Decode(response.GetReturn())
}

// Functions answer who deploys and look up what exists.
func TestInvoke(t *testing.T) {
	l := hub(t)
	who, err := l.invoke("azure-native:authorization:getClientConfig", object{})
	require.NoError(t, err)
	assert.Equal(t, arm.SubscriptionID, who["subscriptionId"])
	found, err := l.invoke("azure-native:network/v20240501:getPublicIPAddress", in(object{"publicIpAddressName": "pip"}))
	require.NoError(t, err)
	assert.Equal(t, netID+"publicIPAddresses/pip", found["id"])
	for token, c := range map[string]struct {
		inputs object
		says   string
	}{
		"azure-native:compute/v20240701:getImage":     {in(object{"imageName": "none"}), "ResourceNotFound"},
		"azure-native:network:getRouteTable":          {object{"resourceGroupName": "none", "routeTableName": "rt"}, "ResourceGroupNotFound"},
		"azure-native:network:getNatGateway":          {object{}, "needs resourceGroupName"},
		"azure-native:web:getApp":                     {object{}, "does not know resource type"},
		"azure-native:storage:listStorageAccountKeys": {object{}, "does not know function"},
	} {
		_, err := l.invoke(token, c.inputs)
		assert.ErrorContains(t, err, c.says, token)
	}
}
