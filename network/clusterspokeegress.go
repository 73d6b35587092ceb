package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"aks-regulated-pulumi/config"
)

// Source groups of a cluster spoke's egress.
const (
	nodePools      = "AksNodepools"
	jumpBoxes      = "AksJumpboxes"
	buildAgents    = "AksBuildAgents"
	registryAgents = "AksRegistryAgents"
)

const gitHub = "github.com"

// clusterEgress is what the spoke of a stamp may reach, with a rule collection group named after the spoke.
func clusterEgress(args *ClusterSpokeArgs) (*EgressArgs, error) {
	number, err := strconv.Atoi(args.Stamp.Name)
	if err != nil {
		return nil, fmt.Errorf("priority of the egress of stamp %q: %w", args.Stamp.Name, err)
	}
	return &EgressArgs{
		Placement: args.Placement, Hub: args.Hub, Name: args.Stamp.VNetName(), Priority: config.StampEgressPriority(args.Hub.egressPriority, number),
		Sources: clusterSources(args), Collections: ClusterEgressRules(args),
	}, nil
}

func clusterSources(args *ClusterSpokeArgs) []SourceGroup {
	subnets := args.Stamp.Subnets
	source := func(name string, addresses ...netip.Prefix) SourceGroup {
		return SourceGroup{Name: name, IPGroup: args.IPGroupName(args.Stamp.Shared(name)), Addresses: addresses}
	}
	sources := []SourceGroup{
		source(nodePools, subnets.SystemNodePool, subnets.InScopeNodePools, subnets.OutOfScopeNodePools),
		source(jumpBoxes, subnets.ManagementOps),
		source(registryAgents, subnets.ManagementACRAgents),
	}
	if len(args.BuildAgents.AllowedHosts) > 0 || fetchesChart(args) {
		sources = append(sources, source(buildAgents, subnets.ManagementAgents))
	}
	return sources
}

// ClusterEgressRules are what each cluster spoke may reach through the firewall. Everything else is denied, including NTP: Azure's
// hosts keep the time of their machines. Build agents have rules only if hosts are configured for them, or if they fetch the
// chart of virtual nodes.
func ClusterEgressRules(args *ClusterSpokeArgs) []RuleCollection {
	collections := slices.Concat([]RuleCollection{
		{Name: "AcrAgents-Requirements", Priority: 100, Sources: registryAgents, NetworkRules: registryAgentRules},
		{Name: "AKS-Global-Requirements", Priority: 200, Sources: nodePools, ApplicationRules: nodeRules(args.Location)},
	}, fluxCollections(args), []RuleCollection{
		{Name: "aks-jumpbox", Priority: 450, Sources: jumpBoxes, ApplicationRules: jumpBoxRules(args.Location)},
	}, configuredHosts(args))
	return append(collections, virtualNodesCollections(args)...)
}

// configuredHosts are a rule collection for each key that adds hosts, since Azure contacts new ones before its lists have them, and what
// else a team needs is its own choice.
func configuredHosts(args *ClusterSpokeArgs) []RuleCollection {
	var collections []RuleCollection
	for _, added := range []struct {
		key, collection, sources, rule, why string
		priority                            int
		hosts                               []string
	}{
		{"firewall.nodeHosts", "Node-Hosts", nodePools, "node-hosts", "Further hosts of nodes and workloads, as configured.", 210, args.NodeHosts},
		{"jumpBoxes.allowedHosts", "aks-jumpbox-hosts", jumpBoxes, "allowed-hosts", "Further hosts of operators, as configured.", 455,
			args.JumpBoxHosts},
		{"buildAgents.allowedHosts", "aks-buildagents", buildAgents, "allowed-hosts", "Hosts of the build agents' platform, as configured.", 460,
			args.BuildAgents.AllowedHosts},
	} {
		if len(added.hosts) == 0 {
			continue
		}
		collections = append(collections, RuleCollection{
			Name: added.collection, Priority: added.priority, Sources: added.sources, ApplicationRules: []ApplicationRule{{
				Name: added.rule, Why: added.why, FQDNs: added.hosts, Beyond: beyond(added.key+" has them.", added.hosts...),
			}},
		})
	}
	return collections
}

// nodeRules are what AKS and its add-ons need (Azure document "Outbound network and FQDN rules for AKS clusters").
func nodeRules(location string) []ApplicationRule {
	return []ApplicationRule{
		{Name: "runtime", Why: "Azure's own list of what every cluster depends on.", FQDNTags: []string{"AzureKubernetesService"}},
		{
			// The FQDN tag was found not to hold it (mspnp/aks-baseline issue 457, 2026-06-16).
			Name: "runtime-images", Why: "Microsoft's registry sends some pulls of system images on to here.", FQDNs: []string{"mcrprod.azurecr.io"},
		},
		{
			// The ingestion hosts are newer than the walkthrough; the handlers are named, where it has a wildcard.
			Name: "azure-monitor-addon", Why: "Container insights and managed Prometheus fetch their rules and send what they collect.",
			FQDNs: []string{
				"*.ods.opinsights.azure.com", "*.oms.opinsights.azure.com", location + ".monitoring.azure.com",
				"global.handler.control.monitor.azure.com", location + ".handler.control.monitor.azure.com",
				"*.ingest.monitor.azure.com", "*.metrics.ingest.monitor.azure.com",
			},
		},
		{
			// The FQDN tag is not known to hold it (Azure document "Autoupgrade node OS images").
			Name: "node-os-patches", Why: "Nodes install the security patches of the node OS channel SecurityPatch.",
			FQDNs: []string{"snapshot.ubuntu.com"},
		},
		{
			Name: "azure-policy-addon", Why: "The policy add-on pulls definitions and reports compliance.",
			FQDNs: []string{"data.policy.core.windows.net", "store.policy.core.windows.net"},
		},
		{
			// Current sensors report here; the walkthrough has no rule for it.
			Name: "defender-for-containers", Why: "Microsoft Defender's sensor on the nodes reports what it sees.",
			FQDNs: []string{"*.cloud.defender.microsoft.com"},
		},
	}
}

