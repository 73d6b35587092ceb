// Package storage has storage accounts.
package storage

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are storage accounts.
var Kinds = []*arm.Kind{
	storageAccountKind,
}
