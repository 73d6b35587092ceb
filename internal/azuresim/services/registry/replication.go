package registry

import (
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var replicationKind = &arm.Kind{
	Token: "containerregistry:Replication", Path: registryPath + "/replications/{replicationName}", Name: registryName, Located: true,
	Create: 2 * time.Minute, Update: 30 * time.Second, Remove: time.Minute,
	Immutable: []arm.Immutable{{Paths: []string{"zoneRedundancy"}}},
	Rules:     []func(*arm.Operation) error{checkPremiumRegistry, checkReplication},
	Locks:     func(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID)} },
	Compute: func(*arm.Operation) map[string]any {
		return map[string]any{"status": map[string]any{"displayStatus": "Ready"}}
	},
	CreateImplicit: func(op *arm.Operation) { listDataEndpoints(op.Sub, resourceid.Parent(op.ID)) },
	CleanUp:        func(s *arm.Subscription, gone *arm.Record) { listDataEndpoints(s, resourceid.Parent(gone.ID)) },
}

func checkReplication(op *arm.Operation) error {
	region := tree.Text(op.Inputs, "location")
	if registry := op.Sub.Find(resourceid.Parent(op.ID)); arm.SameLocation(tree.Text(registry.Inputs, "location"), region) {
		return arm.BadRequest("ReplicationRegionInvalid", "%s: registry %s is in %s itself", op.ID, registry.ID, region)
	}
	for _, other := range op.Others() {
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.ID)) && arm.SameLocation(tree.Text(other.Inputs, "location"),
			region) {
			return arm.Conflict("ReplicationAlreadyExists", "%s: %s replicates to %s already", op.ID, other.ID, region)
		}
	}
	return nil
}

// listDataEndpoints is what a new or lost replication changes at its registry.
func listDataEndpoints(s *arm.Subscription, registryID string) {
	if registry := s.Find(registryID); registry != nil {
		registry.Outputs["dataEndpointHostNames"] = dataEndpoints(s, registry)
		s.Touch(registry)
	}
}
