package azuresim

import (
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// ingressSubnet is where the program puts the internal load balancers of ingress controllers.
const ingressSubnet = "snet-cluster-ingressservices"

func (s *clusters) checkIngress(cluster *record) error {
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, check := range []func(*flow.Network, *record) error{
		s.loadBalancerJoins, s.nodesPull, s.certificatesAreRead, s.gatewayReachesIngress,
	} {
		if err := check(net, cluster); err != nil {
			return err
		}
	}
	return nil
}

func clusterNetwork(cluster *record) string { return resourceid.Parent(systemSubnet(cluster.Inputs)) }

// loadBalancerJoins is the check that Azure makes when the control plane places a service of type LoadBalancer.
func (s *clusters) loadBalancerJoins(_ *flow.Network, cluster *record) error {
	return s.loadBalancerJoinsAt(cluster, ingressSubnet)
}

func (s *clusters) loadBalancerJoinsAt(cluster *record, name string) error {
	subnet := clusterNetwork(cluster) + "/subnets/" + name
	if s.subnetOf(subnet) == nil {
		return badRequest("IngressSubnetNotFound", "the network of %s has no subnet %s for internal load balancers", cluster.ID, name)
	}
	if service := delegation(s.subnetOf(subnet)); service != "" {
		return badRequest("SubnetIsDelegated", "%s cannot place an internal load balancer in subnet %s, which is delegated to %s", cluster.ID, name, service)
	}
	principal, err := s.principalOf(cluster.Inputs)
	if err != nil {
		return err
	}
	if action := s.missingJoinPermission(principal, subnet); action != "" {
		return forbidden("LinkedAuthorizationFailed", "the control plane of %s cannot place an internal load balancer: "+
			"its identity lacks permission %s at %s (Network Contributor)",
			cluster.ID, action, subnet)
	}
	return nil
}

// nodesPull: the kubelet may pull from the registries beside the cluster, and every pool reaches them privately.
func (s *clusters) nodesPull(net *flow.Network, cluster *record) error {
	registries := 0
	for _, registry := range s.sorted() {
		if registry.Token != registryToken || !resourceid.Equal(parentGroupID(registry.ID), parentGroupID(cluster.ID)) {
			continue
		}
		registries++
		if err := s.checkPull(net, cluster, registry); err != nil {
			return err
		}
	}
	if registries == 0 {
		return badRequest("ImagePullBlocked", "there is no container registry beside %s", cluster.ID)
	}
	return nil
}

func (s *clusters) checkPull(net *flow.Network, cluster, registry *record) error {
	kubelet := tree.Text(cluster.Outputs, "identityProfile", "kubeletidentity", "objectId")
	if !s.allows(kubelet, pullFromIt, registry.ID) {
		return forbidden("ImagePullUnauthorized",
			"nodes of %s cannot pull from %s: the kubelet identity lacks permission %s (AcrPull)", cluster.ID, registry.ID, pullFromIt)
	}
	for _, pool := range pools(cluster.Inputs) {
		for _, host := range s.privateHosts(registry) {
			if why := privateTLSBlocker(net, tree.Text(pool, "vnetSubnetID"), host); why != "" {
				return badRequest("ImagePullBlocked", "nodes of pool %s of %s cannot reach %s on port 443 privately. %s",
					tree.Text(pool, "name"), cluster.ID, host, why)
			}
		}
	}
	return nil
}

// certificatesAreRead: whichever identity pods of the cluster may act as reads secrets of the vaults beside the cluster, and
// every pool reaches those privately.
func (s *clusters) certificatesAreRead(net *flow.Network, cluster *record) error {
	for _, credential := range s.sorted() {
		if credential.Token != "managedidentity:FederatedIdentityCredential" || !credential.usable() ||
			tree.Text(credential.Inputs, "issuer") != tree.Text(cluster.Outputs, "oidcIssuerProfile", "issuerURL") {
			continue
		}
		identity := s.find(resourceid.Parent(credential.ID))
		for _, vault := range s.sorted() {
			if vault.Token != vaultToken || !resourceid.Equal(parentGroupID(vault.ID), parentGroupID(cluster.ID)) {
				continue
			}
			if err := s.checkMount(net, cluster, identity, vault); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkMount: an identity of pods reads secrets of a vault, and every pool reaches that privately.
func (s *clusters) checkMount(net *flow.Network, cluster, identity, vault *record) error {
	if lack := s.missingSecretPermission(tree.Text(identity.Outputs, "principalId"), vault); lack != "" {
		return forbidden("SecretsStoreForbidden", "pods of %s cannot mount secrets of %s: identity %s lacks permission %s",
			cluster.ID, vault.ID, identity.ID, lack)
	}
	for _, pool := range pools(cluster.Inputs) {
		if why := privateTLSBlocker(net, tree.Text(pool, "vnetSubnetID"), vaultHost(vault.ID)); why != "" {
			return badRequest("SecretsStoreBlocked", "nodes of pool %s of %s cannot reach %s on port 443 privately. %s",
				tree.Text(pool, "name"), cluster.ID, vaultHost(vault.ID), why)
		}
	}
	return nil
}

// gatewayReachesIngress: the backends of gateways in the cluster's network are in the subnet of internal load balancers, and the
// gateway gets there.
func (s *clusters) gatewayReachesIngress(net *flow.Network, cluster *record) error {
	subnet, backends := clusterNetwork(cluster)+"/subnets/"+ingressSubnet, 0
	inside, _ := s.prefixOf(subnet)
	for _, gateway := range s.inNetwork("Microsoft.Network/applicationGateways", clusterNetwork(cluster)) {
		for _, rule := range tree.List(gateway.Inputs, "requestRoutingRules") {
			settings := partNamed(gateway, "backendHttpSettingsCollection", tree.Text(rule, "backendHttpSettings", "id"))
			pool := partNamed(gateway, "backendAddressPools", tree.Text(rule, "backendAddressPool", "id"))
			port, _ := tree.Number(settings, "port")
			for _, backend := range tree.List(pool, "backendAddresses") {
				backends++
				address, err := netip.ParseAddr(tree.Text(backend, "ipAddress"))
				if err != nil || !inside.Contains(address) {
					return badRequest("IngressBackendUnknown", "backend %s%s of %s is not an address of subnet %s",
						tree.Text(backend, "ipAddress"), tree.Text(backend, "fqdn"), gateway.ID, subnet)
				}
				for _, configuration := range tree.List(gateway.Inputs, "gatewayIPConfigurations") {
					from := flow.Subnet(tree.Text(configuration, "subnet", "id"))
					if why := describeBlock(net.Check(flow.Flow{From: from, To: flow.Address(address), Protocol: flow.TCP, Port: uint16(port)})); why != "" {
						return badRequest("IngressBlocked", "gateway %s cannot reach the ingress at %s on port %v. %s",
							gateway.ID, address, port, why)
					}
				}
			}
		}
	}
	if backends == 0 {
		return badRequest("IngressBackendUnknown", "no application gateway in the network of %s has a backend", cluster.ID)
	}
	return nil
}

// partNamed finds a part of a gateway by its id.
func partNamed(gateway *record, collection, id string) any {
	for _, part := range tree.List(gateway.Inputs, collection) {
		if strings.EqualFold(tree.Text(part, "name"), resourceid.Name(id)) {
			return part
		}
	}
	return nil
}
