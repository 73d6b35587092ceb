package virtualmachineimages

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// monitor records what is registered and answers as Azure would.
type monitor struct {
	mu      sync.Mutex
	created []pulumi.MockResourceArgs
}

func (m *monitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.created = append(m.created, args)
	state := args.Inputs.Copy()
	state["name"] = args.Inputs["imageTemplateName"]
	state["provisioningState"] = resource.NewProperty("Succeeded")
	state["exactStagingResourceGroup"] = resource.NewProperty("/subscriptions/s/resourceGroups/IT_rg")
	state["lastRunStatus"] = resource.NewPropertyValue(map[string]any{"runState": "Failed", "message": "see customization.log"})
	state["provisioningError"] = resource.NewPropertyValue(map[string]any{"provisioningErrorCode": "NoError"})
	return "/subscriptions/s/imageTemplates/" + args.Name, state, nil
}

func (*monitor) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

func run(t *testing.T, program pulumi.RunFunc) *monitor {
	t.Helper()
	m := &monitor{}
	require.NoError(t, pulumi.RunErr(program, pulumi.WithMocks("project", "stack", m)))
	return m
}

func minimal() *VirtualMachineImageTemplateArgs {
	return &VirtualMachineImageTemplateArgs{
		ResourceGroupName: pulumi.String("rg"),
		Identity: ImageTemplateIdentityArgs{
			Type:                   ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.StringArray{pulumi.String("/id/builder")},
		},
		Source: ImageTemplatePlatformImageSourceArgs{
			Type:      pulumi.String("PlatformImage"),
			Publisher: pulumi.String("Canonical"),
			Offer:     pulumi.String("ubuntu-24_04-lts"),
			Sku:       pulumi.String("server"),
			Version:   pulumi.String("latest"),
		},
		Distribute: pulumi.Array{ImageTemplateManagedImageDistributorArgs{
			Type:          pulumi.String("ManagedImage"),
			ImageId:       pulumi.String("/image"),
			Location:      pulumi.String("eastus2"),
			RunOutputName: pulumi.String("out"),
		}},
	}
}

// full sets every input the package has, beside the ones minimal sets.
func full() *VirtualMachineImageTemplateArgs {
	args := minimal()
	args.ImageTemplateName = pulumi.String("imgt")
	args.Location = pulumi.String("eastus2")
	args.BuildTimeoutInMinutes = pulumi.Int(60)
	args.StagingResourceGroup = pulumi.String("/rg/staging")
	args.Tags = pulumi.StringMap{"a": pulumi.String("b")}
	args.ManagedResourceTags = pulumi.StringMap{"c": pulumi.String("d")}
	args.AutoRun = ImageTemplateAutoRunArgs{State: AutoRunStateAutoRunDisabled}
	args.Optimize = ImageTemplatePropertiesOptimizeArgs{
		VmBoot: &ImageTemplatePropertiesVmBootArgs{State: VMBootOptimizationStateEnabled},
	}
	args.ErrorHandling = ImageTemplatePropertiesErrorHandlingArgs{OnCustomizerError: OnBuildErrorAbort}
	args.VmProfile = &ImageTemplateVmProfileArgs{
		VmSize:     pulumi.String("Standard_D2ds_v5"),
		VnetConfig: VirtualNetworkConfigArgs{SubnetId: pulumi.String("/subnet")},
	}
	args.Validate = ImageTemplatePropertiesValidateArgs{InVMValidations: pulumi.Array{ImageTemplateShellValidatorArgs{
		Type: pulumi.String("Shell"), Name: pulumi.String("check"), Inline: pulumi.StringArray{pulumi.String("true")},
	}}}
	args.Customize = pulumi.Array{
		ImageTemplateShellCustomizerArgs{
			Type: pulumi.String("Shell"), Name: pulumi.String("update"), Inline: pulumi.StringArray{pulumi.String("apt-get update")},
		},
		ImageTemplateFileCustomizerArgs{
			Type: pulumi.String("File"), SourceUri: pulumi.String("https://f"), Destination: pulumi.String("/tmp/f"),
			Sha256Checksum: pulumi.String("ab"),
		},
	}
	args.Distribute = append(args.Distribute.(pulumi.Array), ImageTemplateSharedImageDistributorArgs{
		Type:               pulumi.String("SharedImage"),
		GalleryImageId:     pulumi.String("/gallery"),
		RunOutputName:      pulumi.String("shared"),
		ExcludeFromLatest:  pulumi.Bool(true),
		StorageAccountType: SharedImageStorageAccountType_Standard_ZRS,
		ArtifactTags:       pulumi.StringMap{"e": pulumi.String("f")},
		Versioning:         DistributeVersionerLatestArgs{Scheme: pulumi.String("Latest"), Major: pulumi.Int(1)},
		TargetRegions: TargetRegionArray{TargetRegionArgs{
			Name: pulumi.String("centralus"), ReplicaCount: pulumi.Int(2), StorageAccountType: pulumi.String("Premium_LRS"),
		}},
	})
	return args
}

