package handover

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	hubGroup   = "/subscriptions/11111111-0000-4000-8000-000000000001/resourceGroups/rg-connectivity"
	spokeGroup = "/subscriptions/22222222-0000-4000-8000-000000000002/resourceGroups/rg-spokes"
	networks   = "/providers/Microsoft.Network/virtualNetworks/"
	zones      = "/providers/Microsoft.Network/privateDnsZones/"
	endpoints  = "/providers/Microsoft.Network/privateEndpoints/"
)

func sample() Document {
	return Document{
		Location: "eastus2",
		Peerings: []Peering{{
			NetworkID: hubGroup + networks + "vnet-hub", RemoteNetworkID: spokeGroup + networks + "vnet-spoke", RemoteAddressSpaces: []string{"10.240.0.0/16"},
			Name: "hub-to-vnet-spoke", AllowGatewayTransit: true, Reason: "The spoke reaches | the firewall.",
		}},
		Egress: []Group{{
			PolicyID: hubGroup + "/providers/Microsoft.Network/firewallPolicies/fwp-hub", Name: "rcg-vnet-spoke", Priority: 1001,
			Collections: []Collection{
				{Name: "agents", Priority: 100, Rules: []Rule{
					{Name: "vault", Sources: []string{"10.240.251.0/28"}, Protocols: []string{"TCP"}, Ports: []string{"443"},
						Destinations: []string{"AzureKeyVault"}, Reason: "Agents read secrets."},
					{Name: "git", Sources: []string{"10.240.8.0/22", "10.240.12.0/22"}, Protocols: []string{"TCP"}, Ports: []string{"22"},
						Hosts: []string{"git.example.com"}, Reason: "Flux reads the cluster's repository."},
				}},
				{Name: "nodes", Priority: 200, Rules: []Rule{
					{Name: "runtime", Sources: []string{"10.240.8.0/22"}, Protocols: []string{"Https"}, Ports: []string{"443"},
						HostTags: []string{"AzureKubernetesService"}, Reason: "Azure's own list."},
					{Name: "monitor", Sources: []string{"10.240.8.0/22"}, Protocols: []string{"Https"}, Ports: []string{"443"},
						Hosts: []string{"*.ods.opinsights.azure.com"}, Reason: "Container insights sends logs."},
				}},
			},
		}},
		Links: []Link{{
			ZoneID: hubGroup + zones + "privatelink.vaultcore.azure.net", Zone: "privatelink.vaultcore.azure.net", Name: "to-vnet-spoke",
			NetworkID: spokeGroup + networks + "vnet-spoke", Reason: "The gateway asks its own network.",
		}},
		Records: []Record{{
			EndpointID: spokeGroup + endpoints + "pe-vault", Zone: "privatelink.vaultcore.azure.net", Reason: "The vault's name.",
		}},
		Roles: []Role{{
			Principal: "control plane of the cluster", PrincipalID: Unknown, Role: "Private DNS Zone Contributor",
			RoleID: "b12aa53e-6015-4669-85d0-8515ebb3ae7f", Scope: hubGroup + zones + "privatelink.eastus2.azmk8s.io", Reason: "AKS writes the API server's name.",
		}},
	}
}

