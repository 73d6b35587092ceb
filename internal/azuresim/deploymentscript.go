package azuresim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

var (
	isoDuration = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	cliVersion  = regexp.MustCompile(`^2\.\d+\.\d+$`)
)

// parseDuration parses the ISO 8601 durations that Azure takes.
func parseDuration(value string) (time.Duration, error) {
	match := isoDuration.FindStringSubmatch(value)
	if match == nil || strings.HasSuffix(value, "P") || strings.HasSuffix(value, "T") {
		return 0, fmt.Errorf("%q is not an ISO 8601 duration", value)
	}
	total := time.Duration(0)
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if match[i+1] != "" {
			count, err := strconv.Atoi(match[i+1])
			if err != nil {
				return 0, fmt.Errorf("%q is not an ISO 8601 duration: %w", value, err)
			}
			total += time.Duration(count) * unit
		}
	}
	return total, nil
}

// checkDeploymentScript holds a script against the limits in the Azure document "Develop a deployment script in Bicep".
func checkDeploymentScript(op *operation) error {
	if tree.Text(op.inputs, "kind") != "AzureCLI" || !cliVersion.MatchString(tree.Text(op.inputs, "azCliVersion")) {
		return badRequest("DeploymentScriptInvalid", "%s: kind must be AzureCLI, with a version such as 2.88.0", op.id)
	}
	retention, err := parseDuration(tree.Text(op.inputs, "retentionInterval"))
	if err != nil || retention < time.Hour || retention > 26*time.Hour {
		return badRequest("DeploymentScriptInvalidRetentionInterval", "%s: retentionInterval must be PT1H to PT26H", op.id)
	}
	timeout, err := parseDuration(tree.Text(op.inputs, "timeout"))
	if err != nil || timeout <= 0 || timeout > 24*time.Hour {
		return badRequest("DeploymentScriptInvalidTimeout", "%s: timeout must be at most P1D", op.id)
	}
	if tree.Text(op.inputs, "scriptContent") == "" {
		return badRequest("DeploymentScriptInvalid", "%s has no scriptContent; the simulator runs no other scripts", op.id)
	}
	_, err = op.sub.principalOf(op.inputs)
	return err
}

// scriptServices are where Azure runs a script: a container group, and a storage account unless the script brings one.
func scriptServices(op *operation) []flow.Resource {
	group, location := parentGroupID(op.id)+"/providers/", map[string]any{"location": tree.Text(op.inputs, "location")}
	services := []flow.Resource{{
		Type: containerGroups, ID: group + containerGroups + "/azscripts", Properties: location,
	}}
	if tree.Text(op.inputs, "storageAccountSettings", "storageAccountName") == "" {
		services = append(services, flow.Resource{
			Type: "Microsoft.Storage/storageAccounts", ID: group + "Microsoft.Storage/storageAccounts/azscripts", Properties: location,
		})
	}
	return services
}

// runDeploymentScript runs the script for real, in bash, with an az and a sleep of the simulator's. Azure keeps the record
// of a script that failed.
func (h *scriptHost) runDeploymentScript(op *operation) error {
	if op.old != nil && op.old.Run != nil && op.old.Run.Failure == "" && sameScript(op.old.Inputs, op.inputs) {
		return nil
	}
	// This is real work: the subscription's life, not the caller's, bounds it.
	ctx := op.sub.life
	op.sub.Lock()
	principal, err := op.sub.principalOf(op.inputs)
	op.sub.Unlock()
	if err != nil {
		return err
	}
	timeout, err := parseDuration(tree.Text(op.inputs, "timeout"))
	if err != nil {
		return err
	}
	run := &runRecord{Started: op.sub.clock.now()}
	run.Outputs, err = h.run(ctx, op.inputs, principal, timeout)
	op.sub.Lock()
	defer op.sub.Unlock()
	run.Ends = op.sub.clock.now()
	op.record.Run = run
	op.sub.touch(op.record)
	if err != nil {
		run.Failure = err.Error()
		return &azureError{400, "DeploymentScriptError", "the provided script failed: " + run.Failure}
	}
	return nil
}

// expireScript deletes the record of a script whose retention is over.
func expireScript(s *subscription, script *record, now time.Time) {
	if script.Run == nil {
		return
	}
	if retention, err := parseDuration(tree.Text(script.Inputs, "retentionInterval")); err == nil && now.After(script.Run.Ends.Add(retention)) {
		s.drop(script)
	}
}

// sameScript reports whether Azure would not run a script again. Secret variables are not kept, and so not compared.
func sameScript(old, now map[string]any) bool {
	for _, property := range []string{"scriptContent", "environmentVariables", "arguments", "forceUpdateTag", "azCliVersion"} {
		before, errBefore := json.Marshal(old[property])
		after, errAfter := json.Marshal(now[property])
		if errBefore != nil || errAfter != nil || string(before) != string(after) {
			return false
		}
	}
	return true
}

func deploymentScriptOutputs(op *operation) map[string]any {
	computed := map[string]any{"outputs": map[string]any{}}
	if op.record.Run != nil && op.record.Run.Outputs != nil {
		computed["outputs"] = op.record.Run.Outputs
	}
	return computed
}
