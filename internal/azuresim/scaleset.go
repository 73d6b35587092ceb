package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// agentHosts are what the Azure Monitor Agent contacts (Azure document "Azure Monitor Agent network configuration").
var agentHosts = []string{
	"global.handler.control.monitor.azure.com", "{location}.handler.control.monitor.azure.com", "*.ods.opinsights.azure.com",
	"login.microsoftonline.com", "management.azure.com",
}

// scaleSetComesUp is where the machines boot and their extensions report. The VM agent itself talks to the host only.
func scaleSetComesUp(op *operation) error { return op.sub.machinesProvision(op.id, op.inputs) }

func (s *subscription) machinesProvision(id string, inputs map[string]any) error {
	if !slices.ContainsFunc(scaleSetExtensions(inputs), func(e any) bool { return tree.Text(e, "type") == monitorAgent }) {
		return nil
	}
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, subnet := range scaleSetSubnets(inputs) {
		for _, host := range agentHosts {
			host = strings.ReplaceAll(host, "{location}", strings.ToLower(tree.Text(inputs, "location")))
			if why := obstacle(net, flow.Subnet(subnet), host); why != "" {
				return conflict("VMExtensionProvisioningError", "machines of %s report a failure of extension %s: no connection to %s on port 443. %s",
					id, monitorAgent, host, why)
			}
		}
	}
	return nil
}

// scaleSetSubnets are the subnets that the machines are in.
func scaleSetSubnets(inputs map[string]any) []string {
	var subnets []string
	for _, nic := range scaleSetNICs(inputs) {
		for _, configuration := range tree.List(nic, "ipConfigurations") {
			subnets = append(subnets, tree.Text(configuration, "subnet", "id"))
		}
	}
	return subnets
}
