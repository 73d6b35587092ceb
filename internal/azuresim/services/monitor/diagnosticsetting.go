package monitor

import (
	"regexp"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var diagnosticSettingKind = &arm.Kind{
	Token: "insights:DiagnosticSetting", Path: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
	Name:   regexp.MustCompile(`^[^*<>%&:?+/\\]{1,260}$`),
	Create: 3 * time.Second, Update: 3 * time.Second, Remove: 2 * time.Second,
	Rules: []func(*arm.Operation) error{checkDiagnosticSetting},
}

// firstGenerationLog is the one category of gateways that those of the second generation do not have (Azure document "Diagnostic logs
// for Application Gateway").
const firstGenerationLog = "ApplicationGatewayPerformanceLog"

// maxDiagnosticSettings is how many of them Azure takes for one resource.
const maxDiagnosticSettings = 5

// diagnosticSinks are the properties of a diagnostic setting that name where it sends to.
var diagnosticSinks = []string{"workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"}

func checkDiagnosticSetting(op *arm.Operation) error {
	target := tree.Text(op.Inputs, "resourceUri")
	armType := "Microsoft.Storage/storageAccounts/services"
	if r := op.Sub.Find(target); r != nil {
		armType = r.ARMType
	} else if resourceid.Type(target) == resourceid.TypeSubscription {
		armType = resourceid.TypeSubscription // its activity log
	}
	supported, ok := azurefacts.CategoriesOf(armType)
	if !ok {
		return arm.BadRequest("ResourceTypeNotSupported", "resource type %s of %s does not support diagnostic settings", armType, target)
	}
	if !slices.ContainsFunc(diagnosticSinks, func(sink string) bool { return tree.Text(op.Inputs, sink) != "" }) {
		return arm.BadRequest("BadRequest", "diagnostic setting %s names nowhere to send to", op.ID)
	}
	if len(categories(op.Inputs)) == 0 {
		return arm.BadRequest("BadRequest", "diagnostic setting %s sends nothing", op.ID)
	}
	for _, check := range []struct {
		property string
		known    []string
	}{{"logs", supported.Logs}, {"metrics", supported.Metrics}} {
		for _, setting := range tree.List(op.Inputs, check.property) {
			category := tree.Text(setting, "category")
			if category != "" && (category == firstGenerationLog || !slices.Contains(check.known, category)) {
				return arm.BadRequest("BadRequest", "category %q is not supported by %s", category, target)
			}
		}
	}
	return checkOtherSettings(op, target)
}

// checkOtherSettings refuses to send the same category to the same place twice.
func checkOtherSettings(op *arm.Operation, target string) error {
	settings := 1
	for _, other := range op.Others() {
		if !resourceid.Equal(tree.Text(other.Inputs, "resourceUri"), target) {
			continue
		}
		settings++
		for _, sink := range diagnosticSinks {
			id := tree.Text(op.Inputs, sink)
			if id == "" || !resourceid.Equal(id, tree.Text(other.Inputs, sink)) {
				continue
			}
			for _, category := range categories(op.Inputs) {
				if slices.Contains(categories(other.Inputs), category) {
					return arm.Conflict("Conflict", "data sink %s is already used by diagnostic setting %s for category %s", id, other.ID, category)
				}
			}
		}
	}
	if settings > maxDiagnosticSettings {
		return arm.BadRequest("BadRequest", "%s has %d diagnostic settings already", target, maxDiagnosticSettings)
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
