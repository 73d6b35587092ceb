package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/network"
)

// VaultArgs configures Vault.
type VaultArgs struct {
	*StampArgs
	Spoke      *network.ClusterSpoke
	DNS        *network.PrivateDNS
	Monitoring *Monitoring
}

// Vault is the key vault of a stamp.
type Vault struct {
	pulumi.ResourceState

	VaultID, ListenerSecretURI, TrustedRootSecretURI pulumi.StringOutput
	Name                                             string
}
