package registry

import (
	"regexp"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var agentPoolKind = &arm.Kind{
	Token: "containerregistry:AgentPool", Path: registryPath + "/agentPools/{agentPoolName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9-]{3,20}$`), Located: true,
	Create: 3 * time.Minute, Update: 2 * time.Minute, Remove: 2 * time.Minute,
	Immutable: []arm.Immutable{{Paths: []string{"os", "tier", "virtualNetworkSubnetResourceId"}}}, JoinsSubnets: true,
	Rules: []func(*arm.Operation) error{checkPremiumRegistry, checkAgentPool},
}

func checkAgentPool(op *arm.Operation) error {
	if tier := tree.Text(op.Inputs, "tier"); !slices.Contains([]string{"S1", "S2", "S3", "I6"}, tier) {
		return arm.BadRequest("InvalidAgentPoolTier", "%s: tier %q is not one of S1, S2, S3 and I6", op.ID, tier)
	}
	if system := tree.Text(op.Inputs, "os"); system != "Linux" {
		return arm.BadRequest("InvalidAgentPoolOS", "%s: agents run Linux, not %q", op.ID, system)
	}
	subnet := tree.Text(op.Inputs, "virtualNetworkSubnetResourceId")
	if vnet := op.Sub.Find(resourceid.Parent(subnet)); vnet != nil &&
		!arm.SameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.Inputs, "location")) {
		return arm.BadRequest("InvalidAgentPoolVnet", "%s: subnet %s is in another region", op.ID, subnet)
	}
	return nil
}
