// Package iam has managed identities, whom they trust, and roles.
package iam

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are managed identities, whom they trust, and roles.
var Kinds = []*arm.Kind{
	identityKind, federationKind, roleDefinitionKind, roleAssignmentKind, managementLockKind,
}
