package azuresim

import (
	"regexp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// groupActions are what virtual nodes do with container groups (the chart's document "SecurityCustomizations").
var groupActions = []string{containerGroups + "/write", containerGroups + "/delete", containerGroups + "/containers/exec/action"}

const (
	joinSubnet     = "Microsoft.Network/virtualNetworks/subnets/join/action"
	assignIdentity = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
)

var containerGroupName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkContainerGroup says what keeps a pod of a cluster from running as a container group; it returns the virtual nodes and the
// subnet in which there is room for it.
func (s *clusters) checkContainerGroup(cluster *record, name string) (*virtualNode, string, error) {
	delivered := s.deliveredObjects(cluster)
	nodes := virtualNodesAmong(cluster, delivered)
	if len(nodes) == 0 {
		return nil, "", s.noVirtualNodes(cluster)
	}
	v := nodes[0]
	if v.count == 0 {
		return nil, "", notFound("VirtualNodeNotFound", "%s of %s has no replicas", describe(v.object.Object), cluster.ID)
	}
	coming, err := s.rolloutOf(cluster, v.object)
	if err != nil {
		return nil, "", err
	}
	coming.present = delivered
	for _, check := range []func() error{
		coming.check, func() error { return s.groupsAreWritten(v) }, func() error { return s.subnetsTakeGroups(v) },
		func() error { return reachesAtlas(coming.net, v) }, func() error { return s.imagesAreTrusted(v) },
		func() error { return s.admit(containerGroup(v, name), true) },
	} {
		if err := check(); err != nil {
			return nil, "", err
		}
	}
	return v, s.subnetWithRoom(v), nil
}

// noVirtualNodes says what keeps a sync from bringing virtual nodes, if anything does.
func (s *clusters) noVirtualNodes(cluster *record) error {
	why := ""
	if problem := s.checkGitOps(cluster); problem != nil {
		code, message := describeError(problem)
		why = ": " + code + ": " + message
	}
	return notFound("VirtualNodeNotFound", "%s has no virtual nodes%s", cluster.ID, why)
}

// containerGroup is one as policies see it.
func containerGroup(v *virtualNode, name string) flow.Resource {
	return flow.Resource{
		Type: containerGroups, ID: v.group + "/providers/" + containerGroups + "/" + name,
		Properties: map[string]any{"location": tree.Text(v.cluster.Inputs, "location")},
	}
}

// groupsAreWritten: the kubelet identity may do with container groups what virtual nodes do, and the resource group is not locked.
func (s *clusters) groupsAreWritten(v *virtualNode) error {
	for _, action := range groupActions {
		if err := checkDenied(s.subscription, v.kubelet(), action, v.group); err != nil {
			return err
		}
		if !s.allows(v.kubelet(), action, v.group) {
			return forbidden("AuthorizationFailed", "virtual nodes of %s cannot place container groups: the kubelet identity lacks permission %s at %s",
				v.cluster.ID, action, v.group)
		}
	}
	return nil
}

// subnetsTakeGroups: each subnet can be joined and is there for container groups, and one has room.
func (s *clusters) subnetsTakeGroups(v *virtualNode) error {
	if len(v.subnets) == 0 {
		return badRequest("SubnetNotFound", "virtual nodes of %s are told no subnet for container groups", v.cluster.ID)
	}
	for _, id := range v.subnets {
		if err := s.subnetTakesGroups(v, id); err != nil {
			return err
		}
	}
	if s.subnetWithRoom(v) == "" {
		return badRequest("SubnetIsFull", "container groups of %s find no address in %s, which has %d of them besides those that Azure keeps",
			v.cluster.ID, strings.Join(v.subnets, ", "), s.usableAddresses(v.subnets[0]))
	}
	return nil
}

func (s *clusters) subnetTakesGroups(v *virtualNode, id string) error {
	if !resourceid.Within(id, "/subscriptions/"+SubscriptionID) {
		return badRequest("SubnetNotInSubscription", "container groups of %s cannot be in subnet %s: it is not in the cluster's subscription", v.cluster.ID, id)
	}
	if err := checkJoinDenied(s.subscription, "the kubelet identity of "+v.cluster.ID, id); err != nil {
		return err
	}
	if !s.allows(v.kubelet(), joinSubnet, id) {
		return forbidden("LinkedAuthorizationFailed", "container groups of %s cannot be in subnet %s: the kubelet identity lacks permission %s there",
			v.cluster.ID, id, joinSubnet)
	}
	subnet, network := s.subnetOf(id), s.find(resourceid.Parent(id))
	switch {
	case subnet == nil || !network.usable():
		return notFound("SubnetNotFound", "container groups of %s cannot be in subnet %s: there is none", v.cluster.ID, id)
	case !sameLocation(tree.Text(network.Inputs, "location"), tree.Text(v.cluster.Inputs, "location")):
		return badRequest("VnetNotInSameLocation", "container groups of %s cannot be in subnet %s: it is not in region %s",
			v.cluster.ID, id, tree.Text(v.cluster.Inputs, "location"))
	case delegation(subnet) != containerGroups:
		return badRequest("SubnetMissingRequiredDelegation", "container groups of %s cannot be in subnet %s: it is not delegated to %s",
			v.cluster.ID, id, containerGroups)
	}
	return nil
}

// subnetWithRoom is the first subnet with a free address, or empty.
func (s *clusters) subnetWithRoom(v *virtualNode) string {
	for _, id := range v.subnets {
		if len(s.freeAddresses(id, 1)) > 0 {
			return id
		}
	}
	return ""
}

// reachesAtlas: virtual nodes start and watch containers over the cluster of Container Instances that runs them, whose name has any
// first label.
func reachesAtlas(net *flow.Network, v *virtualNode) error {
	host := "*." + strings.ToLower(strings.ReplaceAll(tree.Text(v.cluster.Inputs, "location"), " ", "")) + ".atlas.cloudapp.azure.com"
	for _, pool := range v.pools() {
		for _, known := range azurefacts.MustComponent("virtual nodes").Hosts {
			if known.Protocol != "TCP" {
				continue
			}
			port := known.Port
			attempt := flow.Flow{From: flow.Subnet(tree.Text(pool, "vnetSubnetID")), To: flow.Host(host), Protocol: flow.TCP, Port: port}
			if why := describeBlock(net.Check(attempt)); why != "" {
				return badRequest("ContainerGroupUnreachable", "nodes of pool %s of %s have no connection to the cluster of container groups at %s on port %d. %s",
					tree.Text(pool, "name"), v.cluster.ID, host, port, why)
			}
		}
	}
	return nil
}

// registries are those that the images of the virtual nodes are in, and with them those of their pods.
func (s *clusters) registriesOf(images []string) []*record {
	var found []*record
	for _, image := range images {
		host, _, _ := strings.Cut(image, "/")
		name, ours := strings.CutSuffix(strings.ToLower(host), azureRegistry)
		if registry := s.registryNamed(name); ours && registry != nil && !slices.Contains(found, registry) {
			found = append(found, registry)
		}
	}
	return found
}
