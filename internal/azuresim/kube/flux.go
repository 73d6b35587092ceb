package kube

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// Kinds are the Flux configuration.
func (s *Clusters) Kinds() []*arm.Kind {
	return []*arm.Kind{
		{
			Token: aks.FluxConfigurationToken, Path: aks.InClusterPath + "/fluxConfigurations/{fluxConfigurationName}",
			Name: regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`), DeletedWithParent: true,
			Create: time.Minute, Update: time.Minute, Remove: time.Minute,
			Immutable: []arm.Immutable{{Paths: []string{"scope", "namespace"}}},
			// To Azure the variables of a kustomization are text, also where they name a resource.
			WeakReferences: []string{"kustomizations"},
			Rules: []func(*arm.Operation) error{
				checkFluxExtension, checkFluxPlace, checkGitRepository, checkGitCredentials, checkKustomizations, checkReconciliationWait,
			},
			Execute: s.awaitReconciliation, CheckStartup: s.checkCompliance, Compute: s.fluxConfigurationOutputs,
			WriteOnly: []string{"configurationProtectedSettings"},
		},
	}
}

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
func (s *Clusters) awaitReconciliation(op *arm.Operation) error {
	if !tree.Truth(op.Inputs, "waitForReconciliation") || tree.Truth(op.Inputs, "suspend") {
		return nil
	}
	wait, err := reconciliationWait(op.Inputs)
	if err != nil {
		return err
	}
	for retry := retryInterval(op.Inputs); wait > 0; wait -= retry {
		s.Lock()
		problem := firstError(s.syncConfiguration(op.ID, op.Inputs, false))
		s.Unlock()
		if problem == nil || s.Clock.Sleep(s.Life, min(retry, wait)) != nil {
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
				shortest = max(time.Minute, min(shortest, arm.Seconds(count)))
				break
			}
		}
	}
	return shortest
}

// checkCompliance fails what is to be waited for and is not compliant in the end.
func (s *Clusters) checkCompliance(op *arm.Operation) error {
	if !tree.Truth(op.Inputs, "waitForReconciliation") || tree.Truth(op.Inputs, "suspend") {
		return nil
	}
	problem := firstError(s.syncConfiguration(op.ID, op.Inputs, false))
	if problem == nil {
		return nil
	}
	code, message := arm.DescribeError(problem)
	return arm.BadRequest("FluxConfigurationNotCompliant", "%s did not become compliant in the time to wait. %s: %s", op.ID, code, message)
}

// fluxConfigurationOutputs are what the agents report to Azure of their last sync.
func (s *Clusters) fluxConfigurationOutputs(op *arm.Operation) map[string]any {
	now := s.Clock.Now().UTC().Format(time.RFC3339)
	outputs := map[string]any{
		"complianceState": suspended, "statuses": []any{}, "statusUpdatedAt": now, "repositoryPublicKey": "", "errorMessage": "",
	}
	if tree.Truth(op.Inputs, "suspend") {
		return outputs
	}
	results := s.syncConfiguration(op.ID, op.Inputs, false)
	outputs["complianceState"] = complianceOf(firstError(results))
	statuses := make([]any, len(results))
	for i, result := range results {
		statuses[i] = statusOf(op.Inputs, result, now)
	}
	outputs["statuses"] = statuses
	if results[0].err == nil {
		outputs["sourceSyncedCommitId"], outputs["sourceUpdatedAt"] = results[0].revision, now
	}
	if problem := firstError(results); problem != nil {
		_, outputs["errorMessage"] = arm.DescribeError(problem)
	}
	return outputs
}

func complianceOf(problem error) string {
	if problem != nil {
		return nonCompliant
	}
	return compliant
}

// statusOf is what a configuration reports of one of its objects.
func statusOf(inputs map[string]any, result syncResult, now string) map[string]any {
	ready := map[string]any{
		"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored or applied", "lastTransitionTime": now,
	}
	if result.err != nil {
		code, message := arm.DescribeError(result.err)
		ready["status"], ready["reason"], ready["message"] = "False", code, message
	}
	return map[string]any{
		"kind": result.kind, "name": result.name, "namespace": configurationNamespace(inputs), "complianceState": complianceOf(result.err),
		"statusConditions": []any{ready},
	}
}

// CheckGitOps says what would stop the next sync of a cluster, or keep pods from running that Flux does not watch: of its Flux
// configurations, and of the Kustomizations that Pulumi applied.
func (s *Clusters) CheckGitOps(cluster *arm.Record) error {
	syncs := 0
	for _, configuration := range s.ChildrenOf(cluster.ID, aks.FluxConfigurationToken) {
		syncs++
		extension := aks.FluxOf(s.Subscription, cluster.ID)
		if extension == nil {
			return arm.BadRequest("FluxExtensionNotInstalled", "%s has no extension of type %s that works", cluster.ID, aks.FluxExtension)
		}
		if err := aks.CheckExtensionHosts(s.Subscription, extension.ID, cluster); err != nil {
			return err
		}
		if tree.Truth(configuration.Inputs, "suspend") {
			return arm.BadRequest("Suspended", "%s is suspended", configuration.ID)
		}
		if err := firstError(s.syncConfiguration(configuration.ID, configuration.Inputs, true)); err != nil {
			return err
		}
	}
	for _, object := range s.objectsIn(cluster.ID) {
		if object.GetKind() != "Kustomization" {
			continue
		}
		syncs++
		if err := s.checkKustomizationReady(cluster, object.Object, true); err != nil {
			return err
		}
	}
	if syncs == 0 {
		return arm.NotFound("NothingSyncs", "%s has no Flux configuration, and no Kustomization that Pulumi applied", cluster.ID)
	}
	return nil
}
