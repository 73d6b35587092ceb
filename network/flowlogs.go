package network

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/armclient"
	storage "aks-regulated-pulumi/internal/azurenative/storage/v20230501"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/internal/hooks"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/rbac"
)

// FlowLogStoreArgs configures FlowLogStore.
type FlowLogStoreArgs struct {
	config.Placement
	NetworkWatcher config.NetworkWatcher
	// FlowLogs has account and identity that are there already.
	FlowLogs config.FlowLogs
	// RetentionDays is how long flow logs are kept in the storage account, AccountName its name.
	RetentionDays int
	AccountName   string
	// Subscription is where the storage account is.
	Subscription      subscription.Subscription
	ResourceGroupName pulumi.StringInput
	// Workspace takes the traffic analytics and the diagnostics.
	Workspace *LogWorkspace
}

// FlowLogStore is where the region's network flow logs go: a storage account without keys, and the identity that writes. An account of others stays
// as it is, with its network rules, diagnostics and protection.
type FlowLogStore struct {
	pulumi.ResourceState

	// StorageAccountID is the Azure resource id of the storage account.
	StorageAccountID pulumi.StringOutput
	// IdentityID is the Azure resource id of the identity that flow logs write with.
	IdentityID pulumi.StringOutput
	// Assigned is the role of that identity; none for an identity that is there already.
	Assigned []pulumi.Resource

	args *FlowLogStoreArgs
	// The region's Network Watcher makes one flow log at a time.
	watcherChanges sequence
	// recorded is the first flow log in each subscription, by GUID.
	recorded map[string]pulumi.Resource
}

