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
	"aks-regulated-pulumi/internal/tree"
)

// The versions of azure-native that a stack may ask for. Requests of both come to the same simulator.
const (
	pluginV2 = "2.90.0"
	pluginV3 = "3.28.0"
)

// lastOfV2 is the day of azure-native 2.90.0: no release of 2.x knows a later API version.
const lastOfV2 = "2025-03-27"

// apiVersionInput is the property in which azure-native keeps a resource's API version: 2.90.0 among the outputs, 3.x among the inputs too,
// so that another version is a difference (pulumi-azure-native, pull request 4015).
const apiVersionInput = "azureApiVersion"

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

// withoutAPIVersion are inputs as Azure gets them, and the API version that azure-native keeps with them.
func withoutAPIVersion(inputs map[string]any) (sent map[string]any, version string) {
	version = tree.Text(inputs, apiVersionInput)
	if version == "" {
		return inputs, ""
	}
	sent = maps.Clone(inputs)
	delete(sent, apiVersionInput)
	return sent, version
}

// oldInputs are the inputs that a diff starts from. For release 3, the API version that 2.90.0 has left among the outputs is one of them.
func (p *Azure) oldInputs(ctx context.Context, req *pulumirpc.DiffRequest) (map[string]any, error) {
	old, err := Decode(req.GetOldInputs())
	if err != nil || tree.Text(old, apiVersionInput) != "" || !isV3(ctx, tokenOf(req.GetUrn())) {
		return old, err
	}
	outputs, err := Decode(req.GetOlds())
	if version := tree.Text(outputs, apiVersionInput); version != "" {
		old[apiVersionInput] = version
	}
	return old, err
}

// withAPIVersion are the outputs of a resource with the API version by which they were read.
func withAPIVersion(outputs map[string]any, urn string) map[string]any {
	version := apiVersionOf(tokenOf(urn))
	if version == "" {
		return outputs
	}
	outputs = maps.Clone(outputs)
	outputs[apiVersionInput] = version
	return outputs
}

// tokenOf is the type of the resource in a URN.
func tokenOf(urn string) string { return string(resource.URN(urn).Type()) }
