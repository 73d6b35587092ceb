package network

// BastionSecurityRules allow what Azure Bastion needs, and nothing else (Azure document "Working with NSG access and Azure
// Bastion"). Azure refuses to create a host behind a security group that lacks one of them.
var BastionSecurityRules = []SecurityRule{
	{"AllowWebExperienceInbound", 100, inbound, allow, tcp, "Internet", "*", []string{"443"},
		"Operators reach their session over TLS. Narrow it to your own addresses."},
	{"AllowControlPlaneInbound", 110, inbound, allow, tcp, "GatewayManager", "*", []string{"443"},
		"Bastion's control plane manages the hosts."},
	{"AllowHealthProbesInbound", 120, inbound, allow, tcp, "AzureLoadBalancer", "*", []string{"443"},
		"The platform probes the health of the hosts."},
	{"AllowBastionHostToHostInbound", 130, inbound, allow, "*", "VirtualNetwork", "VirtualNetwork",
		[]string{"8080", "5701"}, "Bastion's hosts exchange session data."},
	{"DenyAllInbound", 1000, inbound, deny, "*", "*", "*", []string{"*"}, "Explicit close: no default rule of Azure applies."},
	{"AllowSshToVnetOutbound", 100, outbound, allow, tcp, "*", "VirtualNetwork", []string{"22"},
		"SSH sessions to private machines."},
	{"AllowRdpToVnetOutbound", 110, outbound, allow, tcp, "*", "VirtualNetwork", []string{"3389"},
		"RDP sessions to private machines; Bastion requires the rule."},
	{"AllowControlPlaneOutbound", 120, outbound, allow, tcp, "*", "AzureCloud", []string{"443"},
		"Bastion's hosts report logs and metrics to Azure."},
	{"AllowBastionHostToHostOutbound", 130, outbound, allow, "*", "VirtualNetwork", "VirtualNetwork",
		[]string{"8080", "5701"}, "Bastion's hosts exchange session data."},
	{"AllowBastionCertificateValidationOutbound", 140, outbound, allow, "*", "*", "Internet", []string{"80"},
		"Certificate and session validation."},
	{"DenyAllOutbound", 1000, outbound, deny, "*", "*", "*", []string{"*"}, "Explicit close: no default rule of Azure applies."},
}
