// Package stamp is what the parts of one stamp share, whichever package they are in.
package stamp

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// Site is where the parts of one stamp are registered. Their Args embed it.
type Site struct {
	Config *config.Config
	Stamp  config.Stamp
	// SubscriptionID and TenantID are GUIDs.
	SubscriptionID, TenantID string
	// ResourceGroupName is the stamp's own resource group.
	ResourceGroupName pulumi.StringInput
}

// Names are the Azure names of the stamp's resources.
func (s Site) Names() config.StampNames { return s.Stamp.Names(s.SubscriptionID) }
