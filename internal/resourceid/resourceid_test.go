package resourceid_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/resourceid"
)

const (
	subscription = "/subscriptions/0a52ce00-0000-4000-8000-0000005ab5c7"
	group        = subscription + "/resourceGroups/rg-hub"
	network      = group + "/providers/Microsoft.Network/virtualNetworks/vnet-hub"
	tenantRole   = "/providers/Microsoft.Authorization/roleDefinitions/r1"
)

// The expected parts are those that azcore's arm.ParseResourceID finds in the same ids.
func TestParts(t *testing.T) {
	for _, test := range []struct{ id, kind, name, parent, group string }{
		{"", "", "", "", ""},
		{subscription, "Microsoft.Resources/subscriptions", "0a52ce00-0000-4000-8000-0000005ab5c7", "", ""},
		{group, "Microsoft.Resources/resourceGroups", "rg-hub", subscription, "rg-hub"},
		{network, "Microsoft.Network/virtualNetworks", "vnet-hub", group, "rg-hub"},
		{network + "/subnets/snet-a", "Microsoft.Network/virtualNetworks/subnets", "snet-a", network, "rg-hub"},
		{network + tenantRole, "Microsoft.Authorization/roleDefinitions", "r1", network, "rg-hub"},
		{group + tenantRole, "Microsoft.Authorization/roleDefinitions", "r1", group, "rg-hub"},
		{subscription + tenantRole, "Microsoft.Authorization/roleDefinitions", "r1", subscription, ""},
		{tenantRole, "Microsoft.Authorization/roleDefinitions", "r1", "", ""},
	} {
		for _, slash := range []string{"", "/"} {
			id := test.id + slash
			assert.Equal(t, test.kind, resourceid.Type(id), "type of %q", id)
			assert.Equal(t, test.name, resourceid.Name(id), "name of %q", id)
			assert.Equal(t, test.parent, resourceid.Parent(id), "parent of %q", id)
			assert.Equal(t, test.group, resourceid.Group(id), "group of %q", id)
		}
	}
	assert.Equal(t, "0a52ce00-0000-4000-8000-0000005ab5c7", resourceid.Subscription(network))
	assert.Equal(t, group, resourceid.InGroup(resourceid.Subscription(network), "rg-hub"))
}

// Azure ignores case in ids, and answers in another one than it was asked in.
func TestCaseDoesNotCount(t *testing.T) {
	upper := strings.ToUpper(network)
	assert.True(t, resourceid.Equal(network, upper+"/"))
	assert.False(t, resourceid.Equal(network, group))
	assert.Equal(t, "RG-HUB", resourceid.Group(upper))
	assert.Equal(t, strings.ToUpper(group), resourceid.Parent(upper))
	assert.Equal(t, "MICROSOFT.NETWORK/VIRTUALNETWORKS", resourceid.Type(upper))
}

// A template of ids, as kinds of resources have it, has a type as well.
func TestTypeOfTemplate(t *testing.T) {
	assert.Equal(t, "Microsoft.Insights/diagnosticSettings", resourceid.Type("{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"))
	assert.Equal(t, resourceid.TypeResourceGroup, resourceid.Type("/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"))
}

func TestWithin(t *testing.T) {
	assert.True(t, resourceid.Within(network, group))
	assert.True(t, resourceid.Within(strings.ToLower(group), group+"/"), "a scope holds itself")
	assert.False(t, resourceid.Within(group+"-2", group), "a longer name is another group")
	assert.False(t, resourceid.Within(group, network))
}