// NewFlowLogStore registers the storage account, its diagnostics, the identity and its role.
func NewFlowLogStore(
	ctx *pulumi.Context, name string, args *FlowLogStoreArgs, opts ...pulumi.ResourceOption,
) (*FlowLogStore, error) {
	store := &FlowLogStore{args: args, recorded: map[string]pulumi.Resource{}}
	if err := ctx.RegisterComponentResource("aksregulated:network:FlowLogStore", name, store, opts...); err != nil {
		return nil, fmt.Errorf("flow log store: %w", err)
	}
	child := pulumi.Parent(store)
	store.StorageAccountID = pulumi.String(args.FlowLogs.StorageAccountID).ToStringOutput()
	if args.FlowLogs.StorageAccountID == "" {
		if err := store.newAccount(ctx, name, args, child); err != nil {
			return nil, err
		}
	}
	store.IdentityID = pulumi.String(args.FlowLogs.IdentityID).ToStringOutput()
	if args.FlowLogs.IdentityID == "" {
		if err := store.newIdentity(ctx, name, args, child); err != nil {
			return nil, err
		}
	}
	if err := ctx.RegisterResourceOutputs(store, pulumi.Map{
		"storageAccountId": store.StorageAccountID, "identityId": store.IdentityID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of flow log store: %w", err)
	}
	return store, nil
}

func (s *FlowLogStore) newAccount(ctx *pulumi.Context, name string, args *FlowLogStoreArgs, child pulumi.ResourceOption) error {
	account, err := storage.NewStorageAccount(ctx, name, &storage.StorageAccountArgs{
		AccountName:       pulumi.String(args.AccountName),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		Sku:               storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
		Kind:              pulumi.String("StorageV2"),
		AccessTier:        storage.AccessTierHot,
		MinimumTlsVersion: pulumi.String("TLS1_2"),

		EnableHttpsTrafficOnly:       pulumi.Bool(true),
		AllowBlobPublicAccess:        pulumi.Bool(false),
		AllowSharedKeyAccess:         pulumi.Bool(false),
		AllowCrossTenantReplication:  pulumi.Bool(false),
		DefaultToOAuthAuthentication: pulumi.Bool(true),
		// Network Watcher writes as a trusted service; nothing else needs the account over the network.
		NetworkRuleSet: storage.NetworkRuleSetArgs{
			DefaultAction: storage.DefaultActionDeny,
			Bypass:        pulumi.String("AzureServices"),
		},
	}, child, pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("flow log storage account: %w", err)
	}
	s.StorageAccountID = account.ID().ToStringOutput()
	return diagnoseStorage(ctx, name, s.StorageAccountID, args.Workspace.ID, child)
}

// newIdentity registers the identity that writes, with its role at the account, wherever that is.
func (s *FlowLogStore) newIdentity(ctx *pulumi.Context, name string, args *FlowLogStoreArgs, child pulumi.ResourceOption) error {
	identity, err := managedidentity.NewUserAssignedIdentity(ctx, name, &managedidentity.UserAssignedIdentityArgs{
		ResourceName:      pulumi.String("mi-flowlogs-" + args.Location),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
	}, child)
	if err != nil {
		return fmt.Errorf("flow log identity: %w", err)
	}
	account := args.Subscription.ID
	if id := args.FlowLogs.StorageAccountID; id != "" {
		account = resourceid.Subscription(id)
	}
	// The account has no keys, so Network Watcher needs an identity that may write blobs.
	assignment, err := rbac.Assign(ctx, name+"-write", &rbac.AssignmentArgs{
		RoleDefinitionID: pulumi.String(rbac.StorageBlobDataContributor.ID(account)),
		PrincipalID:      identity.PrincipalId,
		Scope:            s.StorageAccountID,
		Description:      "Network flow logs are written to this account.",
	}, child)
	if err != nil {
		return err
	}
	s.Assigned = []pulumi.Resource{assignment}
	// What uses the identity must wait for its role, so the id is known only once the role is assigned.
	s.IdentityID = pulumi.All(identity.ID(), assignment.ID()).ApplyT(func(ids []any) string {
		return string(ids[0].(pulumi.ID))
	}).(pulumi.StringOutput)
	return nil
}

func diagnoseStorage(
	ctx *pulumi.Context, name string, accountID, workspaceID pulumi.StringOutput, opts ...pulumi.ResourceOption,
) error {
	if err := diagnostics.Send(ctx, name, "default", diagnostics.StorageAccount, accountID, workspaceID, opts...); err != nil {
		return err
	}
	for _, service := range []string{"blob", "file", "queue", "table"} {
		serviceID := pulumi.Sprintf("%s/%sServices/default", accountID, service)
		err := diagnostics.Send(ctx, name+"-"+service, "default", diagnostics.StorageService, serviceID, workspaceID, opts...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Record registers the flow log of one virtual network, after what else changes the network and after the flow log registered before. NSG
// flow logs can no longer be created (retired 2025-06-30). It belongs to the Network Watcher of the network's own subscription and region.
func (s *FlowLogStore) Record(
	ctx *pulumi.Context, name string, in subscription.Subscription, vnetName string, vnetID pulumi.StringInput, after []pulumi.Resource,
	opts ...pulumi.ResourceOption,
) (recorded *network.FlowLog, err error) {
	retry, err := retryWithoutWatcher(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("flow log of %s: %w", vnetName, err)
	}
	opts = append(slices.Clip(opts), retry)
	err = s.watcherChanges.next(func(previous []pulumi.Resource) (pulumi.Resource, error) {
		recorded, err = s.record(ctx, name, vnetName, vnetID, append(opts, pulumi.DependsOn(slices.Concat(after, previous)))...)
		return recorded, err
	})
	if err == nil && s.recorded[in.ID] == nil {
		s.recorded[in.ID] = recorded
	}
	return recorded, err
}

// Watcher is what exists once the region has its Network Watcher in a subscription, and with it the group of Azure's Network Watchers; nil
// without a flow log there.
func (s *FlowLogStore) Watcher(in subscription.Subscription) pulumi.Resource {
	return s.recorded[in.ID]
}

// Azure makes the Network Watcher of a subscription and region by itself, some time after the first network there.
const (
	watcherWait  = 30 * time.Second
	watcherTries = 20
)

// retryWithoutWatcher has a flow log tried again for ten minutes while there is no Network Watcher. A hub's firewall takes longer to make, but
// the hub may be in another subscription than its spokes.
func retryWithoutWatcher(ctx *pulumi.Context, name string) (pulumi.ResourceOption, error) {
	client := armclient.New(ctx)
	return hooks.OnError(ctx, name+"-await-watcher", func(ctx context.Context, failures []string) (bool, error) {
		if len(failures) > watcherTries || !noWatcher.MatchString(failures[0]) {
			return false, nil
		}
		return true, client.Pause(ctx, watcherWait)
	})
}

// noWatcher is what Azure answers without the Network Watcher, or without the group that it makes for the first one.
var noWatcher = regexp.MustCompile(`(?is)(Resource|ResourceGroup|ParentResource)NotFound.*network.?watcher`)

func (s *FlowLogStore) record(
	ctx *pulumi.Context, name, vnetName string, vnetID pulumi.StringInput, opts ...pulumi.ResourceOption,
) (*network.FlowLog, error) {
	args := s.args
	recorded, err := network.NewFlowLog(ctx, name, &network.FlowLogArgs{
		FlowLogName:        pulumi.String("fl-" + vnetName),
		NetworkWatcherName: pulumi.String(args.NetworkWatcher.Name),
		ResourceGroupName:  pulumi.String(args.NetworkWatcher.ResourceGroup),
		Location:           pulumi.String(args.Location),
		Tags:               pulumi.ToStringMap(args.Tags),
		TargetResourceId:   vnetID,
		StorageId:          s.StorageAccountID,
		Enabled:            pulumi.Bool(true),
		Identity: network.ManagedServiceIdentityArgs{
			Type:                   network.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.StringArray{s.IdentityID},
		},
		Format: network.FlowLogFormatParametersArgs{Type: pulumi.String("JSON"), Version: pulumi.Int(2)},
		RetentionPolicy: network.RetentionPolicyParametersArgs{
			Enabled: pulumi.Bool(true), Days: pulumi.Int(args.RetentionDays),
		},
		FlowAnalyticsConfiguration: network.TrafficAnalyticsPropertiesArgs{
			NetworkWatcherFlowAnalyticsConfiguration: network.TrafficAnalyticsConfigurationPropertiesArgs{
				Enabled:                  pulumi.Bool(true),
				TrafficAnalyticsInterval: pulumi.Int(10),
				WorkspaceId:              args.Workspace.CustomerID,
				WorkspaceRegion:          args.Workspace.Region,
				WorkspaceResourceId:      args.Workspace.ID,
			},
		},
		// Azure refuses another target for a flow log that exists, and the provider would only update it.
	}, append(opts, pulumi.ReplaceOnChanges([]string{"targetResourceId"}))...)
	if err != nil {
		return nil, fmt.Errorf("flow log of %s: %w", vnetName, err)
	}
	return recorded, nil
}
