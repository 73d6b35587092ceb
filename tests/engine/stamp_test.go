package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stampNeeds maps each removable resource of a cluster stamp to the component that fails without it and to the expected error. Rows with
// nobody say in spare why the resource exists.
var stampNeeds = map[string]stampNeed{
	// Security rules.
	"rule management-ops/AllowSshFromHubBastionInBound": {operators, []string{"JumpBoxUnreachable", "management-ops/DenyAllInBound"}, ""},
	"rule management-ops/Allow443InternetOutBound":      {jumpBoxes, []string{extensionFailed, "management-ops/DenyAllOutBound"}, ""},
	"rule management-ops/Allow443VnetOutBound":          {operators, []string{"JumpBoxEgressBlocked", "management-ops/DenyAllOutBound", "azmk8s.io"}, ""},
	"rule management-ops/AllowDnsToFirewallOutBound":    {jumpBoxes, []string{extensionFailed, "dns", "management-ops/DenyAllOutBound"}, ""},
	"rule privatelinkendpoints/AllowAll443InFromVnet":   {gateway, []string{"ApplicationGatewayKeyVaultSecretException", "privatelinkendpoints/DenyAllInBound"}, ""},
	"rule appgw/AllowControlPlaneInBound":               {nobody, nil, "gateways that Azure does not isolate; TestGatewaySecurityGroup holds it"},
	"rule appgw/AllowHealthProbesInBound":               {gateway, []string{"AzureLoadBalancer"}, ""},
	"rule appgw/AllowAllOutBound":                       {nobody, nil, "auditors: it says what Azure's default rules allow anyway"},
	"rule appgw/Allow443InBound":                        {nobody, nil, "users of the workload; flow F131 holds it"},
	"rule acragents/AllowKeyVaultOutBound":              {nobody, nil, "registry agents, which are off by default; flows F146 to F151 hold them"},
	"rule acragents/AllowStorageOutBound":               {nobody, nil, "registry agents"},
	"rule acragents/AllowEventHubOutBound":              {nobody, nil, "registry agents"},
	"rule acragents/AllowEntraIdOutBound":               {nobody, nil, "registry agents"},
	"rule acragents/AllowAzureMonitorBound":             {nobody, nil, "registry agents"},
	"rule acragents/AllowVnet443OutBound":               {nobody, nil, "registry agents"},
	"rule acragents/AllowDnsToFirewallOutBound":         {nobody, nil, "registry agents"},
	// Firewall rules.
	"firewall AKS-Global-Requirements/runtime":                       {nodes, []string{"firewall/implicit-deny", "npinscope01"}, ""},
	"firewall AKS-Global-Requirements/runtime-images":                {nodes, []string{"firewall/implicit-deny", "mcrprod.azurecr.io"}, ""},
	"firewall AKS-Global-Requirements/azure-monitor-addon":           {nodes, []string{"firewall/implicit-deny", "ods.opinsights.azure.com"}, ""},
	"firewall AKS-Global-Requirements/azure-policy-addon":            {nodes, []string{"firewall/implicit-deny", "data.policy.core.windows.net"}, ""},
	"firewall AKS-Global-Requirements/defender-for-containers":       {nodes, []string{"firewall/implicit-deny", "cloud.defender.microsoft.com"}, ""},
	"firewall AKS-Global-Requirements/node-os-patches":               {nobody, nil, "the node OS channel, after the nodes have joined; flow X001 holds it"},
	"firewall Flux-Requirements/flux-to-repository":                  {gitOps, []string{"github.com", "firewall/implicit-deny"}, ""},
	"firewall Flux-Requirements/flux-extension-runtime-requirements": {extension, []string{"firewall/implicit-deny", "dp.kubernetesconfiguration.azure.com"}, ""},
	"firewall aks-jumpbox/az-login":                                  {operators, []string{"login.microsoftonline.com", "firewall/implicit-deny"}, ""},
	"firewall aks-jumpbox/az-management-api":                         {operators, []string{"management.azure.com", "firewall/implicit-deny"}, ""},
	"firewall aks-jumpbox/az-cli-extensions":                         {nobody, nil, "operators' tools; flows F077 to F079 hold it"},
	"firewall aks-jumpbox-hosts/allowed-hosts":                       {nobody, nil, "operators' clones; flows F074 to F076 hold it"},
	"firewall aks-jumpbox/azure-monitor-addon":                       {jumpBoxes, []string{extensionFailed, "handler.control.monitor.azure.com", "firewall/implicit-deny"}, ""},
	"firewall AcrAgents-Requirements/key-vault":                      {nobody, nil, "registry agents"},
	"firewall AcrAgents-Requirements/storage":                        {nobody, nil, "registry agents"},
	"firewall AcrAgents-Requirements/event-hub":                      {nobody, nil, "registry agents"},
	"firewall AcrAgents-Requirements/entra-id":                       {nobody, nil, "registry agents"},
	"firewall AcrAgents-Requirements/azure-monitor":                  {nobody, nil, "registry agents"},
	// Role assignments, by their descriptions.
	"role AKS links the private DNS zone of its API server to this virtual network.":          {nodes, []string{"virtualNetworks/join/action", "vnet-spoke-bu0001a0005-01"}, ""},
	"role AKS writes the record of its private API server into this zone.":                    {nodes, []string{"privateDnsZones", "azmk8s.io"}, ""},
	"role AKS joins the nodes of the system pool to this subnet.":                             {nodes, []string{"cannot place pool npsystem", "snet-cluster-systemnodepool"}, ""},
	"role AKS joins the nodes of the in-scope pools to this subnet.":                          {nodes, []string{"cannot place pool npinscope01", "snet-cluster-inscopenodepools"}, ""},
	"role AKS joins the nodes of the out-of-scope pools to this subnet.":                      {nodes, []string{"cannot place pool npooscope01", "snet-cluster-outofscopenodepools"}, ""},
	"role AKS joins the internal load balancer of the ingress controller to this subnet.":     {gitOps, []string{"cannot place an internal load balancer", "snet-cluster-ingressservices"}, ""},
	"role The nodes pull images from this registry.":                                          {gitOps, []string{"ImagePullUnauthorized", "AcrPull"}, ""},
	"role The gateway reads its listener's certificate and the ingress root from this vault.": {gateway, []string{"mi-appgateway", "getSecret"}, ""},
	"role The gateway looks this vault up before it reads its certificates.":                  {gateway, []string{"mi-appgateway", "Microsoft.KeyVault/vaults/read"}, ""},
	"role The ingress controller reads its certificate and key.":                              {gitOps, []string{"SecretsStoreForbidden", "ingresscontroller", "getSecret"}, ""},
	"role The ingress controller sees which version of its certificate is current.":           {gitOps, []string{"SecretsStoreForbidden", "ingresscontroller", "Microsoft.KeyVault/vaults/read"}, ""},
	"role The deployment script imports the bootstrap images into this registry.":             {images, []string{"No subscriptions found for the identity of the script"}, ""},
	// Name resolution.
	"link privatelink.eastus2.azmk8s.io/to_vnet-eastus2-hub":            {nodes, []string{"K8SAPIServerDNSLookupFail", "azmk8s.io"}, ""},
	"link privatelink.azurecr.io/to_vnet-eastus2-hub":                   {gitOps, []string{"ImagePullBlocked", "layer dns", ".azurecr.io"}, ""},
	"link privatelink.vaultcore.azure.net/to_vnet-eastus2-hub":          {gitOps, []string{"SecretsStoreBlocked", "layer dns", ".vault.azure.net"}, ""},
	"link privatelink.vaultcore.azure.net/to_vnet-spoke-bu0001a0005-01": {gateway, []string{"layer dns", "link zone privatelink.vaultcore.azure.net to that network itself"}, ""},
	"link privatelink.azurecr.io/to_vnet-spoke-bu0001a0005-01":          {nobody, nil, "whatever asks Azure's own resolver in the spoke; nodes ask the firewall"},
	// The way through the hub.
	"route r-nexthop-to-fw":      {nodes, []string{"0.0.0.0/0"}, ""},
	"peering spoke-to-":          {nodes, []string{"dns"}, ""},
	"peering hub-to-":            {nodes, []string{"dns"}, ""},
	"source AksNodepools":        {nodes, []string{"firewall/implicit-deny"}, ""},
	"source AksJumpboxes":        {jumpBoxes, []string{"firewall/implicit-deny"}, ""},
	"source AksRegistryAgents":   {nobody, nil, "registry agents"},
	"the firewall's DNS proxy":   {nodes, []string{"dns"}, ""},
	"the rule collection group":  {nodes, []string{"firewall/implicit-deny"}, ""},
	"the vault's private record": {gateway, []string{"layer dns"}, ""},
}

