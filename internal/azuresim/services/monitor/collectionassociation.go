package monitor

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var collectionAssociationKind = &arm.Kind{
	Token: "insights:DataCollectionRuleAssociation",
	Path:  "{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
	Name:  collectionName, Create: 10 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkCollectionAssociation},
}

// collectedFrom are the types of resources that rules can be associated with.
var collectedFrom = []string{
	arm.ManagedClusters, "Microsoft.Compute/virtualMachineScaleSets", "Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines",
	"Microsoft.Kubernetes/connectedClusters",
}

func checkCollectionAssociation(op *arm.Operation) error {
	target := op.Sub.Find(tree.Text(op.Inputs, "resourceUri"))
	if target == nil || !slices.ContainsFunc(collectedFrom, func(t string) bool { return strings.EqualFold(t, target.ARMType) }) {
		return arm.BadRequest("InvalidResourceType", "%s: data is not collected from %s", op.ID, tree.Text(op.Inputs, "resourceUri"))
	}
	rule, endpoint := tree.Text(op.Inputs, "dataCollectionRuleId"), tree.Text(op.Inputs, "dataCollectionEndpointId")
	if (rule == "") == (endpoint == "") {
		return arm.BadRequest("InvalidPayload", "%s needs either dataCollectionRuleId or dataCollectionEndpointId", op.ID)
	}
	if endpoint != "" && resourceid.Name(op.ID) != "configurationAccessEndpoint" {
		return arm.BadRequest("InvalidPayload", "%s: the association of an endpoint is named configurationAccessEndpoint", op.ID)
	}
	if rule == "" {
		return nil
	}
	if found := op.Sub.Find(rule); found == nil || !strings.EqualFold(found.ARMType, "Microsoft.Insights/dataCollectionRules") {
		return arm.BadRequest("InvalidPayload", "%s: %s is no data collection rule", op.ID, rule)
	}
	for _, other := range op.Others() {
		if resourceid.Equal(tree.Text(other.Inputs, "resourceUri"), target.ID) &&
			resourceid.Equal(tree.Text(other.Inputs, "dataCollectionRuleId"), rule) {
			return arm.Conflict("AssociationAlreadyExists", "%s is associated with %s by %s already", target.ID, rule, other.ID)
		}
	}
	return nil
}
