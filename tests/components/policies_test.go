package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/governance"
	"aks-regulated-pulumi/internal/typetoken"
)

// deployPolicies registers hub, governance, and the policies of every stamp in a resource group of its own.
func deployPolicies(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) (err error) {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		defer func() { err = inventory.Close(err) }()
		governed, err := governanceWith(ctx, cfg, inventory)
		if err != nil {
			return err
		}
		for _, stamp := range cfg.Stamps {
			if _, err := governance.NewPolicies(ctx, "policies-"+stamp.Name, &governance.PoliciesArgs{
				Site: siteOf(cfg, stamp), BootstrapMode: cfg.Bootstrap.Mode, VirtualNodes: cfg.VirtualNodes.Enabled,
				Governance: governed, Inventory: inventory,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// What waits for the policies of a stamp is itself in the list of allowed types that one of them carries.
func TestListedTypeWaitsForPolicies(t *testing.T) {
	cfg, m := loadConfig(t, nil), &recordingMonitor{}
	stamp := cfg.Stamps[0]
	require.NoError(t, finishes(t, m, func(ctx *pulumi.Context) (err error) {
		inventory, err := governance.NewInventory(ctx)
		if err != nil {
			return err
		}
		defer func() { err = inventory.Close(err) }()
		group, err := newGroup(ctx, stamp.ResourceGroup)
		if err != nil {
			return err
		}
		governed, err := governanceWith(ctx, cfg, inventory)
		if err != nil {
			return err
		}
		site := siteOf(cfg, stamp)
		site.ResourceGroupName = group.Name
		policies, err := governance.NewPolicies(ctx, "policies-01", &governance.PoliciesArgs{
			Site: site, BootstrapMode: cfg.Bootstrap.Mode, Governance: governed, Inventory: inventory,
		})
		if err != nil {
			return err
		}
		return newAccount(ctx, "later", group.Name, pulumi.DependsOn(policies.Members()))
	}))
	types := m.one(t, typetoken.PolicyAssignment, "policies-01-types")
	assertWaits(t, m, m.one(t, typetoken.Storage, "later"), types)
	assert.Equal(t, object{"listOfResourceTypesAllowed": object{"value": list{"Microsoft.Storage/storageAccounts"}}},
		types.Inputs["parameters"])
}

// systemNamespaces are excepted wherever a policy excepts any namespaces.
var systemNamespaces = list{"kube-system", "gatekeeper-system", "azure-extensions-usage-system"}

// Where Flux comes from the cluster's own registry, nothing in its namespace may come from elsewhere.
func TestAllowedImagesInModeManifests(t *testing.T) {
	m := deployPolicies(t, settings{"bootstrap.mode": "manifests"})
	found := 0
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		if strings.HasSuffix(r.Inputs["policyDefinitionId"].(string), "febd0533-8e55-448f-b837-bd0e06f16469") {
			excluded, _ := policyValue(r, "excludedNamespaces").(list)
			assert.Equal(t, systemNamespaces, excluded)
			found++
		}
	}
	assert.Equal(t, 1, found)
}

// Each stamp's group is held to the same policies, at that group and under names that Azure can tell apart.
func TestStampPolicies(t *testing.T) {
	s := settings{"stamps": `[{"name":"01","addressSpace":"10.240.0.0/16"},{"name":"02","addressSpace":"10.242.0.0/16"}]`}
	m := deployPolicies(t, s)
	definitions, names := map[string]list{}, map[any]bool{}
	for _, stamp := range loadConfig(t, s).Stamps {
		component := m.one(t, "aksregulated:cluster:Policies", "policies-"+stamp.Name)
		for _, r := range m.OfType(typetoken.PolicyAssignment) {
			if r.Parent != component.URN {
				continue
			}
			definitions[stamp.Name] = append(definitions[stamp.Name], r.Inputs["policyDefinitionId"])
			assert.Equal(t, subscription+"/resourceGroups/"+stamp.ResourceGroup, r.Inputs["scope"], "%s", r)
			assert.Equal(t, "Default", r.Inputs["enforcementMode"], "%s", r)
			assert.False(t, names[r.Inputs["policyAssignmentName"]], "%s has the name of another assignment", r)
			names[r.Inputs["policyAssignmentName"]] = true
			assert.LessOrEqual(t, len([]rune(r.Inputs["displayName"].(string))), 125, "%s", r)
			assert.NotEmpty(t, r.Inputs["description"], "%s", r)
		}
	}
	assert.NotEmpty(t, definitions["01"])
	assert.ElementsMatch(t, definitions["01"], definitions["02"])
}

// prevented is what a stamp must never have, by the definition that denies it.
var prevented = map[string]string{
	"a cluster with a public API server":           builtInPolicies + "040732e8-d947-40b8-95d6-854c95024bf8",
	"a gateway without a firewall policy":          builtInPolicies + "564feb30-bf6a-4854-b4bb-0d2d2d1e6c66",
	"an ingress without TLS":                       builtInPolicies + "1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d",
	"a public load balancer":                       builtInPolicies + "3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e",
	"a pod with credentials that it does not need": builtInPolicies + "423dd1ba-798e-40e4-9c4d-b6902674b423",
	"a service with an external IP":                builtInPolicies + "d46c275d-1680-448d-b2ec-e495a3b6cc89",
	"anything in the namespace default":            builtInPolicies + "9f061a12-e40d-4183-a00e-171812443373",
	"an image past the quarantine":                 builtInPolicies + "febd0533-8e55-448f-b837-bd0e06f16469",
}

// What would open a cluster is denied, not only reported, and nowhere but in namespaces whose pods need it.
func TestPoliciesThatDeny(t *testing.T) {
	needs := map[string]list{
		prevented["a pod with credentials that it does not need"]: append(slices.Clone(systemNamespaces), "flux-system", "ingress"),
		prevented["an image past the quarantine"]:                 append(slices.Clone(systemNamespaces), "flux-system"),
		prevented["a service with an external IP"]:                systemNamespaces,
	}
	assigned := map[any]registration{}
	for _, r := range deployPolicies(t, nil).OfType(typetoken.PolicyAssignment) {
		if strings.HasPrefix(r.Name, "policies-01-") {
			assigned[r.Inputs["policyDefinitionId"]] = r
		}
	}
	for what, definition := range prevented {
		r, there := assigned[definition]
		if !assert.True(t, there, what) {
			continue
		}
		assert.Equal(t, "Deny", policyValue(r, "effect"), what)
		assert.Equal(t, "Default", r.Inputs["enforcementMode"], what)
		excluded, _ := policyValue(r, "excludedNamespaces").(list)
		assert.ElementsMatch(t, needs[definition], excluded, what)
	}
}

// policyValue is the value of a parameter of a policy assignment, or nil.
func policyValue(assignment registration, parameter string) any {
	parameters, _ := assignment.Inputs["parameters"].(object)
	held, _ := parameters[parameter].(object)
	return held["value"]
}
