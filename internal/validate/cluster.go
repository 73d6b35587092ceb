package validate

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// Cluster is the way to a cluster.
type Cluster struct {
	// Config is how the API server is reached, and how the user signs in.
	Config *rest.Config
	// Typed, Dynamic and Mapper read the cluster, as the user of Config.
	Typed   kubernetes.Interface
	Dynamic dynamic.Interface
	Mapper  meta.RESTMapper
}

// Connect makes clients. It asks the cluster nothing yet.
func Connect(config *rest.Config) (*Cluster, error) {
	// Checks read some hundred objects one after the other; the default of 5 requests a second would make that a minute.
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 50, 100
	// Admission answers dry runs with warnings that do not matter here.
	config.WarningHandler = rest.NoWarnings{}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	untyped, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(typed.Discovery()))
	return &Cluster{Config: config, Typed: typed, Dynamic: untyped, Mapper: mapper}, nil
}
