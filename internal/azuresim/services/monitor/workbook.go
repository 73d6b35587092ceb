package monitor

import (
	"encoding/json"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var workbookKind = &arm.Kind{
	Token: "insights:Workbook", Path: insightsProvider + "/workbooks/{resourceName}", Name: arm.GUIDPattern, Located: true,
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkWorkbook},
}

func checkWorkbook(op *arm.Operation) error {
	for _, needed := range []string{"displayName", "category", "serializedData"} {
		if tree.Text(op.Inputs, needed) == "" {
			return arm.BadRequest("BadRequest", "%s: a workbook needs %s", op.ID, needed)
		}
	}
	if !json.Valid([]byte(tree.Text(op.Inputs, "serializedData"))) {
		return arm.BadRequest("InvalidWorkbook", "%s: serializedData is not JSON", op.ID)
	}
	return nil
}
