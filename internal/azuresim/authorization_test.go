package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/tree"
)

const (
	roleGUID          = "11111111-1111-4111-8111-111111111111"
	subscriptionScope = "/subscriptions/" + arm.SubscriptionID
	customRole        = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/" + roleGUID
	contributor       = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
	blobContributor   = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe"
)

func roleDefinition(name string, actions ...any) object {
	return object{
		"scope": subscriptionScope, "roleDefinitionId": roleGUID, "roleName": name, "assignableScopes": array{subscriptionScope},
		"permissions": array{object{"actions": array(actions)}},
	}
}

func assignment(principal, role, scope string) object {
	return object{
		"scope": scope, "roleAssignmentName": arm.GUID(principal, role, scope), "principalId": principal, "roleDefinitionId": role,
		"principalType": "ServicePrincipal",
	}
}

func (l *lab) identity(name string) (id, principal string) {
	l.t.Helper()
	id, outputs, err := l.create("managedidentity:UserAssignedIdentity", in(object{"resourceName": name}))
	require.NoError(l.t, err)
	return id, tree.Text(outputs, "principalId")
}

// Roles are held against the directory, the scopes and each other.
func TestRoles(t *testing.T) {
	l := start(t, Options{})
	l.group()
	l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
	_, principal := l.identity("mi-one")
	definition := roleDefinition("lab", "Microsoft.Network/virtualNetworks/read")
	definition["assignableScopes"] = array{groupID}
	definition["scope"] = groupID
	local := groupID + "/providers/Microsoft.Authorization/roleDefinitions/" + roleGUID
	assert.Equal(t, local, l.must("authorization:RoleDefinition", definition))
	for _, c := range []struct {
		name, token string
		inputs      object
		says        string
	}{
		{"a name that is taken", "authorization:RoleDefinition", with(roleDefinition("LAB", "*"), "roleDefinitionId", arm.GUID("x")), "RoleDefinitionWithSameNameExists"},
		{"no name", "authorization:RoleDefinition", with(roleDefinition("", "*"), "roleDefinitionId", arm.GUID("x")), "RoleDefinitionNameInvalid"},
		{"not assignable where it is", "authorization:RoleDefinition", with(with(roleDefinition("b", "*"), "roleDefinitionId", arm.GUID("x")), "assignableScopes", array{groupID}), "InvalidAssignableScopes"},
		{"no such operation", "authorization:RoleDefinition", with(roleDefinition("b", "read everything"), "roleDefinitionId", arm.GUID("x")), "InvalidActionOrNotAction"},
		{"a wildcard", "authorization:RoleDefinition", with(roleDefinition("b", "*/read", "Microsoft.Network/*/join/action"), "roleDefinitionId", arm.GUID("x")), ""},
		{"a name that is no GUID", "authorization:RoleAssignment", with(assignment(principal, contributor, groupID), "roleAssignmentName", "mine"), "InvalidResourceName"},
		{"nobody", "authorization:RoleAssignment", assignment(arm.GUID("nobody"), contributor, groupID), "PrincipalNotFound"},
		{"no such role", "authorization:RoleAssignment", assignment(principal, subscriptionScope+"/providers/Microsoft.Authorization/roleDefinitions/"+arm.GUID("none"), groupID), "InvalidResourceReference"},
		{"outside of the role's scopes", "authorization:RoleAssignment", assignment(principal, local, subscriptionScope+"/resourceGroups/rg2"), "NotAssignable"},
		{"within the role's scopes", "authorization:RoleAssignment", assignment(principal, local, groupID), ""},
		{"the same once more", "authorization:RoleAssignment", with(assignment(principal, local, groupID), "roleAssignmentName", arm.GUID("again")), "RoleAssignmentExists"},
		{"at what does not exist", "authorization:RoleAssignment", assignment(principal, contributor, groupID+"/providers/Microsoft.Network/virtualNetworks/none"), "ParentResourceNotFound"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := l.create(c.token, c.inputs)
			if c.says == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.says)
		})
	}
}

