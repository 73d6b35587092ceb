package compute

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/vmsize"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var scaleSetKind = &arm.Kind{
	Token: "compute:VirtualMachineScaleSet", Path: computeProvider + "/virtualMachineScaleSets/{vmScaleSetName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,62}[\w])?$`), Located: true,
	Create: 3 * time.Minute, Update: 2 * time.Minute, Remove: time.Minute,
	Immutable: []arm.Immutable{{Paths: []string{"zones"}}}, JoinsSubnets: true,
	// An image may be of another owner, and scale sets outlive theirs.
	WeakReferences: []string{"virtualMachineProfile.storageProfile.imageReference"},
	Rules: []func(*arm.Operation) error{
		checkScaleSetSize, checkScaleSetImage, checkScaleSetUser, checkCustomData, checkScaleSetNetwork, checkExtensions,
		checkScaleSetChanges,
	},
	CheckStartup: startScaleSet,
	Compute:      func(op *arm.Operation) map[string]any { return map[string]any{"uniqueId": op.GUID()} },
	WriteOnly:    []string{"customData", "adminPassword", "protectedSettings"},
}

// foreignImageGiB is the OS disk of an image that the subscription does not know, where the scale set names no size: that of Ubuntu's images.
const foreignImageGiB = 30.0

// osDiskGiB is the size of the OS disk: the one that is asked for, or that of the image.
func osDiskGiB(op *arm.Operation) float64 {
	if size, set := tree.Number(vmProfile(op.Inputs, "storageProfile", "osDisk"), "diskSizeGB"); set {
		return size
	}
	image := op.Sub.Find(tree.Text(vmProfile(op.Inputs, "storageProfile", "imageReference"), "id"))
	if image == nil {
		return foreignImageGiB
	}
	for _, path := range [][]string{{"osDisk", "diskSizeGB"}, {"osDiskImage", "sizeInGB"}} {
		if size, known := tree.Number(image.Outputs, append([]string{"storageProfile"}, path...)...); known {
			return size
		}
	}
	return foreignImageGiB
}

// guestStateGiB is what Trusted Launch takes of the local disk of an ephemeral OS disk (Azure document "Ephemeral OS disks", 2026-09-08).
const guestStateGiB = 1

func vmProfile(inputs map[string]any, path ...string) any {
	return tree.At(inputs, append([]string{"virtualMachineProfile"}, path...)...)
}

func checkScaleSetSize(op *arm.Operation) error {
	name := tree.Text(op.Inputs, "sku", "name")
	size, err := vmsize.Find(op.ID, name)
	if err != nil {
		return err
	}
	if capacity, set := tree.Number(op.Inputs, "sku", "capacity"); set && (capacity < 0 || capacity > 1000) {
		return arm.BadRequest("InvalidParameter", "%s: sku.capacity must be 0 to 1000", op.ID)
	}
	seen := map[string]bool{}
	for _, zone := range tree.Texts(op.Inputs, "zones") {
		if !slices.Contains([]string{"1", "2", "3"}, zone) || seen[zone] {
			return arm.BadRequest("AvailabilityZoneNotSupported", "%s: availability zones are 1, 2 and 3, once each; %q is not",
				op.ID, zone)
		}
		seen[zone] = true
	}
	disk := vmProfile(op.Inputs, "storageProfile", "osDisk")
	if tree.Text(disk, "diffDiskSettings", "option") == "" {
		return nil
	}
	if tree.Text(disk, "caching") != "ReadOnly" {
		return arm.BadRequest("InvalidParameter", "%s: an ephemeral OS disk needs caching ReadOnly", op.ID)
	}
	gib := osDiskGiB(op)
	if tree.Text(vmProfile(op.Inputs, "securityProfile"), "securityType") == "TrustedLaunch" {
		gib += guestStateGiB
	}
	return size.HoldsOSDisk(op.ID, name, tree.Text(disk, "diffDiskSettings", "placement"), int(gib))
}

