package compute

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// vmExtension is a VM extension by publisher and type; a retired one has a successor.
type vmExtension struct{ publisher, name, successor string }

// vmExtensions are those of Linux machines that the simulator knows.
var vmExtensions = []vmExtension{
	{"Microsoft.Azure.Monitor", "AzureMonitorLinuxAgent", ""},
	{"Microsoft.Azure.ActiveDirectory", "AADSSHLoginForLinux", ""},
	{"Microsoft.Azure.Extensions", "CustomScript", ""},
	{"Microsoft.ManagedServices", "ApplicationHealthLinux", ""},
	{"Microsoft.GuestConfiguration", "ConfigurationforLinux", ""},
	{"Microsoft.EnterpriseCloud.Monitoring", "OmsAgentForLinux", "AzureMonitorLinuxAgent"},
	{"Microsoft.Azure.Monitoring.DependencyAgent", "DependencyAgentLinux", "AzureMonitorLinuxAgent with a data collection rule"},
}

const monitorAgent = "AzureMonitorLinuxAgent"

func checkExtensions(op *arm.Operation) error {
	names := map[string]bool{}
	for _, asked := range scaleSetExtensions(op.Inputs) {
		name, publisher, kind := tree.Text(asked, "name"), tree.Text(asked, "publisher"), tree.Text(asked, "type")
		if names[name] {
			return arm.BadRequest("InvalidParameter", "%s has two extensions named %s", op.ID, name)
		}
		names[name] = true
		at := slices.IndexFunc(vmExtensions, func(e vmExtension) bool {
			return strings.EqualFold(e.publisher, publisher) && strings.EqualFold(e.name, kind)
		})
		if at < 0 {
			return arm.NotFound("ArtifactNotFound", "%s: there is no VM extension %s of publisher %s", op.ID, kind, publisher)
		}
		if successor := vmExtensions[at].successor; successor != "" {
			return arm.BadRequest("VMExtensionRetired", "%s: VM extension %s was retired; use %s", op.ID, kind, successor)
		}
		if tree.Text(asked, "typeHandlerVersion") == "" {
			return arm.BadRequest("InvalidParameter", "%s: extension %s needs a typeHandlerVersion", op.ID, name)
		}
		if kind == monitorAgent && tree.Text(op.Inputs, "identity", "type") == "" {
			return arm.BadRequest("VMIdentityRequired", "%s: %s signs in with a managed identity, and the scale set has none",
				op.ID, kind)
		}
	}
	return nil
}

func scaleSetExtensions(inputs map[string]any) []any {
	return tree.List(inputs, "virtualMachineProfile", "extensionProfile", "extensions")
}

// startScaleSet is where the machines boot and their extensions report. The VM agent itself talks to the host only.
func startScaleSet(op *arm.Operation) error { return CheckMachines(op.Sub, op.ID, op.Inputs) }

// CheckMachines says why the machines of a scale set do not report that their extensions work.
func CheckMachines(s *arm.Subscription, id string, inputs map[string]any) error {
	if !slices.ContainsFunc(scaleSetExtensions(inputs), func(e any) bool { return tree.Text(e, "type") == monitorAgent }) {
		return nil
	}
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, subnet := range ScaleSetSubnets(inputs) {
		if host, why := networking.BlockedHost(net, subnet, inputs, "*", "Azure Monitor Agent"); why != "" {
			return arm.Conflict("VMExtensionProvisioningError",
				"machines of %s report a failure of extension %s: no connection to %s on port 443. %s",
				id, monitorAgent, host, why)
		}
	}
	return nil
}
