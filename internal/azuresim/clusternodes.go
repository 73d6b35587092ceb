package azuresim

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// hostsOf are hosts that nodes contact, for the cluster itself or for a feature of it. {location} and {workspace} are filled in;
// a leading asterisk stands for names that Azure chooses.
type hostsOf struct {
	feature string
	needed  func(inputs map[string]any) bool
	hosts   []string
}

func enabledAddon(name string) func(map[string]any) bool {
	return func(inputs map[string]any) bool { return addon(inputs, name) != nil }
}

func enabledAt(path ...string) func(map[string]any) bool {
	return func(inputs map[string]any) bool { return tree.Truth(inputs, path...) }
}

// nodeHosts are what a node contacts before it joins (Azure document "Outbound network and FQDN rules for AKS clusters"). Time
// comes from the host, so NTP stays closed.
var nodeHosts = []string{
	"mcr.microsoft.com", "*.data.mcr.microsoft.com", "management.azure.com", "login.microsoftonline.com", "packages.microsoft.com",
	"packages.aks.azure.com", "acs-mirror.azureedge.net",
}

// addonHosts are what add-ons contact (the same document, and "Firewall requirements for monitoring Kubernetes cluster").
var addonHosts = []hostsOf{
	{"Container Insights", enabledAddon("omsagent"), []string{
		"{workspace}.ods.opinsights.azure.com", "{workspace}.oms.opinsights.azure.com", "global.handler.control.monitor.azure.com",
		"{location}.handler.control.monitor.azure.com", "*.ingest.monitor.azure.com",
	}},
	{"managed Prometheus", enabledAt("azureMonitorProfile", "metrics", "enabled"), []string{
		"global.handler.control.monitor.azure.com", "{location}.handler.control.monitor.azure.com", "*.metrics.ingest.monitor.azure.com",
	}},
	{"Azure Policy", enabledAddon("azurepolicy"), []string{"data.policy.core.windows.net", "store.policy.core.windows.net"}},
	{"Defender", enabledAt("securityProfile", "defender", "securityMonitoring", "enabled"), []string{"*.cloud.defender.microsoft.com"}},
}

// clusterComesUp is where AKS makes the machines, and the nodes boot and join.
func clusterComesUp(op *operation) error {
	if err := makeClusterInfrastructure(op); err != nil {
		return err
	}
	if op.old != nil && op.old.State == stateSucceeded && onlyTags(op.old.Inputs, op.inputs) {
		return nil
	}
	label, domain := apiServerName(op)
	return op.sub.nodesJoin(op.id, op.inputs, label+"."+domain)
}

// onlyTags tells whether an update changes nothing but tags, so that no node starts.
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

// nodesJoin tells what stops the first pool whose nodes cannot join, in the words of AKS's node bootstrap.
func (s *subscription) nodesJoin(id string, inputs map[string]any, apiServer string) error {
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, pool := range pools(inputs) {
		name, subnet := tree.Text(pool, "name"), tree.Text(pool, "vnetSubnetID")
		failed := func(code, what, because string) error {
			return badRequest(code, "nodes of pool %s of %s cannot join: %s. %s", name, id, what, because)
		}
		for _, host := range nodeHosts {
			if why := obstacle(net, flow.Subnet(subnet), s.fillIn(host, inputs)); why != "" {
				return failed("VMExtensionError_OutboundConnFail", "no outbound connection to "+host+" on port 443", why)
			}
		}
		found := net.Resolve(subnet, apiServer)
		// A private name has to come from the private zone: the public one does not exist.
		if !found.Resolved || strings.Contains(apiServer, ".privatelink.") && !found.Private {
			return failed("VMExtensionError_K8SAPIServerDNSLookupFail", "the API server's name "+apiServer+" does not resolve",
				fmt.Sprintf("layer dns, %s: %s; link the private DNS zone to the network that the DNS server asks for", found.By, found.Reason))
		}
		if why := obstacle(net, flow.Subnet(subnet), apiServer); why != "" {
			return failed("VMExtensionError_K8SAPIServerConnFail", "no connection to API server "+apiServer+" on port 443", why)
		}
		for _, feature := range addonHosts {
			if !feature.needed(inputs) {
				continue
			}
			for _, host := range feature.hosts {
				if why := obstacle(net, flow.Subnet(subnet), s.fillIn(host, inputs)); why != "" {
					return failed("ControlPlaneAddOnsNotReady", feature.feature+" has no connection to "+host+" on port 443", why)
				}
			}
		}
	}
	return nil
}

// fillIn makes a host name of a pattern.
func (s *subscription) fillIn(host string, inputs map[string]any) string {
	customer := "*"
	if workspace := s.find(workspaceOf(addon(inputs, "omsagent"))); workspace != nil {
		customer = tree.Text(workspace.Outputs, "customerId")
	}
	return strings.NewReplacer("{location}", strings.ToLower(tree.Text(inputs, "location")), "{workspace}", customer).Replace(host)
}
