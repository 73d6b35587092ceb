package delivery

import (
	"context"
	"fmt"
	"strings"
)

// guarded are the types that an update must not replace or delete unless it was told to, by the last part of their type: what goes with
// one cannot be brought back, or not within minutes.
var guarded = map[string]string{
	"AzureFirewall":         "every connection of every spoke passes it, from addresses that others have on their lists",
	"AzureMonitorWorkspace": "metrics go with it",
	"FirewallPolicy":        "with it goes all that is allowed",
	"Gallery":               "images go with it",
	"ManagedCluster":        "workloads and volumes go with it, and its private address",
	"PublicIPAddress":       "names and lists of others have the address",
	"Registry":              "images go with it",
	"ResourceGroup":         "all that is in it goes with it",
	"StorageAccount":        "flow logs go with it",
	"Vault":                 "certificates go with it",
	"VirtualNetwork":        "all that has an address in it goes with it",
	"Workspace":             "logs go with it",
}

// Guarded are the resources that an update would replace or delete although they are guarded.
func (r *Result) Guarded() []Resource {
	var found []Resource
	for _, resource := range r.Resources {
		column := operationColumns[resource.Op]
		// Components are named like what they hold, and hold nothing themselves.
		if column != "replace" && column != "delete" || strings.HasPrefix(resource.Type, "aksregulated:") {
			continue
		}
		if guarded[lastPart(resource.Type)] != "" {
			found = append(found, resource)
		}
	}
	return found
}

func lastPart(kind string) string { return kind[strings.LastIndex(kind, ":")+1:] }

// Deploy previews an update and carries it out unless it would replace or delete what is guarded. mayReplace is for a person who has
// seen that and means it. An update that Azure refuses for a role or a policy that it does not know everywhere yet is resumed.
func (p *Pulumi) Deploy(ctx context.Context, target Target, mayReplace bool) error {
	result, err := p.Look(ctx, OperationPreview, target)
	if err != nil {
		return err
	}
	if !result.OK {
		return fmt.Errorf("preview %s, before the update: %s", target.Stack, result.Error)
	}
	if found := result.Guarded(); len(found) > 0 && !mayReplace {
		return guardedError(target.Stack, found)
	}
	return p.upPatiently(ctx, target)
}

func guardedError(stack string, found []Resource) error {
	var lines strings.Builder
	for _, resource := range found {
		fmt.Fprintf(&lines, "\n  %s %s %s: %s", operationColumns[resource.Op], resource.Type, resource.Name, guarded[lastPart(resource.Type)])
	}
	return fmt.Errorf("update of %s would delete or replace what cannot be brought back, and was not begun:%s\n"+
		"If that is meant, run the workflow by hand with the input may-replace set to %s: "+
		"gh workflow run deploy.yml --field may-replace=%s", stack, lines.String(), stack, stack)
}
