package azuresim

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
)

// ScaleNodePool changes the number of nodes of a pool as the cluster autoscaler does, within the pool's bounds.
func (s *Server) ScaleNodePool(clusterID, pool string, nodes int) error {
	return s.changeCluster(clusterID, func(cluster *arm.Record) error { return aks.ScalePool(s.subscription, cluster, pool, nodes) })
}

// PatchCluster upgrades a cluster and its pools to a newer patch of their minor version, as the upgrade channel does.
func (s *Server) PatchCluster(clusterID, version string) error {
	return s.changeCluster(clusterID, func(cluster *arm.Record) error { return aks.Patch(s.subscription, cluster, version) })
}

// DeleteNodePool deletes a pool as az aks nodepool delete does.
func (s *Server) DeleteNodePool(clusterID, pool string) error {
	return s.changeCluster(clusterID, func(cluster *arm.Record) error { return aks.DeletePool(s.subscription, cluster, pool) })
}

// changeCluster changes a managed cluster without Pulumi; it fails if there is no such cluster.
func (s *Server) changeCluster(clusterID string, change func(*arm.Record) error) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	sub.CompleteDue()
	cluster := sub.Find(clusterID)
	if cluster == nil || cluster.Token != aks.ClusterToken {
		return arm.NotFound("ResourceNotFound", "the managed cluster %s was not found", clusterID)
	}
	if err := change(cluster); err != nil {
		return err
	}
	return sub.Save()
}
