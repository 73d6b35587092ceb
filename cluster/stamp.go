// Package cluster is everything of a stamp beyond its network: registry, vault, gateway, policies, monitoring, the private
// cluster and its jump boxes.
package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// StampArgs is what every component of a stamp needs to know.
type StampArgs struct {
	Config *config.Config
	Stamp  config.Stamp
	// SubscriptionID and TenantID are GUIDs.
	SubscriptionID, TenantID string
	// ResourceGroupName is the stamp's own resource group.
	ResourceGroupName pulumi.StringInput
}

// Names are the Azure names of the stamp's resources.
func (a *StampArgs) Names() config.StampNames { return a.Stamp.Names(a.SubscriptionID) }
