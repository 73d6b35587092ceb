package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// removal takes one thing that the image build needs out of a deployed stack.
type removal struct {
	name string
	// take removes it and returns what puts it back.
	take func() (func() error, error)
	// says is what Azure must answer then.
	says []string
}

// Every single rule, route, peering, policy and role assignment of the image build is needed: without it the build fails, or the script
// that runs it, and says which layer blocked which host or which permission is lacking. With all in place both succeed.
func TestEngineImageBuildNeedsEveryRule(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	template := stack.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-")
	script := stack.id(t, "Microsoft.Resources/deploymentScripts", "ds-aksopsjb-")
	try := func(t *testing.T) string {
		t.Helper()
		message, err := stack.azure.TryImageBuild(template)
		require.NoError(t, err)
		if message == "" {
			message, err = stack.azure.TryRecreate(script)
			require.NoError(t, err)
		}
		return message
	}
	removals := slices.Concat(stack.securityRuleRemovals(t), stack.firewallRuleRemovals(t), stack.pathRemovals(t), stack.roleRemovals(t))
	for _, c := range removals {
		t.Run(c.name, func(t *testing.T) {
			restore, err := c.take()
			require.NoError(t, err)
			message := try(t)
			require.NoError(t, restore())
			require.NotEmpty(t, c.says)
			for _, part := range c.says {
				assert.Contains(t, message, part)
			}
		})
	}
	assert.Empty(t, try(t))
	assert.Len(t, removals, 7+9+6+2)
}

// dropNamed removes the item of that name from a list.
func dropNamed(properties map[string]any, property, name string) {
	items, _ := properties[property].([]any)
	properties[property] = slices.DeleteFunc(items, func(item any) bool {
		object, ok := item.(map[string]any)
		return ok && object["name"] == name
	})
}

// securityRuleRemovals take out each rule of the builder's security group that allows.
func (s *engineStack) securityRuleRemovals(t *testing.T) []removal {
	id := s.id(t, "Microsoft.Network/networkSecurityGroups", "imagebuilder")
	// What each rule carries; a removed rule leaves a deny to decide.
	says := map[string][]string{
		"AllowAzureLoadBalancer60001InBound": {"nsg-inbound", "DenyAzureLoadBalancerInBound", "load balancer cannot probe the proxy VM"},
		"AllowVNet60001InBound":              {"nsg-inbound", "DenyAllInBound", "cannot reach the proxy VM through its private link"},
		"AllowVNet22InBound":                 {"nsg-inbound", "DenyAllInBound", "cannot open SSH to the build VM"},
		"Allow443ToInternetOutBound":         {"nsg-outbound", "DenyAllOutBound", "cannot reach management.azure.com on port 443"},
		"Allow80ToInternetOutBound":          {"nsg-outbound", "DenyAllOutBound", "cannot reach azure.archive.ubuntu.com on port 80"},
		"AllowSshToVNetOutBound":             {"nsg-outbound", "DenyAllOutBound", "cannot open SSH to the build VM"},
		"AllowDnsToFirewallOutBound":         {"Layer dns", "DenyAllOutBound", "name resolution of management.azure.com is blocked"},
	}
	var removals []removal
	for _, r := range s.azure.Resources() {
		if r.ID != id {
			continue
		}
		rules, _ := r.Properties["securityRules"].([]any)
		for _, rule := range rules {
			object, _ := rule.(map[string]any)
			name := fmt.Sprint(object["name"])
			if object["access"] != "Allow" {
				continue
			}
			removals = append(removals, removal{"security rule " + name, func() (func() error, error) {
				return s.azure.Drift(id, func(properties map[string]any) { dropNamed(properties, "securityRules", name) })
			}, says[name]})
		}
	}
	return removals
}

// firewallRuleRemovals take out each rule of the builder's rule collection group.
func (s *engineStack) firewallRuleRemovals(t *testing.T) []removal {
	id := s.id(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "AksJumpboxImageBuilders")
	host := map[string]string{
		"to-azuremanagement": "management.azure.com", "to-blobstorage": ".blob.core.windows.net", "apt-get": "azure.archive.ubuntu.com",
		"install-azcli": "packages.microsoft.com", "install-k8scli": "dl.k8s.io",
		"install-github-releases": "github.com", "install-helm": "get.helm.sh", "install-terraform": "releases.hashicorp.com",
	}
	drop := func(properties map[string]any, name string) {
		collections, _ := properties["ruleCollections"].([]any)
		for _, collection := range collections {
			if object, ok := collection.(map[string]any); ok {
				dropNamed(object, "rules", name)
			}
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(host)), s.firewallRules(t, id), "a removal for every rule, and no other")
	var removals []removal
	for rule, blocked := range host {
		removals = append(removals, removal{"firewall rule " + rule, func() (func() error, error) {
			return s.azure.Drift(id, func(properties map[string]any) {
				drop(properties, rule)
			})
		}, []string{"firewall-default", "firewall/implicit-deny", blocked}})
	}
	removals = append(removals, removal{"the whole rule collection group", func() (func() error, error) { return s.azure.Vanish(id) },
		[]string{"firewall-default", "firewall/implicit-deny", "management.azure.com"}})
	return removals
}

