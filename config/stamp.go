package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Stamp is one cluster with everything around it: its spoke, and a resource group of its own.
type Stamp struct {
	// Name is two digits, for example 01.
	Name string
	// ResourceGroup is the name of the stamp's resource group, the region suffix already applied.
	ResourceGroup string
	// AddressSpace of the spoke.
	AddressSpace netip.Prefix
	// KubernetesVersion is major.minor, for example 1.35.
	KubernetesVersion string
	// VaultSuffix is the end of the key vault's name.
	VaultSuffix string
	// WorkspaceSuffix is the end of the Log Analytics workspace's name.
	WorkspaceSuffix string
	// VirtualNodesGroup is the name of the resource group of the container groups, the region suffix already applied.
	VirtualNodesGroup string
	// Subnets are the ranges in AddressSpace.
	Subnets StampSubnets
	// NetworkID is the Azure resource id of a network that exists, with the subnets; empty for one to make.
	NetworkID string
	// NetworkRoles is RolesAssign or RolesNone: who assigns roles on NetworkID.
	NetworkRoles string
	// SubnetNames are the names of subnets in NetworkID that differ from the program's, by those.
	SubnetNames map[string]string
}

// firstStamp is the stamp of the walkthrough, whose names have no number beyond the walkthrough's own.
const firstStamp = "01"

// IngressAddress is the address of the ingress controller's internal load balancer, the first that Azure leaves usable in
// snet-cluster-ingressservices: 10.240.4.4 for the default stamp.
func (s Stamp) IngressAddress() netip.Addr {
	address := s.Subnets.IngressServices.Addr()
	for range 4 {
		address = address.Next()
	}
	return address
}

// VNetName is the name of the stamp's virtual network, if the stack makes it. What is named after the network is named after this in any case.
func (s Stamp) VNetName() string { return "vnet-spoke-bu0001a0005-" + s.Name }

// GatewayPublicIPName is the name of the gateway's public IP address, in the spokes' resource group.
func (s Stamp) GatewayPublicIPName() string { return s.Shared("pip-bu0001a0005-00") }

// Shared makes a name unique among stamps, for resources in groups that stamps share: the name itself for the first stamp,
// with the stamp's number for others.
func (s Stamp) Shared(name string) string {
	if s.Name == firstStamp {
		return name
	}
	return name + "-" + s.Name
}

// StampNames are the names of a stamp's resources that end in a hash of subscription and resource group.
type StampNames struct {
	Cluster, NodeResourceGroup, DNSPrefix string
	Registry, Vault, Gateway              string
	Workspace, MonitorWorkspace           string
	ControlPlaneIdentity, IngressIdentity string
	ImageImportIdentity, JumpBoxIdentity  string
	// VirtualNodesIdentity pulls the images of container groups.
	VirtualNodesIdentity string
}

// Names returns the names of the stamp's resources in a subscription (GUID).
func (s Stamp) Names(subscriptionID string) StampNames {
	unique := Unique("aks", subscriptionID, s.ResourceGroup)
	cluster := "aks-" + unique
	return StampNames{
		Cluster:              cluster,
		NodeResourceGroup:    "rg-aks-" + unique + "-nodepools",
		DNSPrefix:            Unique(subscriptionID, s.ResourceGroup, cluster),
		Registry:             "acraks" + unique,
		Vault:                "kv-aks-" + unique + s.VaultSuffix,
		Gateway:              "agw-aks-" + unique,
		Workspace:            "la-aks-" + unique + s.WorkspaceSuffix,
		MonitorWorkspace:     "amw-aks-" + unique,
		ControlPlaneIdentity: "mi-aks-" + unique + "-controlplane",
		IngressIdentity:      "mi-aks-" + unique + "-ingresscontroller",
		ImageImportIdentity:  "mi-aks-" + unique + "-imageimport",
		JumpBoxIdentity:      "mi-aks-" + unique + "-jumpboxes",
		VirtualNodesIdentity: "mi-aks-" + unique + "-virtualnodes",
	}
}

// BackendHostName is the host name by which the gateway calls the ingress controller.
func (i Ingress) BackendHostName() string { return "bu0001a0005-00." + i.Domain }

var (
	stampName         = regexp.MustCompile(`^[0-9]{2}$`)
	nameSuffix        = regexp.MustCompile(`^[a-z0-9]{0,4}$`)
	kubernetesVersion = regexp.MustCompile(`^1\.[0-9]{2}$`)
)

// stamps reads the list of stamps; suffix is appended to the names of their resource groups.
func (r *reader) stamps(key, workloadGroup, suffix string) []Stamp {
	var stamps []Stamp
	for i, properties := range r.objects(key) {
		stamps = append(stamps, r.stamp(fmt.Sprintf("%s[%d]", key, i), properties, workloadGroup, suffix))
	}
	if len(stamps) == 0 {
		r.reject(key, "[]", "a list of at least one stamp")
	}
	return stamps
}

