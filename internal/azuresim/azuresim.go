// Package azuresim is a local Azure Resource Manager for the Pulumi engine. It speaks the protocol of Pulumi's resource
// providers in place of azure-native, random and kubernetes, keeps one simulated subscription with its clusters, and behaves like
// Azure where that decides whether a deployment works: references, names, ranges, permissions, the network, time and failure.
package azuresim

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// Options configure Start.
type Options struct {
	// StateFile keeps the subscription between runs; empty keeps it in memory only.
	StateFile string
	// Scale is how many simulated seconds pass in one real second; 0 waits for nothing.
	Scale float64
	// Faults are failures to inject.
	Faults []Fault
	// Repository is the content of the Git repository to which every Git URL leads, on every branch; nil is an empty one.
	Repository fs.FS
	// ClusterAuthority is the certificate, in PEM, by which clients know a real API server that is there for all clusters. With it the
	// simulator does not serve provider kubernetes, and the engine has to find the real one.
	ClusterAuthority string
}

// kubernetesPlugin is the name of the provider that talks to clusters.
const kubernetesPlugin = "kubernetes"

// Server is a running simulator.
type Server struct {
	subscription *subscription
	clusters     *clusters
	scripts      *scriptHost
	builds       *imageBuilds
	vaults       *deletedVaults
	servers      []*grpc.Server
	ports        map[string]int
	closing      sync.Once
	closed       error
}

// Start listens on loopback ports and serves until Close. It fails if the state file cannot be read, and for a negative
// scale.
func Start(opts Options) (*Server, error) {
	server, err := newServer(opts)
	if err != nil {
		return nil, err
	}
	sub := server.subscription
	sub.resume()
	if err := server.scripts.start(sub); err != nil {
		sub.stop()
		return nil, err
	}
	for _, plugin := range []struct {
		name     string
		provider pulumirpc.ResourceProviderServer
	}{
		{"azure-native", &armProvider{protocol: protocol{version: "2.90.0"}, subscription: sub, clusters: server.clusters}},
		{"random", &randomProvider{protocol: protocol{version: "4.18.4"}}},
		{kubernetesPlugin, &kubernetesProvider{protocol: protocol{version: "4.24.0"}, clusters: server.clusters}},
	} {
		if plugin.name == kubernetesPlugin && opts.ClusterAuthority != "" {
			continue
		}
		if err := server.serve(plugin.name, plugin.provider); err != nil {
			_ = server.Close()
			return nil, err
		}
	}
	return server, nil
}

// catalog is all that the simulated Azure has.
func (s *Server) catalog() *catalog {
	return newCatalog(slices.Concat(
		resourceKinds, networkKinds, firewallKinds, dnsKinds, privateEndpointKinds, monitorKinds, collectionKinds, alertKinds,
		identityKinds, federationKinds, policyKinds, defenderKinds, computeKinds, registryKinds, clusterKinds, extensionKinds,
		s.builds.kinds(), s.vaults.kinds(), s.scripts.kinds(), s.clusters.kinds(),
	)...)
}

// newServer opens a subscription with what serves it, and starts nothing.
func newServer(opts Options) (*Server, error) {
	server := &Server{
		clusters: newClusters(opts.Repository, opts.ClusterAuthority), scripts: &scriptHost{}, builds: &imageBuilds{}, vaults: &deletedVaults{},
		ports: map[string]int{},
	}
	sub, err := openSubscription(storeOptions{
		catalog: server.catalog(), sections: []section{server.clusters.section(), server.builds.section(), server.vaults.section()},
		stateFile: opts.StateFile, scale: opts.Scale, faults: opts.Faults,
		authorize: checkDenied, checkJoins: checkJoins, admit: admit,
	})
	if err != nil {
		return nil, err
	}
	server.subscription, server.clusters.subscription = sub, sub
	return server, nil
}

// newProviderServer offers a provider to the engine. One that keeps something for each connection learns of their beginning and end.
func newProviderServer(provider pulumirpc.ResourceProviderServer) *grpc.Server {
	// Requests end before Close does, so that none of them writes the state file later.
	options := []grpc.ServerOption{grpc.MaxRecvMsgSize(400 << 20), grpc.MaxSendMsgSize(400 << 20), grpc.WaitForHandlers(true)}
	if follows, ok := provider.(stats.Handler); ok {
		options = append(options, grpc.StatsHandler(follows))
	}
	server := grpc.NewServer(options...)
	pulumirpc.RegisterResourceProviderServer(server, provider)
	return server
}

func (s *Server) serve(name string, provider pulumirpc.ResourceProviderServer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for provider %s: %w", name, err)
	}
	server := newProviderServer(provider)
	s.servers = append(s.servers, server)
	s.ports[name] = listener.Addr().(*net.TCPAddr).Port
	// Serve returns when Close stops the server; any other error has no receiver.
	go func() { _ = server.Serve(listener) }()
	return nil
}

// DebugProviders is the value of PULUMI_DEBUG_PROVIDERS with which the Pulumi engine attaches.
func (s *Server) DebugProviders() string {
	var attach []string
	for _, name := range slices.Sorted(maps.Keys(s.ports)) {
		attach = append(attach, fmt.Sprintf("%s:%d", name, s.ports[name]))
	}
	return strings.Join(attach, ",")
}

// Close stops serving and saves the state. What is under way goes on: it is complete at the next Start. Closing again does
// nothing.
func (s *Server) Close() error {
	s.closing.Do(func() {
		for _, server := range s.servers {
			server.Stop()
		}
		s.closed = errors.Join(s.subscription.close(), s.scripts.close())
	})
	return s.closed
}
