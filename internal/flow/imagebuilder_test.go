package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// The image builder's spoke lets through exactly what a build needs, and the named rule decides each flow.
func TestImageBuilderRequiredFlows(t *testing.T) {
	proxy, build, link := flow.SubnetHost(builder, 1), flow.SubnetHost(builder, 2), flow.PrivateLinkNIC(builder)
	internet, loadBalancer, manager := flow.Tag("Internet"), flow.Tag("AzureLoadBalancer"), flow.Tag("GatewayManager")
	hosts := flow.Subnet(bastion)
	const (
		reqs = "AKSImageBuilder-Requirements/"
		ib   = "imagebuilder/"
		bs   = "bastion/"
		deny = "firewall/implicit-deny"
	)
	tests := []struct {
		id    string
		flow  flow.Flow
		allow bool
		by    string
	}{
		{"F001", tcp(loadBalancer, proxy, 60001), true, ib + "AllowAzureLoadBalancer60001InBound"},
		{"F002", tcp(link, flow.SubnetHost(builder, 3), 60001), true, ib + "AllowVNet60001InBound"},
		{"F003", tcp(proxy, build, 22), true, ib + "AllowVNet22InBound"},
		{"F004", tcp(proxy, flow.Host("*.blob.core.windows.net"), 443), true, reqs + "to-blobstorage"},
		{"F005", tcp(build, flow.Host("abc123.blob.core.windows.net"), 443), true, reqs + "to-blobstorage"},
		{"F006", tcp(proxy, flow.Host("management.azure.com"), 443), true, reqs + "to-azuremanagement"},
		{"F007", tcp(build, flow.Host("azure.archive.ubuntu.com"), 80), true, reqs + "apt-get"},
		{"F008", tcp(build, flow.Host("archive.ubuntu.com"), 80), true, reqs + "apt-get"},
		{"F009", tcp(build, flow.Host("security.ubuntu.com"), 80), true, reqs + "apt-get"},
		{"F010", tcp(build, flow.Host("packages.microsoft.com"), 443), true, reqs + "apt-get"},
		{"F011", tcp(build, flow.Host("aka.ms"), 443), true, reqs + "install-azcli"},
		{"F012", tcp(build, flow.Host("github.com"), 443), true, reqs + "install-k8scli"},
		{"F013", tcp(build, flow.Host("api.github.com"), 443), true, reqs + "install-k8scli"},
		{"F016", tcp(build, flow.Host("get.helm.sh"), 443), true, reqs + "install-helm"},
		{"F018", tcp(build, flow.Host("releases.hashicorp.com"), 443), true, reqs + "install-terraform"},
		{"F019", tcp(build, flow.Host("fluxcd.io"), 443), true, reqs + "install-flux"},
		{"F020", tcp(build, flow.Host("release-assets.githubusercontent.com"), 443), true, reqs + "install-k8scli"},
		{"F021", tcp(build, flow.Host("dl.k8s.io"), 443), true, reqs + "install-k8scli"},
		{"F022", udp(build, addr(firewallIP), 53), true, ib + "AllowDnsToFirewallOutBound"},
		{"F023", tcp(hosts, build, 22), true, ib + "AllowVNet22InBound"},
		{"F024", tcp(build, flow.Host("api.snapcraft.io"), 443), false, deny},
		{"F025", tcp(build, flow.Host("entropy.ubuntu.com"), 443), false, deny},
		{"F028", udp(build, internet, 123), false, ib + "DenyAllOutBound"},
		{"F029", udp(proxy, flow.Host("ntp.ubuntu.com"), 123), false, ib + "DenyAllOutBound"},
		{"F031", tcp(build, flow.Host("example.org"), 443), false, deny},
		{"F032", tcp(build, flow.Host("example.org"), 80), false, deny},
		{"F033", tcp(build, flow.Host("github.com"), 80), false, deny},
		{"F034", tcp(build, flow.Host("login.microsoftonline.com"), 443), false, deny},
		{"F035", tcp(build, internet, 22), false, ib + "DenyAllOutBound"},
		{"F036", tcp(build, internet, 8080), false, ib + "DenyAllOutBound"},
		{"F037", tcp(proxy, build, 443), false, ib + "DenyAllOutBound"},
		{"F039", tcp(build, flow.Subnet(other), 22), false, ib + "DenyAllOutBound"},
		{"F041", tcp(build, flow.Subnet(other), 443), false, ib + "DenyAllOutBound"},
		{"F042", tcp(build, flow.Host("*.atlas.cloudapp.azure.com"), 19390), false, ib + "DenyAllOutBound"},
		{"F043", tcp(internet, build, 22), false, ib + "DenyAllInBound"},
		{"F044", tcp(internet, proxy, 60001), false, ib + "DenyAllInBound"},
		{"F046", tcp(loadBalancer, build, 22), false, ib + "DenyAllInBound"},
		{"F047", tcp(flow.Subnet(other), build, 22), false, "default/DenyAllOutBound"},
		{"F048", tcp(hosts, build, 3389), false, ib + "DenyAllInBound"},
		{"F049", tcp(internet, hosts, 443), true, bs + "AllowWebExperienceInbound"},
		{"F050", tcp(manager, hosts, 443), true, bs + "AllowWebExperienceInbound"},
		{"F051", tcp(loadBalancer, hosts, 443), true, bs + "AllowHealthProbesInbound"},
		{"F052", tcp(hosts, hosts, 8080), true, bs + "AllowBastionHostToHostInbound"},
		{"F054", tcp(hosts, flow.Tag("AzureCloud"), 443), true, bs + "AllowControlPlaneOutbound"},
		{"F055", tcp(hosts, internet, 80), true, bs + "AllowBastionCertificateValidationOutbound"},
		{"F058", tcp(internet, hosts, 22), false, bs + "DenyAllInbound"},
		{"F068", tcp(hosts, internet, 443), false, bs + "DenyAllOutbound"},
		{"F143", tcp(internet, addr("20.50.60.70"), 22), false, deny},
		{"F144", tcp(internet, flow.PublicIP(network+"publicIPAddresses/pip-fw"), 443), false, deny},
	}
	n := newLab().withOther(false).build(t)
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			r := n.Check(tt.flow)
			assert.Equal(t, tt.allow, r.Allowed, r.Reason)
			assert.Equal(t, tt.by, r.By, r.Reason)
			assert.NotEmpty(t, r.Reason)
		})
	}
}

