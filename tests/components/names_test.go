package components

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the image consists of is in its names: any change is a new template, a new image and a new build.
func TestNamesFollowTheImage(t *testing.T) {
	changes := map[string]settings{
		"default":         nil,
		"version":         {"imageBuilder.toolVersions": `{"kubectl":"1.34.0"}`},
		"tool left out":   {"imageBuilder.toolVersions": `{"kubectl":"none"}`},
		"VM size":         {"imageBuilder.vmSize": "Standard_D4ds_v5"},
		"proxy's size":    {"imageBuilder.proxyVmSize": "Standard_D4ds_v5"},
		"disk":            {"imageBuilder.osDiskSizeGB": "64"},
		"timeout":         {"imageBuilder.buildTimeoutMinutes": "90"},
		"source image":    {"imageBuilder.sourceImage": "Canonical:ubuntu-24_04-lts:server:24.04.202601010"},
		"distribution":    {"imageBuilder.distribute": "ManagedImage"},
		"replication":     {"zones": "[]"},
		"region":          {"location": "westeurope"},
		"workload group":  {"resourceGroups.workload": "rg-other"},
		"group of spokes": {"resourceGroups.spokes": "rg-other"},
	}
	seen := map[string]string{}
	for change, s := range changes {
		names := namesOf(t, s)
		for kind, name := range map[string]string{
			"template": names.Template, "image": names.Image, "script": names.Script, "version": names.GalleryVersion,
		} {
			assert.Empty(t, seen[kind+name], "%s: the %s is named as for %s", change, kind, seen[kind+name])
			seen[kind+name] = change
		}
	}
}

// What is no part of the image leaves the names alone, so an unchanged image is never built again.
func TestNamesStay(t *testing.T) {
	want := namesOf(t, nil)
	for change, s := range map[string]settings{
		"nothing":       nil,
		"tags":          {"tags": `{"environment":"other"}`},
		"protection":    {"protect": "true"},
		"retention":     {"imageBuilder.retain": "false"},
		"roles":         {"imageBuilder.useCustomRoles": "false", "imageBuilder.customRoleSuffix": "x"},
		"hub":           {"hub.bastionSubnet": "10.200.0.192/26", "hub.logRetentionDays": "400", "bastion.sku": "Premium"},
		"firewall":      {"firewall.publicIpCount": "1"},
		"range":         {"imageBuilder.addressSpace": "10.242.0.0/24", "imageBuilder.subnet": "10.242.0.0/28"},
		"named version": {"imageBuilder.toolVersions": `{"kubectl":"` + versionOf(t, "kubectl") + `"}`},
	} {
		assert.Equal(t, want, namesOf(t, s), change)
	}
}

// Names keep to Azure's rules; a gallery version is three numbers, each of at most 31 bits.
func TestNamesAreValid(t *testing.T) {
	for _, s := range []settings{nil, managedImage, {"imageBuilder.vmSize": "Standard_D4ds_v5"}, {"location": "westus2"}} {
		names := namesOf(t, s)
		assert.Regexp(t, `^imgt-aksopsjb-[0-9a-f]{10}$`, names.Template)
		assert.Regexp(t, `^img-aksopsjb-[0-9a-f]{10}$`, names.Image)
		assert.Regexp(t, `^ds-aksopsjb-[0-9a-f]{10}$`, names.Script)
		numbers := strings.Split(names.GalleryVersion, ".")
		require.Len(t, numbers, 3)
		for _, number := range numbers {
			_, err := strconv.ParseInt(number, 10, 32)
			assert.NoError(t, err, names.GalleryVersion)
		}
	}
}
