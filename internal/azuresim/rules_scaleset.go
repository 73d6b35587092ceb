package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// imageDiskGiB is the OS disk of an image that the program builds, where the scale set names no size.
const imageDiskGiB = 32

func vmProfile(inputs map[string]any, path ...string) any {
	return tree.At(inputs, append([]string{"virtualMachineProfile"}, path...)...)
}

func checkScaleSetSize(op *operation) error {
	name := tree.Text(op.inputs, "sku", "name")
	size, err := knownSize(op.id, name)
	if err != nil {
		return err
	}
	if capacity, set := tree.Number(op.inputs, "sku", "capacity"); set && (capacity < 0 || capacity > 1000) {
		return badRequest("InvalidParameter", "%s: sku.capacity must be 0 to 1000", op.id)
	}
	seen := map[string]bool{}
	for _, zone := range tree.Texts(op.inputs, "zones") {
		if !slices.Contains([]string{"1", "2", "3"}, zone) || seen[zone] {
			return badRequest("AvailabilityZoneNotSupported", "%s: availability zones are 1, 2 and 3, once each; %q is not",
				op.id, zone)
		}
		seen[zone] = true
	}
	disk := vmProfile(op.inputs, "storageProfile", "osDisk")
	if tree.Text(disk, "diffDiskSettings", "option") == "" {
		return nil
	}
	if tree.Text(disk, "caching") != "ReadOnly" {
		return badRequest("InvalidParameter", "%s: an ephemeral OS disk needs caching ReadOnly", op.id)
	}
	gib, set := tree.Number(disk, "diskSizeGB")
	if !set {
		gib = imageDiskGiB
	}
	return size.holdsOSDisk(op.id, name, tree.Text(disk, "diffDiskSettings", "placement"), int(gib))
}

// checkScaleSetImage demands an image that exists, unless it is somebody else's: in another subscription, or in a resource group
// that the subscription does not know.
func checkScaleSetImage(op *operation) error {
	id := tree.Text(vmProfile(op.inputs, "storageProfile", "imageReference"), "id")
	security := tree.Text(vmProfile(op.inputs, "securityProfile"), "securityType")
	if id == "" {
		return badRequest("InvalidParameter", "%s names no image by id", op.id)
	}
	gallery := strings.Contains(resourceid.Key(id), "/galleries/")
	if security == "TrustedLaunch" && !gallery {
		return badRequest("TrustedLaunchNotSupported", "%s: Trusted Launch needs a gallery image; %s is a managed image", op.id, id)
	}
	if !resourceid.Within(id, "/subscriptions/"+SubscriptionID) || op.sub.find(parentGroupID(id)) == nil {
		return nil
	}
	image := op.sub.find(id)
	if image == nil || !image.usable() {
		return notFound("NotFound", "%s: image %s does not exist", op.id, id)
	}
	if security != "TrustedLaunch" {
		return nil
	}
	definition, _, _ := strings.Cut(image.ID, "/versions/")
	features := op.sub.find(definition)
	if features == nil || !slices.ContainsFunc(tree.List(features.Inputs, "features"), func(feature any) bool {
		return tree.Text(feature, "name") == "SecurityType" && strings.HasPrefix(tree.Text(feature, "value"), "TrustedLaunch")
	}) {
		return badRequest("TrustedLaunchNotSupported", "%s: image definition %s lacks the feature SecurityType TrustedLaunchSupported",
			op.id, definition)
	}
	return nil
}

func checkScaleSetNetwork(op *operation) error {
	primaries := 0
	for _, nic := range scaleSetNICs(op.inputs) {
		if tree.Truth(nic, "primary") {
			primaries++
		}
		for _, configuration := range tree.List(nic, "ipConfigurations") {
			subnet := tree.Text(configuration, "subnet", "id")
			vnet := op.sub.find(resourceid.Parent(subnet))
			if op.sub.subnetOf(subnet) == nil || !sameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.inputs, "location")) {
				return badRequest("InvalidResourceReference", "%s needs a subnet in region %s; %q is none",
					op.id, tree.Text(op.inputs, "location"), subnet)
			}
			if _, reserved := reservedSubnetPrefixes[resourceid.Name(subnet)]; reserved {
				return badRequest("SubnetReserved", "%s cannot be in subnet %s, which is for the service of that name",
					op.id, subnet)
			}
			capacity, _ := tree.Number(op.inputs, "sku", "capacity")
			if room := op.sub.usableAddresses(subnet); room < int(capacity) {
				return badRequest("SubnetIsFull", "subnet %s has %d addresses; %v machines of %s need one each",
					subnet, room, capacity, op.id)
			}
		}
	}
	if primaries != 1 {
		return badRequest("InvalidParameter", "%s needs exactly one primary network interface, not %d", op.id, primaries)
	}
	return nil
}

func scaleSetNICs(inputs map[string]any) []any {
	return tree.List(inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")
}

// fixedInScaleSet cannot change in a scale set that exists.
var fixedInScaleSet = [][]string{
	{"orchestrationMode"}, {"singlePlacementGroup"}, {"virtualMachineProfile", "osProfile", "adminUsername"},
	{"virtualMachineProfile", "osProfile", "computerNamePrefix"}, {"virtualMachineProfile", "storageProfile", "osDisk", "diffDiskSettings"},
}

func checkScaleSetChanges(op *operation) error {
	if op.old == nil {
		return nil
	}
	for _, path := range fixedInScaleSet {
		if !sameJSON(tree.At(op.old.Inputs, path...), tree.At(op.inputs, path...)) {
			return conflict("PropertyChangeNotAllowed", "%s: changing property %s is not allowed", op.id, strings.Join(path, "."))
		}
	}
	return nil
}

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

func checkExtensions(op *operation) error {
	names := map[string]bool{}
	for _, asked := range scaleSetExtensions(op.inputs) {
		name, publisher, kind := tree.Text(asked, "name"), tree.Text(asked, "publisher"), tree.Text(asked, "type")
		if names[name] {
			return badRequest("InvalidParameter", "%s has two extensions named %s", op.id, name)
		}
		names[name] = true
		at := slices.IndexFunc(vmExtensions, func(e vmExtension) bool {
			return strings.EqualFold(e.publisher, publisher) && strings.EqualFold(e.name, kind)
		})
		if at < 0 {
			return notFound("ArtifactNotFound", "%s: there is no VM extension %s of publisher %s", op.id, kind, publisher)
		}
		if successor := vmExtensions[at].successor; successor != "" {
			return badRequest("VMExtensionRetired", "%s: VM extension %s was retired; use %s", op.id, kind, successor)
		}
		if tree.Text(asked, "typeHandlerVersion") == "" {
			return badRequest("InvalidParameter", "%s: extension %s needs a typeHandlerVersion", op.id, name)
		}
		if kind == monitorAgent && tree.Text(op.inputs, "identity", "type") == "" {
			return badRequest("VMIdentityRequired", "%s: %s signs in with a managed identity, and the scale set has none",
				op.id, kind)
		}
	}
	return nil
}

const monitorAgent = "AzureMonitorLinuxAgent"

func scaleSetExtensions(inputs map[string]any) []any {
	return tree.List(inputs, "virtualMachineProfile", "extensionProfile", "extensions")
}
