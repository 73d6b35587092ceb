package azurenative_test

import (
	"sync"
	"testing"

	"aks-regulated-pulumi/internal/azurenative/authorization"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	virtualmachineimages "aks-regulated-pulumi/internal/azurenative/virtualmachineimages/v20240201"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder records what is registered and called.
type recorder struct {
	mu         sync.Mutex
	registered map[string]pulumi.MockResourceArgs
	called     []string
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.registered[args.Name] = args
	return "/" + args.Name, args.Inputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.called = append(r.called, args.Token)
	return resource.PropertyMap{"tenantId": resource.NewProperty("tenant")}, nil
}

// A stack keeps its state when it changes from the SDK's module or to it: tokens, the provider's version, the other API versions, and inputs
// with the SDK's defaults are the same, of nested types and of lists of several types too.
func TestRegistration(t *testing.T) {
	r := &recorder{registered: map[string]pulumi.MockResourceArgs{}}
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		client, err := authorization.GetClientConfig(ctx)
		if err != nil {
			return err
		}
		group, err := resources.NewResourceGroup(ctx, "group", &resources.ResourceGroupArgs{
			ResourceGroupName: pulumi.String("rg"), Tags: pulumi.StringMap{"tenant": pulumi.String(client.TenantId)},
		})
		if err != nil {
			return err
		}
		_, err = virtualmachineimages.NewVirtualMachineImageTemplate(ctx, "template", &virtualmachineimages.VirtualMachineImageTemplateArgs{
			ResourceGroupName: pulumi.String("rg"),
			Identity: virtualmachineimages.ImageTemplateIdentityArgs{
				Type: virtualmachineimages.ResourceIdentityTypeUserAssigned, UserAssignedIdentities: pulumi.StringArray{group.ID()},
			},
			VmProfile: virtualmachineimages.ImageTemplateVmProfileArgs{VnetConfig: virtualmachineimages.VirtualNetworkConfigArgs{
				SubnetId: group.ID().ToStringOutput().ToStringPtrOutput(),
			}},
			Source: virtualmachineimages.ImageTemplateManagedImageSourceArgs{Type: pulumi.String("ManagedImage"), ImageId: group.ID()},
			Customize: pulumi.Array{virtualmachineimages.ImageTemplateShellCustomizerArgs{
				Type: pulumi.String("Shell"), Inline: pulumi.StringArray{pulumi.String("true")},
			}},
			Distribute: pulumi.Array{},
		})
		return err
	}, pulumi.WithMocks("project", "stack", r)))

	assert.Equal(t, []string{"azure-native:authorization:getClientConfig"}, r.called)
	assert.Equal(t, map[string]any{"resourceGroupName": "rg", "tags": map[string]any{"tenant": "tenant"}},
		r.registered["group"].Inputs.Mappable())
	template := r.registered["template"]
	assert.Equal(t, "azure-native:virtualmachineimages/v20240201:VirtualMachineImageTemplate", template.TypeToken)
	assert.Equal(t, "2.90.0", template.RegisterRPC.GetVersion())
	assert.Len(t, template.RegisterRPC.GetAliases(), 9, "eight other API versions, and the default one")
	assert.Equal(t, map[string]any{
		"resourceGroupName": "rg", "buildTimeoutInMinutes": 0.0, "distribute": []any{},
		"identity":  map[string]any{"type": "UserAssigned", "userAssignedIdentities": []any{"/group"}},
		"vmProfile": map[string]any{"vmSize": "", "osDiskSizeGB": 0.0, "vnetConfig": map[string]any{"subnetId": "/group", "proxyVmSize": ""}},
		"source":    map[string]any{"type": "ManagedImage", "imageId": "/group"},
		"customize": []any{map[string]any{"type": "Shell", "inline": []any{"true"}}},
	}, template.Inputs.Mappable())
}
