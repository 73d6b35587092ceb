package iam

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

var identityKind = &arm.Kind{
	Token: "managedidentity:UserAssignedIdentity",
	Path:  arm.GroupPath + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
	Name:  regexp.MustCompile(`^[a-zA-Z0-9][\w-]{2,127}$`), Located: true,
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"principalId": op.GUID("principal"), "clientId": op.GUID("client"), "tenantId": arm.TenantID}
	},
}
