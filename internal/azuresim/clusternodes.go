package azuresim

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// nodeFeatures are the features of a cluster whose agents on the nodes report to Azure, in the order in which AKS starts them. What the
// vault's provider contacts is not among them: a vault is reached by its private endpoint.
var nodeFeatures = []string{
	"workload identity", "Container insights", "managed Prometheus", "Azure Policy", "Microsoft Defender for Containers",
}

// startCluster is where AKS makes the machines, and the nodes boot and join.
func startCluster(op *operation) error {
	if err := makeClusterInfrastructure(op); err != nil {
		return err
	}
	if op.old != nil && op.old.State == stateSucceeded && onlyTags(op.old.Inputs, op.inputs) {
		return nil
	}
	label, domain := apiServerName(op)
	return op.sub.checkNodesJoin(op.id, op.inputs, label+"."+domain)
}

// onlyTags reports whether an update changes nothing but tags, so that no node starts.
func onlyTags(old, now map[string]any) bool {
	before, after := tree.CloneObject(old), tree.CloneObject(now)
	for _, inputs := range []map[string]any{before, after} {
		delete(inputs, "tags")
		for _, pool := range pools(inputs) {
			if object, ok := pool.(map[string]any); ok {
				delete(object, "tags")
			}
		}
	}
	return sameJSON(before, after)
}

// checkNodesJoin says what stops the first pool whose nodes cannot join, in the words of AKS's node bootstrap.
func (s *subscription) checkNodesJoin(id string, inputs map[string]any, apiServer string) error {
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, pool := range pools(inputs) {
		name, subnet := tree.Text(pool, "name"), tree.Text(pool, "vnetSubnetID")
		failed := func(code, what, because string) error {
			return badRequest(code, "nodes of pool %s of %s cannot join: %s. %s", name, id, what, because)
		}
		if host, why := s.blockedHost(net, subnet, inputs, "AKS"); why != "" {
			return failed("VMExtensionError_OutboundConnFail", "no outbound connection to "+host+" on port 443", why)
		}
		found := net.Resolve(subnet, apiServer)
		// A private name has to come from the private zone: the public one does not exist.
		if !found.Resolved || strings.Contains(apiServer, ".privatelink.") && !found.Private {
			return failed("VMExtensionError_K8SAPIServerDNSLookupFail", "the API server's name "+apiServer+" does not resolve",
				fmt.Sprintf("layer dns, %s: %s; link the private DNS zone to the network that the DNS server asks for", found.By, found.Reason))
		}
		if why := tlsBlocker(net, flow.Subnet(subnet), apiServer); why != "" {
			return failed("VMExtensionError_K8SAPIServerConnFail", "no connection to API server "+apiServer+" on port 443", why)
		}
		for _, feature := range nodeFeatures {
			if host, why := s.blockedHost(net, subnet, inputs, feature); why != "" {
				return failed("ControlPlaneAddOnsNotReady", feature+" has no connection to "+host+" on port 443", why)
			}
		}
	}
	return nil
}

// blockedHost is the first host that a component requires and cannot reach from a subnet, and why; both are empty if it reaches all.
// The properties are those of the cluster that it works for.
func (s *subscription) blockedHost(net *flow.Network, subnet string, properties map[string]any, component string) (host, why string) {
	workspace := "*"
	if r := s.find(workspaceOf(addon(properties, "omsagent"))); r != nil {
		workspace = tree.Text(r.Outputs, "customerId")
	}
	for _, required := range azurefacts.MustComponent(component).Required(properties) {
		host = required.In(tree.Text(properties, "location"), workspace)
		if why = tlsBlocker(net, flow.Subnet(subnet), host); why != "" {
			return host, why
		}
	}
	return "", ""
}