// missedBy is what fails without the thing: a resource that cannot be made, or a use of what was made.
type missedBy string

const (
	nodes     missedBy = "Microsoft.ContainerService/managedClusters"
	gateway   missedBy = "Microsoft.Network/applicationGateways"
	jumpBoxes missedBy = "Microsoft.Compute/virtualMachineScaleSets"
	images    missedBy = "Microsoft.Resources/deploymentScripts"
	operators missedBy = "operators on a jump box"
	requests  missedBy = "requests to the workload"
	extension missedBy = "Microsoft.KubernetesConfiguration/extensions"
	gitOps    missedBy = "Microsoft.KubernetesConfiguration/fluxConfigurations"
	nobody    missedBy = ""
)

type stampNeed struct {
	by    missedBy
	says  []string
	spare string
}

// extensionFailed is how an update says that a jump box cannot reach something.
const extensionFailed = "VMExtensionProvisioningError"

// undetectedBecause is why nothing in a deployed stamp notices that something needed is gone; empty where it shows at once.
func (n stampNeed) undetectedBecause(name string) string {
	switch {
	case n.by == nodes && strings.HasPrefix(name, "role "):
		return "AKS asks for the roles of its identity when a cluster is made or changed, not while it runs"
	case n.by == images:
		return "the import asks for its role when it runs, and it has run"
	}
	return ""
}

