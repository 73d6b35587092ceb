package azuresim

import (
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const managementHost = "management.azure.com"

// virtualNodesRegister: virtual nodes that cannot ask Azure for the container groups that there are never become nodes.
func (r *rollout) virtualNodesRegister() error {
	for _, object := range r.objects {
		if !isVirtualNode(object) {
			continue
		}
		if err := r.sub.virtualNodeStarts(r.net, virtualNodeOf(r.cluster, object)); err != nil {
			return err
		}
	}
	return nil
}

func (s *clusters) virtualNodeStarts(net *flow.Network, v *virtualNode) error {
	for _, check := range []func(*flow.Network, *virtualNode) error{
		s.reachesManagement, s.groupIsInSubscription, s.readsContainerGroups, s.groupIsThere, s.groupIsNotShared,
	} {
		if err := check(net, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *clusters) reachesManagement(net *flow.Network, v *virtualNode) error {
	for _, pool := range v.pools() {
		if why := tlsBlocker(net, flow.Subnet(tree.Text(pool, "vnetSubnetID")), managementHost); why != "" {
			return badRequest("VirtualNodeNotReady", "virtual nodes of %s cannot register: nodes of pool %s have no connection to %s on port 443. %s",
				v.cluster.ID, tree.Text(pool, "name"), managementHost, why)
		}
	}
	return nil
}

func (*clusters) groupIsInSubscription(_ *flow.Network, v *virtualNode) error {
	if resourceid.Within(v.group, "/subscriptions/"+SubscriptionID) {
		return nil
	}
	return badRequest("VirtualNodeNotReady", "virtual nodes of %s cannot register: resource group %s of container groups is not in the cluster's subscription",
		v.cluster.ID, v.group)
}

func (s *clusters) readsContainerGroups(_ *flow.Network, v *virtualNode) error {
	const read = containerGroups + "/read"
	if s.allows(v.kubelet(), read, v.group) {
		return nil
	}
	return forbidden("AuthorizationFailed", "virtual nodes of %s cannot register: the kubelet identity lacks permission %s at %s",
		v.cluster.ID, read, v.group)
}

func (s *clusters) groupIsThere(_ *flow.Network, v *virtualNode) error {
	if s.isReady(v.group) {
		return nil
	}
	return notFound("ResourceGroupNotFound", "virtual nodes of %s cannot register: resource group %q of container groups could not be found",
		v.cluster.ID, resourceid.Name(v.group))
}

// groupIsNotShared: virtual nodes delete the container groups that they do not know.
func (s *clusters) groupIsNotShared(_ *flow.Network, v *virtualNode) error {
	for _, other := range s.sorted() {
		if other.Token != clusterToken || resourceid.Equal(other.ID, v.cluster.ID) {
			continue
		}
		for _, theirs := range virtualNodesAmong(other, s.deliveredObjects(other)) {
			if resourceid.Equal(theirs.group, v.group) {
				return conflict("ContainerGroupsShared", "virtual nodes of two clusters delete each other's container groups in %s: those of %s and of %s",
					v.group, v.cluster.ID, other.ID)
			}
		}
	}
	return nil
}
