package config

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

var networkIDProperty = Key{
	Name: "networkId", Kind: String, Default: "",
	Description: "Azure resource id of a virtual network that exists, with the subnets of the stamp: its owner made them, with security groups and routes, and peered " +
		"it with the hub. Needs the ranges of the subnets in it: addressSpace, and the properties of the subnets. Empty for a network to make.",
}

// Who assigns roles on a given network.
const (
	RolesAssign = "assign"
	RolesNone   = "none"
)

var networkRolesProperty = Key{
	Name: "networkRoles", Kind: String, Default: RolesAssign,
	Description: "Who assigns the roles of AKS on a given network: assign for this program, or none for its owner, for whom the output handover lists them.",
}

var virtualNetworkID = regexp.MustCompile(resourceInGroup + `Microsoft\.Network/virtualNetworks/[-\w.]+$`)

// SubnetName is the name of one of the stamp's subnets in its network, by the name that the program gives it.
func (s Stamp) SubnetName(name string) string {
	if given := s.SubnetNames[name]; given != "" {
		return given
	}
	return name
}

// NetworkIn is the Azure resource id of the stamp's virtual network, which the stack makes in a resource group unless it is given.
func (s Stamp) NetworkIn(groupID string) string {
	if s.NetworkID != "" {
		return s.NetworkID
	}
	return groupID + "/providers/Microsoft.Network/virtualNetworks/" + s.VNetName()
}

// SubnetKey is the key of a subnet's range by the name that the program gives the subnet; index is that of the stamp in the configuration.
func SubnetKey(index int, name string) string {
	for _, subnet := range stampSubnets {
		if subnet.name == name {
			return fmt.Sprintf("stamps[%d].%s", index, subnet.property)
		}
	}
	return fmt.Sprintf("stamps[%d]", index)
}

// givenNetwork reads which network a stamp is given, and the names of the subnets there.
func (r *reader) givenNetwork(key string, properties map[string]string, stamp *Stamp) {
	id := strings.TrimRight(properties[networkIDProperty.Name], "/")
	if id != "" && !virtualNetworkID.MatchString(id) {
		r.reject(key+".networkId", id, "empty, or the Azure resource id of a virtual network")
		return
	}
	stamp.NetworkID = id
	roles := properties[networkRolesProperty.Name]
	if roles != "" && roles != RolesAssign && (roles != RolesNone || id == "") {
		r.reject(key+"."+networkRolesProperty.Name, roles, RolesAssign+", or "+RolesNone+" with a networkId: roles on a network that the stack makes are its own")
	}
	stamp.NetworkRoles = cmp.Or(roles, RolesAssign)
	taken := map[string]string{}
	for _, subnet := range stampSubnets {
		property := subnet.nameProperty()
		given := properties[property]
		switch {
		case given == "":
			given = subnet.name
		case id == "":
			r.reject(key+"."+property, given, "empty without networkId: subnets that the stack makes have names of its own")
			continue
		case !networkName.MatchString(given):
			r.reject(key+"."+property, given, "the name of a subnet: 1 to 80 letters, digits, or _.-, starting with a letter or digit")
			continue
		}
		if other, twice := taken[strings.ToLower(given)]; twice {
			r.reject(key+"."+property, given, "another subnet than that of "+key+"."+other)
		}
		taken[strings.ToLower(given)] = property
		if given != subnet.name {
			stamp.SubnetNames = with(stamp.SubnetNames, subnet.name, given)
		}
	}
}

// with adds an entry to a map, which may be nil.
func with(names map[string]string, name, value string) map[string]string {
	if names == nil {
		names = map[string]string{}
	}
	names[name] = value
	return names
}

// checkGivenNetworks refuses a given network without a hub to be joined with, and one network for two stamps: AKS links the zone of API
// servers to the network of each cluster, and Azure links a zone to a network once.
func (r *reader) checkGivenNetworks(cfg *Config) {
	for i, a := range cfg.Stamps {
		if a.NetworkID != "" && cfg.Hub.Mode != HubExisting && cfg.Hub.Stack == "" {
			r.reject(fmt.Sprintf("stamps[%d].networkId", i), a.NetworkID,
				"empty while hub.mode is create: the owner of a network peers it with a hub, and routes it there, before the stack uses it")
		}
		for j, b := range cfg.Stamps[i+1:] {
			if a.NetworkID != "" && resourceid.Equal(a.NetworkID, b.NetworkID) {
				r.reject(fmt.Sprintf("stamps[%d].networkId", i+1+j), b.NetworkID, fmt.Sprintf("another network than that of stamps[%d]", i))
			}
		}
	}
}

// checkBuildSubnet checks the keys of a build subnet that exists.
func (r *reader) checkBuildSubnet(builder ImageBuilder) {
	const key = "imageBuilder.subnetId"
	if builder.SubnetID == "" {
		return
	}
	if !subnetID.MatchString(builder.SubnetID) {
		r.reject(key, builder.SubnetID, "empty, or the Azure resource id of a subnet")
		return
	}
	if builder.Mode != ModeBuild {
		r.reject(key, builder.SubnetID, "empty while imageBuilder.mode is "+builder.Mode+": nothing is built")
	}
	// The Pulumi CLI hands over defaults like configured values.
	const space = "imageBuilder.addressSpace"
	if value := r.text(space); value != lookupKey(space).Default {
		r.reject(space, value, "no value while "+key+" is set")
	}
}

// builderNetworks are the ranges of the image builder with their keys: of its network, or of a subnet that exists. A build subnet in the network of
// a stamp is compared with the subnets there.
func (r *reader) builderNetworks(cfg *Config) []network {
	builder := cfg.ImageBuilder
	subnet := network{"imageBuilder.subnet", builder.Subnet}
	if builder.SubnetID == "" {
		made := network{"imageBuilder.addressSpace", builder.AddressSpace}
		r.checkSubnets(made, subnet)
		return []network{made}
	}
	for i := range cfg.Stamps {
		stamp := &cfg.Stamps[i]
		if stamp.NetworkID == "" || !resourceid.Equal(stamp.NetworkID, resourceid.Parent(builder.SubnetID)) {
			continue
		}
		for _, other := range stampSubnets {
			if other.used(cfg.VirtualNodes.Enabled) {
				r.checkDisjoint(network{fmt.Sprintf("stamps[%d].%s", i, other.property), *other.of(&stamp.Subnets)}, subnet)
			}
		}
		return nil
	}
	return []network{subnet}
}

// GivenNetworkProblems are what is wrong with given networks once the subscription (GUID) of the login is known: machines and private endpoints
// join networks of their own subscription only (Azure documents "Create, change, or delete a network interface", "What is a private endpoint?").
func (c *Config) GivenNetworkProblems(login string) []Problem {
	var problems []Problem
	check := func(key, id, subscription, whose string) {
		if id != "" && !strings.EqualFold(resourceid.Subscription(id), subscription) {
			problems = append(problems, Problem{Key: key, Value: id, Allowed: "a network in subscription " + subscription + whose +
				": machines and private endpoints join only networks of their own subscription"})
		}
	}
	builders, whose := c.Subscriptions.Images, ", that of subscriptions.images"
	if builders == "" {
		builders, whose = login, " of the Azure login"
	}
	if c.Parts.Image {
		check("imageBuilder.subnetId", c.ImageBuilder.SubnetID, builders, whose)
	}
	for i, stamp := range c.Stamps {
		check(fmt.Sprintf("stamps[%d].networkId", i), stamp.NetworkID, login, " of the Azure login")
	}
	return problems
}
