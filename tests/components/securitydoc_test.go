package components

import (
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

func securityDocument(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("../../docs/security.md")
	require.NoError(t, err)
	return string(content)
}

// sectionOf returns a section of a Markdown document, from its heading to the next of the same or a higher level.
func sectionOf(t *testing.T, document, heading string) string {
	t.Helper()
	_, section, found := strings.Cut(document, "\n"+heading+"\n")
	require.True(t, found, "there is no section %q", heading)
	level := strings.Index(heading, " ")
	for at := 0; ; {
		next := strings.Index(section[at:], "\n#")
		if next < 0 {
			return section
		}
		at += next + 1
		if strings.Index(section[at:], " ") <= level {
			return section[:at]
		}
	}
}

// ruleRow is a security rule as a row of the document: name, priority, direction, from, to, ports, action, reason.
func ruleRow(rule network.SecurityRule) string {
	ports := strings.Join(rule.Ports, ", ")
	if ports == "*" {
		ports = "any"
	}
	if rule.Protocol == "Tcp" {
		ports = "TCP " + ports
	}
	place := func(address string) string {
		switch address {
		case "*":
			return "any"
		case network.FirewallAddress:
			return "firewall, " + firewallIP
		}
		return address
	}
	return "| " + strings.Join([]string{
		"`" + rule.Name + "`", strconv.Itoa(rule.Priority), strings.ToLower(rule.Direction), place(rule.Source),
		place(rule.Destination), ports, strings.ToLower(rule.Access), rule.Why,
	}, " | ") + " |\n"
}

// An auditor reads every security rule in the section of its group, as it is deployed, and no other.
func TestSecurityDocumentListsSecurityRules(t *testing.T) {
	document := securityDocument(t)
	sections := map[string][]network.SecurityRule{
		"### Rules of Bastion's security group": network.BastionSecurityRules,
		"## Image builder spoke":                network.ImageBuilderSecurityRules(true),
	}
	cfg := loadConfig(t, nil)
	groups := append(network.ClusterSecurityGroups(cfg.Hub.BastionSubnet), network.VirtualNodesSecurityGroup(cfg.Stamps[0].Subnets))
	for _, group := range groups {
		if len(group.Rules) > 0 {
			sections["#### `"+group.Name+"`"] = group.Rules
		}
	}
	// The groups of the node pools have the same rules, so they share a table.
	for _, pool := range []string{"is-nodepools", "oos-nodepools"} {
		assert.Equal(t, sections["#### `system-nodepools`"], sections["#### `"+pool+"`"])
		assert.Contains(t, sectionOf(t, document, "#### `system-nodepools`"), "`"+pool+"`")
		delete(sections, "#### `"+pool+"`")
	}
	for heading, rules := range sections {
		section := sectionOf(t, document, heading)
		for _, rule := range rules {
			assert.Contains(t, section, ruleRow(rule), heading)
		}
		assert.Equal(t, len(rules), strings.Count(section, "| inbound |")+strings.Count(section, "| outbound |"),
			"%s lists rules that are not deployed", heading)
	}
}

// hostList is a list of hosts or service tags as a cell of the document.
func hostList(hosts []string) string { return "`" + strings.Join(hosts, "`, `") + "`" }

// An auditor reads every firewall rule with its hosts, and with the reason for it.
func TestSecurityDocumentListsEgress(t *testing.T) {
	document := securityDocument(t)
	builder := sectionOf(t, document, "## Egress of the image builder")
	for _, rule := range imagebuilder.EgressRules(nil) {
		assert.Contains(t, builder, "| `"+rule.Name+"` | "+hostList(rule.FQDNs)+" |", rule.Name)
	}
	agents := settings{"buildAgents.allowedHosts": `["dev.azure.com"]`}
	cfg := loadConfig(t, agents)
	fromInside := loadConfig(t, withVirtualNodes(t, settings{"bootstrap.mode": "manifests"}))
	clusters := sectionOf(t, document, "## Egress of a cluster spoke")
	for _, collection := range slices.Concat(clusterEgressRules(cfg), clusterEgressRules(fromInside)) {
		table := sectionOf(t, clusters, "### `"+collection.Name+"`")
		assert.Contains(t, table, "`"+collection.Sources+"`", collection.Name)
		assert.Contains(t, table, "priority "+strconv.Itoa(collection.Priority), collection.Name)
		for _, rule := range collection.ApplicationRules {
			destinations := hostList(slices.Concat(rule.FQDNs, rule.FQDNTags))
			if slices.Equal(rule.FQDNs, cfg.BuildAgents.AllowedHosts) {
				destinations = "`buildAgents.allowedHosts`"
			}
			assert.Contains(t, table, "| `"+rule.Name+"` | "+destinations+" | 443 | "+rule.Why+" |\n")
		}
		for _, rule := range collection.NetworkRules {
			assert.Contains(t, table, "| `"+rule.Name+"` | "+hostList(rule.Destinations)+" | "+strings.Join(rule.Ports, ", ")+" | "+rule.Why+" |\n")
		}
	}
}

// builtInRoles are the names under which Azure shows the roles that the platform assigns.
var builtInRoles = map[string]rbac.BuiltInRole{
	"AcrPull":                       rbac.AcrPull,
	"Key Vault Reader":              rbac.KeyVaultReader,
	"Key Vault Secrets User":        rbac.KeyVaultSecretsUser,
	"Managed Identity Operator":     rbac.ManagedIdentityOperator,
	"Network Contributor":           rbac.NetworkContributor,
	"Private DNS Zone Contributor":  rbac.PrivateDNSZoneContributor,
	"Security Admin":                rbac.SecurityAdmin,
	"Storage Blob Data Contributor": rbac.StorageBlobDataContributor,
}

// An auditor finds every role assignment of the program with its role and the reason that stands on it in Azure, and every
// action of the custom roles.
func TestSecurityDocumentListsRoles(t *testing.T) {
	m := deployPlatform(t, withVirtualNodes(t, sharedImage))
	document := sectionOf(t, securityDocument(t), "## Roles")
	names := map[string]string{}
	for name, role := range builtInRoles {
		names[string(role)] = name
	}
	for _, r := range m.OfType(typetoken.RoleDefinition) {
		name := strings.TrimSuffix(r.Inputs["roleName"].(string), loadConfig(t, sharedImage).ImageBuilder.CustomRoleSuffix)
		names[r.Inputs["roleDefinitionId"].(string)] = name
		for _, action := range r.Inputs["permissions"].(list)[0].(object)["actions"].(list) {
			assert.Contains(t, document, "`"+action.(string)+"`", name)
		}
	}
	assignments := m.OfType(typetoken.RoleAssignment)
	require.NotEmpty(t, assignments)
	for _, r := range assignments {
		name, known := names[path.Base(r.Inputs["roleDefinitionId"].(string))]
		require.True(t, known, "%s assigns a role that this test does not know", r)
		why := r.Inputs["description"].(string)
		assert.True(t, slices.ContainsFunc(strings.Split(document, "\n"), func(row string) bool {
			return strings.Contains(row, "| `"+name+"` |") && strings.HasSuffix(row, "| "+why+" |")
		}), "no row for role %s with reason %q", name, why)
	}
}

// loggedKinds are what the document calls the kinds of resources that have a diagnostic setting.
var loggedKinds = map[string]string{
	"azureFirewalls": "Firewall", "bastionHosts": "Bastion", "publicIPAddresses": "Public addresses, the gateway's included",
	"networkSecurityGroups": "Network security groups of hub and spokes", "virtualNetworks": "Virtual networks of hub and spokes",
	"storageAccounts": "Flow log storage", "managedClusters": "Cluster", "registries": "Registry", "vaults": "Vault",
	"applicationGateways": "Gateway", "dataCollectionRules": "Collection of Prometheus metrics", "workspaces": "Each workspace itself",
}

var inCode = regexp.MustCompile("`([^`]+)`")

// What is said about where logs go names every kind of resource that has a diagnostic setting, exactly the categories that it
// sends, metrics too, and the workspace that gets them.
func TestSecurityDocumentListsLogs(t *testing.T) {
	m := deployPlatform(t, settings{"monitoring.alertEmails": `["oncall@contoso.com"]`})
	rows := map[string][]string{}
	for _, row := range strings.Split(sectionOf(t, securityDocument(t), "## What is logged, and where"), "\n") {
		if cells := strings.Split(strings.Trim(row, "| "), " | "); len(cells) == 3 {
			rows[cells[0]] = cells[1:]
		}
	}
	sent := map[string]map[string]bool{}
	for _, r := range m.OfType(typetoken.Diagnostic) {
		_, provided, found := strings.Cut(r.Inputs["resourceUri"].(string), "/providers/")
		require.True(t, found, "%s", r)
		kind := strings.Split(provided, "/")[1]
		what, known := loggedKinds[kind]
		require.True(t, known, "%s is of a kind that this test does not know", r)
		require.Contains(t, rows, what, "%s has no row", r)
		if sent[what] == nil {
			sent[what] = map[string]bool{}
		}
		logs, _ := r.Inputs["logs"].(list)
		for _, log := range logs {
			category, _ := log.(object)["category"].(string)
			group, _ := log.(object)["categoryGroup"].(string)
			sent[what][category+group] = true
		}
		if metrics, _ := r.Inputs["metrics"].(list); len(metrics) > 0 {
			assert.Regexp(t, `\b(metrics|transactions)\b`, rows[what][0], "%s", r)
		}
		workspace := "stamp"
		switch {
		case kind == "workspaces":
			workspace = "its own"
			assert.Equal(t, r.Inputs["resourceUri"], r.Inputs["workspaceId"])
		case strings.HasSuffix(r.Inputs["workspaceId"].(string), "/"+hubWorkspace):
			workspace = "hub"
		}
		assert.Equal(t, workspace, rows[what][1], "%s", r)
	}
	for _, what := range loggedKinds {
		require.Contains(t, sent, what, "the document lists a kind that sends nothing")
		var listed []string
		for _, match := range inCode.FindAllStringSubmatch(rows[what][0], -1) {
			listed = append(listed, match[1])
		}
		assert.ElementsMatch(t, slices.Collect(maps.Keys(sent[what])), listed, what)
	}
}

// An auditor finds every private DNS zone.
func TestSecurityDocumentListsPrivateZones(t *testing.T) {
	document := sectionOf(t, securityDocument(t), "## Private endpoints and names")
	for _, r := range deployPlatform(t, nil).OfType(typetoken.PrivateZone) {
		zone := strings.ReplaceAll(r.Inputs["privateZoneName"].(string), ".eastus2.", ".<location>.")
		assert.Contains(t, document, "`"+zone+"`")
	}
}
