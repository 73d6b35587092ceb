package iam

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var managementLockKind = &arm.Kind{
	Token: arm.ManagementLocks, Path: "{scope}/providers/Microsoft.Authorization/locks/{lockName}",
	Name: regexp.MustCompile(`^[^<>%&:?/]{1,90}$`), Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	DeletedWithParent: true, Rules: []func(*arm.Operation) error{checkManagementLock},
}

func checkManagementLock(op *arm.Operation) error {
	if level := tree.Text(op.Inputs, "level"); level != "CanNotDelete" && level != "ReadOnly" {
		return arm.BadRequest("InvalidLockLevel", "%s: level %q is neither CanNotDelete nor ReadOnly", op.ID, level)
	}
	return nil
}
