package azuresim

import (
	"errors"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

// Compliance states of a Flux configuration.
const (
	compliant    = "Compliant"
	nonCompliant = "Non-Compliant"
	suspended    = "Suspended"
)

// Times that hold where a configuration states none (Azure document "GitOps (Flux v2) supported parameters").
const (
	defaultReconciliationWait = 30 * time.Minute
	defaultSyncInterval       = 10 * time.Minute
)

// awaitReconciliation lets the time pass in which the agents sync, and try again, until all is applied or the wait is over. The
// verdict is that of checkCompliance.
func (s *clusters) awaitReconciliation(op *operation) error {
	if !tree.Truth(op.inputs, "waitForReconciliation") || tree.Truth(op.inputs, "suspend") {
		return nil
	}
	wait, err := reconciliationWait(op.inputs)
	if err != nil {
		return err
	}
	for retry := retryInterval(op.inputs); wait > 0; wait -= retry {
		s.mu.Lock()
		trouble := firstTrouble(s.syncConfiguration(op.id, op.inputs))
		s.mu.Unlock()
		if trouble == nil || s.clock.sleep(s.life, min(retry, wait)) != nil {
			return nil
		}
	}
	return nil
}

// retryInterval is the shortest time after which one of the kustomizations is tried again.
func retryInterval(inputs map[string]any) time.Duration {
	shortest := defaultSyncInterval
	kustomizations, _ := tree.At(inputs, "kustomizations").(map[string]any)
	for _, kustomization := range kustomizations {
		for _, name := range []string{"retryIntervalInSeconds", "syncIntervalInSeconds"} {
			if count, set := tree.Number(kustomization, name); set {
				// Below a minute trying again would only take the simulator's time.
				shortest = max(time.Minute, min(shortest, seconds(count)))
				break
			}
		}
	}
	return shortest
}

// checkCompliance fails what is to be waited for and is not compliant in the end.
func (s *clusters) checkCompliance(op *operation) error {
	if !tree.Truth(op.inputs, "waitForReconciliation") || tree.Truth(op.inputs, "suspend") {
		return nil
	}
	trouble := firstTrouble(s.syncConfiguration(op.id, op.inputs))
	if trouble == nil {
		return nil
	}
	code, message := refusalOf(trouble)
	return badRequest("FluxConfigurationNotCompliant", "%s did not become compliant in the time to wait. %s: %s", op.id, code, message)
}

// refusalOf splits a refusal into what Azure says of it.
func refusalOf(err error) (code, message string) {
	var refusal *armError
	if errors.As(err, &refusal) {
		return refusal.code, refusal.message
	}
	return "InternalError", err.Error()
}

// fluxConfigurationOutputs are what the agents report to Azure of their last sync.
func (s *clusters) fluxConfigurationOutputs(op *operation) map[string]any {
	now := s.clock.now().UTC().Format(time.RFC3339)
	outputs := map[string]any{
		"complianceState": suspended, "statuses": []any{}, "statusUpdatedAt": now, "repositoryPublicKey": "", "errorMessage": "",
	}
	if tree.Truth(op.inputs, "suspend") {
		return outputs
	}
	results := s.syncConfiguration(op.id, op.inputs)
	outputs["complianceState"] = stateOf(firstTrouble(results))
	statuses := make([]any, len(results))
	for i, result := range results {
		statuses[i] = statusOf(op.inputs, result, now)
	}
	outputs["statuses"] = statuses
	if results[0].trouble == nil {
		outputs["sourceSyncedCommitId"], outputs["sourceUpdatedAt"] = results[0].revision, now
	}
	if trouble := firstTrouble(results); trouble != nil {
		_, outputs["errorMessage"] = refusalOf(trouble)
	}
	return outputs
}

func stateOf(trouble error) string {
	if trouble != nil {
		return nonCompliant
	}
	return compliant
}

// statusOf is what a configuration tells of one of its objects.
func statusOf(inputs map[string]any, result synced, now string) map[string]any {
	ready := map[string]any{
		"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored or applied", "lastTransitionTime": now,
	}
	if result.trouble != nil {
		code, message := refusalOf(result.trouble)
		ready["status"], ready["reason"], ready["message"] = "False", code, message
	}
	return map[string]any{
		"kind": result.kind, "name": result.name, "namespace": configurationNamespace(inputs), "complianceState": stateOf(result.trouble),
		"statusConditions": []any{ready},
	}
}

// gitOpsWorks tells what would stop the next sync of a cluster: of its Flux configurations, and of the Kustomizations that Pulumi
// applied.
func (s *clusters) gitOpsWorks(cluster *record) error {
	syncs := 0
	for _, configuration := range s.inside(cluster.ID, fluxConfigurationToken) {
		syncs++
		extension := s.fluxOf(cluster.ID)
		if extension == nil {
			return badRequest("FluxExtensionNotInstalled", "%s has no extension of type %s that works", cluster.ID, fluxExtension)
		}
		if err := s.extensionWorks(extension.ID, cluster); err != nil {
			return err
		}
		if tree.Truth(configuration.Inputs, "suspend") {
			return badRequest("Suspended", "%s is suspended", configuration.ID)
		}
		if err := firstTrouble(s.syncConfiguration(configuration.ID, configuration.Inputs)); err != nil {
			return err
		}
	}
	for _, object := range s.objectsIn(cluster.ID) {
		if object.GetKind() != "Kustomization" {
			continue
		}
		syncs++
		if err := s.becomesReady(cluster, object); err != nil {
			return err
		}
	}
	if syncs == 0 {
		return missing("NothingSyncs", "%s has no Flux configuration, and no Kustomization that Pulumi applied", cluster.ID)
	}
	return nil
}
