package cluster

import (
	"errors"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	compute "aks-regulated-pulumi/internal/azurenative/compute/v20240701"
	"aks-regulated-pulumi/network"
)

func jumpBoxScaleSet(args *JumpBoxesArgs, identityID pulumi.StringOutput) (*compute.VirtualMachineScaleSetArgs, error) {
	osProfile, err := jumpBoxUsers(args)
	if err != nil {
		return nil, err
	}
	scaleSet := &compute.VirtualMachineScaleSetArgs{
		VmScaleSetName:    pulumi.String(jumpBoxesName),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		Zones:             pulumi.ToStringArray(args.Zones),
		Sku: compute.SkuArgs{
			Name: pulumi.String(args.JumpBoxes.VMSize), Tier: pulumi.String("Standard"), Capacity: pulumi.Float64(args.JumpBoxes.Count),
		},
		Identity: compute.VirtualMachineScaleSetIdentityArgs{
			Type:                   compute.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.StringArray{identityID},
		},
		OrchestrationMode:      pulumi.String("Uniform"),
		SinglePlacementGroup:   pulumi.Bool(true),
		Overprovision:          pulumi.Bool(false),
		UpgradePolicy:          compute.UpgradePolicyArgs{Mode: compute.UpgradeModeAutomatic},
		AdditionalCapabilities: compute.AdditionalCapabilitiesArgs{UltraSSDEnabled: pulumi.Bool(false)},
		VirtualMachineProfile: compute.VirtualMachineScaleSetVMProfileArgs{
			OsProfile:       osProfile,
			StorageProfile:  jumpBoxDisk(args.ImageID),
			NetworkProfile:  jumpBoxNetwork(args),
			SecurityProfile: jumpBoxSecurity(args.TrustedLaunch),
			// No storage account is named, so Azure manages one.
			DiagnosticsProfile: compute.DiagnosticsProfileArgs{BootDiagnostics: compute.BootDiagnosticsArgs{Enabled: pulumi.Bool(true)}},
			ExtensionProfile: compute.VirtualMachineScaleSetExtensionProfileArgs{
				Extensions: compute.VirtualMachineScaleSetExtensionTypeArray{monitorAgent(identityID)},
			},
		},
	}
	// Azure refuses the property, even as false, without several zones to balance.
	if len(args.Zones) > 1 {
		scaleSet.ZoneBalance = pulumi.Bool(false)
	}
	return scaleSet, nil
}

// jumpBoxUsers are the operators, created by cloud-init. Azure requires an administrator with a key. It gets an unguessable name and an
// operator's key, but cloud-init is told not to create it, and the image refuses root.
func jumpBoxUsers(args *JumpBoxesArgs) (compute.VirtualMachineScaleSetOSProfileArgs, error) {
	operators := args.Operators
	if len(operators) == 0 {
		return compute.VirtualMachineScaleSetOSProfileArgs{}, errors.New("jump boxes: no operators: Azure requires the SSH public key of one")
	}
	customData, err := cloudInit(operators)
	if err != nil {
		return compute.VirtualMachineScaleSetOSProfileArgs{}, err
	}
	// Linux wants a letter first.
	administrator := "a" + config.Unique(args.Names().Cluster, args.Stamp.ResourceGroup)
	key := operators[slices.Sorted(maps.Keys(operators))[0]]
	return compute.VirtualMachineScaleSetOSProfileArgs{
		ComputerNamePrefix: pulumi.String("aksjmp"),
		AdminUsername:      pulumi.String(administrator),
		CustomData:         pulumi.String(customData),
		LinuxConfiguration: compute.LinuxConfigurationArgs{
			DisablePasswordAuthentication: pulumi.Bool(true),
			ProvisionVMAgent:              pulumi.Bool(true),
			Ssh: compute.SshConfigurationArgs{PublicKeys: compute.SshPublicKeyTypeArray{compute.SshPublicKeyTypeArgs{
				Path: pulumi.String("/home/" + administrator + "/.ssh/authorized_keys"), KeyData: pulumi.String(key),
			}}},
		},
	}, nil
}

// jumpBoxDisk is the image on the machine's own temporary disk; today's sizes have no cache disk to put it on.
func jumpBoxDisk(imageID pulumi.StringInput) compute.VirtualMachineScaleSetStorageProfileArgs {
	return compute.VirtualMachineScaleSetStorageProfileArgs{
		ImageReference: compute.ImageReferenceArgs{Id: imageID.ToStringOutput().ToStringPtrOutput()},
		OsDisk: compute.VirtualMachineScaleSetOSDiskArgs{
			CreateOption:     pulumi.String("FromImage"),
			OsType:           compute.OperatingSystemTypesLinux,
			Caching:          compute.CachingTypesReadOnly,
			DiffDiskSettings: compute.DiffDiskSettingsArgs{Option: pulumi.String("Local"), Placement: pulumi.String("ResourceDisk")},
		},
	}
}

func jumpBoxNetwork(args *JumpBoxesArgs) compute.VirtualMachineScaleSetNetworkProfileArgs {
	return compute.VirtualMachineScaleSetNetworkProfileArgs{
		NetworkInterfaceConfigurations: compute.VirtualMachineScaleSetNetworkConfigurationArray{
			compute.VirtualMachineScaleSetNetworkConfigurationArgs{
				Name:                        pulumi.String(args.Stamp.VNetName() + "-nic01"),
				Primary:                     pulumi.Bool(true),
				EnableIPForwarding:          pulumi.Bool(false),
				EnableAcceleratedNetworking: pulumi.Bool(false),
				IpConfigurations: compute.VirtualMachineScaleSetIPConfigurationArray{
					compute.VirtualMachineScaleSetIPConfigurationArgs{
						Name:                    pulumi.String("default"),
						Primary:                 pulumi.Bool(true),
						PrivateIPAddressVersion: pulumi.String("IPv4"),
						Subnet: compute.ApiEntityReferenceArgs{
							Id: args.Spoke.SubnetID(network.SubnetManagementOps).ToStringPtrOutput(),
						},
					},
				},
			},
		},
	}
}

func jumpBoxSecurity(trustedLaunch bool) compute.SecurityProfileArgs {
	security := compute.SecurityProfileArgs{EncryptionAtHost: pulumi.Bool(true)}
	if trustedLaunch {
		security.SecurityType = pulumi.String("TrustedLaunch")
		security.UefiSettings = compute.UefiSettingsArgs{SecureBootEnabled: pulumi.Bool(true), VTpmEnabled: pulumi.Bool(true)}
	}
	return security
}

// monitorAgent replaces the Log Analytics and Dependency agents, and signs in with an identity instead of a workspace key.
func monitorAgent(identityID pulumi.StringOutput) compute.VirtualMachineScaleSetExtensionTypeArgs {
	return compute.VirtualMachineScaleSetExtensionTypeArgs{
		Name:                    pulumi.String("AzureMonitorLinuxAgent"),
		Publisher:               pulumi.String("Microsoft.Azure.Monitor"),
		Type:                    pulumi.String("AzureMonitorLinuxAgent"),
		TypeHandlerVersion:      pulumi.String("1.33"),
		AutoUpgradeMinorVersion: pulumi.Bool(true),
		EnableAutomaticUpgrade:  pulumi.Bool(true),
		Settings: pulumi.Map{"authentication": pulumi.Map{"managedIdentity": pulumi.Map{
			"identifier-name": pulumi.String("mi_res_id"), "identifier-value": identityID,
		}}},
	}
}
