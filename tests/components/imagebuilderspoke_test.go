package components

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

var (
	builderVNetID   = armPath(spokeGroup, "Microsoft.Network/virtualNetworks/vnet-spoke-bu0001a0005-00")
	builderSubnetID = builderVNetID + "/subnets/snet-imagebuilder"
	buildersGroupID = armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-AksJumpboxImageBuilders")
)

func deployImageBuilderSpoke(t *testing.T, s settings, rules []network.ApplicationRule) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		spoke, err := network.NewImageBuilderSpoke(ctx, "imagebuilder", &network.ImageBuilderSpokeArgs{
			Placement: cfg.Placement, AddressSpace: cfg.ImageBuilder.AddressSpace, Subnet: cfg.ImageBuilder.Subnet,
			Hub: hub, ResourceGroupName: pulumi.String(spokeGroup), EgressRules: rules,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"vnetId": spoke.VNetID, "subnetId": spoke.SubnetID})
		return nil
	})
}

// The builder's network and its egress are one component with a spoke inside.
func TestImageBuilderSpokeFamily(t *testing.T) {
	m := deployImageBuilderSpoke(t, nil, imagebuilder.EgressRules(nil))
	assertFamily(t, m, "aksregulated:network:ImageBuilderSpoke", "imagebuilder",
		"aksregulated:network:Spoke imagebuilder", "aksregulated:network:Egress imagebuilder-egress")
	assert.Equal(t, map[string]any{"vnetId": builderVNetID, "subnetId": builderSubnetID}, m.Exports)
}