func (r *reader) stamp(key string, properties map[string]string, workloadGroup, suffix string) Stamp {
	stamp := Stamp{
		Name: properties["name"], KubernetesVersion: properties["kubernetesVersion"], VaultSuffix: properties["vaultSuffix"],
		WorkspaceSuffix: properties["workspaceSuffix"],
	}
	// The spoke of the image builder is number 00.
	if !stampName.MatchString(stamp.Name) || stamp.Name == "00" {
		r.reject(key+".name", stamp.Name, "two digits, from 01 to 99")
	}
	if !kubernetesVersion.MatchString(stamp.KubernetesVersion) {
		r.reject(key+".kubernetesVersion", stamp.KubernetesVersion,
			"major and minor version such as "+defaultKubernetesVersion+"; AKS chooses the patch")
	}
	for _, property := range []string{"vaultSuffix", "workspaceSuffix"} {
		if suffix := properties[property]; !nameSuffix.MatchString(suffix) {
			r.reject(key+"."+property, suffix, "up to 4 lower-case letters and digits")
		}
	}
	stamp.AddressSpace = r.parsePrefix(key+".addressSpace", properties["addressSpace"], smallestSubnet)
	stamp.Subnets = r.stampSubnets(key, properties, stamp.AddressSpace)
	r.givenNetwork(key, properties, &stamp)
	group := properties["resourceGroup"]
	if group == "" {
		group = stamp.Shared(workloadGroup)
	}
	stamp.ResourceGroup = group + suffix
	if !resourceGroupName.MatchString(stamp.ResourceGroup) {
		r.reject(key+".resourceGroup", stamp.ResourceGroup, "1 to 90 letters, digits, or -_.(), not ending in a period")
	}
	return stamp
}

// objects reads an array of objects with text properties, and fills in the defaults of missing properties.
func (r *reader) objects(key string) []map[string]string {
	described := lookupKey(key)
	elements, _ := described.Default.([]map[string]string)
	if value, set := r.raw(key); set {
		elements = nil
		if err := json.Unmarshal([]byte(value), &elements); err != nil {
			r.reject(key, value, "a list of objects whose values are strings, with properties out of "+propertyNames(described.Properties))
			return nil
		}
	}
	var complete []map[string]string
	for i, element := range elements {
		properties := map[string]string{}
		for _, property := range described.Properties {
			properties[property.Name], _ = property.Default.(string)
		}
		for _, name := range slices.Sorted(maps.Keys(element)) {
			if _, known := properties[name]; !known {
				r.reject(fmt.Sprintf("%s[%d].%s", key, i, name), element[name], "one of the properties "+propertyNames(described.Properties))
				continue
			}
			properties[name] = element[name]
		}
		complete = append(complete, properties)
	}
	return complete
}

func propertyNames(keys []Key) string {
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, key.Name)
	}
	return strings.Join(names, ", ")
}

// checkStamps refuses stamps that conflict with each other.
func (r *reader) checkStamps(cfg *Config) {
	const key = "stamps"
	for i, a := range cfg.Stamps {
		for j, b := range cfg.Stamps[i+1:] {
			at := fmt.Sprintf("%s[%d]", key, i+1+j)
			if a.Name == b.Name {
				r.reject(at+".name", b.Name, fmt.Sprintf("a name different from %s[%d]", key, i))
			}
			if a.Name != b.Name && strings.EqualFold(a.ResourceGroup, b.ResourceGroup) {
				r.reject(at+".resourceGroup", b.ResourceGroup, fmt.Sprintf("a name different from %s[%d].resourceGroup", key, i))
			}
		}
		earlier := slices.ContainsFunc(cfg.Stamps[:i], func(b Stamp) bool {
			return strings.EqualFold(a.ResourceGroup, b.ResourceGroup)
		})
		misspelt := strings.EqualFold(a.ResourceGroup, cfg.ResourceGroups.Workload) && a.ResourceGroup != cfg.ResourceGroups.Workload
		if misspelt && !earlier {
			r.reject(fmt.Sprintf("%s[%d].resourceGroup", key, i), a.ResourceGroup,
				"the exact spelling of resourceGroups.workload, or another name")
		}
		for _, taken := range []struct{ key, name string }{
			{"resourceGroups.hub", cfg.ResourceGroups.Hub}, {"resourceGroups.spokes", cfg.ResourceGroups.Spokes},
		} {
			// resourceGroups.workload, which the first stamp shares, has checks of its own.
			if strings.EqualFold(a.ResourceGroup, taken.name) && a.ResourceGroup != cfg.ResourceGroups.Workload {
				r.reject(fmt.Sprintf("%s[%d].resourceGroup", key, i), a.ResourceGroup, "a name different from "+taken.key)
			}
		}
	}
}
