package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// firstGenerationLog is the one category of gateways that those of the second generation do not have (Azure document "Diagnostic logs
// for Application Gateway").
const firstGenerationLog = "ApplicationGatewayPerformanceLog"

// maxDiagnosticSettings is how many of them Azure takes for one resource.
const maxDiagnosticSettings = 5

// diagnosticSinks are the properties of a diagnostic setting that name where it sends to.
var diagnosticSinks = []string{"workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"}

func checkDiagnosticSetting(op *operation) error {
	target := tree.Text(op.inputs, "resourceUri")
	armType := "Microsoft.Storage/storageAccounts/services"
	if r := op.sub.find(target); r != nil {
		armType = r.ARMType
	}
	supported, ok := azurefacts.CategoriesOf(armType)
	if !ok {
		return badRequest("ResourceTypeNotSupported", "resource type %s of %s does not support diagnostic settings", armType, target)
	}
	if !slices.ContainsFunc(diagnosticSinks, func(sink string) bool { return tree.Text(op.inputs, sink) != "" }) {
		return badRequest("BadRequest", "diagnostic setting %s names nowhere to send to", op.id)
	}
	if len(categories(op.inputs)) == 0 {
		return badRequest("BadRequest", "diagnostic setting %s sends nothing", op.id)
	}
	for _, check := range []struct {
		property string
		known    []string
	}{{"logs", supported.Logs}, {"metrics", supported.Metrics}} {
		for _, setting := range tree.List(op.inputs, check.property) {
			category := tree.Text(setting, "category")
			if category != "" && (category == firstGenerationLog || !slices.Contains(check.known, category)) {
				return badRequest("BadRequest", "category %q is not supported by %s", category, target)
			}
		}
	}
	return checkOtherSettings(op, target)
}

// checkOtherSettings refuses to send the same category to the same place twice.
func checkOtherSettings(op *operation, target string) error {
	settings := 1
	for _, other := range op.others() {
		if !resourceid.Equal(tree.Text(other.Inputs, "resourceUri"), target) {
			continue
		}
		settings++
		for _, sink := range diagnosticSinks {
			id := tree.Text(op.inputs, sink)
			if id == "" || !resourceid.Equal(id, tree.Text(other.Inputs, sink)) {
				continue
			}
			for _, category := range categories(op.inputs) {
				if slices.Contains(categories(other.Inputs), category) {
					return conflict("Conflict", "data sink %s is already used by diagnostic setting %s for category %s", id, other.ID, category)
				}
			}
		}
	}
	if settings > maxDiagnosticSettings {
		return badRequest("BadRequest", "%s has %d diagnostic settings already", target, maxDiagnosticSettings)
	}
	return nil
}

// categories are the categories and category groups that a diagnostic setting sends.
func categories(inputs map[string]any) []string {
	var found []string
	for _, property := range []string{"logs", "metrics"} {
		for _, setting := range tree.List(inputs, property) {
			if tree.Truth(setting, "enabled") {
				found = append(found, property+"/"+tree.Text(setting, "category")+tree.Text(setting, "categoryGroup"))
			}
		}
	}
	return found
}

// checkStorageAccountName: the name is a host name, so it is unique in all of Azure.
func checkStorageAccountName(op *operation) error {
	for _, r := range op.sub.sorted() {
		if r.ARMType == op.kind.armType() && !resourceid.Equal(r.ID, op.id) && strings.EqualFold(resourceid.Name(r.ID), resourceid.Name(op.id)) {
			return conflict("StorageAccountAlreadyTaken", "the storage account named %s is already taken", resourceid.Name(op.id))
		}
	}
	return nil
}

func checkFlowLog(op *operation) error {
	target, account := tree.Text(op.inputs, "targetResourceId"), op.sub.find(tree.Text(op.inputs, "storageId"))
	if strings.Contains(resourceid.Key(target), "/networksecuritygroups/") {
		return badRequest("NsgFlowLogCreationBlocked", "NSG flow logs cannot be created since 2025-06-30; record the virtual network")
	}
	for _, other := range op.others() {
		if resourceid.Equal(tree.Text(other.Inputs, "targetResourceId"), target) {
			return conflict("FlowLogExists", "%s is already recorded by %s", target, other.ID)
		}
	}
	if account == nil || tree.Truth(account.Inputs, "allowSharedKeyAccess") || tree.At(account.Inputs, "allowSharedKeyAccess") == nil {
		return nil
	}
	principal, err := op.sub.principalOf(op.inputs)
	if err != nil {
		return err
	}
	const write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"
	if !op.sub.allowsData(principal, write, account.ID) {
		return forbidden("AuthorizationFailed", "the identity of %s lacks %s at %s, whose keys are switched off", op.id, write, account.ID)
	}
	return nil
}
