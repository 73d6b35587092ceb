package azuresim

import (
	"slices"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// startScaleSet is where the machines boot and their extensions report. The VM agent itself talks to the host only.
func startScaleSet(op *operation) error { return op.sub.checkMachines(op.id, op.inputs) }

func (s *subscription) checkMachines(id string, inputs map[string]any) error {
	if !slices.ContainsFunc(scaleSetExtensions(inputs), func(e any) bool { return tree.Text(e, "type") == monitorAgent }) {
		return nil
	}
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, subnet := range scaleSetSubnets(inputs) {
		if host, why := s.blockedHost(net, subnet, inputs, "Azure Monitor Agent"); why != "" {
			return conflict("VMExtensionProvisioningError", "machines of %s report a failure of extension %s: no connection to %s on port 443. %s",
				id, monitorAgent, host, why)
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
