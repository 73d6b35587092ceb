package azuresim

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const registryPath = groupPath + "/providers/Microsoft.ContainerRegistry/registries/{registryName}"

var registryName = regexp.MustCompile(`^[a-zA-Z0-9]{5,50}$`)

var registryKinds = []*kind{
	{
		token: "containerregistry:Registry", path: registryPath, name: registryName, located: true,
		create: time.Minute, update: 30 * time.Second, remove: 30 * time.Second,
		replaceOn: []string{"zoneRedundancy"},
		rules:     []func(*operation) error{checkGlobalName, checkRegistry},
		privateLink: &privateLink{
			group: "registry", publicSuffix: ".azurecr.io", zone: "privatelink.azurecr.io", members: registryMembers,
			refuse: needsPremium,
			firewall: func(registry *record) (settings, rules map[string]any) {
				return registry.Inputs, tree.Object(registry.Inputs, "networkRuleSet")
			},
		},
		compute: func(op *operation) map[string]any {
			return map[string]any{
				"loginServer": loginServer(op.id), "status": map[string]any{"displayStatus": "Ready"},
				"creationDate": op.sub.clock.now().Format(time.RFC3339), "dataEndpointHostNames": dataEndpoints(op.sub, op.record),
			}
		},
	},
	{
		token: "containerregistry:Replication", path: registryPath + "/replications/{replicationName}", name: registryName, located: true,
		create: 2 * time.Minute, update: 30 * time.Second, remove: time.Minute,
		replaceOn: []string{"zoneRedundancy"},
		rules:     []func(*operation) error{checkPremiumRegistry, checkReplication},
		locks:     func(op *operation) []string { return []string{resourceid.Parent(op.id)} },
		compute: func(*operation) map[string]any {
			return map[string]any{"status": map[string]any{"displayStatus": "Ready"}}
		},
		createImplicit: func(op *operation) { op.sub.listDataEndpoints(resourceid.Parent(op.id)) },
		cleanUp:        func(s *subscription, gone *record) { s.listDataEndpoints(resourceid.Parent(gone.ID)) },
	},
	{
		token: "containerregistry:AgentPool", path: registryPath + "/agentPools/{agentPoolName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9-]{3,20}$`), located: true,
		create: 3 * time.Minute, update: 2 * time.Minute, remove: 2 * time.Minute,
		replaceOn: []string{"os", "tier", "virtualNetworkSubnetResourceId"}, joinsSubnets: true,
		rules: []func(*operation) error{checkPremiumRegistry, checkAgentPool},
	},
}
