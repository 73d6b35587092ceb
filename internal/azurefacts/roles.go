package azurefacts

import (
	"strings"
	"sync"
)

// Permissions are the operations that a role allows, with * for anything.
type Permissions struct {
	// Actions and NotActions are of the control plane, DataActions and NotDataActions of the data plane.
	Actions        []string `json:"actions"`
	NotActions     []string `json:"notActions"`
	DataActions    []string `json:"dataActions"`
	NotDataActions []string `json:"notDataActions"`
}

// Role is a built-in role.
type Role struct {
	// GUID is the last part of the role's id, the same in every tenant.
	GUID string `json:"name"`
	// Name is the one that Azure shows.
	Name        string      `json:"roleName"`
	Permissions Permissions `json:"permissions"`
	Document    Document    `json:"-"`
}

type roleFile struct {
	Document Document `json:"document"`
	Roles    []Role   `json:"roles"`
}

var roles = sync.OnceValue(func() map[string]Role {
	found := map[string]Role{}
	for _, file := range readAll[roleFile]("roles") {
		for _, role := range file.Roles {
			role.Document = file.Document
			found[role.GUID] = role
		}
	}
	return found
})

// BuiltInRole finds a built-in role by its GUID, of the roles that the platform may assign.
func BuiltInRole(guid string) (Role, bool) {
	role, known := roles()[strings.ToLower(guid)]
	return role, known
}
