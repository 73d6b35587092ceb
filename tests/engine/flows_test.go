package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// flowProof is one row of the flow matrix: what may be reached, what may not, and which control decides.
type flowProof struct {
	id       string
	from, to string // a name of flowEndpoints, or a host
	protocol flow.Protocol
	port     uint16
	app      flow.AppProtocol
	// by is the rule that decides under the strict reading of the VirtualNetwork tag; empty is a deny by any control.
	by    string
	allow bool
}

const (
	builderRules = "nsg-vnet-spoke-bu0001a0005-00-imagebuilder/"
	bastionRules = "nsg-eastus2-bastion/"
	fromFirewall = "firewall/implicit-deny"
	requirements = "AKSImageBuilder-Requirements/"
)

// flowProofs are the flows of hub and image builder spoke.
var flowProofs = []flowProof{
	// The image build: what it needs.
	{"F001", "AzureLoadBalancer", "aib-proxy-vm", flow.TCP, 60001, "", builderRules + "AllowAzureLoadBalancer60001InBound", true},
	{"F002", "aib-privatelink-nic", "aib-proxy-vm", flow.TCP, 60001, "", builderRules + "AllowVNet60001InBound", true},
	{"F003", "aib-proxy-vm", "aib-build-vm", flow.TCP, 22, "", builderRules + "AllowVNet22InBound", true},
	{"F004", "aib-proxy-vm", "account1.blob.core.windows.net", flow.TCP, 443, "", requirements + "to-blobstorage", true},
	{"F005", "aib-build-vm", "account1.blob.core.windows.net", flow.TCP, 443, "", requirements + "to-blobstorage", true},
	{"F006", "aib-proxy-vm", "management.azure.com", flow.TCP, 443, "", requirements + "to-azuremanagement", true},
	{"F007", "aib-build-vm", "azure.archive.ubuntu.com", flow.TCP, 80, flow.HTTP, requirements + "apt-get", true},
	{"F008", "aib-build-vm", "archive.ubuntu.com", flow.TCP, 80, flow.HTTP, requirements + "apt-get", true},
	{"F009", "aib-build-vm", "security.ubuntu.com", flow.TCP, 80, flow.HTTP, requirements + "apt-get", true},
	{"F010", "aib-build-vm", "packages.microsoft.com", flow.TCP, 443, "", requirements + "install-azcli", true},
	{"F012", "aib-build-vm", "github.com", flow.TCP, 443, "", requirements + "install-github-releases", true},
	{"F016", "aib-build-vm", "get.helm.sh", flow.TCP, 443, "", requirements + "install-helm", true},
	{"F018", "aib-build-vm", "releases.hashicorp.com", flow.TCP, 443, "", requirements + "install-terraform", true},
	{"F020", "aib-build-vm", "release-assets.githubusercontent.com", flow.TCP, 443, "", requirements + "install-github-releases", true},
	{"F021", "aib-build-vm", "dl.k8s.io", flow.TCP, 443, "", requirements + "install-k8scli", true},
	{"F022", "aib-build-vm", "firewall", flow.UDP, 53, "", builderRules + "AllowDnsToFirewallOutBound", true},
	{"F022", "aib-build-vm", "firewall", flow.TCP, 53, "", builderRules + "AllowDnsToFirewallOutBound", true},
	// Accepted: the floor for Azure Image Builder wants the tag, and the tag includes the hub.
	{"F023", "bastion", "aib-build-vm", flow.TCP, 22, "", builderRules + "AllowVNet22InBound", true},
	// Hosts that only older downloads contact, or tools that are left out, are closed.
	{"F011", "aib-build-vm", "aka.ms", flow.TCP, 443, "", fromFirewall, false},
	{"F013", "aib-build-vm", "api.github.com", flow.TCP, 443, "", fromFirewall, false},
	{"F014", "aib-build-vm", "storage.googleapis.com", flow.TCP, 443, "", fromFirewall, false},
	{"F017", "aib-build-vm", "raw.githubusercontent.com", flow.TCP, 443, "", fromFirewall, false},
	// The image build: what it must not reach.
	{"F024", "aib-build-vm", "api.snapcraft.io", flow.TCP, 443, "", fromFirewall, false},
	{"F025", "aib-build-vm", "entropy.ubuntu.com", flow.TCP, 443, "", fromFirewall, false},
	{"F026", "aib-build-vm", "changelogs.ubuntu.com", flow.TCP, 443, "", fromFirewall, false},
	{"F027", "aib-proxy-vm", "api.snapcraft.io", flow.TCP, 443, "", fromFirewall, false},
	{"F028", "aib-build-vm", "internet", flow.UDP, 123, "", builderRules + "DenyAllOutBound", false},
	{"F029", "aib-proxy-vm", "ntp.ubuntu.com", flow.UDP, 123, "", builderRules + "DenyAllOutBound", false},
	{"F031", "aib-build-vm", "example.org", flow.TCP, 443, "", fromFirewall, false},
	{"F032", "aib-build-vm", "example.org", flow.TCP, 80, flow.HTTP, fromFirewall, false},
	{"F033", "aib-build-vm", "github.com", flow.TCP, 80, flow.HTTP, fromFirewall, false},
	{"F034", "aib-build-vm", "login.microsoftonline.com", flow.TCP, 443, "", fromFirewall, false},
	{"F035", "aib-build-vm", "internet", flow.TCP, 22, "", builderRules + "DenyAllOutBound", false},
	{"F036", "aib-build-vm", "internet", flow.TCP, 8080, "", builderRules + "DenyAllOutBound", false},
	{"F037", "aib-proxy-vm", "aib-build-vm", flow.TCP, 443, "", builderRules + "DenyAllOutBound", false},
	{"F038", "aib-proxy-vm", "aib-build-vm", flow.TCP, 5986, "", builderRules + "DenyAllOutBound", false},
	{"F039", "aib-build-vm", "jump-box", flow.TCP, 22, "", builderRules + "DenyAllOutBound", false},
	{"F040", "aib-build-vm", "nodes-system", flow.TCP, 443, "", builderRules + "DenyAllOutBound", false},
	{"F041", "aib-build-vm", "private-endpoint", flow.TCP, 443, "", builderRules + "DenyAllOutBound", false},
	{"F042", "aib-build-vm", "x.eastus2.atlas.cloudapp.azure.com", flow.TCP, 19390, flow.HTTP, builderRules + "DenyAllOutBound", false},
	{"F043", "internet", "aib-build-vm", flow.TCP, 22, "", builderRules + "DenyAllInBound", false},
	{"F044", "internet", "aib-proxy-vm", flow.TCP, 60001, "", builderRules + "DenyAllInBound", false},
	{"F045", "internet", "aib-build-vm", flow.TCP, 443, "", builderRules + "DenyAllInBound", false},
	{"F046", "AzureLoadBalancer", "aib-build-vm", flow.TCP, 22, "", builderRules + "DenyAzureLoadBalancerInBound", false},
	{"F047", "nodes-system", "aib-build-vm", flow.TCP, 22, "", "", false},
	{"F048", "bastion", "aib-build-vm", flow.TCP, 3389, "", builderRules + "DenyAllInBound", false},
	// Bastion.
	{"F049", "internet", "bastion", flow.TCP, 443, "", bastionRules + "AllowWebExperienceInbound", true},
	{"F050", "GatewayManager", "bastion", flow.TCP, 443, "", bastionRules + "AllowWebExperienceInbound", true},
	{"F051", "AzureLoadBalancer", "bastion", flow.TCP, 443, "", bastionRules + "AllowHealthProbesInbound", true},
	{"F052", "bastion", "bastion", flow.TCP, 8080, "", bastionRules + "AllowBastionHostToHostInbound", true},
	{"F053", "bastion", "bastion", flow.TCP, 5701, "", bastionRules + "AllowBastionHostToHostInbound", true},
	{"F054", "bastion", "AzureCloud", flow.TCP, 443, "", bastionRules + "AllowControlPlaneOutbound", true},
	{"F055", "bastion", "internet", flow.TCP, 80, "", bastionRules + "AllowBastionCertificateValidationOutbound", true},
	{"F058", "internet", "bastion", flow.TCP, 22, "", bastionRules + "DenyAllInbound", false},
	{"F059", "internet", "bastion", flow.TCP, 3389, "", bastionRules + "DenyAllInbound", false},
	{"F060", "internet", "bastion", flow.TCP, 80, "", bastionRules + "DenyAllInbound", false},
	{"F063", "bastion", "jump-box", flow.TCP, 443, "", bastionRules + "DenyAllOutbound", false},
	{"F068", "bastion", "internet", flow.TCP, 443, "", bastionRules + "DenyAllOutbound", false},
	{"F069", "bastion", "internet", flow.TCP, 22, "", bastionRules + "DenyAllOutbound", false},
	// The firewall publishes nothing.
	{"F143", "internet", "firewall-public-ip", flow.TCP, 22, "", fromFirewall, false},
	{"F144", "internet", "firewall-public-ip", flow.TCP, 443, "", fromFirewall, false},
	{"F145", "internet", "firewall-public-ip", flow.TCP, 3389, "", fromFirewall, false},
}

