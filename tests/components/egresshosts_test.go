package components

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// destination is a host, a pattern of hosts, or a service tag, with a port.
type destination struct {
	name string
	port string
}

func (d destination) String() string { return d.name + ":" + d.port }

// covers says whether a pattern holds all names of another one. Without a port it is for any.
func (d destination) covers(other destination) bool {
	if d.port != "" && d.port != other.port {
		return false
	}
	suffix, wild := strings.CutPrefix(d.name, "*")
	return d.name == other.name || wild && strings.HasSuffix(other.name, suffix)
}

func coveredBy(d destination, patterns []destination) bool {
	return slices.ContainsFunc(patterns, func(p destination) bool { return p.covers(d) })
}

// need is what a source group contacts according to the documents: least has to be allowed, and nothing beyond most may be.
type need struct {
	component   string
	least, most destination
}

// componentsOf are what contacts hosts from each source group. AKS and its add-ons are on or off with the cluster; extensions and
// virtual nodes come with the configuration.
func componentsOf(cfg *config.Config) map[string][]string {
	nodes := []string{
		"AKS", "AKS images beyond the FQDN tag", "workload identity", "Container insights", "managed Prometheus", "Azure Policy", "Microsoft Defender for Containers",
		"Azure Key Vault provider for Secrets Store CSI Driver", "node OS channel SecurityPatch",
	}
	if cfg.Bootstrap.Mode == config.ModeFlux {
		nodes = append(nodes, "cluster extensions", "Flux extension")
	}
	if cfg.VirtualNodes.Enabled {
		nodes = append(nodes, "virtual nodes")
	}
	return map[string][]string{
		"AksNodepools":            nodes,
		"AksJumpboxes":            {"Azure Monitor Agent", "Azure CLI", "Azure CLI extensions"},
		"AksRegistryAgents":       {"registry agent pool"},
		"AksBuildAgents":          nil,
		"AksJumpboxImageBuilders": {"Azure Image Builder", "apt on Ubuntu"},
	}
}

func needsOf(cfg *config.Config, cluster map[string]any) map[string][]need {
	needs := map[string][]need{}
	for source, names := range componentsOf(cfg) {
		for _, name := range names {
			component := azurefacts.MustComponent(name)
			for _, host := range component.Needed(cluster) {
				port := fmt.Sprint(host.Port)
				needs[source] = append(needs[source], need{
					name, destination{host.In(cfg.Location, "*"), port}, destination{host.Widest(cfg.Location, "workspace"), port},
				})
			}
			for _, service := range component.Services {
				for _, port := range service.Ports {
					to := destination{service.Tag, fmt.Sprint(port)}
					needs[source] = append(needs[source], need{name, to, to})
				}
			}
		}
	}
	return needs
}

// allowedBy are the destinations that the registered rules allow to each source group, and the FQDN tags.
func allowedBy(m *recordingMonitor) (allowed map[string][]destination, tags map[string][]string) {
	allowed, tags = map[string][]destination{}, map[string][]string{}
	for _, group := range m.OfType(typetoken.RuleGroup) {
		for _, collection := range group.Inputs["ruleCollections"].([]any) {
			for _, element := range collection.(object)["rules"].([]any) {
				rule := element.(object)
				id := rule["sourceIpGroups"].([]any)[0].(string)
				// ipg-<region>-<source group>, with the stamp behind it from the second stamp on.
				source := strings.Split(id[strings.LastIndex(id, "/")+1:], "-")[2]
				tags[source] = append(tags[source], texts(rule["fqdnTags"])...)
				ports := texts(rule["destinationPorts"])
				for _, protocol := range values(rule["protocols"]) {
					ports = append(ports, fmt.Sprint(protocol.(object)["port"]))
				}
				for _, name := range slices.Concat(texts(rule["targetFqdns"]), texts(rule["destinationFqdns"]), texts(rule["destinationAddresses"])) {
					for _, port := range ports {
						allowed[source] = append(allowed[source], destination{name, port})
					}
				}
			}
		}
	}
	return allowed, tags
}

func values(v any) []any {
	found, _ := v.([]any)
	return found
}

func texts(v any) []string {
	var found []string
	for _, element := range values(v) {
		found = append(found, element.(string))
	}
	return found
}

// beyondOf are the destinations for which the tables of rules have reasons of their own, by source group.
func beyondOf(cfg *config.Config) map[string]map[string]string {
	reasons := map[string]map[string]string{"AksJumpboxImageBuilders": {}}
	put := func(source string, beyond map[string]string) {
		if reasons[source] == nil {
			reasons[source] = map[string]string{}
		}
		maps.Copy(reasons[source], beyond)
	}
	for _, collection := range clusterEgressRules(cfg) {
		for _, rule := range collection.ApplicationRules {
			put(collection.Sources, rule.Beyond)
		}
		for _, rule := range collection.NetworkRules {
			put(collection.Sources, rule.Beyond)
		}
	}
	for _, rule := range imagebuilder.EgressRules(cfg.ImageBuilder.ToolVersions) {
		put("AksJumpboxImageBuilders", rule.Beyond)
	}
	return reasons
}

