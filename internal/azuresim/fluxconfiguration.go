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
		s.Lock()
		problem := firstError(s.syncConfiguration(op.id, op.inputs))
		s.Unlock()
		if problem == nil || s.clock.sleep(s.life, min(retry, wait)) != nil {
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
	problem := firstError(s.syncConfiguration(op.id, op.inputs))
	if problem == nil {
		return nil
	}
	code, message := describeError(problem)
	return badRequest("FluxConfigurationNotCompliant", "%s did not become compliant in the time to wait. %s: %s", op.id, code, message)
}

// describeError splits a refusal into what Azure says of it.
func describeError(err error) (code, message string) {
	var refusal *azureError
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
	outputs["complianceState"] = complianceOf(firstError(results))
	statuses := make([]any, len(results))
	for i, result := range results {
		statuses[i] = statusOf(op.inputs, result, now)
	}
	outputs["statuses"] = statuses
	if results[0].err == nil {
		outputs["sourceSyncedCommitId"], outputs["sourceUpdatedAt"] = results[0].revision, now
	}
	if problem := firstError(results); problem != nil {
		_, outputs["errorMessage"] = describeError(problem)
	}
	return outputs
}

func complianceOf(problem error) string {
	if problem != nil {
		return nonCompliant
	}
	return compliant
}

// statusOf is what a configuration tells of one of its objects.
func statusOf(inputs map[string]any, result syncResult, now string) map[string]any {
	ready := map[string]any{
		"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored or applied", "lastTransitionTime": now,
	}
	if result.err != nil {
		code, message := describeError(result.err)
		ready["status"], ready["reason"], ready["message"] = "False", code, message
	}
	return map[string]any{
		"kind": result.kind, "name": result.name, "namespace": configurationNamespace(inputs), "complianceState": complianceOf(result.err),
		"statusConditions": []any{ready},
	}
}

// checkGitOps says what would stop the next sync of a cluster: of its Flux configurations, and of the Kustomizations that Pulumi
// applied.
func (s *clusters) checkGitOps(cluster *record) error {
	syncs := 0
	for _, configuration := range s.childrenOf(cluster.ID, fluxConfigurationToken) {
		syncs++
		extension := s.fluxOf(cluster.ID)
		if extension == nil {
			return badRequest("FluxExtensionNotInstalled", "%s has no extension of type %s that works", cluster.ID, fluxExtension)
		}
		if err := s.checkExtensionHosts(extension.ID, cluster); err != nil {
			return err
		}
		if tree.Truth(configuration.Inputs, "suspend") {
			return badRequest("Suspended", "%s is suspended", configuration.ID)
		}
		if err := firstError(s.syncConfiguration(configuration.ID, configuration.Inputs)); err != nil {
			return err
		}
	}
	for _, object := range s.objectsIn(cluster.ID) {
		if object.GetKind() != "Kustomization" {
			continue
		}
		syncs++
		if err := s.checkReady(cluster, object); err != nil {
			return err
		}
	}
	if syncs == 0 {
		return notFound("NothingSyncs", "%s has no Flux configuration, and no Kustomization that Pulumi applied", cluster.ID)
	}
	return nil
}