// firewallRules names the rules of a rule collection group, sorted.
func (s *engineStack) firewallRules(t *testing.T, id string) []string {
	var names []string
	for _, r := range s.azure.Resources() {
		if r.ID != id {
			continue
		}
		for _, collection := range r.Properties["ruleCollections"].([]any) {
			for _, rule := range collection.(map[string]any)["rules"].([]any) {
				names = append(names, fmt.Sprint(rule.(map[string]any)["name"]))
			}
		}
	}
	slices.Sort(names)
	return names
}

// pathRemovals take out what leads from the spoke through the hub.
func (s *engineStack) pathRemovals(t *testing.T) []removal {
	vanish := func(id string) func() (func() error, error) {
		return func() (func() error, error) { return s.azure.Vanish(id) }
	}
	routes := s.id(t, "Microsoft.Network/routeTables", "vnet-spoke-bu0001a0005-00")
	vnet := s.id(t, "Microsoft.Network/virtualNetworks", "vnet-spoke-bu0001a0005-00")
	sources := s.id(t, "Microsoft.Network/ipGroups", "AksJumpboxImageBuilders")
	return []removal{
		{"the route to the firewall", func() (func() error, error) {
			return s.azure.Drift(routes, func(properties map[string]any) { properties["routes"] = []any{} })
		}, []string{"Layer route", "management.azure.com"}},
		{"the peering to the hub", vanish(vnet + "/virtualNetworkPeerings/spoke-to-vnet-eastus2-hub"), []string{"name resolution"}},
		{"the peering from the hub", vanish(s.id(t, "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
			"hub-to-vnet-spoke-bu0001a0005-00")), []string{"name resolution"}},
		{"the private link service policy", func() (func() error, error) {
			return s.azure.Drift(vnet, func(properties map[string]any) {
				for _, subnet := range properties["subnets"].([]any) {
					subnet.(map[string]any)["privateLinkServiceNetworkPolicies"] = "Enabled"
				}
			})
		}, []string{"private-link", "snet-imagebuilder"}},
		{"the DNS proxy", func() (func() error, error) {
			return s.azure.Drift(s.id(t, "Microsoft.Network/firewallPolicies", "fw-policies"), func(properties map[string]any) {
				properties["dnsSettings"].(map[string]any)["enableProxy"] = false
			})
		}, []string{"Layer dns", "management.azure.com"}},
		{"the builder's range in the IP group", func() (func() error, error) {
			return s.azure.Drift(sources, func(properties map[string]any) { properties["ipAddresses"] = []any{"10.99.0.0/28"} })
		}, []string{"firewall/implicit-deny", "management.azure.com"}},
	}
}

// roleRemovals take out the role assignments that a run needs.
func (s *engineStack) roleRemovals(t *testing.T) []removal {
	assignment := func(scope string) string {
		for _, r := range s.azure.Resources() {
			if r.Type == "Microsoft.Authorization/roleAssignments" && strings.Contains(r.ID, scope+"/providers/Microsoft.Authorization/") {
				return r.ID
			}
		}
		t.Fatalf("no role assignment at %s", scope)
		return ""
	}
	template := s.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-")
	image, run := assignment("/resourceGroups/rg-bu0001a0005"), assignment(template)
	return []removal{
		{"the image role", func() (func() error, error) { return s.azure.Vanish(image) },
			[]string{"cannot be distributed", "Microsoft.Compute/images/read", "rg-bu0001a0005"}},
		{"the run role", func() (func() error, error) { return s.azure.Vanish(run) },
			[]string{"No subscriptions found for the identity of the script"}},
	}
}

// Azure checks the network role when the template is submitted: without it there is no template at all.
func TestEngineTemplateNeedsNetworkRole(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	template := stack.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-")
	var roles []string
	for _, r := range stack.azure.Resources() {
		if r.Type == "Microsoft.Authorization/roleAssignments" && strings.Contains(r.ID, "vnet-spoke-bu0001a0005-00") {
			roles = append(roles, r.ID)
		}
	}
	require.Len(t, roles, 1)
	restore, err := stack.azure.Vanish(roles[0])
	require.NoError(t, err)
	message, err := stack.azure.TryRecreate(template)
	require.NoError(t, err)
	assert.Contains(t, message, "lacks permission Microsoft.Network/virtualNetworks/read")
	assert.Contains(t, message, "vnet-spoke-bu0001a0005-00")
	require.NoError(t, restore())
	message, err = stack.azure.TryRecreate(template)
	require.NoError(t, err)
	assert.Empty(t, message)
}

// allowedHosts are the host names in a rule collection group.
func (s *engineStack) allowedHosts(t *testing.T, id string) []string {
	var hosts []string
	for _, r := range s.azure.Resources() {
		if r.ID != id {
			continue
		}
		for _, collection := range r.Properties["ruleCollections"].([]any) {
			for _, rule := range collection.(map[string]any)["rules"].([]any) {
				for _, host := range rule.(map[string]any)["targetFqdns"].([]any) {
					hosts = append(hosts, fmt.Sprint(host))
				}
			}
		}
	}
	return hosts
}

// removeText takes a string out of every list in a value.
func removeText(value any, text string) {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			if items, ok := item.([]any); ok {
				v[name] = slices.DeleteFunc(items, func(item any) bool { return item == text })
			}
			removeText(v[name], text)
		}
	case []any:
		for _, item := range v {
			removeText(item, text)
		}
	}
}
