package storage

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var storageAccountKind = &arm.Kind{
	Token: "storage:StorageAccount", Path: arm.GroupPath + "/providers/Microsoft.Storage/storageAccounts/{accountName}",
	Name:    regexp.MustCompile(`^[a-z0-9]{3,24}$`),
	Located: true, Create: 25 * time.Second, Update: 5 * time.Second, Remove: 10 * time.Second,
	Rules: []func(*arm.Operation) error{checkStorageAccountName},
	PrivateLink: &arm.PrivateLink{
		Group: "blob", PublicSuffix: ".blob.core.windows.net", Zone: "privatelink.blob.core.windows.net",
		Members: func(_ *arm.Subscription, account *arm.Record) []arm.LinkMember {
			return []arm.LinkMember{{Name: "blob", Host: resourceid.Name(account.ID) + ".blob.core.windows.net"}}
		},
		Firewall: func(account *arm.Record) (settings, rules map[string]any) {
			return account.Inputs, tree.Object(account.Inputs, "networkRuleSet")
		},
	},
	Compute: func(op *arm.Operation) map[string]any {
		name := resourceid.Name(op.ID)
		endpoints := map[string]any{}
		for _, service := range []string{"blob", "file", "queue", "table"} {
			endpoints[service] = "https://" + name + "." + service + ".core.windows.net/"
		}
		return map[string]any{"primaryEndpoints": endpoints}
	},
}

// checkStorageAccountName: the name is a host name, so it is unique in all of Azure.
func checkStorageAccountName(op *arm.Operation) error {
	for _, r := range op.Sub.Sorted() {
		if r.ARMType == op.Kind.ARMType() && !resourceid.Equal(r.ID, op.ID) && strings.EqualFold(resourceid.Name(r.ID), resourceid.Name(op.ID)) {
			return arm.Conflict("StorageAccountAlreadyTaken", "the storage account named %s is already taken", resourceid.Name(op.ID))
		}
	}
	return nil
}
