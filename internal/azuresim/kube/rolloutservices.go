package kube

import (
	"fmt"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Annotations of Azure's cloud provider (Azure document "Use an internal load balancer with AKS").
const (
	internalBalancer = "service.beta.kubernetes.io/azure-load-balancer-internal"
	balancerSubnet   = "service.beta.kubernetes.io/azure-load-balancer-internal-subnet"
	balancerAddress  = "service.beta.kubernetes.io/azure-load-balancer-ipv4"
)

// loadBalancersArePlaced: each service of type LoadBalancer is internal, has an address of a subnet in which the control plane may
// place it, and an application gateway sends requests there.
func (r *rollout) loadBalancersArePlaced() error {
	for _, service := range r.objects {
		if !isBalanced(service.Object) {
			continue
		}
		if err := r.loadBalancerIsPlaced(service); err != nil {
			return err
		}
	}
	return nil
}

func isBalanced(object map[string]any) bool {
	return tree.Text(object, "kind") == "Service" && tree.Text(object, "spec", "type") == "LoadBalancer"
}

func (r *rollout) loadBalancerIsPlaced(service *unstructured.Unstructured) error {
	const code = "SyncLoadBalancerFailed"
	annotations, what := service.GetAnnotations(), Describe(service.Object)
	if annotations[internalBalancer] != "true" {
		return arm.BadRequest(code, "%s would get a public address: annotation %s is not \"true\"", what, internalBalancer)
	}
	name := annotations[balancerSubnet]
	if name == "" {
		return arm.BadRequest(code, "%s would take an address among the nodes: annotation %s is missing", what, balancerSubnet)
	}
	if err := r.sub.loadBalancerJoinsAt(r.cluster, name); err != nil {
		return err
	}
	subnet := clusterNetwork(r.cluster) + "/subnets/" + name
	address, err := netip.ParseAddr(annotations[balancerAddress])
	if err != nil {
		return arm.BadRequest(code, "%s: annotation %s must be an IPv4 address, not %q", what, balancerAddress, annotations[balancerAddress])
	}
	if problem := r.sub.addressProblem(subnet, address); problem != "" {
		return arm.BadRequest(code, "%s: %s", what, problem)
	}
	if !slices.Contains(r.sub.backendsIn(clusterNetwork(r.cluster)), address.String()) {
		return arm.BadRequest(code, "%s gets address %s, which no application gateway in the network has as a backend", what, address)
	}
	return nil
}

// addressProblem says why nothing can have an address in a subnet: it lies elsewhere, or is among the first four or the last, which
// Azure keeps.
func (s *Clusters) addressProblem(subnet string, address netip.Addr) string {
	prefix, ok := networking.PrefixOf(s.Subscription, subnet)
	if !ok || !prefix.Contains(address) {
		return fmt.Sprintf("address %s is not in subnet %s, %s", address, resourceid.Name(subnet), prefix)
	}
	kept := prefix.Masked().Addr()
	for range 4 {
		if kept == address {
			return fmt.Sprintf("address %s is one of those that Azure keeps of subnet %s", address, resourceid.Name(subnet))
		}
		kept = kept.Next()
	}
	if !prefix.Contains(address.Next()) {
		return fmt.Sprintf("address %s is the last one of subnet %s, which Azure keeps", address, resourceid.Name(subnet))
	}
	return ""
}

// backendsIn are the addresses to which application gateways in a network send requests.
func (s *Clusters) backendsIn(network string) []string {
	var found []string
	for _, gateway := range networking.InNetwork(s.Subscription, "Microsoft.Network/applicationGateways", network) {
		for _, pool := range tree.List(gateway.Inputs, "backendAddressPools") {
			for _, backend := range tree.List(pool, "backendAddresses") {
				found = append(found, tree.Text(backend, "ipAddress"))
			}
		}
	}
	return found
}