// flowEndpoints are the named ends of the flow matrix in a deployed stack.
func flowEndpoints(t *testing.T, s *engineStack) map[string]flow.Endpoint {
	// A stack that builds no image has no such network, and no flow from there.
	builder := strings.Replace(s.id(t, "Microsoft.Network/virtualNetworks", "vnet-spoke-bu0001a0005-01"), "a0005-01", "a0005-00", 1) +
		"/subnets/snet-imagebuilder"
	address := func(value string) flow.Endpoint { return flow.Address(netip.MustParseAddr(value)) }
	cluster := s.id(t, "Microsoft.Network/virtualNetworks", "vnet-spoke-bu0001a0005-01") + "/subnets/"
	return map[string]flow.Endpoint{
		"aib-proxy-vm":         flow.SubnetHost(builder, 1),
		"aib-build-vm":         flow.SubnetHost(builder, 2),
		"aib-privatelink-nic":  flow.PrivateLinkNIC(builder),
		"bastion":              flow.Subnet(s.id(t, "Microsoft.Network/virtualNetworks", "-hub") + "/subnets/AzureBastionSubnet"),
		"firewall":             address(s.nextHop(t)),
		"firewall-public-ip":   flow.PublicIP(s.id(t, "Microsoft.Network/publicIPAddresses", "pip-fw-eastus2-00")),
		"internet":             address("203.0.113.10"),
		"AzureLoadBalancer":    flow.Tag("AzureLoadBalancer"),
		"GatewayManager":       flow.Tag("GatewayManager"),
		"jump-box":             flow.SubnetHost(cluster+"snet-management-ops", 1),
		"build-agent":          flow.SubnetHost(cluster+"snet-management-agents", 1),
		"acr-agent":            flow.SubnetHost(cluster+"snet-management-acragents", 1),
		"nodes-system":         flow.SubnetHost(cluster+"snet-cluster-systemnodepool", 10),
		"nodes-inscope":        flow.SubnetHost(cluster+"snet-cluster-inscopenodepools", 10),
		"nodes-outofscope":     flow.SubnetHost(cluster+"snet-cluster-outofscopenodepools", 10),
		"api-server":           flow.SubnetHost(cluster+"snet-cluster-systemnodepool", 9),
		"private-endpoint":     flow.PrivateEndpointNIC(cluster + "snet-privatelinkendpoints"),
		"app-gateway":          flow.Subnet(cluster + "snet-applicationgateway"),
		"container-group":      flow.SubnetHost(cluster+"snet-cluster-virtualnodes", 1),
		"ingress-ilb":          address("10.240.4.4"),
		"AzureCloud":           flow.Tag("AzureCloud"),
		"AzureKeyVault":        flow.Tag("AzureKeyVault"),
		"Storage":              flow.Tag("Storage"),
		"EventHub":             flow.Tag("EventHub"),
		"AzureActiveDirectory": flow.Tag("AzureActiveDirectory"),
		"AzureMonitor":         flow.Tag("AzureMonitor"),
	}
}

