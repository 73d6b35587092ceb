package network

import (
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

// A DDoS protection plan, as an organization has one for its networks.
var ddosPlanKind = &arm.Kind{
	Token: "network:DdosProtectionPlan", Path: networking.Provider + "/ddosProtectionPlans/{ddosProtectionPlanName}",
	Name: networking.NamePattern, Located: true, Create: 20 * time.Second, Update: 20 * time.Second, Remove: 20 * time.Second,
}

// checkDDoSProtection refuses protection without a plan: the free tier has no switch (Azure document "About Azure DDoS Protection tier
// comparison"). The code is the simulator's.
func checkDDoSProtection(op *arm.Operation) error {
	if tree.Truth(op.Inputs, "enableDdosProtection") && tree.Text(op.Inputs, "ddosProtectionPlan", "id") == "" {
		return arm.BadRequest("DdosProtectionPlanRequired", "%s: enableDdosProtection needs a ddosProtectionPlan", op.ID)
	}
	return nil
}
