package scripts

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Kinds are the deployment script.
func (h *Host) Kinds() []*arm.Kind {
	return []*arm.Kind{
		{
			Token: "resources:AzureCliScript", Path: arm.GroupPath + "/providers/Microsoft.Resources/deploymentScripts/{scriptName}",
			Name:    regexp.MustCompile(`^[-\w.()]{1,90}$`),
			Located: true, Create: time.Minute, Update: time.Minute, Remove: 10 * time.Second,
			Rules:   []func(*arm.Operation) error{checkDeploymentScript},
			Execute: h.runDeploymentScript, Compute: deploymentScriptOutputs, ManagedResources: scriptServices,
			CompleteDue: expireScript,
			// A script may outlive what its variables name.
			WeakReferences: []string{"environmentVariables", "arguments"},
			WriteOnly:      []string{"secureValue", "storageAccountKey"},
		},
	}
}

var cliVersion = regexp.MustCompile(`^2\.\d+\.\d+$`)

// checkDeploymentScript checks a script by the limits in the Azure document "Develop a deployment script in Bicep".
func checkDeploymentScript(op *arm.Operation) error {
	if tree.Text(op.Inputs, "kind") != "AzureCLI" || !cliVersion.MatchString(tree.Text(op.Inputs, "azCliVersion")) {
		return arm.BadRequest("DeploymentScriptInvalid", "%s: kind must be AzureCLI, with a version such as 2.88.0", op.ID)
	}
	retention, err := arm.ParseDuration(tree.Text(op.Inputs, "retentionInterval"))
	if err != nil || retention < time.Hour || retention > 26*time.Hour {
		return arm.BadRequest("DeploymentScriptInvalidRetentionInterval", "%s: retentionInterval must be PT1H to PT26H", op.ID)
	}
	timeout, err := arm.ParseDuration(tree.Text(op.Inputs, "timeout"))
	if err != nil || timeout <= 0 || timeout > 24*time.Hour {
		return arm.BadRequest("DeploymentScriptInvalidTimeout", "%s: timeout must be at most P1D", op.ID)
	}
	if tree.Text(op.Inputs, "scriptContent") == "" {
		return arm.BadRequest("DeploymentScriptInvalid", "%s has no scriptContent; the simulator runs no other scripts", op.ID)
	}
	if err := checkPlace(op); err != nil {
		return err
	}
	_, err = authz.PrincipalOf(op.Sub, op.Inputs)
	return err
}

// checkPlace checks where a script is to run: with a storage account of the user's, and its key or a subnet (Azure documents "Develop a
// deployment script in Bicep" and "Run Bicep deployment script privately over a private endpoint").
func checkPlace(op *arm.Operation) error {
	account, key := tree.Text(op.Inputs, "storageAccountSettings", "storageAccountName"),
		tree.Text(op.Inputs, "storageAccountSettings", "storageAccountKey")
	subnets := tree.List(op.Inputs, "containerSettings", "subnetIds")
	switch {
	case len(subnets) > 0 && account == "":
		return arm.BadRequest("DeploymentScriptInvalid", "%s: a script in a subnet needs a storage account that exists", op.ID)
	case account != "" && key == "" && len(subnets) == 0:
		return arm.BadRequest("DeploymentScriptStorageAccountInvalidAccessKey", "%s: the key of storage account %s is missing", op.ID, account)
	}
	for _, subnet := range subnets {
		id := tree.Text(subnet, "id")
		known := networking.SubnetOf(op.Sub, id)
		if known == nil {
			continue // of another subscription
		}
		delegated := slices.ContainsFunc(tree.List(known, "delegations"), func(d any) bool {
			return strings.EqualFold(tree.Text(d, "serviceName"), networking.ContainerGroups)
		})
		if !delegated {
			return arm.BadRequest("SubnetDelegationMissing", "%s: subnet %s is not delegated to %s", op.ID, id, networking.ContainerGroups)
		}
	}
	return nil
}

// mountTime is how long a script fails to get at its storage before Azure gives up (Azure/bicep-types-az issue 2199: 10 to 15 minutes).
const mountTime = 12 * time.Minute

// mount refuses a storage account that takes no shared key, with which the container mounts its share: one that a policy has changed while
// Azure made it, or one of the user's (Azure/bicep issues 14325 and 17093). In a subnet the identity signs in, if it may.
func (h *Host) mount(op *arm.Operation, principal string) error {
	op.Sub.Lock()
	account := h.accountOf(op)
	refused := account == nil && h.SharedKeysOff && tree.Text(op.Inputs, "storageAccountSettings", "storageAccountName") == ""
	if account != nil {
		allowed, set := tree.At(account.Inputs, "allowSharedKeyAccess").(bool)
		private := len(tree.List(op.Inputs, "containerSettings", "subnetIds")) > 0
		const write = "Microsoft.Storage/storageAccounts/fileServices/writeFileBackupSemantics/action"
		refused = set && !allowed && !(private && authz.AllowsData(op.Sub, principal, write, account.ID))
	}
	op.Sub.Unlock()
	if !refused {
		return nil
	}
	if err := op.Sub.Clock.Sleep(op.Sub.Life, mountTime); err != nil {
		return err
	}
	return &arm.Error{Status: 403, Code: "DeploymentScriptOperationFailed", Message: "Key based authentication is not permitted on this " +
		"storage account. ErrorCode: KeyBasedAuthenticationNotPermitted"}
}

