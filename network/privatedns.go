package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// PrivateDNSArgs configures PrivateDNS.
type PrivateDNSArgs struct {
	Config            *config.Config
	Hub               *Hub
	ResourceGroupName pulumi.StringInput
}

// PrivateDNS holds the private DNS zones of the platform.
type PrivateDNS struct {
	pulumi.ResourceState

	RegistryZoneID, VaultZoneID, APIServerZoneID pulumi.StringOutput
}
