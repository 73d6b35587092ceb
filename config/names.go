package config

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// UniqueLength is the length of the hashes that make Azure names unique.
const UniqueLength = 13

// Unique is a stable hash of lower-case letters and digits for names that must be unique beyond their resource group.
func Unique(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(parts, "\n"))))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:UniqueLength]
}

// The hub is the only one in its region, so the names of its parts follow from the region alone.

// HubVNetName is the name of the hub's virtual network.
func (p Placement) HubVNetName() string { return "vnet-" + p.Location + "-hub" }

// FirewallName is the name of the hub's firewall.
func (p Placement) FirewallName() string { return "fw-" + p.Location }

// FirewallPolicyName is the name of the hub's firewall policy.
func (p Placement) FirewallPolicyName() string { return "fw-policies-" + p.Location }

// FirewallPublicIPName is the name of the n-th public IP address of the firewall, counted from zero.
func (p Placement) FirewallPublicIPName(n int) string {
	return fmt.Sprintf("pip-fw-%s-%02d", p.Location, n)
}

// BastionName is the name of the hub's Bastion host.
func (p Placement) BastionName() string { return "ab-" + p.Location }

// IPGroupName is the name of the IP group that holds one kind of source of firewall rules.
func (p Placement) IPGroupName(sources string) string { return "ipg-" + p.Location + "-" + sources }

// HubWorkspaceName is the name of the hub's Log Analytics workspace in a subscription (GUID).
func (c *Config) HubWorkspaceName(subscriptionID string) string {
	return fmt.Sprintf("la-hub-%s-%s%s", c.Location, Unique(subscriptionID, c.networkLogsGroup()), c.Hub.WorkspaceSuffix)
}

// FlowLogStorageName is the name of the storage account for flow logs in a subscription (GUID). Azure allows 24 characters, so
// a long region is cut to leave room for 8 characters of the hash: the name must be unique in all of Azure.
func (c *Config) FlowLogStorageName(subscriptionID string) string {
	name := "stnfl" + c.Location[:min(len(c.Location), 11)] + Unique(subscriptionID, c.networkLogsGroup())
	return name[:min(len(name), 24)]
}

// networkLogsGroup is the resource group of what keeps the logs of networks: the hub's, unless that is another team's.
func (c *Config) networkLogsGroup() string {
	if c.Hub.Mode == HubExisting {
		return c.ResourceGroups.Spokes
	}
	return c.ResourceGroups.Hub
}

// ImageBuilderVNetName is the name of the image builder spoke's virtual network (walkthrough, "Create the AKS Jump Box Image").
const ImageBuilderVNetName = "vnet-spoke-bu0001a0005-00"

// ImageBuilderIdentityName is the name of the identity that Azure Image Builder runs as, in a subscription (GUID).
func (g ResourceGroups) ImageBuilderIdentityName(subscriptionID string) string {
	return "mi-aks-jumpbox-imagebuilder-" + Unique(subscriptionID, g.Image)
}
