package offline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// pets is a resource provider with one type, pets:index:Pet, whose instances live in memory. It is the smallest thing
// that the engine can attach to.
type pets struct {
	pulumirpc.UnimplementedResourceProviderServer
	port int

	mu   sync.Mutex
	live map[string]string // greeting by id
}

func startPets(t *testing.T) *pets {
	t.Helper()
	p := &pets{live: map[string]string{}}
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, p)
			return nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		close(cancel)
		<-handle.Done
	})
	p.port = handle.Port
	return p
}

func (p *pets) simulate(string) (Simulator, error) { return p, nil }
func (p *pets) DebugProviders() string             { return "pets:" + strconv.Itoa(p.port) }
func (p *pets) Close() error                       { return nil }

func (p *pets) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for id, greeting := range p.live {
		names = append(names, greeting+" "+id)
	}
	slices.Sort(names)
	return names
}

func (p *pets) greet(id, greeting string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live[id] = greeting
}

func (p *pets) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (p *pets) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "1.0.0"}, nil
}

func (p *pets) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (p *pets) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

func (p *pets) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{}, nil
}

func (p *pets) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (p *pets) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	if req.GetOlds().GetFields()["greeting"].GetStringValue() != req.GetNews().GetFields()["greeting"].GetStringValue() {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME, Diffs: []string{"greeting"}}, nil
	}
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

func (p *pets) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	greeting := req.GetProperties().GetFields()["greeting"].GetStringValue()
	if greeting == "refuse" {
		return nil, fmt.Errorf("no pet answers to %q", greeting)
	}
	p.greet("rex", greeting)
	properties, err := p.properties("rex")
	return &pulumirpc.CreateResponse{Id: "rex", Properties: properties}, err
}

func (p *pets) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	properties, err := p.properties(req.GetId())
	if err != nil {
		return nil, err
	}
	inputs := &structpb.Struct{Fields: map[string]*structpb.Value{"greeting": properties.GetFields()["greeting"]}}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: inputs}, nil
}

func (p *pets) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.live, req.GetId())
	return &emptypb.Empty{}, nil
}

func (p *pets) properties(id string) (*structpb.Struct, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	greeting := p.live[id]
	return structpb.NewStruct(map[string]any{"greeting": greeting, "name": greeting + " " + id})
}
