// Package azuresim is a local Azure Resource Manager for the Pulumi engine. It speaks the protocol of Pulumi's resource
// providers in place of azure-native and random, keeps one simulated subscription, and behaves like Azure where that
// decides whether a deployment works: references, names, ranges, permissions, the network, time and failure.
package azuresim

import (
	"fmt"
	"net"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Options configure Start.
type Options struct {
	// StateFile keeps the subscription between runs; empty keeps it in memory only.
	StateFile string
	// Scale is how many simulated seconds pass in one real second; 0 skips all waiting.
	Scale float64
	// Faults are failures to inject.
	Faults []Fault
}

// Server is a running simulator.
type Server struct {
	subscription *subscription
	servers      []*grpc.Server
	scripts      *scriptHost
	ports        map[string]int
}

// Start listens on loopback ports and serves until Close. It fails if the state file cannot be read.
func Start(opts Options) (*Server, error) {
	sub, err := openSubscription(opts)
	if err != nil {
		return nil, err
	}
	scripts, err := startScriptHost(sub)
	if err != nil {
		return nil, err
	}
	sub.scripts = scripts
	server := &Server{subscription: sub, scripts: scripts, ports: map[string]int{}}
	for _, plugin := range []struct {
		name     string
		provider pulumirpc.ResourceProviderServer
	}{
		{"azure-native", &armProvider{protocol: protocol{version: "2.90.0"}, subscription: sub}},
		{"random", &randomProvider{protocol: protocol{version: "4.18.4"}}},
	} {
		if err := server.serve(plugin.name, plugin.provider); err != nil {
			_ = server.Close()
			return nil, err
		}
	}
	return server, nil
}

func (s *Server) serve(name string, provider pulumirpc.ResourceProviderServer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for provider %s: %w", name, err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(400<<20), grpc.MaxSendMsgSize(400<<20))
	pulumirpc.RegisterResourceProviderServer(server, provider)
	s.servers = append(s.servers, server)
	s.ports[name] = listener.Addr().(*net.TCPAddr).Port
	// Serve returns when Close stops the server; there is nobody to tell of any other end.
	go func() { _ = server.Serve(listener) }()
	return nil
}

// DebugProviders is the value of PULUMI_DEBUG_PROVIDERS with which the Pulumi engine attaches.
func (s *Server) DebugProviders() string {
	var attach []string
	for _, name := range []string{"azure-native", "random"} {
		attach = append(attach, fmt.Sprintf("%s:%d", name, s.ports[name]))
	}
	return strings.Join(attach, ",")
}

// Close stops serving. The state is already saved: every change is written when it happens.
func (s *Server) Close() error {
	for _, server := range s.servers {
		server.Stop()
	}
	return s.scripts.close()
}
