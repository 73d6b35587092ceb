package imagebuilder

import (
	"slices"

	"aks-regulated-pulumi/network"
)

// serviceRules are what Azure Image Builder itself needs, whatever the image holds (001_23a9f800aa976c03.txt).
func serviceRules() []network.ApplicationRule {
	return []network.ApplicationRule{
		{Name: "to-azuremanagement", Why: "The proxy VM reports to Azure management.",
			FQDNs: []string{"management.azure.com"}},
		{Name: "to-blobstorage", Why: "Logs and the image are staged in an account whose name is not known beforehand.",
			FQDNs: []string{"*.blob.core.windows.net"}},
		{Name: "apt-get", Why: "Ubuntu's package mirrors, which serve plain HTTP.", FQDNs: aptHosts, PlainHTTP: true},
	}
}

// EgressRules are the firewall rules that a build with these tool versions needs: those of the service, and one per kind
// of tool with exactly the hosts of the tools that are installed.
func EgressRules(toolVersions map[string]string) []network.ApplicationRule {
	rules := serviceRules()
	for _, tool := range selectTools(toolVersions) {
		at := slices.IndexFunc(rules, func(rule network.ApplicationRule) bool { return rule.Name == tool.Rule })
		if at < 0 {
			rules = append(rules, network.ApplicationRule{Name: tool.Rule, Why: tool.Why})
			at = len(rules) - 1
		}
		for _, host := range tool.Hosts {
			if !slices.Contains(rules[at].FQDNs, host) {
				rules[at].FQDNs = append(rules[at].FQDNs, host)
			}
		}
	}
	return rules
}
