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

// HubVNetName is the name of the hub's virtual network.
func (c *Config) HubVNetName() string { return "vnet-" + c.Location + "-hub" }

// FirewallName is the name of the hub's firewall.
func (c *Config) FirewallName() string { return "fw-" + c.Location }

// FirewallPolicyName is the name of the hub's firewall policy.
func (c *Config) FirewallPolicyName() string { return "fw-policies-" + c.Location }

// FirewallPublicIPName is the name of the n-th public IP address of the firewall, counted from zero.
func (c *Config) FirewallPublicIPName(n int) string {
	return fmt.Sprintf("pip-fw-%s-%02d", c.Location, n)
}

// BastionName is the name of the hub's Bastion host.
func (c *Config) BastionName() string { return "ab-" + c.Location }

// HubWorkspaceName is the name of the hub's Log Analytics workspace.
func (c *Config) HubWorkspaceName(subscriptionID string) string {
	return fmt.Sprintf("la-hub-%s-%s", c.Location, Unique(subscriptionID, c.ResourceGroups.Hub))
}

// FlowLogStorageName is the name of the storage account for flow logs. Azure allows 24 characters, so a long region is
// cut such that 8 of the hash remain: the name must be unique in all of Azure.
func (c *Config) FlowLogStorageName(subscriptionID string) string {
	name := "stnfl" + c.Location[:min(len(c.Location), 11)] + Unique(subscriptionID, c.ResourceGroups.Hub)
	return name[:min(len(name), 24)]
}

// IPGroupName is the name of the IP group that holds one kind of source of firewall rules.
func (c *Config) IPGroupName(sources string) string { return "ipg-" + c.Location + "-" + sources }

// ImageBuilderVNetName is the name of the image builder spoke's virtual network (000_91a8a98a916931c6.txt).
const ImageBuilderVNetName = "vnet-spoke-bu0001a0005-00"

// ImageBuilderIdentityName is the name of the identity that Azure Image Builder runs as.
func (c *Config) ImageBuilderIdentityName(subscriptionID string) string {
	return "mi-aks-jumpbox-imagebuilder-" + Unique(subscriptionID, c.ResourceGroups.Workload)
}
