package config_test

import (
	"encoding/json"
	"maps"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/devcerts"
)

// digests pin all images of virtual nodes but those that are left out.
func digests(without ...string) string {
	all := devcerts.Digests()
	for _, name := range without {
		delete(all, name)
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// virtual is a stack with virtual nodes.
var virtual = values{"virtualNodes.enabled": "true", "virtualNodes.imageDigests": digests()}

// virtualBut is a mistake in one value of a stack with virtual nodes.
func virtualBut(key, value, allowedWords string) mistake {
	v := maps.Clone(virtual)
	v[key] = value
	return mistake{values: v, key: key, allowedWords: allowedWords, value: value}
}

const inGroup = "virtualNodes.resourceGroup"

var virtualNodesMistakes = map[string]mistake{
	"image not pinned": virtualBut("virtualNodes.imageDigests", digests("aci", "kubelet"), "make virtual-node-digests").at("no aci, kubelet"),
	"nothing pinned": set("virtualNodes.enabled", "true", "every image").of("virtualNodes.imageDigests",
		"no aci, admission-controller, cri-socket-adapter, init-config, kubelet, proxy-cri, spdy-compat, virtual-csi"),
	"unknown image":            set("virtualNodes.imageDigests", `{"mount-host": "sha256:0"}`, "out of aci").at("mount-host"),
	"image by tag":             set("virtualNodes.imageDigests", `{"aci": "latest"}`, "64 hexadecimal").of("virtualNodes.imageDigests.aci", "latest"),
	"no node":                  set("virtualNodes.nodes", "0", "1 to 20"),
	"more than addresses":      set("virtualNodes.nodes", "21", "1 to 20"),
	"more than the pool holds": virtualBut("virtualNodes.nodes", "4", "nodePools.userMax, 3").with("nodePools.userMax", "3"),
	"role without a name":      set("virtualNodes.roleName", "", "1 to 256"),
	"cluster of another version": virtualBut("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "kubernetesVersion": "1.36"}]`,
		"1.35 while").of("stamps[0].kubernetesVersion", "1.36"),
	"no group of their own":  set(inGroup, "", "lockdown closes"),
	"group of the networks":  set(inGroup, "RG-enterprise-networking-spokes", "resourceGroups.spokes"),
	"group of the hub":       set(inGroup, "rg-enterprise-networking-hubs", "resourceGroups.hub"),
	"group of the workload":  set(inGroup, "rg-bu0001a0005", "resourceGroups.workload"),
	"group of the watcher":   set(inGroup, "networkwatcherrg", "networkWatcher.resourceGroup"),
	"group of another stamp": set(inGroup, "rg-a", "stamps[1].resourceGroup").with("stamps", twoStampsIn("rg-a")),
	"group like another's": set(inGroup, "rg-a", "stamps[1].resourceGroup").with("stamps", twoStampsIn("rg-a-02")).
		at("rg-a-02"),
	"group that is a number": set(inGroup, "123", "a text").at("123"),
	"tag that is split":      virtualBut("tags", `{"owner":"a;b"}`, "no ; or $").at("owner: a;b"),
	"tag name with =":        virtualBut("tags", `{"a=b":"c"}`, "no = in a name").at("a=b: c"),
	"tag that is a comment":  virtualBut("tags", `{"owner":"team #1"}`, "plain text").at("owner=team #1"),
	"tag with a variable":    virtualBut("tags", `{"owner":"${HOME}"}`, "no ; or $").at("owner: ${HOME}"),
	"unknown effect":         set("builtInRoles.effect", "Disabled", "Audit, Deny"),
	"role by name":           set("builtInRoles.exemptRoleIds", `["Owner"]`, "GUID").of("builtInRoles.exemptRoleIds[0]", "Owner"),
	"principal by name":      set("builtInRoles.exemptPrincipalIds", `["me"]`, "GUID").of("builtInRoles.exemptPrincipalIds[0]", "me"),
	"lockdown that is no":    set("cluster.nodeResourceGroupLockdown", "ReadOnly", "true or false"),
}

func twoStampsIn(second string) string {
	return `[{"name": "01", "addressSpace": "10.240.0.0/16"}, {"name": "02", "addressSpace": "10.242.0.0/16", "resourceGroup": "` + second + `"}]`
}

// Virtual nodes are off by default, and so are lockdown and the policy about built-in roles.
func TestVirtualNodesAreOff(t *testing.T) {
	cfg := load(t, nil)
	assert.False(t, cfg.VirtualNodes.Enabled)
	assert.False(t, cfg.Cluster.NodeResourceGroupLockdown)
	assert.Equal(t, config.BuiltInRoles{Effect: "Audit", ExemptRoleIDs: []string{}, ExemptPrincipalIDs: []string{}}, cfg.BuiltInRoles)
}

// No two clusters share a resource group of container groups, and each has its range: one address for each pod of the most nodes.
func TestVirtualNodesOfStamps(t *testing.T) {
	v := maps.Clone(virtual)
	v["resourceGroups.regionSuffix"] = "true"
	v["stamps"] = twoStampsIn("")
	stamps := load(t, v).Stamps
	assert.Equal(t, "rg-bu0001a0005-virtualnodes-eastus2", stamps[0].VirtualNodesGroup)
	assert.Equal(t, "rg-bu0001a0005-virtualnodes-02-eastus2", stamps[1].VirtualNodesGroup)
	assert.Equal(t, netip.MustParsePrefix("10.242.32.0/20"), stamps[1].Subnets.VirtualNodes)
	addresses := 1<<(32-stamps[0].Subnets.VirtualNodes.Bits()) - 5 // Azure keeps five
	assert.GreaterOrEqual(t, addresses, 20*config.PodsPerVirtualNode)
}
