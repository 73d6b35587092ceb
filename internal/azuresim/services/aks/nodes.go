package aks

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// nodeFeatures are the features of a cluster whose agents on the nodes report to Azure, in the order in which AKS starts them. What the
// vault's provider contacts is not among them: a vault is reached by its private endpoint.
var nodeFeatures = []string{
	"workload identity", "Container insights", "managed Prometheus", "Azure Policy", "Microsoft Defender for Containers",
}

// startCluster is where AKS makes the machines, and the nodes boot and join.
func startCluster(op *arm.Operation) error {
	if err := makeClusterInfrastructure(op); err != nil {
		return err
	}
	if op.Old != nil && op.Old.State == arm.StateSucceeded && onlyTags(op.Old.Inputs, op.Inputs) {
		return nil
	}
	label, domain := apiServerName(op)
	return CheckNodesJoin(op.Sub, op.ID, op.Inputs, poolsAfter(op), label+"."+domain)
}

// onlyTags reports whether an update changes nothing but tags, so that no node starts.
func onlyTags(old, now map[string]any) bool {
	before, after := tree.CloneObject(old), tree.CloneObject(now)
	for _, inputs := range []map[string]any{before, after} {
		delete(inputs, "tags")
		for _, pool := range Pools(inputs) {
			if object, ok := pool.(map[string]any); ok {
				delete(object, "tags")
			}
		}
	}
	return arm.SameJSON(before, after)
}

// CheckNodesJoin says what stops the first of a cluster's pools whose nodes cannot join, in the words of AKS's node bootstrap.
func CheckNodesJoin(s *arm.Subscription, id string, inputs map[string]any, pools []any, apiServer string) error {
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, pool := range pools {
		name, subnet := tree.Text(pool, "name"), tree.Text(pool, "vnetSubnetID")
		failed := func(code, what, because string) error {
			return arm.BadRequest(code, "nodes of pool %s of %s cannot join: %s. %s", name, id, what, because)
		}
		for _, component := range []string{"AKS", "AKS images beyond the FQDN tag"} {
			if host, why := networking.BlockedHost(net, subnet, inputs, workspaceNameOf(s, inputs), component); why != "" {
				return failed("VMExtensionError_OutboundConnFail", "no outbound connection to "+host+" on port 443", why)
			}
		}
		found := net.Resolve(subnet, apiServer)
		// A private name has to come from the private zone: the public one does not exist.
		if !found.Resolved || strings.Contains(apiServer, ".privatelink.") && !found.Private {
			return failed("VMExtensionError_K8SAPIServerDNSLookupFail", "the API server's name "+apiServer+" does not resolve",
				fmt.Sprintf("layer dns, %s: %s; link the private DNS zone to the network that the DNS server asks for", found.By, found.Reason))
		}
		if why := networking.TLSBlocker(net, flow.Subnet(subnet), apiServer); why != "" {
			return failed("VMExtensionError_K8SAPIServerConnFail", "no connection to API server "+apiServer+" on port 443", why)
		}
		for _, feature := range nodeFeatures {
			if host, why := networking.BlockedHost(net, subnet, inputs, workspaceNameOf(s, inputs), feature); why != "" {
				return failed("ControlPlaneAddOnsNotReady", feature+" has no connection to "+host+" on port 443", why)
			}
		}
	}
	return nil
}