// The shell hands to the Azure CLI exactly what the tables say: wildcards, blanks, quotes and variables included.
func TestCommandsInAShell(t *testing.T) {
	document := sample()
	document.Egress[0].Collections[1].Rules[1].Reason = "It's $HOME, `id` and \"more\"."
	document.Egress = append(document.Egress, Group{Name: "rcg-other", Priority: 400, Collections: []Collection{{
		Name: "apt", Priority: 400, Rules: []Rule{{Name: "get", Sources: []string{"10.241.0.0/28"}, Protocols: []string{"Http"}, Ports: []string{"80"},
			Hosts: []string{"archive.ubuntu.com"}, Reason: "Packages."}},
	}}})
	script := "set -eu\nPOLICY_SUBSCRIPTION=s POLICY_RESOURCE_GROUP='a group' POLICY_NAME=p ZONES_SUBSCRIPTION=z ZONES_RESOURCE_GROUP=zg\n" +
		"az() { printf '<%s>' \"$@\"; echo; }\n"
	for _, team := range document.teams() {
		for _, task := range team.tasks {
			for _, c := range task.commands {
				script += c.String() + "\n"
			}
		}
	}
	out, err := exec.Command("bash", "-c", script).CombinedOutput()
	require.NoError(t, err, string(out))
	var (
		hub    = "<--subscription><11111111-0000-4000-8000-000000000001><--resource-group><rg-connectivity>"
		policy = hub + "<--policy-name><fwp-hub>"
		rcg    = "<network><firewall><policy><rule-collection-group>"
		added  = "<--rule-collection-group-name><rcg-vnet-spoke>"
	)
	assert.Equal(t, []string{
		"<network><vnet><peering><create>" + hub + "<--vnet-name><vnet-hub><--name><hub-to-vnet-spoke>" +
			"<--remote-vnet><" + spokeGroup + networks + "vnet-spoke><--allow-vnet-access><true>" +
			"<--allow-forwarded-traffic><false><--allow-gateway-transit><true><--use-remote-gateways><false>",
		rcg + "<create>" + policy + "<--name><rcg-vnet-spoke><--priority><1001>",
		rcg + "<collection><add-filter-collection>" + policy + added + "<--name><agents><--collection-priority><100><--action><Allow>" +
			"<--rule-name><vault><--rule-type><NetworkRule><--source-addresses><10.240.251.0/28><--ip-protocols><TCP>" +
			"<--destination-addresses><AzureKeyVault><--destination-ports><443><--description><Agents read secrets.>",
		rcg + "<collection><rule><add>" + policy + added + "<--collection-name><agents><--name><git><--rule-type><NetworkRule>" +
			"<--source-addresses><10.240.8.0/22><10.240.12.0/22><--ip-protocols><TCP><--destination-fqdns><git.example.com><--destination-ports><22>" +
			"<--description><Flux reads the cluster's repository.>",
		rcg + "<collection><add-filter-collection>" + policy + added + "<--name><nodes><--collection-priority><200><--action><Allow>" +
			"<--rule-name><runtime><--rule-type><ApplicationRule><--source-addresses><10.240.8.0/22><--protocols><Https=443>" +
			"<--fqdn-tags><AzureKubernetesService><--description><Azure's own list.>",
		rcg + "<collection><rule><add>" + policy + added + "<--collection-name><nodes><--name><monitor><--rule-type><ApplicationRule>" +
			"<--source-addresses><10.240.8.0/22><--protocols><Https=443><--target-fqdns><*.ods.opinsights.azure.com>" +
			"<--description><It's $HOME, `id` and \"more\".>",
		rcg + "<create><--subscription><s><--resource-group><a group><--policy-name><p><--name><rcg-other><--priority><400>",
		rcg + "<collection><add-filter-collection><--subscription><s><--resource-group><a group><--policy-name><p><--rule-collection-group-name><rcg-other>" +
			"<--name><apt><--collection-priority><400><--action><Allow><--rule-name><get><--rule-type><ApplicationRule>" +
			"<--source-addresses><10.241.0.0/28><--protocols><Http=80><--target-fqdns><archive.ubuntu.com><--description><Packages.>",
		"<network><private-dns><link><vnet><create>" + hub + "<--zone-name><privatelink.vaultcore.azure.net><--name><to-vnet-spoke>" +
			"<--virtual-network><" + spokeGroup + networks + "vnet-spoke><--registration-enabled><false>",
		"<network><private-endpoint><dns-zone-group><create><--subscription><22222222-0000-4000-8000-000000000002><--resource-group><rg-spokes>" +
			"<--endpoint-name><pe-vault><--name><default>" +
			"<--private-dns-zone></subscriptions/z/resourceGroups/zg" + zones + "privatelink.vaultcore.azure.net><--zone-name><privatelink-vaultcore-azure-net>",
		"<role><assignment><create><--assignee-object-id><[unknown]><--assignee-principal-type><ServicePrincipal>" +
			"<--role><b12aa53e-6015-4669-85d0-8515ebb3ae7f><--scope><" + hubGroup + zones + "privatelink.eastus2.azmk8s.io>",
	}, strings.Split(strings.TrimSpace(string(out)), "\n"))
}