// builderFloor is the least that Azure Image Builder needs, with DNS to the firewall, which the walkthrough forgets, and a
// deny of further probes, which holds also where the VirtualNetwork tag is read as including the platform's address.
var builderFloor = []securityRule{
	inboundRule(100, "AllowAzureLoadBalancer60001InBound", "Allow", "Tcp", "AzureLoadBalancer", "VirtualNetwork", "60001"),
	inboundRule(105, "DenyAzureLoadBalancerInBound", "Deny", "*", "AzureLoadBalancer", "*", "*"),
	inboundRule(110, "AllowVNet60001InBound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "60001"),
	inboundRule(120, "AllowVNet22InBound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "22"),
	inboundRule(1000, "DenyAllInBound", "Deny", "*", "*", "*", "*"),
	outboundRule(100, "Allow443ToInternetOutBound", "Allow", "Tcp", "VirtualNetwork", "Internet", "443"),
	outboundRule(110, "AllowSshToVNetOutBound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "22"),
	outboundRule(130, "AllowDnsToFirewallOutBound", "Allow", "*", "VirtualNetwork", firewallIP, "53"),
	outboundRule(1000, "DenyAllOutBound", "Deny", "*", "*", "*", "*"),
}

// The build subnet admits what the service's tables ask for, DNS, and port 80 for the package mirrors: nothing else.
func TestImageBuilderSecurityRules(t *testing.T) {
	withMirrors := append(slices.Clone(builderFloor),
		outboundRule(102, "Allow80ToInternetOutBound", "Allow", "Tcp", "VirtualNetwork", "Internet", "80"))
	group := deployImageBuilderSpoke(t, nil, imagebuilder.EgressRules(nil)).one(t, typetoken.SecurityGroup, "imagebuilder-imagebuilder")
	assert.Equal(t, "nsg-vnet-spoke-bu0001a0005-00-imagebuilder", group.Inputs["networkSecurityGroupName"])
	assertSecurityRules(t, group, withMirrors)
}

// Port 80 is open only while a rule of the firewall uses it.
func TestImageBuilderWithoutPlainHTTP(t *testing.T) {
	m := deployImageBuilderSpoke(t, nil, []network.ApplicationRule{{Name: "one", Why: "TLS.", FQDNs: []string{"example.com"}}})
	assertSecurityRules(t, m.one(t, typetoken.SecurityGroup, "imagebuilder-imagebuilder"), builderFloor)
}

// The network is the /28 of the address plan, and lets the service's private link in.
func TestImageBuilderNetwork(t *testing.T) {
	m := deployImageBuilderSpoke(t, nil, imagebuilder.EgressRules(nil))
	assertInputs(t, m.one(t, typetoken.VNet, "imagebuilder"), object{
		"virtualNetworkName": "vnet-spoke-bu0001a0005-00", "resourceGroupName": spokeGroup, "location": "eastus2", "tags": testTags,
		"addressSpace": object{"addressPrefixes": list{"10.241.0.0/28"}},
		"dhcpOptions":  object{"dnsServers": list{firewallIP}},
		"subnets": list{object{
			"name": "snet-imagebuilder", "addressPrefix": "10.241.0.0/28", "defaultOutboundAccess": false,
			"networkSecurityGroup": object{"id": armPath(spokeGroup,
				"Microsoft.Network/networkSecurityGroups/nsg-vnet-spoke-bu0001a0005-00-imagebuilder")},
			"routeTable": object{"id": armPath(spokeGroup,
				"Microsoft.Network/routeTables/route-vnet-spoke-bu0001a0005-00-to-hub-fw")},
			"privateEndpointNetworkPolicies": "Enabled", "privateLinkServiceNetworkPolicies": "Disabled",
		}},
		"enableDdosProtection": false, "enableVmProtection": false,
	})
}

// builderHosts are all hosts that a build with every tool contacts, by rule, as the walkthrough lists them, with the
// retired download hosts replaced by those of today.
var builderHosts = map[string]list{
	"to-azuremanagement": {"management.azure.com"},
	"to-blobstorage":     {"*.blob.core.windows.net"},
	"apt-get":            {"azure.archive.ubuntu.com", "archive.ubuntu.com", "security.ubuntu.com"},
	"install-azcli":      {"packages.microsoft.com"},
	"install-azcli-extensions": {
		"aka.ms", "azcliextensionsync.blob.core.windows.net", "azcliprod.blob.core.windows.net", "pypi.org", "files.pythonhosted.org",
	},
	"install-k8scli":          {"dl.k8s.io", "cdn.dl.k8s.io"},
	"install-github-releases": {"github.com", "release-assets.githubusercontent.com"},
	"install-helm":            {"get.helm.sh"},
	"install-terraform":       {"releases.hashicorp.com"},
}

// The firewall lets the build subnet reach the builder's hosts and no other, and plain HTTP only the package mirrors.
func TestImageBuilderEgress(t *testing.T) {
	m := deployImageBuilderSpoke(t, nil, imagebuilder.EgressRules(everyTool()))
	assert.Equal(t, list{"10.241.0.0/28"}, m.one(t, typetoken.IPGroup, "imagebuilder-egress").Inputs["ipAddresses"])
	group := m.one(t, typetoken.RuleGroup, "imagebuilder-egress")
	assert.Equal(t, "rcg-AksJumpboxImageBuilders", group.Inputs["ruleCollectionGroupName"])
	assert.Equal(t, 400.0, group.Inputs["priority"])
	collections := group.Inputs["ruleCollections"].([]any)
	if !assert.Len(t, collections, 1) {
		return
	}
	collection := collections[0].(object)
	assert.Equal(t, "AKSImageBuilder-Requirements", collection["name"])
	assert.Equal(t, 400.0, collection["priority"])
	var names []string
	for _, element := range collection["rules"].([]any) {
		rule := element.(object)
		name, protocols := rule["name"].(string), list{https}
		if name == "apt-get" {
			protocols = list{http}
		}
		names = append(names, name)
		assert.NotEmpty(t, rule["description"], name)
		assert.Equal(t, decoded(t, applicationRule(name, rule["description"].(string), buildersGroupID,
			protocols, builderHosts[name], list{})), decoded(t, rule))
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(builderHosts)), names)
}

// The IP group follows the subnet, which may be smaller than its network.
func TestImageBuilderEgressSources(t *testing.T) {
	s := settings{"imageBuilder.addressSpace": "10.241.0.0/24", "imageBuilder.subnet": "10.241.0.32/27"}
	m := deployImageBuilderSpoke(t, s, imagebuilder.EgressRules(nil))
	assert.Equal(t, list{"10.241.0.32/27"}, m.one(t, typetoken.IPGroup, "imagebuilder-egress").Inputs["ipAddresses"])
	assert.Equal(t, object{"addressPrefixes": list{"10.241.0.0/24"}}, m.one(t, typetoken.VNet, "imagebuilder").Inputs["addressSpace"])
}
