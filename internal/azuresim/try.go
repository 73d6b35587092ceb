package azuresim

import (
	"errors"

	"aks-regulated-pulumi/internal/tree"
)

// try finds a deployed resource of a type and asks what would stop it now.
func (s *Server) try(id, armType string, ask func(*record) error) (string, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.completeDue()
	found := s.subscription.find(id)
	if found == nil || found.ARMType != armType {
		return "", notFound("ResourceNotFound", "the resource %s was not found", id)
	}
	err := ask(found)
	var refusal *azureError
	if errors.As(err, &refusal) {
		return refusal.code + ": " + refusal.message, nil
	}
	return "", err
}

// TryNodes says what would stop nodes of a managed cluster from joining it today: empty, or pool, layer, rule and host. It
// fails if there is no such cluster.
func (s *Server) TryNodes(clusterID string) (string, error) {
	return s.try(clusterID, "Microsoft.ContainerService/managedClusters", func(cluster *record) error {
		return s.subscription.checkNodesJoin(cluster.ID, cluster.Inputs, s.subscription.apiServerOf(cluster))
	})
}

// TryGateway says what would stop an application gateway if it started today: empty, or what is wrong with its subnet or with
// the way to its certificates. It fails if there is no such gateway.
func (s *Server) TryGateway(gatewayID string) (string, error) {
	return s.try(gatewayID, "Microsoft.Network/applicationGateways", func(gateway *record) error {
		for _, configuration := range tree.List(gateway.Inputs, "gatewayIPConfigurations") {
			if err := s.subscription.checkSubnetTraffic(gateway.ID, tree.Text(configuration, "subnet", "id")); err != nil {
				return err
			}
		}
		return s.subscription.checkCertificates(gateway.ID, gateway.Inputs)
	})
}

// TryJumpBox walks the operator's path: Bastion to the jump boxes of a scale set, and from there to Azure, to the API server of
// every cluster in the network and to the private registry and vault; and it sees that SSH is open to nobody but Bastion. It
// returns what is wrong, or empty, and fails if there is no such scale set.
func (s *Server) TryJumpBox(scaleSetID string) (string, error) {
	return s.try(scaleSetID, armScaleSet, func(boxes *record) error { return s.subscription.checkJumpBox(boxes) })
}

// TryIngress walks the path of a request into a cluster: the internal load balancer that the control plane places, the images
// that nodes pull, and the gateway's way to the ingress. It returns what is wrong, or empty, and fails if there is no such
// cluster.
func (s *Server) TryIngress(clusterID string) (string, error) {
	return s.try(clusterID, "Microsoft.ContainerService/managedClusters", func(cluster *record) error {
		return s.clusters.checkIngress(cluster)
	})
}

// TryGitOps syncs a cluster as Flux does and tells what would stop it today: a host that nodes do not reach, a directory that does not
// build, an image, a secret, an address or a node that objects do not get. It is empty if nothing does. It fails if there is no such
// cluster.
func (s *Server) TryGitOps(clusterID string) (string, error) {
	return s.try(clusterID, "Microsoft.ContainerService/managedClusters", func(cluster *record) error {
		return s.clusters.checkGitOps(cluster)
	})
}
