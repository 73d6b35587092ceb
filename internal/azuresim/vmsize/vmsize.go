// Package vmsize has the sizes of virtual machines, as far as rules look at them.
package vmsize

import (
	"fmt"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Size is what rules need to know of a VM size: vCPUs, and the local disks in GiB on which an ephemeral OS disk can lie.
type Size struct {
	VCPU, temp, cache int // VCPU is how many virtual processors it has
}

// sizes are the sizes that clusters and jump boxes can use (Azure documents "Ddsv5 series", "Edsv5 series", "Fsv2 series",
// "Dv2 series" and "Ephemeral OS disks").
var sizes = map[string]Size{
	"Standard_B2ms": {2, 16, 30}, "Standard_D2s_v5": {2, 0, 0}, "Standard_D4s_v5": {4, 0, 0}, "Standard_D8s_v5": {8, 0, 0},
	"Standard_D2ds_v4": {2, 75, 50}, "Standard_D4ds_v4": {4, 150, 100}, "Standard_D8ds_v4": {8, 300, 200},
	"Standard_D2ds_v5": {2, 75, 50}, "Standard_D4ds_v5": {4, 150, 100}, "Standard_D8ds_v5": {8, 300, 200}, "Standard_D16ds_v5": {16, 600, 400},
	"Standard_E4ds_v5": {4, 150, 100}, "Standard_E8ds_v5": {8, 300, 200}, "Standard_F4s_v2": {4, 32, 64}, "Standard_F8s_v2": {8, 64, 128},
	"Standard_DS1_v2": {1, 7, 43}, "Standard_DS2_v2": {2, 14, 86}, "Standard_DS3_v2": {4, 28, 172}, "Standard_DS4_v2": {8, 56, 344},
}

// Find finds a VM size, or refuses it as Azure does.
func Find(where, name string) (Size, error) {
	size, ok := sizes[name]
	if !ok {
		return size, arm.BadRequest("SkuNotAvailable", "%s: VM size %q is not available", where, name)
	}
	return size, nil
}

// HoldsOSDisk refuses an ephemeral OS disk that is larger than the local disk it is to lie on. Without a placement Azure
// takes the cache where that is large enough, and the temp disk otherwise.
func (v Size) HoldsOSDisk(where, name, placement string, gib int) error {
	room := map[string]int{"": max(v.cache, v.temp), "CacheDisk": v.cache, "ResourceDisk": v.temp}[placement]
	if gib <= room {
		return nil
	}
	disk := map[string]string{"": "local disk", "CacheDisk": "cache", "ResourceDisk": "temp disk"}[placement]
	if disk == "" {
		disk = fmt.Sprintf("%q placement", placement)
	}
	return arm.BadRequest("OSDiskSizeTooLargeForEphemeral",
		"%s: an ephemeral OS disk of %d GiB does not fit the %s of size %s, which has %d GiB",
		where, gib, disk, name, room)
}