// stampRemovals are all single things that can be taken out of a deployed cluster stamp, by the names of stampNeeds.
func (s *engineStack) stampRemovals(t *testing.T) map[string]func() (func() error, error) {
	const spoke = "vnet-spoke-bu0001a0005-01"
	removals := map[string]func() (func() error, error){}
	drift := func(id string, change func(map[string]any)) func() (func() error, error) {
		return func() (func() error, error) { return s.azure.Drift(id, change) }
	}
	vanish := func(id string) func() (func() error, error) {
		return func() (func() error, error) { return s.azure.Vanish(id) }
	}
	for _, r := range s.azure.Resources() {
		name := r.ID[strings.LastIndex(r.ID, "/")+1:]
		switch {
		case r.Type == "Microsoft.Network/networkSecurityGroups" && strings.Contains(name, spoke):
			rules, _ := r.Properties["securityRules"].([]any)
			for _, rule := range rules {
				object, _ := rule.(map[string]any)
				ruleName := fmt.Sprint(object["name"])
				if object["access"] == "Allow" {
					group := strings.TrimPrefix(name, "nsg-"+spoke+"-")
					removals["rule "+group+"/"+ruleName] = drift(r.ID, func(p map[string]any) { dropNamed(p, "securityRules", ruleName) })
				}
			}
		case r.Type == "Microsoft.Network/firewallPolicies/ruleCollectionGroups" && strings.Contains(name, spoke):
			removals["the rule collection group"] = vanish(r.ID)
			for _, collection := range r.Properties["ruleCollections"].([]any) {
				object, _ := collection.(map[string]any)
				for _, rule := range object["rules"].([]any) {
					collectionName, ruleName := fmt.Sprint(object["name"]), fmt.Sprint(rule.(map[string]any)["name"])
					removals["firewall "+collectionName+"/"+ruleName] = drift(r.ID, func(p map[string]any) {
						for _, collection := range p["ruleCollections"].([]any) {
							if object := collection.(map[string]any); object["name"] == collectionName {
								dropNamed(object, "rules", ruleName)
							}
						}
					})
				}
			}
		case r.Type == "Microsoft.Authorization/roleAssignments" && (strings.Contains(r.ID, spoke) || strings.Contains(r.ID, "azmk8s.io") ||
			strings.Contains(r.ID, "/vaults/") || strings.Contains(r.ID, "/registries/")):
			removals["role "+fmt.Sprint(r.Properties["description"])] = vanish(r.ID)
		case r.Type == "Microsoft.Network/privateDnsZones/virtualNetworkLinks" && strings.HasPrefix(name, "to_"):
			parts := strings.Split(r.ID, "/")
			removals["link "+parts[len(parts)-3]+"/"+name] = vanish(r.ID)
		case r.Type == "Microsoft.Network/routeTables" && strings.Contains(name, spoke):
			removals["route r-nexthop-to-fw"] = drift(r.ID, func(p map[string]any) { p["routes"] = []any{} })
		case r.Type == "Microsoft.Network/virtualNetworks/virtualNetworkPeerings" && strings.Contains(r.ID, spoke):
			removals["peering "+name[:strings.Index(name, "-to-")+4]] = vanish(r.ID)
		case r.Type == "Microsoft.Network/ipGroups" && !strings.Contains(name, "ImageBuilder"):
			removals["source "+name[strings.LastIndex(name, "-")+1:]] = drift(r.ID, func(p map[string]any) { p["ipAddresses"] = []any{"10.99.0.0/28"} })
		case r.Type == "Microsoft.Network/firewallPolicies":
			removals["the firewall's DNS proxy"] = drift(r.ID, func(p map[string]any) { p["dnsSettings"].(map[string]any)["enableProxy"] = false })
		case r.Type == "Microsoft.Network/privateEndpoints/privateDnsZoneGroups" && strings.Contains(r.ID, "pe-kv-"):
			removals["the vault's private record"] = vanish(r.ID)
		}
	}
	return removals
}

