package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// The release of virtual nodes on Azure Container Instances that the platform installs. The chart's version begins with that of the
// Kubernetes binaries in its images, 1.35.08; this release is the first without cluster-admin (its "PatchNotes").
const (
	VirtualNodesChart             = "1.3508.26100701"
	VirtualNodesImageTag          = "main_20261007.1"
	VirtualNodesKubernetesVersion = "1.35"
)

// PodsPerVirtualNode is the most that one virtual node runs (the chart's document "NodeCustomizations").
const PodsPerVirtualNode = 200

// maxVirtualNodes is for how many nodes the default range of container groups, a /20, has addresses for pods.
const maxVirtualNodes = 20

// VirtualNodeImages are the images that nodes pull to run virtual nodes, by the last part of mcr.microsoft.com/aci/virtual-node-2-NAME.
var VirtualNodeImages = []string{
	"aci", "admission-controller", "cri-socket-adapter", "init-config", "kubelet", "proxy-cri", "spdy-compat", "virtual-csi",
}

// VirtualNodes configures the virtual nodes of every stamp: nodes whose pods run as groups of Azure Container Instances.
type VirtualNodes struct {
	Enabled bool
	// RoleName is the display name of the custom role that places container groups.
	RoleName string
	// Nodes is how many virtual nodes a cluster has.
	Nodes int
	// ImageDigests pins VirtualNodeImages, as sha256: and 64 hexadecimal digits, by name.
	ImageDigests map[string]string
}

// BuiltInRoles configures the policy against assignments of built-in roles at the subscription.
type BuiltInRoles struct {
	// Restrict assigns the policy; Effect is Audit or Deny.
	Restrict bool
	Effect   string
	// ExemptRoleIDs are GUIDs of roles, ExemptPrincipalIDs Entra object ids of principals that the policy exempts.
	ExemptRoleIDs, ExemptPrincipalIDs []string
}

// ContainerGroupTags are the tags in the form in which virtual nodes take them for container groups: name=value, a semicolon between two.
func (p Placement) ContainerGroupTags() string {
	var pairs []string
	for _, name := range sortedKeys(p.Tags) {
		pairs = append(pairs, name+"="+p.Tags[name])
	}
	return strings.Join(pairs, ";")
}

var imageDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// virtualNodes reads the keys that apply even if virtual nodes are disabled; checkVirtualNodes checks the rest.
func (r *reader) virtualNodes() VirtualNodes {
	return VirtualNodes{
		Enabled:      r.boolean("virtualNodes.enabled"),
		RoleName:     r.text("virtualNodes.roleName"),
		Nodes:        r.integer("virtualNodes.nodes", 1, maxVirtualNodes),
		ImageDigests: r.digests("virtualNodes.imageDigests"),
	}
}

func (r *reader) builtInRoles() BuiltInRoles {
	const guid = "a GUID, as Microsoft Entra or Azure shows it"
	return BuiltInRoles{
		Restrict:           r.boolean("builtInRoles.restrict"),
		Effect:             r.oneOf("builtInRoles.effect", "Audit", "Deny"),
		ExemptRoleIDs:      r.eachMatching("builtInRoles.exemptRoleIds", entraGUID, guid),
		ExemptPrincipalIDs: r.eachMatching("builtInRoles.exemptPrincipalIds", entraGUID, guid),
	}
}

func (r *reader) digests(key string) map[string]string {
	values := r.object(key)
	for _, name := range sortedKeys(values) {
		if !slices.Contains(VirtualNodeImages, name) {
			r.reject(key, name, "images out of "+strings.Join(VirtualNodeImages, ", "))
			continue
		}
		if !imageDigest.MatchString(values[name]) {
			r.reject(key+"."+name, values[name], "sha256: and 64 hexadecimal digits")
		}
	}
	return values
}