// On a download, an operator sees name resolution, the security group, the route and the firewall in path order.
func TestHopsAreInPathOrder(t *testing.T) {
	r := newLab().build(t).Check(tcp(flow.Subnet(builder), flow.Host("github.com"), 443))
	var layers []flow.Layer
	var controls []string
	for _, h := range r.Hops {
		require.True(t, h.Allowed)
		layers, controls = append(layers, h.Layer), append(controls, h.Control)
	}
	assert.Equal(t, []flow.Layer{flow.LayerDNS, flow.LayerNSGOut, flow.LayerRoute, flow.LayerFirewallApplicationRule}, layers)
	assert.Equal(t, []string{"azure-dns", "imagebuilder", "rt", "fw"}, controls)
	assert.Equal(t, flow.LayerFirewallApplicationRule, r.Layer)
}

// A denial's reason names the protocol, both ends, the layer and the rule.
func TestReasonNamesEverything(t *testing.T) {
	r := newLab().build(t).Check(tcp(flow.Subnet(builder), flow.Host("example.org"), 443))
	for _, want := range []string{"TCP 443", "snet-imagebuilder", "10.241.0.4", "example.org", "denied", "firewall/implicit-deny", "fw"} {
		assert.Contains(t, r.Reason, want)
	}
}

// A private link service, which the image builder needs, is placed only where the subnet's policies are off.
func TestPrivateLinkService(t *testing.T) {
	l := newLab()
	r := l.build(t).PrivateLinkServiceAllowed(builder)
	assert.True(t, r.Allowed, r.Reason)
	r = l.build(t).PrivateLinkServiceAllowed(bastion)
	assert.False(t, r.Allowed, "absent means Enabled")
	assert.Equal(t, flow.LayerPrivateLink, r.Layer)
	assert.Equal(t, flow.LayerPath, l.build(t).PrivateLinkServiceAllowed(builder+"x").Layer)

	// The exemption from the security group goes with the same setting.
	l.dropRule(builderNSG, "AllowSshToVNetOutBound")
	link := tcp(flow.PrivateLinkNIC(builder), flow.SubnetHost(builder, 5), 22)
	assert.True(t, l.build(t).Check(link).Allowed)
	subnets := l[buildVNet].Properties["subnets"].(list)
	subnets[0].(object)["privateLinkServiceNetworkPolicies"] = "Enabled"
	assert.Equal(t, "imagebuilder/DenyAllOutBound", l.build(t).Check(link).By)
}
