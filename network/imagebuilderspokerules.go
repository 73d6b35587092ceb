package network

// ImageBuilderSecurityRules begin with the minimum of mspnp/aks-jumpbox-imagebuilder (its README). Its tables say
// VirtualNetwork, and so do these rules: where a default route widens the tag, the firewall denies what it would let through. Beyond
// the minimum they allow DNS to the firewall and, with plainHTTP, port 80 to package mirrors, and deny the platform's other probes.
func ImageBuilderSecurityRules(plainHTTP bool) []SecurityRule {
	rules := []SecurityRule{
		{"AllowAzureLoadBalancer60001InBound", 100, inbound, allow, tcp, "AzureLoadBalancer", "VirtualNetwork", []string{"60001"},
			"Load balancer probe of the proxy VM, which serves SSH on 60001."},
		{"DenyAzureLoadBalancerInBound", 105, inbound, deny, "*", "AzureLoadBalancer", "*", []string{"*"},
			"The platform probes nothing else, also where the VirtualNetwork tag includes its address."},
		{"AllowVNet60001InBound", 110, inbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"60001"},
			"Azure Image Builder reaches the proxy VM through its private link."},
		{"AllowVNet22InBound", 120, inbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"22"},
			"The proxy VM opens SSH to the build VM."},
		{"Allow443ToInternetOutBound", 100, outbound, allow, tcp, "VirtualNetwork", "Internet", []string{"443"},
			"Azure management, storage and downloads; the firewall filters by name."},
		{"AllowSshToVNetOutBound", 110, outbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"22"},
			"The proxy VM opens SSH to the build VM."},
		{"AllowDnsToFirewallOutBound", 130, outbound, allow, "*", "VirtualNetwork", FirewallAddress, []string{"53"},
			"Names resolve through the firewall's DNS proxy."},
	}
	if plainHTTP {
		rules = append(rules, SecurityRule{"Allow80ToInternetOutBound", 102, outbound, allow, tcp, "VirtualNetwork", "Internet",
			[]string{"80"}, "Ubuntu's package mirrors serve plain HTTP; the firewall filters by name."})
	}
	return closed(rules...)
}