const fullInputs = `{
  "imageTemplateName": "imgt", "resourceGroupName": "rg", "location": "eastus2", "buildTimeoutInMinutes": 60,
  "stagingResourceGroup": "/rg/staging", "tags": {"a": "b"}, "managedResourceTags": {"c": "d"},
  "identity": {"type": "UserAssigned", "userAssignedIdentities": ["/id/builder"]},
  "autoRun": {"state": "Disabled"},
  "optimize": {"vmBoot": {"state": "Enabled"}},
  "errorHandling": {"onCustomizerError": "abort", "onValidationError": "cleanup"},
  "vmProfile": {"vmSize": "Standard_D2ds_v5", "osDiskSizeGB": 0, "vnetConfig": {"subnetId": "/subnet", "proxyVmSize": ""}},
  "validate": {"continueDistributeOnFailure": false, "sourceValidationOnly": false,
    "inVMValidations": [{"type": "Shell", "name": "check", "inline": ["true"]}]},
  "source": {"type": "PlatformImage", "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
  "customize": [
    {"type": "Shell", "name": "update", "inline": ["apt-get update"]},
    {"type": "File", "sourceUri": "https://f", "destination": "/tmp/f", "sha256Checksum": "ab"}],
  "distribute": [
    {"type": "ManagedImage", "imageId": "/image", "location": "eastus2", "runOutputName": "out"},
    {"type": "SharedImage", "galleryImageId": "/gallery", "runOutputName": "shared", "excludeFromLatest": true,
      "storageAccountType": "Standard_ZRS", "artifactTags": {"e": "f"}, "versioning": {"scheme": "Latest", "major": 1},
      "targetRegions": [{"name": "centralus", "replicaCount": 2, "storageAccountType": "Premium_LRS"}]}]
}`

// The provider gets the property names, discriminators and defaults that API version 2024-02-01 has.
func TestInputsAsTheProviderReadsThem(t *testing.T) {
	m := run(t, func(ctx *pulumi.Context) error {
		_, err := NewVirtualMachineImageTemplate(ctx, "template", full())
		return err
	})
	require.Len(t, m.created, 1)
	var want map[string]any
	require.NoError(t, json.Unmarshal([]byte(fullInputs), &want))
	if diff := cmp.Diff(want, m.created[0].Inputs.Mappable()); diff != "" {
		t.Errorf("registered inputs (-want +got):\n%s", diff)
	}
}

// A stack made with these types keeps its state when the SDK's module takes over: same token, same plugin version.
func TestTokenAndPluginVersion(t *testing.T) {
	m := run(t, func(ctx *pulumi.Context) error {
		_, err := NewVirtualMachineImageTemplate(ctx, "template", minimal())
		return err
	})
	require.Len(t, m.created, 1)
	got := m.created[0]
	assert.Equal(t, "azure-native:virtualmachineimages/v20240201:VirtualMachineImageTemplate", got.TypeToken)
	require.NotNil(t, got.RegisterRPC)
	assert.Equal(t, sdkVersion(t), got.RegisterRPC.GetVersion())
	assert.Len(t, got.RegisterRPC.GetAliases(), 9, "the unversioned token and eight other API versions")
}

// sdkVersion is the plugin version that the shared utilities register resources with.
func sdkVersion(t *testing.T) string {
	t.Helper()
	opts, err := pulumi.NewResourceOptions(utilities.PkgResourceDefaultOpts(nil)...)
	require.NoError(t, err)
	require.Equal(t, "2.90.0", opts.Version)
	return opts.Version
}