// Azure knows a role by its GUID: one that is defined at a resource group answers to its id at the subscription, which is the one that
// assignments come back with.
func TestRoleAtAGroup(t *testing.T) {
	l := start(t, Options{})
	l.group()
	_, principal := l.identity("mi-one")
	definition := roleDefinition("lab", "Microsoft.Network/virtualNetworks/read")
	definition["assignableScopes"], definition["scope"] = array{groupID}, groupID
	local := l.must("authorization:RoleDefinition", definition)
	id, outputs, err := l.create("authorization:RoleAssignment", assignment(principal, customRole, groupID))
	require.NoError(t, err)
	assert.Equal(t, customRole, outputs["roleDefinitionId"])
	assert.ErrorContains(t, l.delete("authorization:RoleDefinition", local), "InUse")
	require.NoError(t, l.delete("authorization:RoleAssignment", id))
	_, outputs, err = l.create("authorization:RoleAssignment", assignment(principal, local, groupID))
	require.NoError(t, err)
	assert.Equal(t, customRole, outputs["roleDefinitionId"])
	s := l.server.subscription
	s.Lock()
	defer s.Unlock()
	assert.True(t, authz.Allows(s, principal, "Microsoft.Network/virtualNetworks/read", groupID))
}

// A role counts at its scope and below, for its actions without its notActions, and a data role not for the control plane.
func TestPermissions(t *testing.T) {
	l := start(t, Options{})
	l.group()
	_, all := l.identity("mi-all")
	_, data := l.identity("mi-data")
	l.must("authorization:RoleAssignment", assignment(all, contributor, groupID))
	l.must("authorization:RoleAssignment", assignment(data, blobContributor, groupID))
	const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
	s := l.server.subscription
	s.Lock()
	defer s.Unlock()
	assert.True(t, authz.Allows(s, all, "Microsoft.Compute/images/write", groupID+"/providers/Microsoft.Compute/images/i"))
	assert.True(t, authz.Allows(s, all, "microsoft.compute/IMAGES/write", strings.ToUpper(groupID)))
	assert.False(t, authz.Allows(s, all, "Microsoft.Compute/images/write", subscriptionScope), "above the scope")
	assert.False(t, authz.Allows(s, all, "Microsoft.Compute/images/write", groupID+"2"), "beside the scope")
	assert.False(t, authz.Allows(s, all, "Microsoft.Authorization/roleAssignments/write", groupID), "taken out")
	assert.False(t, authz.AllowsData(s, all, blobs+"write", groupID), "control plane only")
	assert.True(t, authz.AllowsData(s, data, blobs+"write", groupID))
	assert.False(t, authz.Allows(s, data, blobs+"write", groupID), "data plane only")
	assert.False(t, authz.Allows(s, arm.GUID("nobody"), "Microsoft.Compute/images/read", groupID))
}

// A custom role allows exactly what it lists.
func TestCustomRole(t *testing.T) {
	l := start(t, Options{})
	l.group()
	_, principal := l.identity("mi-one")
	definition := roleDefinition("lab", "Microsoft.Network/*")
	definition["permissions"] = array{object{
		"actions": array{"Microsoft.Network/*"}, "notActions": array{"Microsoft.Network/*/delete"},
		"dataActions": array{"Microsoft.Storage/*"}, "notDataActions": array{"Microsoft.Storage/*/write"},
	}}
	l.must("authorization:RoleDefinition", definition)
	l.must("authorization:RoleAssignment", assignment(principal, customRole, groupID))
	s := l.server.subscription
	s.Lock()
	defer s.Unlock()
	assert.True(t, authz.Allows(s, principal, "Microsoft.Network/virtualNetworks/write", groupID))
	assert.False(t, authz.Allows(s, principal, "Microsoft.Network/virtualNetworks/delete", groupID))
	assert.False(t, authz.Allows(s, principal, "Microsoft.Compute/images/read", groupID))
	assert.True(t, authz.AllowsData(s, principal, "Microsoft.Storage/blobs/read", groupID))
	assert.False(t, authz.AllowsData(s, principal, "Microsoft.Storage/blobs/write", groupID))
}

// An identity that is re-created under the same name is another one, without the old one's roles.
func TestIdentityMadeAnew(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id, first := l.identity("mi-one")
	l.must("authorization:RoleAssignment", assignment(first, contributor, groupID))
	require.NoError(t, l.delete("managedidentity:UserAssignedIdentity", id))
	_, second := l.identity("mi-one")
	assert.NotEqual(t, first, second)
	l.server.subscription.Lock()
	defer l.server.subscription.Unlock()
	assert.False(t, authz.Allows(l.server.subscription, second, "Microsoft.Compute/images/read", groupID))
}