// The service signs in before a script starts, and tries that for a while (Azure document "Develop a deployment script in Bicep", 2025-12-22).
const signInTime, signInPause = 10 * time.Minute, 15 * time.Second

// signIn waits until the identity of a script has a role that Azure knows: without any, the CLI finds no subscription.
func (h *Host) signIn(op *arm.Operation, principal string) error {
	for waited := time.Duration(0); ; waited += signInPause {
		op.Sub.Lock()
		known := authz.HasRole(op.Sub, principal)
		op.Sub.Unlock()
		if known {
			return nil
		}
		if waited >= signInTime {
			return errors.New("ERROR: No subscriptions found for the identity of the script")
		}
		if err := op.Sub.Clock.Sleep(op.Sub.Life, signInPause); err != nil {
			return err
		}
	}
}

// accountOf finds the storage account that a script brings, if the subscription knows it.
func (h *Host) accountOf(op *arm.Operation) *arm.Record {
	name := tree.Text(op.Inputs, "storageAccountSettings", "storageAccountName")
	for _, r := range op.Sub.OfToken("storage:StorageAccount") {
		if resourceid.Name(r.ID) == name {
			return r
		}
	}
	return nil
}

// scriptServices are where Azure runs a script: a container group, and a storage account unless the script brings one.
func scriptServices(op *arm.Operation) []flow.Resource {
	group, location := arm.ParentGroupID(op.ID)+"/providers/", map[string]any{"location": tree.Text(op.Inputs, "location")}
	services := []flow.Resource{{
		Type: networking.ContainerGroups, ID: group + networking.ContainerGroups + "/azscripts", Properties: location,
	}}
	if tree.Text(op.Inputs, "storageAccountSettings", "storageAccountName") == "" {
		services = append(services, flow.Resource{
			Type: "Microsoft.Storage/storageAccounts", ID: group + "Microsoft.Storage/storageAccounts/azscripts", Properties: location,
		})
	}
	return services
}

// runDeploymentScript runs the script for real, in bash, with an az and a sleep of the simulator's. Azure keeps the record
// of a script that failed.
func (h *Host) runDeploymentScript(op *arm.Operation) error {
	if op.Old != nil && op.Old.Run != nil && op.Old.Run.Failure == "" && sameScript(op.Old.Inputs, op.Inputs) {
		return nil
	}
	// This is real work: the subscription's life, not the caller's, bounds it.
	ctx := op.Sub.Life
	op.Sub.Lock()
	principal, err := authz.PrincipalOf(op.Sub, op.Inputs)
	op.Sub.Unlock()
	if err != nil {
		return err
	}
	timeout, err := arm.ParseDuration(tree.Text(op.Inputs, "timeout"))
	if err != nil {
		return err
	}
	run := &arm.Run{Started: op.Sub.Clock.Now()}
	if err := h.mount(op, principal); err != nil {
		op.Sub.Lock()
		defer op.Sub.Unlock()
		run.Ends, run.Failure = op.Sub.Clock.Now(), err.Error()
		op.Record.Run = run
		op.Sub.Touch(op.Record)
		return err
	}
	if err = h.signIn(op, principal); err == nil {
		run.Outputs, err = h.Run(ctx, op.Inputs, principal, timeout)
	}
	op.Sub.Lock()
	defer op.Sub.Unlock()
	run.Ends = op.Sub.Clock.Now()
	op.Record.Run = run
	op.Sub.Touch(op.Record)
	if err != nil {
		run.Failure = err.Error()
		return &arm.Error{Status: 400, Code: "DeploymentScriptError", Message: "the provided script failed: " + run.Failure}
	}
	return nil
}

// expireScript deletes the record of a script whose retention is over.
func expireScript(s *arm.Subscription, script *arm.Record, now time.Time) {
	if script.Run == nil {
		return
	}
	if retention, err := arm.ParseDuration(tree.Text(script.Inputs,
		"retentionInterval")); err == nil && now.After(script.Run.Ends.Add(retention)) {
		s.Drop(script)
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

func deploymentScriptOutputs(op *arm.Operation) map[string]any {
	computed := map[string]any{"outputs": map[string]any{}}
	if op.Record.Run != nil && op.Record.Run.Outputs != nil {
		computed["outputs"] = op.Record.Run.Outputs
	}
	return computed
}
