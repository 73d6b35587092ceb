package components

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/governance"
	storage "aks-regulated-pulumi/internal/azurenative/storage/v20230501"
	"aks-regulated-pulumi/internal/typetoken"
)

func newAccount(ctx *pulumi.Context, name string, group pulumi.StringInput, opts ...pulumi.ResourceOption) error {
	_, err := storage.NewStorageAccount(ctx, name, &storage.StorageAccountArgs{
		AccountName: pulumi.String(name), ResourceGroupName: group, Kind: pulumi.String("StorageV2"),
		Sku: storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
	}, opts...)
	return err
}

// What the program registers in a group is in the group's list, however the group is named to it, and whenever the list was
// asked for; and only there.
func TestInventory(t *testing.T) {
	m := deploy(t, func(ctx *pulumi.Context) error {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"plain": inventory.Types("rg-plain"), "registered": inventory.Types("rg-registered"),
			"computed": inventory.Types("RG-Computed"), "none": inventory.Types("rg-none"),
		})
		group, err := newGroup(ctx, "rg-registered")
		if err != nil {
			return err
		}
		for name, in := range map[string]pulumi.StringInput{
			"plain": pulumi.String("rg-plain"), "registered": group.Name, "computed": pulumi.Sprintf("rg-%s", "computed"),
		} {
			if err := newAccount(ctx, name, in); err != nil {
				return err
			}
		}
		return inventory.Close(nil)
	})
	accounts := []string{"Microsoft.Storage/storageAccounts"}
	assert.Equal(t, map[string]any{
		"plain": accounts, "registered": accounts, "computed": accounts, "none": []string{},
	}, m.Exports)
}

// acceptingMonitor accepts resources of every type.
type acceptingMonitor struct{}

func (acceptingMonitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return args.Name, args.Inputs, nil
}

func (acceptingMonitor) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, nil
}

// Lists also have what Azure makes along with a type, in every API version of it.
func TestInventoryCompanions(t *testing.T) {
	for token, want := range map[string][]string{
		"azure-native:resources/v20230801:AzureCliScript": {
			"Microsoft.ContainerInstance/containerGroups", "Microsoft.Resources/deploymentScripts", "Microsoft.Storage/storageAccounts",
		},
		"azure-native:network/v20240501:PrivateEndpoint": {
			"Microsoft.Network/networkInterfaces", "Microsoft.Network/privateEndpoints",
		},
		"azure-native:virtualmachineimages/v20240201:VirtualMachineImageTemplate": {
			"Microsoft.Compute/images", "Microsoft.VirtualMachineImages/imageTemplates",
		},
		"azure-native:compute/v20240303:GalleryImage": {
			"Microsoft.Compute/galleries/images", "Microsoft.Compute/galleries/images/versions",
		},
		"azure-native:network/v20240501:FlowLog": {
			"Microsoft.Network/networkWatchers", "Microsoft.Network/networkWatchers/flowLogs",
		},
		"azure-native:keyvault/v20230701:Vault": {"Microsoft.KeyVault/vaults"},
		"azure-native:keyvault:Vault":           {"Microsoft.KeyVault/vaults"},
	} {
		var mu sync.Mutex
		var have []string
		require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
			inventory, err := governance.NewInventory(ctx)
			if err != nil {
				return err
			}
			inventory.Types("rg").ApplyT(func(types []string) []string {
				mu.Lock()
				defer mu.Unlock()
				have = types
				return types
			})
			var registered pulumi.CustomResourceState
			args := &storage.StorageAccountArgs{ResourceGroupName: pulumi.String("rg")}
			if err := ctx.RegisterResource(token, "one", args, &registered); err != nil {
				return err
			}
			return inventory.Close(nil)
		}, pulumi.WithMocks(projectName, "test", acceptingMonitor{})))
		mu.Lock()
		assert.Equal(t, want, have, token)
		mu.Unlock()
	}
}

// finishes runs a program that must come to an end, and returns its error.
func finishes(t *testing.T, m *recordingMonitor, program pulumi.RunFunc) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- m.run(t, nil, program) }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Minute):
		require.Fail(t, "the program hangs")
		return nil
	}
}

// A program that fails says why, instead of waiting for lists that will never be complete; and what waited for them is not
// registered with half a list.
func TestInventoryOfFailingProgram(t *testing.T) {
	broken := errors.New("the third component is broken")
	cfg := loadConfig(t, nil)
	m := &recordingMonitor{}
	err := finishes(t, m, func(ctx *pulumi.Context) error {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		if _, err := governanceWith(ctx, cfg, inventory); err != nil {
			return inventory.Close(err)
		}
		return inventory.Close(broken)
	})
	require.ErrorIs(t, err, broken)
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		assert.NotContains(t, r.Name, "-types")
	}
}

// A type that the inventory does not know fails the program with the place to add it.
func TestInventoryOfUnknownType(t *testing.T) {
	var closed error
	err := finishes(t, &recordingMonitor{}, func(ctx *pulumi.Context) error {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		var resource pulumi.CustomResourceState
		args := &storage.StorageAccountArgs{ResourceGroupName: pulumi.String("rg")}
		if err := ctx.RegisterResource("azure-native:quantum/v20220110:Workspace", "qubits", args, &resource); err != nil {
			return err
		}
		closed = inventory.Close(nil)
		return closed
	})
	require.Error(t, err)
	require.ErrorContains(t, closed, "azure-native:quantum/v20220110:Workspace of resource qubits")
	assert.ErrorContains(t, closed, "add it to armTypes")
}

// A longer list comes into force minutes after the update that brings it, and what that update adds would be denied: settings that add a type
// to a stamp find it on the list already. What the configuration allows besides is on every list.
func TestListsDoNotGrowWithOptions(t *testing.T) {
	types := func(s settings) list {
		return policyValue(deployPlatform(t, s).one(t, typetoken.PolicyAssignment, "stamp01-types"), "listOfResourceTypesAllowed").(list)
	}
	plain := types(nil)
	assert.Equal(t, plain, types(settings{
		"monitoring.alertEmails": `["a@example.com"]`, "registry.agentPool": "true", "registry.geoReplication": "centralus",
		"imageBuilder.distribute": "SharedImage", "builtInRoles.restrict": "true",
	}))
	assert.ElementsMatch(t, append(plain, "Microsoft.Logic/workflows"), types(settings{"policies.additionalTypes": `["Microsoft.Logic/workflows"]`}))
}
