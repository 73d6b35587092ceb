package azuresim

import (
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// TryContainerGroup says what would stop a pod on the virtual nodes of a managed cluster from running as a container group today: the
// virtual nodes themselves, a permission, the subnet, the way to Container Instances, the registry or a policy. It is empty if nothing
// does. It fails if there is no such cluster.
func (s *Server) TryContainerGroup(clusterID string) (string, error) {
	return s.try(clusterID, managedClusters, func(cluster *record) error {
		_, _, err := s.clusters.checkContainerGroup(cluster, "pod")
		return err
	})
}

// PlaceContainerGroup runs a pod on the virtual nodes of a managed cluster as a container group of that name, which stays until it or its
// resource group is removed, and keeps its subnet in use. It returns what stops it, in the words of TryContainerGroup, or empty. It fails
// if there is no such cluster, and if the state cannot be saved.
func (s *Server) PlaceContainerGroup(clusterID, name string) (string, error) {
	return s.try(clusterID, managedClusters, func(cluster *record) error {
		return s.clusters.placeContainerGroup(cluster, name)
	})
}

// RemoveContainerGroup deletes a container group that PlaceContainerGroup made for a cluster, which may be gone by then. It fails if
// there is no such container group.
func (s *Server) RemoveContainerGroup(clusterID, name string) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	sub.completeDue()
	for _, r := range sub.sorted() {
		if r.ARMType == containerGroups && strings.EqualFold(resourceid.Name(r.ID), name) &&
			resourceid.Equal(tree.Text(r.Contents, "cluster"), clusterID) {
			sub.drop(r)
			return sub.save()
		}
	}
	return notFound("ResourceNotFound", "there is no container group %s of %s", name, clusterID)
}

// placeContainerGroup enters a container group. That it is of a cluster is no reference: neither keeps the other from being deleted.
func (s *clusters) placeContainerGroup(cluster *record, name string) error {
	if !containerGroupName.MatchString(name) {
		return badRequest("InvalidContainerGroupName", "%q is not a name of a container group; it must match %s", name, containerGroupName)
	}
	v, subnet, err := s.checkContainerGroup(cluster, name)
	if err != nil {
		return err
	}
	id := containerGroup(v, name).ID
	if s.find(id) != nil {
		return conflict("ContainerGroupExists", "container group %s exists already", id)
	}
	location, subnets := tree.Text(cluster.Inputs, "location"), []any{map[string]any{"id": subnet}}
	address := s.freeAddresses(subnet, 1)[0].String()
	s.putImplicit(id, containerGroups, map[string]any{
		"location": location, "osType": "Linux", "subnetIds": subnets,
		"ipAddress": map[string]any{"type": "Private", "ip": address},
	})
	made := s.find(id)
	made.Inputs = map[string]any{"location": location, "subnetIds": tree.Clone(subnets)}
	made.Contents, made.Joins = map[string]any{"cluster": cluster.ID}, true
	s.touch(made)
	return s.save()
}
