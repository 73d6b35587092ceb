package azuresim

import (
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// TryContainerGroup says what would stop a pod on the virtual nodes of a managed cluster from running as a container group today: the
// virtual nodes themselves, a permission, the subnet, the way to Container Instances, the registry or a policy. It is empty if nothing
// does. It fails if there is no such cluster.
func (s *Server) TryContainerGroup(clusterID string) (string, error) {
	return s.try(clusterID, arm.ManagedClusters, func(cluster *arm.Record) error {
		_, _, err := s.clusters.CheckContainerGroup(cluster, "pod")
		return err
	})
}

// PlaceContainerGroup runs a pod on the virtual nodes of a managed cluster as a container group of that name, which stays until it or its
// resource group is removed, and keeps its subnet in use. It returns what stops it, in the words of TryContainerGroup, or empty. It fails
// if there is no such cluster, and if the state cannot be saved.
func (s *Server) PlaceContainerGroup(clusterID, name string) (string, error) {
	return s.try(clusterID, arm.ManagedClusters, func(cluster *arm.Record) error {
		return s.clusters.PlaceContainerGroup(cluster, name)
	})
}

// RemoveContainerGroup deletes a container group that PlaceContainerGroup made for a cluster, which may be gone by then. It fails if
// there is no such container group.
func (s *Server) RemoveContainerGroup(clusterID, name string) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	sub.CompleteDue()
	for _, r := range sub.Sorted() {
		if r.ARMType == networking.ContainerGroups && strings.EqualFold(resourceid.Name(r.ID), name) &&
			resourceid.Equal(tree.Text(r.Contents, "cluster"), clusterID) {
			sub.Drop(r)
			return sub.Save()
		}
	}
	return arm.NotFound("ResourceNotFound", "there is no container group %s of %s", name, clusterID)
}
