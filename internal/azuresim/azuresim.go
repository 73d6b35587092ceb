// Package azuresim is a local Azure Resource Manager for the Pulumi engine. It speaks the protocol of Pulumi's resource
// providers in place of azure-native, random and kubernetes, keeps the simulated subscriptions with their clusters, and behaves like
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

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/landingzone"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/azuresim/scripts"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/compute"
	"aks-regulated-pulumi/internal/azuresim/services/gateway"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
	"aks-regulated-pulumi/internal/azuresim/services/iam"
	"aks-regulated-pulumi/internal/azuresim/services/image"
	"aks-regulated-pulumi/internal/azuresim/services/monitor"
	"aks-regulated-pulumi/internal/azuresim/services/network"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/azuresim/services/storage"
	"aks-regulated-pulumi/internal/azuresim/services/vault"
)

// Options configure Start.
type Options struct {
	// StateFile keeps the subscription between runs; empty keeps it in memory only.
	StateFile string
	// Scale is how many simulated seconds pass in one real second; 0 waits for nothing.
	Scale float64
	// Faults are failures to inject.
	Faults []arm.Fault
	// WithoutFeatures are features of providers that the subscription lacks, such as gateway.NetworkIsolation; it has all others.
	WithoutFeatures []string
	// Propagation is how long it takes until all of Azure knows what was made: arm.Typical unless set.
	Propagation arm.Propagation
	// LandingZone is what other people own before the stack is made, and what the deployer may do there: a document that package landingzone
	// describes. Empty is the one that the state file has; without any there is the login's subscription, which the deployer owns.
	LandingZone []byte
	// AssignableRoles are the GUIDs, in lower case, of the roles that the deployer may assign, as a condition on its own role limits them;
	// nil is an owner, who may assign any.
	AssignableRoles []string
	// TrustedLaunch gives the machines of image builds Trusted Launch, of which Azure makes no managed image.
	TrustedLaunch bool
	// SharedKeysOff is a policy of the organization that closes every new storage account to shared keys, and denies nothing.
	SharedKeysOff bool
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
	subscription *arm.Subscription
	clusters     *kube.Clusters
	scripts      *scripts.Host
	builds       *image.Builds
	vaults       *vault.Deleted
	workspaces   *monitor.Deleted
	zone         *landingzone.Zone
	servers      []*grpc.Server
	// Those of the subscription, for copies of it.
	withoutFeatures []string
	ports           map[string]int
	closing         sync.Once
	closed          error
}

// Start listens on loopback ports and serves until Close. It fails if the state file cannot be read, and for a negative
// scale.
func Start(opts Options) (*Server, error) {
	server, err := newServer(opts)
	if err != nil {
		return nil, err
	}
	sub := server.subscription
	sub.Resume()
	err = server.zone.Open(sub.Life, opts.LandingZone)
	if err == nil {
		err = server.scripts.Start(sub)
	}
	if err != nil {
		sub.Stop()
		return nil, err
	}
	for _, plugin := range []struct {
		name     string
		provider pulumirpc.ResourceProviderServer
	}{
		{"azure-native", provider.NewAzure(sub, server.clusters, server.scripts.Manager.Token)},
		{"random", provider.NewRandom()},
		{kubernetesPlugin, provider.NewKubernetes(server.clusters)},
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

// sections are what the state file keeps besides the resources.
func (s *Server) sections() []arm.Section {
	return []arm.Section{s.clusters.Section(), s.builds.Section(), s.vaults.Section(), s.workspaces.Section(), s.zone.Section()}
}

// catalog is all that the simulated Azure has.
func (s *Server) catalog() *arm.Catalog {
	return arm.NewCatalog(slices.Concat(
		[]*arm.Kind{arm.ResourceGroup}, network.Kinds, storage.Kinds, monitor.Kinds, iam.Kinds, governance.Kinds, compute.Kinds,
		registry.Kinds, gateway.Kinds,
		aks.Kinds, s.builds.Kinds(), s.vaults.Kinds(), s.workspaces.Kinds(), s.scripts.Kinds(), s.clusters.Kinds(),
	)...)
}

// newServer opens a subscription with what serves it, and starts nothing.
func newServer(opts Options) (*Server, error) {
	server := &Server{
		clusters: kube.NewClusters(opts.Repository, opts.ClusterAuthority), scripts: &scripts.Host{SharedKeysOff: opts.SharedKeysOff},
		builds: &image.Builds{TrustedLaunch: opts.TrustedLaunch}, vaults: &vault.Deleted{}, workspaces: &monitor.Deleted{},
		zone: &landingzone.Zone{}, ports: map[string]int{}, withoutFeatures: opts.WithoutFeatures,
	}
	sub, err := arm.Open(arm.Options{
		Catalog: server.catalog(), Sections: server.sections(),
		StateFile: opts.StateFile, Scale: opts.Scale, Faults: opts.Faults, WithoutFeatures: opts.WithoutFeatures,
		Propagation: opts.Propagation, AssignableRoles: opts.AssignableRoles,
		Authorize: authz.RequirePermission, AuthorizeLinked: authz.CheckLinked, CheckJoins: networking.CheckJoins, Admit: governance.Admit,
	})
	if err != nil {
		return nil, err
	}
	server.subscription, server.clusters.Subscription, server.zone.Subscription = sub, sub, sub
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
		s.closed = errors.Join(s.subscription.Close(), s.scripts.Close())
	})
	return s.closed
}