// The page has each task once, under the team that does it, and says what it does not know yet.
func TestMarkdown(t *testing.T) {
	page := sample().Markdown("prod")
	assert.True(t, strings.HasPrefix(page, "# What the stack prod leaves to others\n"))
	var headings []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "##") {
			headings = append(headings, strings.TrimSpace(line))
		}
	}
	assert.Equal(t, []string{
		"## Network team", "### Peerings", "### Firewall rules rcg-vnet-spoke", "## DNS team", "### Links of private DNS zones", "### Names of private endpoints",
		"## Identity team", "### Role assignments", "### Hosts behind FQDN tags",
	}, headings)
	for _, part := range []string{
		"| agents (100) | git | `10.240.8.0/22`, `10.240.12.0/22` | `git.example.com` | 22 | TCP | Flux reads the cluster's repository. |",
		"| nodes (200) | runtime | `10.240.8.0/22` | `FQDN tag AzureKubernetesService` | 443 | Https | Azure's own list. |",
		`The spoke reaches \| the firewall.`,
		"| control plane of the cluster | `[unknown]` | Private DNS Zone Contributor |",
		"Write this page again after that.",
		"ZONES_SUBSCRIPTION= ZONES_RESOURCE_GROUP= # of the private DNS zones",
		"`*.hcp.eastus2.azmk8s.io`", "`mcr.microsoft.com`",
	} {
		assert.Contains(t, page, part)
	}
	assert.NotContains(t, page, "POLICY_NAME=", "the policy is known")

	document := sample()
	document.Roles, document.Records = nil, nil
	page = document.Markdown("prod")
	assert.NotContains(t, page, "Identity team")
	assert.NotContains(t, page, "Set these first")
	assert.NotContains(t, page, "Write this page again")
	assert.Contains(t, Document{}.Markdown("dev"), "Nothing: it makes or finds all that it needs.")
}

// Outputs of a deployed stack and of a preview are the same to a reader, and what is neither is refused.
func TestRead(t *testing.T) {
	encoded, err := json.Marshal(sample())
	require.NoError(t, err)
	for _, input := range []string{
		`{"stamps": {}, "handover": ` + string(encoded) + `}`,
		`{"operation": "preview", "stack": "x", "outputs": {"handover": ` + string(encoded) + `}}`,
	} {
		document, err := Read(strings.NewReader(input))
		require.NoError(t, err)
		assert.Equal(t, sample(), document)
	}
	document, err := Read(strings.NewReader(`{"stamps": {}}`))
	require.NoError(t, err)
	assert.True(t, document.Empty())
	for input, problem := range map[string]string{
		`nonsense`: "decode the stack's outputs",
		`{}`:       "has no outputs",
		`{"operation": "preview", "outputs": {}}`:                     "has no outputs",
		`{"operation": "preview", "outputs": {}, "error": "bad key"}`: "bad key",
		`{"error": "no stack"}`:                                       "no stack",
		`{"handover": {"egress": 1}}`:                                 `decode the output "handover"`,
	} {
		_, err := Read(strings.NewReader(input))
		assert.ErrorContains(t, err, problem, input)
	}
}

// A program gets the output as it is, and the commands by team.
func TestJSON(t *testing.T) {
	encoded, err := sample().JSON("prod")
	require.NoError(t, err)
	var decoded struct {
		Document
		Stack    string
		Commands []struct {
			Team     string
			Commands []string
		}
	}
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	assert.Equal(t, sample(), decoded.Document)
	assert.Equal(t, "prod", decoded.Stack)
	var counts []string
	for _, c := range decoded.Commands {
		counts = append(counts, c.Team+strings.Repeat("+", len(c.Commands)))
	}
	assert.Equal(t, []string{"Network team++++++", "DNS team++", "Identity team+"}, counts)
}

// Subnets that the stack could not look at are on the page with all that they have to be, without commands: their owner knows how they were made.
func TestSubnetsNotChecked(t *testing.T) {
	page := Document{Subnets: []Subnet{{
		NetworkID: spokeGroup + networks + "vnet-theirs", Name: "nodes", Range: "10.50.8.0/23", NextHop: "10.100.0.4",
		Disabled: []string{"privateEndpointNetworkPolicies"}, Connections: []string{"TCP 443 from nodes to Internet", "UDP 53 from nodes to 10.100.0.4"},
	}}}.Markdown("given")
	assert.Contains(t, page, "### Subnets of yours")
	assert.Contains(t, page, "| `nodes` | 10.50.8.0/23 | nothing | 10.100.0.4 | `privateEndpointNetworkPolicies` | "+
		"TCP 443 from nodes to Internet; UDP 53 from nodes to 10.100.0.4 |")
	assert.NotContains(t, page, "```")
}