// Unset optional inputs are not sent, except the timeout, which the SDK sends too.
func TestMinimalInputs(t *testing.T) {
	m := run(t, func(ctx *pulumi.Context) error {
		_, err := NewVirtualMachineImageTemplate(ctx, "template", minimal())
		return err
	})
	require.Len(t, m.created, 1)
	var got []string
	for k := range m.created[0].Inputs {
		got = append(got, string(k))
	}
	assert.ElementsMatch(t, []string{"resourceGroupName", "identity", "source", "distribute", "buildTimeoutInMinutes"}, got)
}

// A value that another resource supplies travels through nested inputs, and so does the dependency it carries.
func TestNestedOutputs(t *testing.T) {
	m := run(t, func(ctx *pulumi.Context) error {
		first, err := NewVirtualMachineImageTemplate(ctx, "first", full())
		if err != nil {
			return err
		}
		args := minimal()
		args.VmProfile = ImageTemplateVmProfileArgs{VnetConfig: VirtualNetworkConfigArgs{
			SubnetId: first.Name.ToStringPtrOutput(),
		}}
		args.Source = ImageTemplateSharedImageVersionSourceArgs{
			Type: pulumi.String("SharedImageVersion"), ImageVersionId: first.Name,
		}
		_, err = NewVirtualMachineImageTemplate(ctx, "second", args)
		return err
	})
	require.Len(t, m.created, 2)
	second := m.created[1]
	got := second.Inputs.Mappable()
	assert.Equal(t, map[string]any{"type": "SharedImageVersion", "imageVersionId": "imgt"}, got["source"])
	assert.Equal(t, map[string]any{"subnetId": "imgt", "proxyVmSize": ""}, got["vmProfile"].(map[string]any)["vnetConfig"])
	for _, property := range []string{"source", "vmProfile"} {
		urns := second.RegisterRPC.GetPropertyDependencies()[property].GetUrns()
		require.Len(t, urns, 1, property)
		assert.Contains(t, urns[0], "::first")
	}
}

// What Azure reports about template and build is readable as typed outputs.
func TestOutputs(t *testing.T) {
	var mu sync.Mutex
	var got []any
	run(t, func(ctx *pulumi.Context) error {
		tmpl, err := NewVirtualMachineImageTemplate(ctx, "template", full())
		if err != nil {
			return err
		}
		byOutput := tmpl.ToVirtualMachineImageTemplateOutput()
		pulumi.All(tmpl.ProvisioningState, tmpl.ExactStagingResourceGroup, tmpl.LastRunStatus.RunState().Elem(),
			byOutput.LastRunStatus().Message().Elem(), byOutput.Name(),
			tmpl.ProvisioningError.ProvisioningErrorCode().Elem()).ApplyT(func(v []any) []any {
			mu.Lock()
			defer mu.Unlock()
			got = v
			return v
		})
		return nil
	})
	want := []any{"Succeeded", "/subscriptions/s/resourceGroups/IT_rg", "Failed", "see customization.log", "imgt", "NoError"}
	assert.Equal(t, want, got)
}

// A forgotten required argument is an error that names it, before anything is registered.
func TestRequiredArguments(t *testing.T) {
	tests := map[string]func(*VirtualMachineImageTemplateArgs){
		"Distribute":        func(a *VirtualMachineImageTemplateArgs) { a.Distribute = nil },
		"Identity":          func(a *VirtualMachineImageTemplateArgs) { a.Identity = nil },
		"ResourceGroupName": func(a *VirtualMachineImageTemplateArgs) { a.ResourceGroupName = nil },
		"Source":            func(a *VirtualMachineImageTemplateArgs) { a.Source = nil },
	}
	for name, drop := range tests {
		t.Run(name, func(t *testing.T) {
			m := run(t, func(ctx *pulumi.Context) error {
				args := minimal()
				drop(args)
				_, err := NewVirtualMachineImageTemplate(ctx, "template", args)
				assert.ErrorContains(t, err, "'"+name+"'")
				_, err = NewVirtualMachineImageTemplate(ctx, "template", nil)
				assert.ErrorContains(t, err, "missing one or more required arguments")
				return nil
			})
			assert.Empty(t, m.created)
		})
	}
}

// An existing template can be read by id.
func TestGet(t *testing.T) {
	m := run(t, func(ctx *pulumi.Context) error {
		_, err := GetVirtualMachineImageTemplate(ctx, "existing", pulumi.ID("/some/template"), nil)
		return err
	})
	require.Len(t, m.created, 1)
	assert.Equal(t, "/some/template", m.created[0].ID)
	assert.Equal(t, imageTemplateToken, m.created[0].TypeToken)
}
