// Package governance has policies and their assignments, Defender plans, and deployments of these.
package governance

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are policies, Defender plans, and deployments of these.
var Kinds = []*arm.Kind{
	definitionKind, initiativeKind, groupDefinitionKind, groupInitiativeKind, assignmentKind, defenderPlanKind, deploymentKind,
}
