package azuresim

import (
	"context"
	"net"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
)

// Providers of one program keep their own default location.
func TestProvidersKeepTheirLocations(t *testing.T) {
	l := start(t, Options{})
	l.group()
	locationOf := func(client pulumirpc.ResourceProviderClient) (any, error) {
		news, err := provider.Encode(object{"resourceGroupName": "new"})
		require.NoError(t, err)
		checked, err := client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urnOf("resources:ResourceGroup", "r"), News: news})
		if err != nil {
			return nil, err
		}
		inputs, err := provider.Decode(checked.GetInputs())
		return inputs["location"], err
	}
	clients := map[string]pulumirpc.ResourceProviderClient{"eastus2": l.connect("azure-native"), "westus": l.connect("azure-native")}
	for location, client := range clients {
		args, err := provider.Encode(object{"location": location})
		require.NoError(t, err)
		_, err = client.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
		require.NoError(t, err)
	}
	for location, client := range clients {
		found, err := locationOf(client)
		require.NoError(t, err)
		assert.Equal(t, location, found)
	}
	_, err := locationOf(l.connect("azure-native"))
	assert.ErrorContains(t, err, "does not know for which", "a connection that was opened again could be for either")
}

// The engine cancels one program's provider; requests of others go on.
func TestCancelEndsRequestsOfOneProvider(t *testing.T) {
	l := slow(t, 600)
	other := l.connect("azure-native")
	go func() {
		for l.read(netID+"azureFirewalls/f") == nil {
			time.Sleep(time.Millisecond)
		}
		_, _ = other.Cancel(context.Background(), &emptypb.Empty{})
	}()
	_, _, err := l.create("network:AzureFirewall", firewall("f", "na"))
	assert.NoError(t, err)
}

// What a provider was configured with outlives its connection, which grpc-go closes after half an hour without a request, but not its cluster.
func TestEndedConnections(t *testing.T) {
	l := inside(t, Options{})
	kubernetes := provider.NewKubernetes(l.server.clusters)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := newProviderServer(kubernetes)
	defer server.Stop()
	go func() { _ = server.Serve(listener) }()
	dial := func() (*grpc.ClientConn, pulumirpc.ResourceProviderClient) {
		connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		return connection, pulumirpc.NewResourceProviderClient(connection)
	}
	ended := func(count int) func() bool {
		return func() bool {
			open, left := kubernetes.Remembered()
			return open == 0 && left == count
		}
	}
	for range 3 {
		connection, client := dial()
		_, err := configureCluster(t, client, l.kubeconfig())
		require.NoError(t, err)
		require.NoError(t, connection.Close())
		require.Eventually(t, ended(1), 10*time.Second, time.Millisecond, "connections that ended are not kept")
	}
	connection, client := dial()
	defer connection.Close()
	_, err = client.Read(context.Background(), &pulumirpc.ReadRequest{Urn: kubeURN("v1", "Namespace"), Id: "a"})
	assert.NoError(t, err, "opened again")
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	l.must(aks.ClusterToken, labelledCluster())
	again, client := dial()
	_, err = configureCluster(t, client, l.kubeconfig())
	require.NoError(t, err)
	require.NoError(t, again.Close())
	require.Eventually(t, ended(1), 10*time.Second, time.Millisecond, "the deleted cluster is forgotten")
}
