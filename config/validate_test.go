package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

// mistake is one wrong key. The value that is reported is the key's own, unless another is given.
type mistake struct {
	values       values
	key          string
	allowedWords string
	value        string
}

// set is a mistake in a single value.
func set(key, value, allowedWords string) mistake {
	return mistake{values: values{key: value}, key: key, allowedWords: allowedWords, value: value}
}

// at reports another value than the configured one, for example one element of a list.
func (m mistake) at(value string) mistake {
	m.value = value
	return m
}

// builderRange sets the image builder's network and its subnet.
func builderRange(vnet, subnet, key, allowedWords string) mistake {
	v := values{"imageBuilder.addressSpace": vnet, "imageBuilder.subnet": subnet}
	return mistake{values: v, key: key, allowedWords: allowedWords, value: v[key]}
}

func existingImage(id, allowedWords string) mistake {
	m := set("imageBuilder.existingImageId", id, allowedWords)
	m.values = m.values.with("imageBuilder.mode", "existing")
	return m
}

var networkMistakes = map[string]mistake{
	"hub and spoke overlap": builderRange("10.200.0.0/28", "10.200.0.0/28", "imageBuilder.addressSpace",
		"not overlap hub.addressSpace 10.200.0.0/24"),
	"public range":        builderRange("20.1.0.0/28", "20.1.0.0/28", "imageBuilder.addressSpace", "private range"),
	"partly public range": builderRange("192.168.0.0/15", "192.168.0.0/28", "imageBuilder.addressSpace", "private range"),
	"builder network /29": builderRange("10.241.0.0/29", "10.241.0.0/28", "imageBuilder.addressSpace", "/28 or larger"),
	"subnets overlap": set("hub.bastionSubnet", "10.200.0.64/26",
		"not overlap hub.gatewaySubnet 10.200.0.64/27"),
	"subnet outside its network": set("imageBuilder.subnet", "10.241.1.0/28",
		"inside imageBuilder.addressSpace 10.241.0.0/28"),
	"subnet larger than network": set("imageBuilder.subnet", "10.241.0.0/24", "inside imageBuilder.addressSpace"),
	"builder subnet of /29":      set("imageBuilder.subnet", "10.241.0.0/29", "/28 or larger"),
	"Bastion subnet of /27":      set("hub.bastionSubnet", "10.200.0.96/27", "/26 or larger"),
	"firewall subnet of /27":     set("hub.firewallSubnet", "10.200.0.0/27", "/26 or larger"),
	"gateway subnet of /28":      set("hub.gatewaySubnet", "10.200.0.64/28", "/27 or larger"),
	"host bits":                  set("hub.gatewaySubnet", "10.200.0.65/27", "without host bits"),
	"IPv6":                       set("imageBuilder.subnet", "fd00::/28", "IPv4"),
	"no CIDR":                    set("hub.addressSpace", "10.200.0.0", "CIDR"),
}

var typeMistakes = map[string]mistake{
	"text for a number":       set("firewall.publicIpCount", "three", "whole number from 1 to 250"),
	"fraction for a number":   set("hub.logRetentionDays", "90.5", "whole number from 30 to 730"),
	"a type without provider": set("policies.additionalTypes", `["workflows"]`, "Microsoft.Logic/workflows").of("policies.additionalTypes[0]", "workflows"),
	"a suffix of five":        set("hub.workspaceSuffix", "again", "up to 4"),
	"number out of range":     set("hub.flowLogRetentionDays", "30", "from 90 to 365"),
	"no public address":       set("firewall.publicIpCount", "0", "from 1 to 250"),
	"text for a boolean":      set("protect", "sometimes", "true or false"),
	"text for a list":         set("zones", "1", "list of strings"),
	"numbers in a list":       set("zones", "[1,2]", "list of strings"),
	"list for an object":      set("tags", `["a"]`, "object"),
	"nested object":           set("tags", `{"a":{"b":"c"}}`, "values are strings"),
	"list of tools":           set("imageBuilder.toolVersions", `["kubectl"]`, "object"),
	"duplicate zones":         set("zones", `["1","1"]`, "different zones").at("1,1"),
	"unknown zone":            set("zones", `["4"]`, `"1", "2" and "3"`).at("4"),
	"tag name":                set("tags", `{"a/b":"c"}`, "without").at("a/b"),
	"unknown tool":            set("imageBuilder.toolVersions", `{"emacs":"30.1"}`, "azure-cli, aks-preview, kubectl, helm").at("emacs"),
	"version with a v":        set("imageBuilder.toolVersions", `{"kubectl":"v1.35.1"}`, "without a leading v").at("kubectl: v1.35.1"),
	"command in a version":    set("imageBuilder.toolVersions", `{"kubectl":"1.35.1; reboot"}`, "version").at("kubectl: 1.35.1; reboot"),
	"source image":            set("imageBuilder.sourceImage", "Ubuntu2404", "publisher:offer:sku:version"),
	"VM size":                 set("imageBuilder.vmSize", "D2ds_v5", "Standard_D2ds_v5"),
	"network watcher's name":  set("networkWatcher.name", "a/b", "letters, digits"),
	"resource group":          set("resourceGroups.hub", "rg hubs", "letters, digits"),
	"resource group with dot": set("resourceGroups.hub", "rg.", "not ending in a period"),
	"role suffix":             set("imageBuilder.customRoleSuffix", strings.Repeat("x", 65), "at most 64"),
}

