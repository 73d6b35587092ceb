package kube

import (
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// IngressSubnet is where the program puts the internal load balancers of ingress controllers in networks of its own.
const IngressSubnet = "snet-cluster-ingressservices"

// ingressSubnet is the subnet that the manifests of a cluster name for them.
func (s *Clusters) ingressSubnet(cluster *arm.Record) string {
	for _, configuration := range s.ChildrenOf(cluster.ID, aks.FluxConfigurationToken) {
		for _, kustomization := range tree.Object(configuration.Inputs, "kustomizations") {
			if name := tree.Text(kustomization, "postBuild", "substitute", "ingress_subnet"); name != "" {
				return name
			}
		}
	}
	return IngressSubnet
}

// CheckIngress says what stops a request on its way into a cluster.
func (s *Clusters) CheckIngress(cluster *arm.Record) error {
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, check := range []func(*flow.Network, *arm.Record) error{
		s.loadBalancerJoins, s.nodesPull, s.certificatesAreRead, s.gatewayReachesIngress,
	} {
		if err := check(net, cluster); err != nil {
			return err
		}
	}
	return nil
}

func clusterNetwork(cluster *arm.Record) string {
	return resourceid.Parent(aks.SystemSubnet(aks.PoolsOf(cluster)))
}

// loadBalancerJoins is the check that Azure makes when the control plane places a service of type LoadBalancer.
func (s *Clusters) loadBalancerJoins(_ *flow.Network, cluster *arm.Record) error {
	return s.loadBalancerJoinsAt(cluster, s.ingressSubnet(cluster))
}

func (s *Clusters) loadBalancerJoinsAt(cluster *arm.Record, name string) error {
	subnet := clusterNetwork(cluster) + "/subnets/" + name
	if networking.SubnetOf(s.Subscription, subnet) == nil {
		return arm.BadRequest("IngressSubnetNotFound", "the network of %s has no subnet %s for internal load balancers", cluster.ID, name)
	}
	if service := networking.Delegation(networking.SubnetOf(s.Subscription, subnet)); service != "" {
		return arm.BadRequest("SubnetIsDelegated", "%s cannot place an internal load balancer in subnet %s, which is delegated to %s",
			cluster.ID, name, service)
	}
	principal, err := authz.PrincipalOf(s.Subscription, cluster.Inputs)
	if err != nil {
		return err
	}
	if action := aks.MissingJoinPermission(s.Subscription, principal, subnet); action != "" {
		return arm.Forbidden("LinkedAuthorizationFailed", "the control plane of %s cannot place an internal load balancer: "+
			"its identity lacks permission %s at %s (Network Contributor)",
			cluster.ID, action, subnet)
	}
	return nil
}

// nodesPull: the kubelet may pull from the registries beside the cluster, and every pool reaches them privately.
func (s *Clusters) nodesPull(net *flow.Network, cluster *arm.Record) error {
	registries := 0
	for _, acr := range s.Sorted() {
		if acr.Token != registry.RegistryToken || !resourceid.Equal(arm.ParentGroupID(acr.ID), arm.ParentGroupID(cluster.ID)) {
			continue
		}
		registries++
		if err := s.checkPull(net, cluster, acr); err != nil {
			return err
		}
	}
	if registries == 0 {
		return arm.BadRequest("ImagePullBlocked", "there is no container registry beside %s", cluster.ID)
	}
	return nil
}

func (s *Clusters) checkPull(net *flow.Network, cluster, acr *arm.Record) error {
	kubelet := tree.Text(cluster.Outputs, "identityProfile", "kubeletidentity", "objectId")
	if !authz.Allows(s.Subscription, kubelet, registry.PullFromIt, acr.ID) {
		return arm.Forbidden("ImagePullUnauthorized",
			"nodes of %s cannot pull from %s: the kubelet identity lacks permission %s (AcrPull)", cluster.ID, acr.ID, registry.PullFromIt)
	}
	for _, pool := range aks.PoolsOf(cluster) {
		for _, host := range networking.PrivateHosts(s.Subscription, acr) {
			if why := networking.PrivateTLSBlocker(net, tree.Text(pool, "vnetSubnetID"), host); why != "" {
				return arm.BadRequest("ImagePullBlocked", "nodes of pool %s of %s cannot reach %s on port 443 privately. %s",
					tree.Text(pool, "name"), cluster.ID, host, why)
			}
		}
	}
	return nil
}

// certificatesAreRead: whichever identity pods of the cluster may act as reads secrets of the vaults beside the cluster, and
// every pool reaches those privately.
func (s *Clusters) certificatesAreRead(net *flow.Network, cluster *arm.Record) error {
	for _, credential := range s.Sorted() {
		if credential.Token != "managedidentity:FederatedIdentityCredential" || !credential.Usable() ||
			tree.Text(credential.Inputs, "issuer") != tree.Text(cluster.Outputs, "oidcIssuerProfile", "issuerURL") {
			continue
		}
		identity := s.Find(resourceid.Parent(credential.ID))
		for _, vault := range s.Sorted() {
			if vault.Token != vaultdata.VaultToken || !resourceid.Equal(arm.ParentGroupID(vault.ID), arm.ParentGroupID(cluster.ID)) {
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
func (s *Clusters) checkMount(net *flow.Network, cluster, identity, vault *arm.Record) error {
	if lack := vaultdata.MissingPermission(s.Subscription, tree.Text(identity.Outputs, "principalId"), vault); lack != "" {
		return arm.Forbidden("SecretsStoreForbidden", "pods of %s cannot mount secrets of %s: identity %s lacks permission %s",
			cluster.ID, vault.ID, identity.ID, lack)
	}
	for _, pool := range aks.PoolsOf(cluster) {
		if why := networking.PrivateTLSBlocker(net, tree.Text(pool, "vnetSubnetID"), vaultdata.VaultHost(vault.ID)); why != "" {
			return arm.BadRequest("SecretsStoreBlocked", "nodes of pool %s of %s cannot reach %s on port 443 privately. %s",
				tree.Text(pool, "name"), cluster.ID, vaultdata.VaultHost(vault.ID), why)
		}
	}
	return nil
}

// gatewayReachesIngress: the backends of gateways in the cluster's network are in the subnet of internal load balancers, and the
// gateway gets there.
func (s *Clusters) gatewayReachesIngress(net *flow.Network, cluster *arm.Record) error {
	subnet, backends := clusterNetwork(cluster)+"/subnets/"+s.ingressSubnet(cluster), 0
	inside, _ := networking.PrefixOf(s.Subscription, subnet)
	for _, gateway := range networking.InNetwork(s.Subscription, "Microsoft.Network/applicationGateways", clusterNetwork(cluster)) {
		for _, rule := range tree.List(gateway.Inputs, "requestRoutingRules") {
			settings := partNamed(gateway, "backendHttpSettingsCollection", tree.Text(rule, "backendHttpSettings", "id"))
			pool := partNamed(gateway, "backendAddressPools", tree.Text(rule, "backendAddressPool", "id"))
			port, _ := tree.Number(settings, "port")
			for _, backend := range tree.List(pool, "backendAddresses") {
				backends++
				address, err := netip.ParseAddr(tree.Text(backend, "ipAddress"))
				if err != nil || !inside.Contains(address) {
					return arm.BadRequest("IngressBackendUnknown", "backend %s%s of %s is not an address of subnet %s",
						tree.Text(backend, "ipAddress"), tree.Text(backend, "fqdn"), gateway.ID, subnet)
				}
				for _, configuration := range tree.List(gateway.Inputs, "gatewayIPConfigurations") {
					from := flow.Subnet(tree.Text(configuration, "subnet", "id"))
					if why := networking.DescribeBlock(net.Check(flow.Flow{From: from, To: flow.Address(address), Protocol: flow.TCP,
						Port: uint16(port)})); why != "" {
						return arm.BadRequest("IngressBlocked", "gateway %s cannot reach the ingress at %s on port %v. %s",
							gateway.ID, address, port, why)
					}
				}
			}
		}
	}
	if backends == 0 {
		return arm.BadRequest("IngressBackendUnknown", "no application gateway in the network of %s has a backend", cluster.ID)
	}
	return nil
}

// partNamed finds a part of a gateway by its id.
func partNamed(gateway *arm.Record, collection, id string) any {
	for _, part := range tree.List(gateway.Inputs, collection) {
		if strings.EqualFold(tree.Text(part, "name"), resourceid.Name(id)) {
			return part
		}
	}
	return nil
}
