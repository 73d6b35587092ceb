package kube

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
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

func (s *Clusters) virtualNodeStarts(net *flow.Network, v *virtualNode) error {
	for _, check := range []func(*flow.Network, *virtualNode) error{
		s.reachesManagement, s.groupIsInSubscription, s.readsContainerGroups, s.groupIsThere, s.groupIsNotShared,
	} {
		if err := check(net, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *Clusters) reachesManagement(net *flow.Network, v *virtualNode) error {
	for _, pool := range v.pools() {
		if why := networking.TLSBlocker(net, flow.Subnet(tree.Text(pool, "vnetSubnetID")), managementHost); why != "" {
			return arm.BadRequest("VirtualNodeNotReady",
				"virtual nodes of %s cannot register: nodes of pool %s have no connection to %s on port 443. %s",
				v.cluster.ID, tree.Text(pool, "name"), managementHost, why)
		}
	}
	return nil
}

func (*Clusters) groupIsInSubscription(_ *flow.Network, v *virtualNode) error {
	if resourceid.Within(v.group, arm.SubscriptionScope(v.cluster.ID)) {
		return nil
	}
	return arm.BadRequest("VirtualNodeNotReady",
		"virtual nodes of %s cannot register: resource group %s of container groups is not in the cluster's subscription",
		v.cluster.ID, v.group)
}

func (s *Clusters) readsContainerGroups(_ *flow.Network, v *virtualNode) error {
	const read = networking.ContainerGroups + "/read"
	if authz.Allows(s.Subscription, v.kubelet(), read, v.group) {
		return nil
	}
	return arm.Forbidden("AuthorizationFailed", "virtual nodes of %s cannot register: the kubelet identity lacks permission %s at %s",
		v.cluster.ID, read, v.group)
}

func (s *Clusters) groupIsThere(_ *flow.Network, v *virtualNode) error {
	if s.IsReady(v.group) {
		return nil
	}
	return arm.NotFound("ResourceGroupNotFound",
		"virtual nodes of %s cannot register: resource group %q of container groups could not be found",
		v.cluster.ID, resourceid.Name(v.group))
}

// groupIsNotShared: virtual nodes delete the container groups that they do not know.
func (s *Clusters) groupIsNotShared(_ *flow.Network, v *virtualNode) error {
	for _, other := range s.Sorted() {
		if other.Token != aks.ClusterToken || resourceid.Equal(other.ID, v.cluster.ID) {
			continue
		}
		for _, theirs := range virtualNodesAmong(other, s.DeliveredObjects(other)) {
			if resourceid.Equal(theirs.group, v.group) {
				return arm.Conflict("ContainerGroupsShared",
					"virtual nodes of two clusters delete each other's container groups in %s: those of %s and of %s",
					v.group, v.cluster.ID, other.ID)
			}
		}
	}
	return nil
}
