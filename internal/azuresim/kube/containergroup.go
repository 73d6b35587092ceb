package kube

import (
	"regexp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// groupActions are what virtual nodes do with container groups (the chart's document "SecurityCustomizations").
var groupActions = []string{networking.ContainerGroups + "/write", networking.ContainerGroups + "/delete",
	networking.ContainerGroups + "/containers/exec/action"}

// Actions that the kubelet identity needs for container groups.
const (
	JoinSubnet     = "Microsoft.Network/virtualNetworks/subnets/join/action"
	AssignIdentity = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
)

var containerGroupName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckContainerGroup says what keeps a pod of a cluster from running as a container group; it returns the virtual nodes and the
// subnet in which there is room for it.
func (s *Clusters) CheckContainerGroup(cluster *arm.Record, name string) (*virtualNode, string, error) {
	delivered := s.DeliveredObjects(cluster)
	nodes := virtualNodesAmong(cluster, delivered)
	if len(nodes) == 0 {
		return nil, "", s.noVirtualNodes(cluster)
	}
	v := nodes[0]
	if v.count == 0 {
		return nil, "", arm.NotFound("VirtualNodeNotFound", "%s of %s has no replicas", Describe(v.object.Object), cluster.ID)
	}
	coming, err := s.rolloutOf(cluster, v.object)
	if err != nil {
		return nil, "", err
	}
	coming.present = delivered
	for _, check := range []func() error{
		coming.check, func() error { return s.groupsAreWritten(v) }, func() error { return s.subnetsTakeGroups(v) },
		func() error { return reachesAtlas(coming.net, v) }, func() error { return s.imagesAreTrusted(v) },
		func() error { return s.Admit(containerGroup(v, name), true) },
	} {
		if err := check(); err != nil {
			return nil, "", err
		}
	}
	return v, s.subnetWithRoom(v), nil
}

// noVirtualNodes says what keeps a sync from bringing virtual nodes, if anything does.
func (s *Clusters) noVirtualNodes(cluster *arm.Record) error {
	why := ""
	if problem := s.CheckGitOps(cluster); problem != nil {
		code, message := arm.DescribeError(problem)
		why = ": " + code + ": " + message
	}
	return arm.NotFound("VirtualNodeNotFound", "%s has no virtual nodes%s", cluster.ID, why)
}

// containerGroup is one as policies see it.
func containerGroup(v *virtualNode, name string) flow.Resource {
	return flow.Resource{
		Type: networking.ContainerGroups, ID: v.group + "/providers/" + networking.ContainerGroups + "/" + name,
		Properties: map[string]any{"location": tree.Text(v.cluster.Inputs, "location")},
	}
}

// groupsAreWritten: the kubelet identity may do with container groups what virtual nodes do, and the resource group is not locked.
func (s *Clusters) groupsAreWritten(v *virtualNode) error {
	for _, action := range groupActions {
		if err := authz.CheckDenied(s.Subscription, v.kubelet(), action, v.group); err != nil {
			return err
		}
		if !authz.Allows(s.Subscription, v.kubelet(), action, v.group) {
			return arm.Forbidden("AuthorizationFailed",
				"virtual nodes of %s cannot place container groups: the kubelet identity lacks permission %s at %s",
				v.cluster.ID, action, v.group)
		}
	}
	return nil
}

// subnetsTakeGroups: each subnet can be joined and is there for container groups, and one has room.
func (s *Clusters) subnetsTakeGroups(v *virtualNode) error {
	if len(v.subnets) == 0 {
		return arm.BadRequest("SubnetNotFound", "virtual nodes of %s are told no subnet for container groups", v.cluster.ID)
	}
	for _, id := range v.subnets {
		if err := s.subnetTakesGroups(v, id); err != nil {
			return err
		}
	}
	if s.subnetWithRoom(v) == "" {
		return arm.BadRequest("SubnetIsFull", "container groups of %s find no address in %s, which has %d of them besides those that Azure keeps",
			v.cluster.ID, strings.Join(v.subnets, ", "), networking.UsableAddresses(s.Subscription, v.subnets[0]))
	}
	return nil
}

func (s *Clusters) subnetTakesGroups(v *virtualNode, id string) error {
	if !resourceid.Within(id, arm.SubscriptionScope(v.cluster.ID)) {
		return arm.BadRequest("SubnetNotInSubscription",
			"container groups of %s cannot be in subnet %s: it is not in the cluster's subscription", v.cluster.ID, id)
	}
	if err := authz.CheckJoinDenied(s.Subscription, "the kubelet identity of "+v.cluster.ID, id); err != nil {
		return err
	}
	if !authz.Allows(s.Subscription, v.kubelet(), JoinSubnet, id) {
		return arm.Forbidden("LinkedAuthorizationFailed",
			"container groups of %s cannot be in subnet %s: the kubelet identity lacks permission %s there",
			v.cluster.ID, id, JoinSubnet)
	}
	subnet, network := networking.SubnetOf(s.Subscription, id), s.Find(resourceid.Parent(id))
	switch {
	case subnet == nil || !network.Usable():
		return arm.NotFound("SubnetNotFound", "container groups of %s cannot be in subnet %s: there is none", v.cluster.ID, id)
	case !arm.SameLocation(tree.Text(network.Inputs, "location"), tree.Text(v.cluster.Inputs, "location")):
		return arm.BadRequest("VnetNotInSameLocation", "container groups of %s cannot be in subnet %s: it is not in region %s",
			v.cluster.ID, id, tree.Text(v.cluster.Inputs, "location"))
	case networking.Delegation(subnet) != networking.ContainerGroups:
		return arm.BadRequest("SubnetMissingRequiredDelegation", "container groups of %s cannot be in subnet %s: it is not delegated to %s",
			v.cluster.ID, id, networking.ContainerGroups)
	}
	return nil
}

// subnetWithRoom is the first subnet with a free address, or empty.
func (s *Clusters) subnetWithRoom(v *virtualNode) string {
	for _, id := range v.subnets {
		if len(networking.FreeAddresses(s.Subscription, id, 1)) > 0 {
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
			if why := networking.DescribeBlock(net.Check(attempt)); why != "" {
				return arm.BadRequest("ContainerGroupUnreachable",
					"nodes of pool %s of %s have no connection to the cluster of container groups at %s on port %d. %s",
					tree.Text(pool, "name"), v.cluster.ID, host, port, why)
			}
		}
	}
	return nil
}

// registries are those that the images of the virtual nodes are in, and with them those of their pods.
func (s *Clusters) registriesOf(images []string) []*arm.Record {
	var found []*arm.Record
	for _, image := range images {
		host, _, _ := strings.Cut(image, "/")
		name, ours := strings.CutSuffix(strings.ToLower(host), registry.AzureRegistry)
		if registry := registry.RegistryNamed(s.Subscription, name); ours && registry != nil && !slices.Contains(found, registry) {
			found = append(found, registry)
		}
	}
	return found
}

// PlaceContainerGroup enters a container group. That it is of a cluster is no reference: neither keeps the other from being deleted.
func (s *Clusters) PlaceContainerGroup(cluster *arm.Record, name string) error {
	if !containerGroupName.MatchString(name) {
		return arm.BadRequest("InvalidContainerGroupName", "%q is not a name of a container group; it must match %s", name, containerGroupName)
	}
	v, subnet, err := s.CheckContainerGroup(cluster, name)
	if err != nil {
		return err
	}
	id := containerGroup(v, name).ID
	if s.Find(id) != nil {
		return arm.Conflict("ContainerGroupExists", "container group %s exists already", id)
	}
	location, subnets := tree.Text(cluster.Inputs, "location"), []any{map[string]any{"id": subnet}}
	address := networking.FreeAddresses(s.Subscription, subnet, 1)[0].String()
	s.PutImplicit(id, networking.ContainerGroups, map[string]any{
		"location": location, "osType": "Linux", "subnetIds": subnets,
		"ipAddress": map[string]any{"type": "Private", "ip": address},
	})
	made := s.Find(id)
	made.Inputs = map[string]any{"location": location, "subnetIds": tree.Clone(subnets)}
	made.Contents, made.Joins = map[string]any{"cluster": cluster.ID}, true
	s.Touch(made)
	return s.Save()
}
