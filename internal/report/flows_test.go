package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/tree"
)

// cell finds a verdict of the matrix by the labels of its ends.
func cell(t *testing.T, m *model, from, to string, port uint16) verdict {
	t.Helper()
	for _, v := range m.flows.verdicts() {
		if v.From.Label == from && v.To.Label == to && v.Port == port {
			return v
		}
	}
	require.Fail(t, "no such cell", "%s to %s", from, to)
	return verdict{}
}

func modelOf(t *testing.T, export *Export) *model {
	t.Helper()
	m, err := newModel(export)
	require.NoError(t, err)
	return m
}

// Cells say what the network does, by the control that decides, from and to each place that people ask for.
func TestMatrix(t *testing.T) {
	m := devModel(t)
	for _, want := range []struct {
		from, to string
		port     uint16
		by       string
		allowed  bool
	}{
		{"Internet", "Gateway", 443, "appgw/Allow443InBound", true},
		{"Internet", "Gateway", 22, "appgw/DenyAllInBound", false},
		{"Internet", "Bastion", 443, "bastion/AllowWebExperienceInbound", true},
		{"Internet", "Nodes npinscope01", 443, "default/DenyAllInBound", false},
		{"Internet", "API server", 443, "path/none", false},
		{"Bastion", "Jump boxes", 22, "management-ops/AllowSshFromHubBastionInBound", true},
		{"Bastion", "Nodes npsystem", 22, "system-nodepools/DenySshInBound", false},
		{"Jump boxes", "API server", 443, "management-ops/Allow443VnetOutBound", true},
		{"Jump boxes", "Private endpoints", 443, "privatelinkendpoints/AllowAll443InFromVnet", true},
		{"Gateway", "Ingress", 443, "default/AllowVnetInBound", true},
		{"Nodes npinscope01", "Internet", 443, "firewall/implicit-deny", false},
		{"Nodes npinscope01", "Nodes npooscope01", 22, "oos-nodepools/DenySshInBound", false},
		{"Build agents", "Bastion", 443, "bastion/DenyAllInbound", false},
	} {
		v := cell(t, m, want.from, want.to, want.port)
		assert.Equal(t, want.allowed, v.Strict.Allowed, "%s to %s: %s", want.from, want.to, v.Strict.Reason)
		assert.Contains(t, v.Strict.By, want.by, "%s to %s", want.from, want.to)
	}
}

// A rule that is opened shows as open, on the page and in its words.
func TestMatrixShowsAHole(t *testing.T) {
	export := devExport(t)
	rules := tree.List(resource(t, export, typeNSG, "management-ops").Outputs, "securityRules")
	rule := rules[0].(map[string]any)
	require.Equal(t, "AllowSshFromHubBastionInBound", rule["name"])
	rule["sourceAddressPrefix"] = "*"
	v := cell(t, modelOf(t, export), "Gateway", "Jump boxes", 22)
	assert.True(t, v.Strict.Allowed, v.Strict.Reason)
	assert.Contains(t, rendered(t, export), `<td class="allow"><a href="#`+v.Anchor+`">allow</a>`)
}

// Where the two readings of the tag part, the page says so: another verdict is ≠, another control ≈.
func TestReadingsDiffer(t *testing.T) {
	export := devExport(t)
	nsg := resource(t, export, typeNSG, "management-ops")
	var rules []any
	for _, rule := range tree.List(nsg.Outputs, "securityRules") {
		if text(rule, "name") != "Allow443InternetOutBound" {
			rules = append(rules, rule)
		}
	}
	nsg.Outputs["securityRules"] = rules
	// Now only the wide reading lets a jump box's packet to a public name leave its subnet.
	m := modelOf(t, export)
	v := cell(t, m, "Jump boxes", "Internet", 443)
	assert.True(t, v.Otherwise, "dropped by the security group, or by the firewall")
	page := rendered(t, export)
	assert.Contains(t, page, `<span class="differs" aria-hidden="true">≈</span>`)
	var differing []string
	for _, h := range m.flows.Hosts {
		if h.From.Label == "Jump boxes" && h.Differs {
			differing = append(differing, h.Host)
			assert.False(t, h.Strict.Allowed)
		}
	}
	assert.Contains(t, differing, "login.microsoftonline.com")

	// A rule of the firewall for that address makes the verdict itself another one.
	group := resource(t, export, typeRuleGroup, "")
	for _, c := range tree.List(group.Outputs, "ruleCollections") {
		if text(c, "name") == "aks-jumpbox" {
			rule := map[string]any{
				"ruleType": "NetworkRule", "name": "anywhere", "ipProtocols": []any{"TCP"}, "destinationPorts": []any{"443"},
				"destinationAddresses": []any{"203.0.113.0/24"}, "sourceIpGroups": tree.At(tree.List(c, "rules")[0], "sourceIpGroups"),
			}
			c.(map[string]any)["rules"] = []any{rule}
		}
	}
	v = cell(t, modelOf(t, export), "Jump boxes", "Internet", 443)
	assert.True(t, v.Differs)
	assert.False(t, v.Strict.Allowed)
	assert.True(t, v.Wide.Allowed, v.Wide.Reason)
	page = rendered(t, export)
	assert.Contains(t, page, `<span class="differs" aria-hidden="true">≠</span><span class="unseen">, wide reading: allow</span>`)
}

