package azuresim

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
)

const registryPath = groupPath + "/providers/Microsoft.ContainerRegistry/registries/{registryName}"

var registryName = regexp.MustCompile(`^[a-zA-Z0-9]{5,50}$`)

var registryKinds = []*kind{
	{
		token: "containerregistry:Registry", path: registryPath, name: registryName, located: true,
		create: time.Minute, update: 30 * time.Second, remove: 30 * time.Second,
		replace: []string{"zoneRedundancy"},
		rules:   []func(*operation) error{checkGlobalName, checkRegistry},
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
		replace: []string{"zoneRedundancy"},
		rules:   []func(*operation) error{checkPremiumRegistry, checkReplication},
		locks:   func(op *operation) []string { return []string{resourceid.Parent(op.id)} },
		compute: func(*operation) map[string]any {
			return map[string]any{"status": map[string]any{"displayStatus": "Ready"}}
		},
		along:   func(op *operation) { op.sub.listDataEndpoints(resourceid.Parent(op.id)) },
		removed: func(s *subscription, gone *record) { s.listDataEndpoints(resourceid.Parent(gone.ID)) },
	},
	{
		token: "containerregistry:AgentPool", path: registryPath + "/agentPools/{agentPoolName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9-]{3,20}$`), located: true,
		create: 3 * time.Minute, update: 2 * time.Minute, remove: 2 * time.Minute,
		replace: []string{"os", "tier", "virtualNetworkSubnetResourceId"}, joins: true,
		rules: []func(*operation) error{checkPremiumRegistry, checkAgentPool},
	},
}