// The firewall and Azure's documents agree host by host: what a component contacts is allowed, or refused for a reason; what is
// allowed is contacted, or has a reason of its own; and no reason is left over.
func TestEgressFollowsTheDocuments(t *testing.T) {
	overSSH, _ := overSSH(t)
	refusedSomewhere := map[string]bool{}
	for name, s := range map[string]settings{
		"dev": stackSettings(t, "dev"), "prod": stackSettings(t, "prod"),
		"manifests":     {"bootstrap.mode": "manifests"},
		"SSH":           overSSH,
		"virtual nodes": withVirtualNodes(t, nil), "virtual nodes and manifests": withVirtualNodes(t, settings{"bootstrap.mode": "manifests"}),
		"own hosts": {
			"buildAgents.allowedHosts": `["dev.azure.com","*.pkgs.visualstudio.com"]`, "firewall.nodeHosts": `["esm.ubuntu.com"]`,
			"jumpBoxes.allowedHosts": `["github.com"]`,
		},
		"another region": {"location": "centralus", "registry.geoReplication": "eastus2"},
	} {
		t.Run(name, func(t *testing.T) {
			m, cfg := deployPlatform(t, s), loadConfig(t, s)
			clusters := m.OfType(typetoken.ManagedCluster)
			require.NotEmpty(t, clusters)
			needs, reasons := needsOf(cfg, clusters[0].Inputs), beyondOf(cfg)
			allowed, tags := allowedBy(m)
			for source := range allowed {
				assert.Contains(t, componentsOf(cfg), source)
			}
			for source, needed := range needs {
				assertNeedsAreMet(t, source, needed, allowed[source], tags[source], refusedSomewhere)
			}
			for source, destinations := range allowed {
				assertRulesAreNeeded(t, source, destinations, needs[source], reasons[source])
			}
		})
	}
	for _, refused := range network.RefusedHosts {
		assert.NotEmpty(t, refused.Why, refused.Host)
		assert.True(t, refusedSomewhere[refused.Host], "%s: no component needs it, or a rule allows it", refused.Host)
	}
}

// assertNeedsAreMet: each host that is needed is allowed by a rule or by the component's FQDN tag, or is among those refused.
func assertNeedsAreMet(t *testing.T, source string, needed []need, allowed []destination, tags []string, refusedSomewhere map[string]bool) {
	t.Helper()
	for _, n := range needed {
		tag := azurefacts.MustComponent(n.component).FQDNTag
		if coveredBy(n.least, allowed) || tag != "" && slices.Contains(tags, tag) || coveredByTag(n.least, tags) {
			continue
		}
		refused := slices.IndexFunc(network.RefusedHosts, func(r network.RefusedHost) bool {
			return r.Host == n.least.name || r.Host == n.least.String()
		})
		if assert.GreaterOrEqual(t, refused, 0, "%s: %s needs %s, which no rule allows", source, n.component, n.least) {
			refusedSomewhere[network.RefusedHosts[refused].Host] = true
		}
	}
}

// coveredByTag says whether a tag that is allowed for the sake of another component holds a host.
func coveredByTag(d destination, tags []string) bool {
	for _, tag := range tags {
		for _, name := range azurefacts.TagHosts()[strings.ToLower(tag)] {
			if (destination{name, "443"}).covers(d) {
				return true
			}
		}
	}
	return false
}

// assertRulesAreNeeded: each host that is allowed is needed, or the rule's table gives a reason; and no reason is for one that is not
// allowed, or that a document names anyway.
func assertRulesAreNeeded(t *testing.T, source string, allowed []destination, needed []need, reasons map[string]string) {
	t.Helper()
	for _, d := range allowed {
		if reasons[d.name] == "" {
			assert.True(t, slices.ContainsFunc(needed, func(n need) bool { return n.most.covers(d) }),
				"%s: %s is allowed, no document asks for it, and the rule does not say why", source, d)
			continue
		}
		assert.False(t, slices.ContainsFunc(needed, func(n need) bool { return n.most == d }),
			"%s: a document asks for %s, so that it needs no reason of ours", source, d)
	}
	for name, why := range reasons {
		assert.NotEmpty(t, why, name)
		assert.True(t, slices.ContainsFunc(allowed, func(d destination) bool { return d.name == name }), "%s: no rule allows %s", source, name)
	}
}
