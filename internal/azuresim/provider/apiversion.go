package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/tree"
)

// The versions of azure-native that a stack may ask for. Requests of both come to the same simulator.
const (
	pluginV2 = "2.90.0"
	pluginV3 = "3.28.0"
)

// lastOfV2 is the day of azure-native 2.90.0: no release of 2.x knows a later API version.
const lastOfV2 = "2025-03-27"

// apiVersionProperty is the output in which azure-native keeps the API version by which a resource was last read. Release 3 takes another
// version as a difference, release 2 does not (pulumi-azure-native, pull request 4015).
const apiVersionProperty = "azureApiVersion"

var versionedModule = regexp.MustCompile(`/v(\d{4})(\d\d)(\d\d)(\w*)$`)

// apiVersionOf is the API version in a token such as azure-native:network/v20240501:VirtualNetwork; empty for one of a default version.
func apiVersionOf(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return ""
	}
	match := versionedModule.FindStringSubmatch(parts[1])
	if match == nil {
		return ""
	}
	version := strings.Join(match[1:4], "-")
	if match[4] != "" {
		version += "-" + match[4]
	}
	return version
}

// pluginFor is the version of azure-native that serves a type: what the engine asked for when it configured the connection. A connection
// that was opened again was not configured; then the type tells.
func pluginFor(ctx context.Context, token string) string {
	if from := connectionOf(ctx); from != nil {
		if plugin := from.plugin.Load(); plugin != nil {
			return *plugin
		}
	}
	if apiVersionOf(token) > lastOfV2 {
		return pluginV3
	}
	return pluginV2
}

func isV3(ctx context.Context, token string) bool {
	return strings.HasPrefix(pluginFor(ctx, token), "3.")
}

// kindOf finds the kind of the resource in a URN, as far as the asked version of azure-native knows its type. Release 3.28.0 has the
// metadata of all API versions; its SDKs only have the types of the default ones (pulumi-azure-native, provider_parameterize.go).
func (p *Azure) kindOf(ctx context.Context, urn string) (*arm.Kind, error) {
	token := tokenOf(urn)
	if !isV3(ctx, token) && apiVersionOf(token) > lastOfV2 {
		return nil, fmt.Errorf("resource type %s not found in azure-native %s", token, pluginFor(ctx, token))
	}
	return p.subscription.Catalog().KindOf(token)
}

// checkServed refuses to call Azure by an API version that it has switched off.
func (p *Azure) checkServed(k *arm.Kind, urn string) error {
	return p.subscription.CheckAPIVersion(k.ARMType(), apiVersionOf(tokenOf(urn)))
}

// apiVersionChange is the difference that release 3 sees if a resource was last read by another API version than its type has now. The
// simulator keeps the version among the outputs only: release 3 has it among the inputs, too, and sends it to Azure in the URL alone.
func apiVersionChange(ctx context.Context, req *pulumirpc.DiffRequest) ([]diff.Difference, error) {
	token := tokenOf(req.GetUrn())
	if !isV3(ctx, token) {
		return nil, nil
	}
	outputs, err := Decode(req.GetOlds())
	if err != nil {
		return nil, err
	}
	old, now := map[string]any{}, map[string]any{}
	for _, state := range []struct {
		of      map[string]any
		version string
	}{{old, tree.Text(outputs, apiVersionProperty)}, {now, apiVersionOf(token)}} {
		if state.version != "" {
			state.of[apiVersionProperty] = state.version
		}
	}
	return diff.Compare(old, now), nil
}

// withAPIVersion are the outputs of a resource with the API version by which they were read.
func withAPIVersion(outputs map[string]any, urn string) map[string]any {
	version := apiVersionOf(tokenOf(urn))
	if version == "" {
		return outputs
	}
	outputs = maps.Clone(outputs)
	outputs[apiVersionProperty] = version
	return outputs
}

// tokenOf is the type of the resource in a URN.
func tokenOf(urn string) string { return string(resource.URN(urn).Type()) }