var choiceMistakes = map[string]mistake{
	"unknown mode":               set("imageBuilder.mode", "download", "build, existing"),
	"mode in other case":         set("imageBuilder.mode", "Build", "build, existing"),
	"distribution":               set("imageBuilder.distribute", "VHD", "ManagedImage, SharedImage"),
	"Bastion SKU":                set("bastion.sku", "Basic", "Standard, Premium"),
	"detection on Standard tier": set("firewall.tier", "Standard", "Off while firewall.tier is Standard").of("firewall.intrusionDetection", "Deny"),
	"DNS server by name":         set("firewall.dnsServers", `["dns.example.com"]`, "IPv4 address").of("firewall.dnsServers[0]", "dns.example.com"),
	"DNS server of IPv6":         set("firewall.dnsServers", `["fd00::1"]`, "IPv4 address").of("firewall.dnsServers[0]", "fd00::1"),
	"DNS server twice":           set("firewall.dnsServers", `["10.1.0.4", "10.1.0.4"]`, "only once").of("firewall.dnsServers[1]", "10.1.0.4"),
	"firewall asking itself":     set("firewall.dnsServers", `["10.200.0.4"]`, "outside of hub.firewallSubnet").of("firewall.dnsServers[0]", "10.200.0.4"),
	"host of nodes with a port":  set("firewall.nodeHosts", `["a.example:8443"]`, "host name").of("firewall.nodeHosts[0]", "a.example:8443"),
	"host of all names":          set("jumpBoxes.allowedHosts", `["*"]`, "host name").of("jumpBoxes.allowedHosts[0]", "*"),
	"firewall tier":              set("firewall.tier", "Basic", "Premium, Standard"),
	"region without the service": set("location", "canadaeast", "Image Builder").with("zones", "[]"),
	"display name of a region":   set("location", "East US 2", "short name"),
	"malformed image id":         existingImage("img-jumpbox", "resource id"),
	"id of an image definition":  existingImage(strings.TrimSuffix(galleryImageVersion, "/versions/1.2.3"), "gallery image version"),
	"existing without an id":     existingImage("", "mode is existing"),
	"id without mode existing":   set("imageBuilder.existingImageId", galleryImageVersion, "empty while imageBuilder.mode is build"),
	"image larger than a disk":   set("imageBuilder.osDiskSizeGB", "75", "at most 74, the room for it on the temporary disk of jumpBoxes.vmSize"),
	"runner of scripts":          set("scripts.runBy", "pipeline", "azure, caller"),
	"workspace by name":          set("monitoring.workspaceId", "law", "Azure resource id of a Log Analytics workspace"),
	"workspace of another type":  set("monitoring.metricsWorkspaceId", scriptAccount, "Azure resource id of an Azure Monitor workspace"),
	"management group by name":   set("governance.managementGroupId", "landing-zones", "Azure resource id of a management group"),
	"account of another type":    set("flowLogs.storageAccountId", scriptSubnet, "Azure resource id of a storage account"),
	"identity without account":   set("flowLogs.identityId", "/subscriptions/"+subscription+"/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi", "flowLogs.storageAccountId"),
	"governance by someone":      set("governance.mode", "audit", "assign, none"),
	"images without a group": set("subscriptions.images", "4e3c1b0a-0000-4000-8000-00000000a0b1", "a group of its own").
		of("resourceGroups.image", "rg-bu0001a0005"),
	"image in the hub's group":  set("resourceGroups.image", "rg-enterprise-networking-hubs", "a group of its own"),
	"image in a misspelt group": set("resourceGroups.image", "RG-bu0001a0005", "exactly resourceGroups.workload"),
	"group of the shared image": set("resourceGroups.existing", `["image"]`, "out of hub, spokes, workload:").of("resourceGroups.existing[0]", "image"),
	"group of a stamp without":  set("resourceGroups.existing", `["01"]`, "out of hub, spokes, workload:").of("resourceGroups.existing[0]", "01"),
	"group named twice":         set("resourceGroups.existing", `["hub","hub"]`, "each once").of("resourceGroups.existing[1]", "hub"),
	"hub subscription by name":  set("subscriptions.hub", "connectivity", "GUID"),
	"subnet without account":    set("scripts.subnetId", scriptSubnet, "since scripts.subnetId is set").of("scripts.storageAccountId", ""),
	"account without key":       set("scripts.storageAccountId", scriptAccount, "since scripts.subnetId is empty").of("scripts.storageAccountKey", ""),
	"account for the caller":    set("scripts.storageAccountId", scriptAccount, "empty while scripts.runBy is caller").with("scripts.runBy", "caller"),
	"subnet of the stack": set("scripts.subnetId", strings.Replace(scriptSubnet, "rg-scripts", "rg-enterprise-networking-spokes", 1),
		"network of your own").with("scripts.storageAccountId", scriptAccount),
	"one resource group twice": set("resourceGroups.spokes", "RG-bu0001a0005", "different from resourceGroups.spokes").
		of("resourceGroups.workload", "rg-bu0001a0005"),
}