// fluxCollections let Flux read the configured repository, and let the AKS extension work.
func fluxCollections(args *ClusterSpokeArgs) []RuleCollection {
	collections, rules := []RuleCollection(nil), []ApplicationRule(nil)
	repository := args.Bootstrap.Repository
	if repository.SSH() {
		// Application rules know HTTP and TLS only; the firewall's DNS proxy resolves the name of a network rule.
		collections = append(collections, RuleCollection{
			Name: "Flux-Repository", Priority: 290, Sources: nodePools, NetworkRules: []NetworkRule{{
				Name: "flux-to-repository", Why: "Flux reads the cluster's repository, with a key.",
				Protocols: []string{"TCP"}, FQDNs: []string{repository.Host()}, Ports: []string{repository.Port()},
				Beyond: beyond(ownRepository, repository.Host()),
			}},
		})
	} else {
		rules = append(rules, ApplicationRule{
			Name: "flux-to-repository", Why: "Flux reads the cluster's repository.", FQDNs: []string{repository.Host()},
			Beyond: beyond(ownRepository, repository.Host()),
		})
	}
	if args.Bootstrap.Mode == config.ModeFlux {
		rules = append(rules, ApplicationRule{
			// The extension's images now come from Microsoft's registry. While they came from azurearcfork8s.azurecr.io, their layers
			// were in accounts of Azure Storage, any of which nodes then had to reach.
			Name: "flux-extension-runtime-requirements", Why: "The Flux extension's agents, charts, images and sign-in.",
			FQDNs: []string{
				args.Location + ".dp.kubernetesconfiguration.azure.com", "mcr.microsoft.com", "*.data.mcr.microsoft.com",
				"management.azure.com", "login.microsoftonline.com",
			},
		})
	}
	if len(rules) == 0 {
		return collections
	}
	return append(collections, RuleCollection{Name: "Flux-Requirements", Priority: 300, Sources: nodePools, ApplicationRules: rules})
}

const ownRepository = "The repository is there, as configured."

// beyond gives hosts one reason.
func beyond(why string, hosts ...string) map[string]string {
	reasons := map[string]string{}
	for _, host := range hosts {
		reasons[host] = why
	}
	return reasons
}

func jumpBoxRules(location string) []ApplicationRule {
	return []ApplicationRule{
		{Name: "az-login", Why: "Operators sign in from their jump box.", FQDNs: []string{"login.microsoftonline.com"}},
		{Name: "az-management-api", Why: "The Azure CLI calls Azure Resource Manager.", FQDNs: []string{"management.azure.com"}},
		{
			// azcliprod serves what azcliextensionsync lists.
			Name: "az-cli-extensions", Why: "The Azure CLI looks for its version and downloads extensions.",
			FQDNs: []string{"aka.ms", "azcliextensionsync.blob.core.windows.net", "azcliprod.blob.core.windows.net"},
		},
		{
			// Azure Monitor Agent replaces the Log Analytics agent, and with it *.agentsvc.azure-automation.net.
			Name: "azure-monitor-addon", Why: "The jump boxes' monitoring agent fetches its rules and sends logs.",
			FQDNs: []string{
				"global.handler.control.monitor.azure.com", location + ".handler.control.monitor.azure.com",
				"*.ods.opinsights.azure.com",
			},
			Beyond: map[string]string{
				"*.ods.opinsights.azure.com": "The agent needs its own workspace only, but that is named after an id that Azure chooses.",
			},
		},
	}
}

// registryAgentRules are for the same service tags as acrAgentRules.
var registryAgentRules = []NetworkRule{
	serviceRule("key-vault", "AzureKeyVault", "Agents read the secrets of the agent pool."),
	serviceRule("storage", "Storage", "Agents read the context of tasks, and read and write layers."),
	serviceRule("event-hub", "EventHub", "Agents take their tasks from a queue."),
	serviceRule("entra-id", "AzureActiveDirectory", "Agents get tokens for their identities."),
	serviceRule("azure-monitor", "AzureMonitor", "Agents report their health."),
}

// serviceRule allows an Azure service by its service tag, over TLS.
func serviceRule(name, serviceTag, why string) NetworkRule {
	return NetworkRule{
		Name: name, Why: why, Protocols: []string{"TCP"}, Destinations: []string{serviceTag}, Ports: []string{"443"},
	}
}
