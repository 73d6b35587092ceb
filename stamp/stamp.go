// Package stamp is what the parts of one stamp share, whichever package they are in.
package stamp

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/resourceid"
)

// Site is where the parts of one stamp are registered, and what they are called. Their Args embed it.
type Site struct {
	config.Placement
	Stamp config.Stamp
	// SubscriptionID is the GUID of the subscription.
	SubscriptionID string
	// ResourceGroupName is the name of the stamp's own resource group, once the group exists.
	ResourceGroupName pulumi.StringInput
}

// Names are the Azure names of the stamp's resources.
func (s Site) Names() config.StampNames { return s.Stamp.Names(s.SubscriptionID) }

// GroupScope is the Azure resource id of the stamp's own resource group, known before the group exists.
func (s Site) GroupScope() string { return resourceid.InGroup(s.SubscriptionID, s.Stamp.ResourceGroup) }
