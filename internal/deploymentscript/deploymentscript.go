// Package deploymentscript registers deployment scripts: Azure CLI commands that run inside Azure, as part of an update.
package deploymentscript

import (
	"fmt"
	"path"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20230801"
)

const (
	// cliVersion is the Azure CLI image that scripts run in; Azure refuses releases of the last 30 days.
	cliVersion = "2.88.0"
	// grace is how long a script may take beyond its work: its container starts and the service cleans up.
	grace = 30 * time.Minute
	// retention is the longest that Azure keeps the record of a deployment script.
	retention = "PT26H"
)

// Args configures a deployment script.
type Args struct {
	config.Placement
	// Scripts say where it runs.
	Scripts           config.Scripts
	ResourceGroupName pulumi.StringInput
	// Name is the script's name in Azure. A script runs when it is created, so the name says what it was run for.
	Name string
	// Content is the script, for bash. It must be safe to run again: Azure drops its record after a day, and the next update then
	// creates it again.
	Content string
	// Variables are its environment.
	Variables resources.EnvironmentVariableArrayInput
	// IdentityID is the Azure resource id of the identity that it signs in with.
	IdentityID pulumi.StringInput
	// Duration is how long its work may take.
	Duration time.Duration
}

// New registers the script. The resource exists once the script has run, and fails with what the script prints.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*resources.AzureCliScript, error) {
	timeout := args.Duration + grace
	if args.Scripts.StorageAccountKey.IsSet() {
		opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"storageAccountSettings"}))
	}
	opts = append(opts, pulumi.Timeouts(&pulumi.CustomTimeouts{Create: (timeout + grace).String()}))
	script, err := resources.NewAzureCliScript(ctx, name, &resources.AzureCliScriptArgs{
		ScriptName:             pulumi.String(args.Name),
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(args.Location),
		Tags:                   pulumi.ToStringMap(args.Tags),
		Kind:                   pulumi.String("AzureCLI"),
		AzCliVersion:           pulumi.String(cliVersion),
		ScriptContent:          pulumi.String(args.Content),
		EnvironmentVariables:   args.Variables,
		ContainerSettings:      containerSettings(args.Scripts),
		StorageAccountSettings: storageSettings(args.Scripts),
		Identity: resources.ManagedServiceIdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{args.IdentityID},
		},
		Timeout:           pulumi.String(fmt.Sprintf("PT%dM", int(timeout.Minutes()))),
		RetentionInterval: pulumi.String(retention),
		CleanupPreference: pulumi.String("OnSuccess"),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("deployment script %s: %w", args.Name, err)
	}
	return script, nil
}

// containerSettings are the subnet of the script's container; nil lets Azure place it outside of any network.
func containerSettings(scripts config.Scripts) resources.ContainerConfigurationPtrInput {
	if scripts.SubnetID == "" {
		return nil
	}
	return resources.ContainerConfigurationArgs{SubnetIds: resources.ContainerGroupSubnetIdArray{
		resources.ContainerGroupSubnetIdArgs{Id: pulumi.String(scripts.SubnetID)},
	}}
}

// storageSettings are the storage account of the script; nil lets Azure make one. Without a key the script's identity signs in.
func storageSettings(scripts config.Scripts) resources.StorageAccountConfigurationPtrInput {
	if scripts.StorageAccountID == "" {
		return nil
	}
	settings := resources.StorageAccountConfigurationArgs{StorageAccountName: pulumi.String(path.Base(scripts.StorageAccountID))}
	if scripts.StorageAccountKey.IsSet() {
		settings.StorageAccountKey = pulumi.ToSecret(pulumi.String(scripts.StorageAccountKey.Reveal())).(pulumi.StringOutput)
	}
	return settings
}