// Names are reached by the rule that is for them, and a name of no rule from nowhere.
func TestHostFlows(t *testing.T) {
	m := devModel(t)
	reached := map[string]string{}
	for _, h := range m.flows.Hosts {
		reached[h.From.Label+" "+h.Host+" "+h.Port] = h.Strict.By
	}
	assert.Equal(t, "aks-jumpbox/az-login", reached["Jump boxes login.microsoftonline.com 443"])
	assert.Equal(t, "Flux-Requirements/flux-to-repository", reached["Nodes npinscope01 github.com 443"])
	assert.NotContains(t, reached, "Build agents login.microsoftonline.com 443")
	require.NotEmpty(t, m.flows.Closed)
	for _, h := range m.flows.Closed {
		assert.False(t, h.Strict.Allowed || h.Wide.Allowed, h.From.Label)
	}
}

// Ports that rules name are tried as well, and what one decision opens is one row.
func TestOtherPorts(t *testing.T) {
	m := devModel(t)
	for _, port := range []string{"UDP 53", "TCP 8080", "TCP 5701", "TCP 3389", "TCP 65200"} {
		assert.Contains(t, m.flows.Checked, port)
	}
	assert.NotContains(t, m.flows.Checked, "TCP 443", "it has a matrix")
	var bastion []otherFlow
	for _, f := range m.flows.Others {
		if f.From.Label == "Bastion" && f.To.Label == "Bastion" {
			bastion = append(bastion, f)
		}
	}
	require.Len(t, bastion, 1)
	assert.Equal(t, "TCP 5701, 8080", bastion[0].Ports)
	assert.Contains(t, bastion[0].By, "AllowBastionHostToHostInbound")
}

// Places of several stamps can be told apart, and reach nothing of one another.
func TestFlowsBetweenStamps(t *testing.T) {
	export := devExport(t)
	net := *resource(t, export, typeVNet, "-01")
	net.URN, net.ID = net.URN+"2", strings.ReplaceAll(net.ID, "a0005-01", "a0005-02")
	net.Outputs = map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"10.242.0.0/16"}}, "subnets": []any{
		map[string]any{"name": "snet-management-agents", "addressPrefix": "10.242.2.0/26", "defaultOutboundAccess": false},
	}}
	export.Resources = append(export.Resources, net)
	m := modelOf(t, export)
	v := cell(t, m, "Build agents 01", "Build agents 02", 443)
	assert.False(t, v.Strict.Allowed || v.Wide.Allowed, v.Wide.Reason)
	assert.NotEmpty(t, cell(t, m, "Jump boxes", "Build agents 01", 443).Strict.By, "what is there once keeps its label")
}

// A subnet for container groups is a place of its own, by what it is delegated to.
func TestDelegatedSubnet(t *testing.T) {
	export := devExport(t)
	net := resource(t, export, typeVNet, "-01")
	net.Outputs["subnets"] = append(tree.List(net.Outputs, "subnets"), map[string]any{
		"name": "snet-cluster-virtualnodes", "addressPrefix": "10.240.32.0/20", "defaultOutboundAccess": false,
		"delegations": []any{map[string]any{"serviceName": containerGroups}},
	})
	m := modelOf(t, export)
	assert.True(t, cell(t, m, "Nodes npooscope01", "Container groups", 443).Strict.Allowed)
	assert.Contains(t, string(m.topology()), "delegated to "+containerGroups)
}

// The egress table has every rule with its source, where to and why.
func TestEgress(t *testing.T) {
	groups := devModel(t).egress()
	require.Len(t, groups, 1)
	assert.Equal(t, []Link{{"vnet-spoke-bu0001a0005-01", groups[0].Spokes[0].Target}}, groups[0].Spokes)
	found := map[string]egressRule{}
	for _, c := range groups[0].Collections {
		assert.Equal(t, "Allow", c.Action)
		for _, rule := range c.Rules {
			found[c.Name+"/"+rule.Name] = rule
		}
	}
	runtime := found["AKS-Global-Requirements/runtime"]
	assert.Equal(t, []string{"tag AzureKubernetesService"}, runtime.Destinations)
	assert.Equal(t, []string{"Https 443"}, runtime.Ports)
	assert.True(t, strings.Contains(runtime.Sources[0].Ranges, "10.240.12.0/22"), runtime.Sources[0].Ranges)
	assert.NotEmpty(t, runtime.Reason)
	assert.Contains(t, found["Flux-Requirements/flux-to-repository"].Destinations, "github.com")
}