// with sets one more value, which is right by itself.
func (m mistake) with(key, value string) mistake {
	m.values = m.values.with(key, value)
	return m
}

// of reports another key than the configured one.
func (m mistake) of(key, value string) mistake {
	m.key, m.value = key, value
	return m
}

// Each mistake is refused under its key, with the value and with what is allowed instead, and reported once.
func TestMistakes(t *testing.T) {
	for group, tests := range map[string]map[string]mistake{
		"networks": networkMistakes, "types": typeMistakes, "choices": choiceMistakes, "stamps": stampMistakes, "clusters": clusterMistakes,
		"bootstrap": bootstrapMistakes, "transit": transitMistakes, "given": givenMistakes, "virtual nodes": virtualNodesMistakes,
		"parts": partMistakes,
	} {
		for name, test := range tests {
			t.Run(group+"/"+name, func(t *testing.T) {
				found := problems(t, test.values)
				require.Len(t, found, 1, "one mistake is one problem: %v", found)
				assert.Equal(t, test.key, found[0].Key)
				assert.Equal(t, test.value, found[0].Value)
				assert.Contains(t, found[0].Allowed, test.allowedWords)
			})
		}
	}
}

// A resource group's name is checked with its suffix, which may make it too long.
func TestSuffixedResourceGroupTooLong(t *testing.T) {
	name := strings.Repeat("r", 85)
	found := problems(t, values{"resourceGroups.hub": name, "resourceGroups.regionSuffix": "true"})
	assert.Equal(t, []config.Problem{{
		Key: "resourceGroups.hub", Value: name + "-eastus2",
		Allowed: "1 to 90 letters, digits, or -_.(), not ending in a period",
	}}, found)
}

// One run shows every mistake: a single error names each key once with its value and what is allowed.
func TestSeveralMistakesAreOneError(t *testing.T) {
	mistakes := values{
		"location":                     "canadaeast",
		"zones":                        `["1","1"]`,
		"protect":                      "perhaps",
		"hub.addressSpace":             "10.200.0.0/33",
		"hub.bastionSubnet":            "10.200.0.0/26",
		"firewall.tier":                "Gold",
		"imageBuilder.subnet":          "10.241.0.0/29",
		"imageBuilder.existingImageId": "x",
		"imageBuilder.toolVersions":    `{"emacs":"30.1"}`,
		"imageBuilder.osDiskSizeGB":    "much",
	}
	// A mistake inside a list or an object is shown by itself.
	shown := map[string]string{"zones": "1,1", "imageBuilder.toolVersions": "emacs"}
	found := problems(t, mistakes)
	values := map[string]string{}
	for _, problem := range found {
		values[problem.Key] = problem.Value
		assert.NotEmpty(t, problem.Allowed)
	}
	for key, configured := range mistakes {
		want := configured
		if inside, ok := shown[key]; ok {
			want = inside
		}
		assert.Equal(t, want, values[key], key)
	}
	assert.Len(t, values, len(mistakes), "keys without a mistake are left alone")

	_, err := config.Load(stored(configtest.Stored(t, project, configtest.Required(mistakes))), tools)
	assert.Len(t, strings.Split(err.Error(), "\n"), len(found)+1, "one line for each mistake and one above them")
	assert.Contains(t, err.Error(), fmt.Sprintf("invalid configuration, %d to fix:", len(found)))
}

// A region without availability zones takes no zones: Azure would refuse the first zonal resource, long after the preview.
func TestRegionWithoutZones(t *testing.T) {
	found := problems(t, values{"location": "westus", "bastion.zones": `["1"]`})
	require.Len(t, found, 2)
	assert.Equal(t, []string{"zones", "bastion.zones"}, []string{found[0].Key, found[1].Key})
	load(t, values{"location": "westus", "zones": "[]"})
}
