package config_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
)

const (
	subscription      = "6f1d1e6e-27ce-4a5b-8f1e-4d6f0b6a6a01"
	otherSubscription = "6f1d1e6e-27ce-4a5b-8f1e-4d6f0b6a6a02"
)

// Azure names carry purpose and region as the walkthrough's do.
func TestNames(t *testing.T) {
	cfg := load(t, values{"location": "westus2"})
	assert.Equal(t, map[string]string{
		"hub":             "vnet-westus2-hub",
		"firewall":        "fw-westus2",
		"policy":          "fw-policies-westus2",
		"first address":   "pip-fw-westus2-00",
		"third address":   "pip-fw-westus2-02",
		"bastion":         "ab-westus2",
		"IP group":        "ipg-westus2-AksJumpboxImageBuilders",
		"builder network": "vnet-spoke-bu0001a0005-00",
	}, map[string]string{
		"hub":             cfg.HubVNetName(),
		"firewall":        cfg.FirewallName(),
		"policy":          cfg.FirewallPolicyName(),
		"first address":   cfg.FirewallPublicIPName(0),
		"third address":   cfg.FirewallPublicIPName(2),
		"bastion":         cfg.BastionName(),
		"IP group":        cfg.IPGroupName("AksJumpboxImageBuilders"),
		"builder network": config.ImageBuilderVNetName,
	})
	assert.Regexp(t, `^la-hub-westus2-[a-z2-7]{13}$`, cfg.HubWorkspaceName(subscription))
	assert.Regexp(t, `^mi-aks-jumpbox-imagebuilder-[a-z2-7]{13}$`, cfg.ResourceGroups.ImageBuilderIdentityName(subscription))
}

// A storage account has 3 to 24 lower-case letters and digits, also in the regions with the longest names.
func TestFlowLogStorageName(t *testing.T) {
	allowed := regexp.MustCompile(`^[a-z0-9]{3,24}$`)
	for _, region := range []string{"eastus", "westcentralus", "southafricanorth", "switzerlandnorth", "australiasoutheast", "germanywestcentral"} {
		cfg := load(t, values{"location": region, "zones": "[]"})
		name := cfg.FlowLogStorageName(subscription)
		assert.Regexp(t, allowed, name)
		assert.Contains(t, name, region[:min(len(region), 11)])
		other := cfg.FlowLogStorageName(otherSubscription)
		assert.NotEqual(t, name, other, "names are unique in all of Azure, so they must differ between subscriptions")
		assert.NotEqual(t, name[len(name)-8:], other[len(other)-8:], "eight characters of the hash survive in %s", region)
	}
}

// The hashes in names differ between deployments and do not change between runs.
func TestUnique(t *testing.T) {
	assert.Equal(t, config.Unique("a", "b"), config.Unique("A", "B"), "Azure compares names without case")
	assert.NotEqual(t, config.Unique("a", "b"), config.Unique("b", "a"))
	assert.NotEqual(t, config.Unique("ab", "c"), config.Unique("a", "bc"))
	assert.Regexp(t, `^[a-z2-7]{13}$`, config.Unique(subscription, "rg-bu0001a0005"))
	// Pinned, because a new hash function would rename, and so replace, the workspace and the storage account.
	assert.Equal(t, "mbifhk2fmatyw", config.Unique(subscription, "rg-bu0001a0005"))
}
