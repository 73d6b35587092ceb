package azuresim

import (
	"errors"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/gateway"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// try finds a deployed resource of a type and asks what would stop it now.
func (s *Server) try(id, armType string, ask func(*arm.Record) error) (string, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.CompleteDue()
	found := s.subscription.Find(id)
	if found == nil || found.ARMType != armType {
		return "", arm.NotFound("ResourceNotFound", "the resource %s was not found", id)
	}
	err := ask(found)
	var refusal *arm.Error
	if errors.As(err, &refusal) {
		return refusal.Code + ": " + refusal.Message, nil
	}
	return "", err
}

// TryNodes says what would stop nodes of a managed cluster from joining it today: empty, or pool, layer, rule and host. It
// fails if there is no such cluster.
func (s *Server) TryNodes(clusterID string) (string, error) {
	return s.try(clusterID, "Microsoft.ContainerService/managedClusters", func(cluster *arm.Record) error {
		return aks.CheckNodesJoin(s.subscription, cluster.ID, cluster.Inputs, aks.PoolsOf(cluster), aks.APIServerOf(s.subscription, cluster))
	})
}

// TryGateway says what would stop an application gateway if it started today: empty, or what is wrong with its subnet or with
// the way to its certificates. It fails if there is no such gateway.
func (s *Server) TryGateway(gatewayID string) (string, error) {
	return s.try(gatewayID, "Microsoft.Network/applicationGateways", func(found *arm.Record) error {
		for _, configuration := range tree.List(found.Inputs, "gatewayIPConfigurations") {
			if err := gateway.CheckSubnetTraffic(s.subscription, found, tree.Text(configuration, "subnet", "id")); err != nil {
				return err
			}
		}
		return gateway.CheckCertificates(s.subscription, found.ID, found.Inputs)
	})
}

// TryJumpBox walks the operator's path: Bastion to the jump boxes of a scale set, and from there to Azure, to the API server of
// every cluster in the network and to the private registry and vault; and it sees that only Bastion can open SSH. It
// returns what is wrong, or empty, and fails if there is no such scale set.
func (s *Server) TryJumpBox(scaleSetID string) (string, error) {
	return s.try(scaleSetID, arm.ScaleSets, func(boxes *arm.Record) error { return checkJumpBox(s.subscription, boxes) })
}

// TryIngress walks the path of a request into a cluster: the internal load balancer that the control plane places, the images
// that nodes pull, and the gateway's way to the ingress. It returns what is wrong, or empty, and fails if there is no such
// cluster.
func (s *Server) TryIngress(clusterID string) (string, error) {
	return s.try(clusterID, "Microsoft.ContainerService/managedClusters", func(cluster *arm.Record) error {
		return s.clusters.CheckIngress(cluster)
	})
}

// TryGitOps syncs a cluster as Flux does and says what would stop it today: a host that nodes do not reach, a directory that does not
// build, an image, a secret, an address or a node that objects do not get. It is empty if nothing does. It fails if there is no such
// cluster.
func (s *Server) TryGitOps(clusterID string) (string, error) {
	return s.try(clusterID, "Microsoft.ContainerService/managedClusters", func(cluster *arm.Record) error {
		return s.clusters.CheckGitOps(cluster)
	})
}

// TryAccess says why an endpoint of the deployed network does not reach a registry or a vault by the host name that clients
// use; it is empty if it does. An endpoint in no subnet, such as flow.Tag("Internet"), comes from outside. It fails if the
// network cannot be read.
func (s *Server) TryAccess(from flow.Endpoint, host string) (string, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.CompleteDue()
	net, err := s.subscription.Network(flow.Options{})
	if err != nil {
		return "", err
	}
	return networking.Reach(s.subscription, net, from, host).Reason, nil
}