// victims find what an update makes, by who misses what is taken away: type and part of the name.
var victims = map[missedBy]string{
	nodes: "aks-", gateway: "agw-", jumpBoxes: "vmss-jumpboxes", images: "ds-imageimport-", extension: "flux", gitOps: "bootstrap",
}

// Everything in a cluster stamp that Azure checks while it makes cluster, gateway, jump boxes, images and Flux is needed: without any
// single one of them it refuses to make them, and says which layer blocked which host, or which permission is lacking where.
func TestEngineStampNeedsEverything(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	removals := stack.stampRemovals(t)
	for victim, part := range victims {
		id := stack.id(t, string(victim), part)
		message, err := stack.azure.TryRecreate(id)
		require.NoError(t, err)
		require.Empty(t, message, "%s, with everything in place", victim)
		for name, need := range stampNeeds {
			if need.by != victim {
				continue
			}
			t.Run(name, func(t *testing.T) {
				require.Contains(t, removals, name, "a row of the table that nothing is removed for")
				restore, err := removals[name]()
				require.NoError(t, err)
				message, err := stack.azure.TryRecreate(id)
				require.NoError(t, err)
				require.NoError(t, restore())
				require.NotEmpty(t, need.says)
				for _, part := range need.says {
					assert.Contains(t, message, part)
				}
			})
		}
	}
}

