// Package provider speaks the protocol of Pulumi's resource providers in place of azure-native, random and kubernetes.
package provider

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// protocol answers the calls of the provider protocol in which the providers do not differ.
type protocol struct {
	pulumirpc.UnimplementedResourceProviderServer
	// version is that of the plugin which the program's SDK asks for.
	version string
}

// CheckConfig accepts any provider configuration: the subscription and the sign-in are simulated.
func (protocol) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig finds no difference that would replace the provider.
func (protocol) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure tells the engine that previews are computed here, and that secrets are the engine's to keep track of.
func (protocol) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{SupportsPreview: true}, nil
}

// GetPluginInfo names the version that the engine compares with what the program's SDK asks for.
func (p protocol) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.version}, nil
}

// Attach accepts the engine.
func (protocol) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel has nothing to stop: requests end with their connection.
func (protocol) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Decode turns properties from the wire into plain values; what is not known yet becomes resource.Computed.
func Decode(properties *structpb.Struct) (map[string]any, error) {
	decoded, err := plugin.UnmarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
	if err != nil {
		return nil, fmt.Errorf("decode properties: %w", err)
	}
	return decoded.Mappable(), nil
}

// decodeInputs are the inputs that a diff compares.
func decodeInputs(req *pulumirpc.DiffRequest) (old, now map[string]any, err error) {
	if old, err = Decode(req.GetOldInputs()); err != nil {
		return nil, nil, err
	}
	now, err = Decode(req.GetNews())
	return old, now, err
}

// Encode is the reverse of decode. Names in secret are marked for the engine to encrypt.
func Encode(properties map[string]any, secret ...string) (*structpb.Struct, error) {
	values := resource.NewPropertyMapFromMap(properties)
	for _, name := range secret {
		if value, ok := values[resource.PropertyKey(name)]; ok {
			values[resource.PropertyKey(name)] = resource.MakeSecret(value)
		}
	}
	encoded, err := plugin.MarshalProperties(values, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: len(secret) > 0, SkipNulls: true})
	if err != nil {
		return nil, fmt.Errorf("encode properties: %w", err)
	}
	return encoded, nil
}