// nextHop is where spokes send all that leaves them.
func (s *engineStack) nextHop(t *testing.T) string {
	for _, r := range s.azure.Resources() {
		if r.Type == "Microsoft.Network/routeTables" {
			for _, route := range tree.List(r.Properties, "routes") {
				return tree.Text(route, "nextHopIpAddress")
			}
		}
	}
	require.Fail(t, "no spoke has a route")
	return ""
}

// The deployed network lets through what it must and stops what it must, by the control that is meant to. A deny holds as
// well where Azure folds the default route into the VirtualNetwork tag.
func TestEngineFlows(t *testing.T) {
	t.Parallel()
	newDeployedStack(t).prove(t, slices.Concat(flowProofs, clusterFlowProofs))
}

// flow is the flow of the proof; an end that is not among the named ones is a host.
func (p flowProof) flow(endpoints map[string]flow.Endpoint) flow.Flow {
	end := func(name string) flow.Endpoint {
		if known, ok := endpoints[name]; ok {
			return known
		}
		return flow.Host(name)
	}
	return flow.Flow{From: end(p.from), To: end(p.to), Protocol: p.protocol, Port: p.port, App: p.app}
}

// prove holds the deployed network against flows, in both readings of the tag.
func (s *engineStack) prove(t *testing.T, proofs []flowProof) {
	endpoints := flowEndpoints(t, s)
	for _, wide := range []bool{false, true} {
		network, err := flow.New(s.azure.Resources(), flow.Options{WideVirtualNetworkTag: wide})
		require.NoError(t, err)
		for _, proof := range proofs {
			t.Run(fmt.Sprintf("%s wide=%v %s to %s %s %d", proof.id, wide, proof.from, proof.to, proof.protocol, proof.port), func(t *testing.T) {
				result := network.Check(proof.flow(endpoints))
				assert.Equal(t, proof.allow, result.Allowed, result.Reason)
				if !wide && proof.by != "" {
					assert.Equal(t, proof.by, result.By, result.Reason)
				}
			})
		}
	}
}

// No host is allowed that the build does not contact: without any single one it fails.
func TestEngineEveryAllowedHostIsNeeded(t *testing.T) {
	t.Parallel()
	// What the build works without, and why it is allowed all the same.
	spare := map[string]string{
		"azcliextensionsync.blob.core.windows.net": "covered by to-blobstorage while Azure Image Builder needs the wildcard",
		"azcliprod.blob.core.windows.net":          "covered by to-blobstorage while Azure Image Builder needs the wildcard",
	}
	stack := newDeployedStack(t)
	group := stack.id(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "AksJumpboxImageBuilders")
	for _, host := range stack.allowedHosts(t, group) {
		if _, spared := spare[host]; spared {
			continue
		}
		t.Run(host, func(t *testing.T) {
			restore, err := stack.azure.Drift(group, func(properties map[string]any) { removeText(properties, host) })
			require.NoError(t, err)
			outcome, err := stack.azure.TryImageBuild(stack.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-"))
			require.NoError(t, err)
			assert.Contains(t, outcome, "firewall/implicit-deny")
			require.NoError(t, restore())
		})
	}
	outcome, err := stack.azure.TryImageBuild(stack.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-"))
	require.NoError(t, err)
	assert.Empty(t, outcome)
}