// An update that cannot make something fails, and its message says who misses what, in the words of TestEngineStampNeedsEverything.
func TestEngineUpdateSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	const image = "docker.io/library/busybox:1.38.0@sha256:fd7dc98638c8e305f4dc34e979f1c0fdfdcaeb0fbf8fcff77ae834b6da3d7e6e"
	for _, c := range []struct {
		removal string
		before  map[string]any // deployed first, if not nil
		config  map[string]any // changes what misses the removal
	}{
		{"link privatelink.eastus2.azmk8s.io/to_vnet-eastus2-hub", nil, map[string]any{"nodePools.userMin": 3}},
		{"rule appgw/AllowHealthProbesInBound", nil, map[string]any{"gateway.minCapacity": 2}},
		// The stack's hosts stay: other hosts are other rules, with which the missing one would come back.
		{"firewall aks-jumpbox/azure-monitor-addon", nil, map[string]any{"jumpBoxes": map[string]any{
			"count": 3, "allowedHosts": []any{"github.com", "*.github.io", "raw.githubusercontent.com"},
		}}},
		{"role The deployment script imports the bootstrap images into this registry.", nil, map[string]any{"registry.images": []any{image}}},
		{"role The nodes pull images from this registry.", nil, following(map[string]any{"bootstrap.waitMinutes": 8})},
		{"source AksNodepools", map[string]any{"bootstrap.mode": "none"}, map[string]any{"bootstrap.mode": "flux"}},
	} {
		t.Run(c.removal, func(t *testing.T) {
			t.Parallel()
			stack := newDeployedStack(t)
			if c.before != nil {
				stack.reopen(t, following(c.before))
				stack.up(t)
			}
			stack.reopen(t, c.config)
			restore, err := stack.stampRemovals(t)[c.removal]()
			require.NoError(t, err)
			message := stack.upFails(t)
			for _, part := range stampNeeds[c.removal].says {
				assert.Contains(t, message, part)
			}
			require.NoError(t, restore())
			stack.up(t)
		})
	}
}

// What operators and the workload need of a stamp beyond what Azure checks while it makes things is there, each single one of it
// is needed, and whoever misses it is told what it is. Nothing is left over but what the table names with its reason.
func TestEngineStampServesOperatorsAndWorkload(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	tryJumpBox := func() (string, error) {
		return stack.azure.TryJumpBox(stack.id(t, string(jumpBoxes), "vmss-jumpboxes"))
	}
	trySync := func() (string, error) { return stack.azure.TryGitOps(stack.id(t, string(nodes), "aks-")) }
	tries := map[missedBy]func() (string, error){
		extension: trySync, gitOps: trySync,
		nodes:     func() (string, error) { return stack.azure.TryNodes(stack.id(t, string(nodes), "aks-")) },
		gateway:   func() (string, error) { return stack.azure.TryGateway(stack.id(t, string(gateway), "agw-")) },
		jumpBoxes: tryJumpBox, operators: tryJumpBox,
		requests: func() (string, error) { return stack.azure.TryIngress(stack.id(t, string(nodes), "aks-")) },
	}
	for by, try := range tries {
		trouble, err := try()
		require.NoError(t, err)
		require.Empty(t, trouble, "%s", by)
	}
	removals := stack.stampRemovals(t)
	var names []string
	for name, take := range removals {
		names = append(names, name)
		need := stampNeeds[name]
		if need.undetectedBecause(name) != "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			restore, err := take()
			require.NoError(t, err)
			defer func() { require.NoError(t, restore()) }()
			if need.by != nobody {
				require.Contains(t, tries, need.by)
				trouble, err := tries[need.by]()
				require.NoError(t, err)
				require.NotEmpty(t, trouble, "%s does not miss it", need.by)
				for _, part := range need.says {
					// Where no extension is installed, the operator meets the same obstacle under another name.
					if part != extensionFailed {
						assert.Contains(t, trouble, part)
					}
				}
				return
			}
			require.NotEmpty(t, need.spare, "a removal for which the table has no row")
			for by, try := range tries {
				trouble, err := try()
				require.NoError(t, err)
				assert.Empty(t, trouble, "the table says that nothing needs it, but %s", by)
			}
		})
	}
	var rows []string
	for name := range stampNeeds {
		rows = append(rows, name)
	}
	slices.Sort(names)
	slices.Sort(rows)
	assert.Equal(t, rows, names, "a row for everything that can be taken away, and no other")
}
