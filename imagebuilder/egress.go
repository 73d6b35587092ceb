package imagebuilder

import "aks-regulated-pulumi/network"

// serviceRules are what Azure Image Builder itself needs, whatever is installed in the image (README of mspnp/aks-jumpbox-imagebuilder).
func serviceRules() []network.ApplicationRule {
	return []network.ApplicationRule{
		{Name: "to-azuremanagement", Why: "The proxy VM reports to Azure management.",
			FQDNs: []string{"management.azure.com"}},
		{Name: "to-blobstorage", Why: "Logs and the image are staged in an account whose name is not known beforehand.",
			FQDNs: []string{"*.blob.core.windows.net"}},
		{Name: "apt-get", Why: "Ubuntu's package mirrors, which serve plain HTTP.", FQDNs: aptHosts, PlainHTTP: true},
	}
}

// EgressRules are the firewall rules that a build with these tool versions needs: those of the service, and one for each
// origin of a tool that is installed.
func EgressRules(toolVersions map[string]string) []network.ApplicationRule {
	rules := serviceRules()
	at := map[string]int{}
	for _, tool := range selectTools(toolVersions) {
		i, known := at[tool.Origin.Rule]
		if !known {
			i = len(rules)
			at[tool.Origin.Rule] = i
			rules = append(rules, network.ApplicationRule{
				Name: tool.Origin.Rule, Why: tool.Origin.What, FQDNs: tool.Origin.Hosts, Beyond: tool.Origin.reasons(),
			})
		}
		rules[i].Why += separator(known) + tool.Name
	}
	return rules
}

// reasons say why each host of an origin is allowed; the image's tools are not something that Azure needs.
func (o Origin) reasons() map[string]string {
	reasons := map[string]string{}
	for _, host := range o.Hosts {
		reasons[host] = o.What + "."
	}
	return reasons
}

// separator precedes a tool's name in a description: the first name, or a further one.
func separator(further bool) string {
	if further {
		return ", "
	}
	return ": "
}
