package kube

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

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