// checkScaleSetImage demands an image that exists, unless it is of another owner: in another subscription, or in a resource group
// that the subscription does not know.
func checkScaleSetImage(op *arm.Operation) error {
	id := tree.Text(vmProfile(op.Inputs, "storageProfile", "imageReference"), "id")
	security := tree.Text(vmProfile(op.Inputs, "securityProfile"), "securityType")
	if id == "" {
		return arm.BadRequest("InvalidParameter", "%s names no image by id", op.ID)
	}
	gallery := strings.Contains(resourceid.Key(id), "/galleries/")
	if security == "TrustedLaunch" && !gallery {
		return arm.BadRequest("TrustedLaunchNotSupported", "%s: Trusted Launch needs a gallery image; %s is a managed image", op.ID, id)
	}
	if !op.Sub.Has(resourceid.Subscription(id)) || op.Sub.Find(arm.ParentGroupID(id)) == nil {
		return nil
	}
	if read := resourceid.Type(id) + "/read"; !authz.Allows(op.Sub, op.Principal(), read, id) {
		return authz.LinkedDenied(op, read, id)
	}
	image := op.Sub.Find(id)
	if image == nil || !image.Usable() {
		return arm.NotFound("NotFound", "%s: image %s does not exist", op.ID, id)
	}
	if security != "TrustedLaunch" {
		return nil
	}
	definition, _, _ := strings.Cut(image.ID, "/versions/")
	features := op.Sub.Find(definition)
	if features == nil || !slices.ContainsFunc(tree.List(features.Inputs, "features"), func(feature any) bool {
		return tree.Text(feature, "name") == "SecurityType" && strings.HasPrefix(tree.Text(feature, "value"), "TrustedLaunch")
	}) {
		return arm.BadRequest("TrustedLaunchNotSupported", "%s: image definition %s lacks the feature SecurityType TrustedLaunchSupported",
			op.ID, definition)
	}
	return nil
}

func checkScaleSetNetwork(op *arm.Operation) error {
	primaries := 0
	for _, nic := range ScaleSetNICs(op.Inputs) {
		if tree.Truth(nic, "primary") {
			primaries++
		}
		for _, configuration := range tree.List(nic, "ipConfigurations") {
			subnet := tree.Text(configuration, "subnet", "id")
			vnet := op.Sub.Find(resourceid.Parent(subnet))
			if networking.SubnetOf(op.Sub, subnet) == nil || !arm.SameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.Inputs,
				"location")) {
				return arm.BadRequest("InvalidResourceReference", "%s needs a subnet in region %s; %q is none",
					op.ID, tree.Text(op.Inputs, "location"), subnet)
			}
			if _, reserved := networking.ReservedSubnetPrefixes[resourceid.Name(subnet)]; reserved {
				return arm.BadRequest("SubnetReserved", "%s cannot be in subnet %s, which is for the service of that name",
					op.ID, subnet)
			}
			capacity, _ := tree.Number(op.Inputs, "sku", "capacity")
			if room := networking.UsableAddresses(op.Sub, subnet); room < int(capacity) {
				return arm.BadRequest("SubnetIsFull", "subnet %s has %d addresses; %v machines of %s need one each",
					subnet, room, capacity, op.ID)
			}
		}
	}
	if primaries != 1 {
		return arm.BadRequest("InvalidParameter", "%s needs exactly one primary network interface, not %d", op.ID, primaries)
	}
	return nil
}

// ScaleSetNICs are the network interfaces of each machine.
func ScaleSetNICs(inputs map[string]any) []any {
	return tree.List(inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")
}

// ScaleSetSubnets are the subnets that the machines are in.
func ScaleSetSubnets(inputs map[string]any) []string {
	var subnets []string
	for _, nic := range ScaleSetNICs(inputs) {
		for _, configuration := range tree.List(nic, "ipConfigurations") {
			subnets = append(subnets, tree.Text(configuration, "subnet", "id"))
		}
	}
	return subnets
}

// fixedInScaleSet cannot change in a scale set that exists.
var fixedInScaleSet = [][]string{
	{"orchestrationMode"}, {"singlePlacementGroup"}, {"virtualMachineProfile", "osProfile", "adminUsername"},
	{"virtualMachineProfile", "osProfile", "computerNamePrefix"}, {"virtualMachineProfile", "storageProfile", "osDisk", "diffDiskSettings"},
}

func checkScaleSetChanges(op *arm.Operation) error {
	if op.Old == nil {
		return nil
	}
	for _, path := range fixedInScaleSet {
		if !arm.SameJSON(tree.At(op.Old.Inputs, path...), tree.At(op.Inputs, path...)) {
			return arm.Conflict("PropertyChangeNotAllowed", "%s: changing property %s is not allowed", op.ID, strings.Join(path, "."))
		}
	}
	return nil
}