// checkVirtualNodes checks what virtual nodes need against the rest of the configuration.
func (r *reader) checkVirtualNodes(cfg *Config) {
	const while = " while virtualNodes.enabled is true"
	nodes := cfg.VirtualNodes
	if name := nodes.RoleName; name == "" || len(name) > 256 {
		r.reject("virtualNodes.roleName", name, "1 to 256 characters")
	}
	r.checkVirtualNodesGroups(cfg)
	if !nodes.Enabled {
		return
	}
	r.checkContainerGroupTags(cfg, while)
	var missing []string
	for _, name := range VirtualNodeImages {
		if nodes.ImageDigests[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		r.reject("virtualNodes.imageDigests", "no "+strings.Join(missing, ", "),
			"the digest of every image"+while+`; "make virtual-node-digests" reads them from Microsoft's registry`)
	}
	for i, stamp := range cfg.Stamps {
		if stamp.KubernetesVersion != VirtualNodesKubernetesVersion {
			r.reject(fmt.Sprintf("stamps[%d].kubernetesVersion", i), stamp.KubernetesVersion,
				VirtualNodesKubernetesVersion+while+": chart "+VirtualNodesChart+" carries that kubelet")
		}
		if stamp.NetworkRoles == RolesNone {
			r.reject(fmt.Sprintf("stamps[%d].networkRoles", i), RolesNone, RolesAssign+while+": their role on their subnet is a custom one of the stack")
		}
	}
	// Each takes most of a node of the pool that is out of scope.
	if most := cfg.NodePools.UserMax; nodes.Nodes > most {
		r.reject("virtualNodes.nodes", fmt.Sprint(nodes.Nodes), fmt.Sprintf("at most nodePools.userMax, %d%s", most, while))
	}
}

// checkContainerGroupTags refuses tags that would be changed: the chart splits them, and Flux puts them into YAML as text.
func (r *reader) checkContainerGroupTags(cfg *Config, while string) {
	for _, name := range sortedKeys(cfg.Tags) {
		if strings.ContainsAny(name, "=;$") || strings.ContainsAny(cfg.Tags[name], ";$") {
			r.reject("tags", name+": "+cfg.Tags[name], "no ; or $, and no = in a name,"+while)
			return
		}
	}
	if tags := cfg.ContainerGroupTags(); !readsAsText(tags) {
		r.reject("tags", tags, "tags that together read as a plain text of YAML, without \": \" or \" #\","+while)
	}
}

// readsAsText reports whether a value is read back unchanged from YAML without quotes.
func readsAsText(value string) bool {
	var read map[string]any
	if err := yaml.Unmarshal([]byte("value: "+value), &read); err != nil {
		return false
	}
	return value == "" || read["value"] == value
}

// checkVirtualNodesGroups refuses a resource group of container groups that has anything else in it: virtual nodes delete what they did
// not create, and so those of two clusters would delete each other's (the chart's document "NodeCustomizations").
func (r *reader) checkVirtualNodesGroups(cfg *Config) {
	const key = "virtualNodes.resourceGroup"
	type group struct{ key, name string }
	taken := []group{
		{"resourceGroups.hub", cfg.ResourceGroups.Hub}, {"resourceGroups.spokes", cfg.ResourceGroups.Spokes},
		{"resourceGroups.workload", cfg.ResourceGroups.Workload}, {"networkWatcher.resourceGroup", cfg.NetworkWatcher.ResourceGroup},
	}
	for i, stamp := range cfg.Stamps {
		taken = append(taken, group{fmt.Sprintf("stamps[%d].resourceGroup", i), stamp.ResourceGroup})
	}
	for _, stamp := range cfg.Stamps {
		name := stamp.VirtualNodesGroup
		if !resourceGroupName.MatchString(name) || !readsAsText(name) {
			r.reject(key, name, "a text of 1 to 90 letters, digits, or -_.(), not ending in a period: without a group of their own, container "+
				"groups would be in the cluster's node resource group, which lockdown closes")
			continue
		}
		for _, other := range taken {
			if strings.EqualFold(name, other.name) {
				r.reject(key, name, "a name different from "+other.key)
				break
			}
		}
		taken = append(taken, group{key + " of stamp " + stamp.Name, name})
	}
}
