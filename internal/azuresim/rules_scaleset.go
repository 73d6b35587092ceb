package azuresim

import (
	"slices"
	"strings"
)

// imageDiskGiB is the OS disk of an image that the program builds, where the scale set names no size.
const imageDiskGiB = 32

func vmProfile(inputs map[string]any, path ...string) any {
	return at(inputs, append([]string{"virtualMachineProfile"}, path...)...)
}

func checkScaleSetSize(op *operation) error {
	name := text(op.inputs, "sku", "name")
	size, err := knownSize(op.id, name)
	if err != nil {
		return err
	}
	if capacity, set := number(op.inputs, "sku", "capacity"); set && (capacity < 0 || capacity > 1000) {
		return badRequest("InvalidParameter", "%s: sku.capacity must be 0 to 1000", op.id)
	}
	seen := map[string]bool{}
	for _, zone := range texts(op.inputs, "zones") {
		if !slices.Contains([]string{"1", "2", "3"}, zone) || seen[zone] {
			return badRequest("AvailabilityZoneNotSupported", "%s: availability zones are 1, 2 and 3, once each; %q is not",
				op.id, zone)
		}
		seen[zone] = true
	}
	disk := vmProfile(op.inputs, "storageProfile", "osDisk")
	if text(disk, "diffDiskSettings", "option") == "" {
		return nil
	}
	if text(disk, "caching") != "ReadOnly" {
		return badRequest("InvalidParameter", "%s: an ephemeral OS disk needs caching ReadOnly", op.id)
	}
	gib, set := number(disk, "diskSizeGB")
	if !set {
		gib = imageDiskGiB
	}
	return size.holdsOSDisk(op.id, name, text(disk, "diffDiskSettings", "placement"), int(gib))
}

// checkScaleSetImage demands an image that exists, unless it is somebody else's: in another subscription, or in a resource group
// that the subscription does not know.
func checkScaleSetImage(op *operation) error {
	id := text(vmProfile(op.inputs, "storageProfile", "imageReference"), "id")
	security := text(vmProfile(op.inputs, "securityProfile"), "securityType")
	if id == "" {
		return badRequest("InvalidParameter", "%s names no image by id", op.id)
	}
	gallery := strings.Contains(key(id), "/galleries/")
	if security == "TrustedLaunch" && !gallery {
		return badRequest("TrustedLaunchNotSupported", "%s: Trusted Launch needs a gallery image; %s is a managed image", op.id, id)
	}
	if !within(id, "/subscriptions/"+SubscriptionID) || op.sub.find(parentGroupID(id)) == nil {
		return nil
	}
	image := op.sub.find(id)
	if image == nil || !image.usable() {
		return missing("NotFound", "%s: image %s does not exist", op.id, id)
	}
	if security != "TrustedLaunch" {
		return nil
	}
	definition, _, _ := strings.Cut(image.ID, "/versions/")
	features := op.sub.find(definition)
	if features == nil || !slices.ContainsFunc(list(features.Inputs, "features"), func(feature any) bool {
		return text(feature, "name") == "SecurityType" && strings.HasPrefix(text(feature, "value"), "TrustedLaunch")
	}) {
		return badRequest("TrustedLaunchNotSupported", "%s: image definition %s lacks the feature SecurityType TrustedLaunchSupported",
			op.id, definition)
	}
	return nil
}

func checkScaleSetNetwork(op *operation) error {
	primaries := 0
	for _, nic := range scaleSetNICs(op.inputs) {
		if truth(nic, "primary") {
			primaries++
		}
		for _, configuration := range list(nic, "ipConfigurations") {
			subnet := text(configuration, "subnet", "id")
			vnet := op.sub.find(parentID(subnet))
			if op.sub.subnetOf(subnet) == nil || !sameLocation(text(vnet.Inputs, "location"), text(op.inputs, "location")) {
				return badRequest("InvalidResourceReference", "%s needs a subnet in region %s; %q is none",
					op.id, text(op.inputs, "location"), subnet)
			}
			if _, reserved := smallest[lastSegment(subnet)]; reserved {
				return badRequest("SubnetReserved", "%s cannot be in subnet %s, which is for the service of that name",
					op.id, subnet)
			}
			capacity, _ := number(op.inputs, "sku", "capacity")
			if room := op.sub.room(subnet); room < int(capacity) {
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
	return list(inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")
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
		if !sameJSON(at(op.old.Inputs, path...), at(op.inputs, path...)) {
			return conflict("PropertyChangeNotAllowed", "%s: changing property %s is not allowed", op.id, strings.Join(path, "."))
		}
	}
	return nil
}

// extension is a VM extension by publisher and type; a retired one has a successor.
type extension struct{ publisher, name, successor string }

// extensions are those of Linux machines that the simulator knows.
var extensions = []extension{
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
		name, publisher, kind := text(asked, "name"), text(asked, "publisher"), text(asked, "type")
		if names[name] {
			return badRequest("InvalidParameter", "%s has two extensions named %s", op.id, name)
		}
		names[name] = true
		at := slices.IndexFunc(extensions, func(e extension) bool {
			return strings.EqualFold(e.publisher, publisher) && strings.EqualFold(e.name, kind)
		})
		if at < 0 {
			return missing("ArtifactNotFound", "%s: there is no VM extension %s of publisher %s", op.id, kind, publisher)
		}
		if successor := extensions[at].successor; successor != "" {
			return badRequest("VMExtensionRetired", "%s: VM extension %s was retired; use %s", op.id, kind, successor)
		}
		if text(asked, "typeHandlerVersion") == "" {
			return badRequest("InvalidParameter", "%s: extension %s needs a typeHandlerVersion", op.id, name)
		}
		if kind == monitorAgent && text(op.inputs, "identity", "type") == "" {
			return badRequest("VMIdentityRequired", "%s: %s signs in with a managed identity, and the scale set has none",
				op.id, kind)
		}
	}
	return nil
}

const monitorAgent = "AzureMonitorLinuxAgent"

func scaleSetExtensions(inputs map[string]any) []any {
	return list(inputs, "virtualMachineProfile", "extensionProfile", "extensions")
}
