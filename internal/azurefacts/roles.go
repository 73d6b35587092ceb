package azurefacts

import (
	"slices"
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

// BuiltInRoleNamed finds a built-in role by the name that Azure shows, in any case.
func BuiltInRoleNamed(name string) (Role, bool) {
	for _, role := range roles() {
		if strings.EqualFold(role.Name, name) {
			return role, true
		}
	}
	return Role{}, false
}

// BuiltInRoleNames are the names of the roles that are known, sorted.
func BuiltInRoleNames() []string {
	var names []string
	for _, role := range roles() {
		names = append(names, role.Name)
	}
	slices.Sort(names)
	return names
}

// BuiltInRole finds a built-in role by its GUID, of the roles that the platform may assign or that a deployer may have.
func BuiltInRole(guid string) (Role, bool) {
	role, known := roles()[strings.ToLower(guid)]
	return role, known
}
