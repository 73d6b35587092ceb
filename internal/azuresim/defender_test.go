package azuresim

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
	"aks-regulated-pulumi/internal/tree"
)

func plan(name, tier string, more object) object {
	inputs := object{"scopeId": "subscriptions/" + arm.SubscriptionID, "pricingName": name, "pricingTier": tier}
	for property, value := range more {
		inputs[property] = value
	}
	return inputs
}

// Every subscription has its Defender plans: they can be changed, not made, and azure-native cannot delete them.
func TestPricing(t *testing.T) {
	l := start(t, Options{})
	_, _, err := l.create("security:Pricing", plan("Containers", "Standard", nil))
	assert.ErrorContains(t, err, "cannot create already existing resource")
	id := governance.PlansBeside(groupID) + "/Containers"
	path := object{"scopeId": "subscriptions/" + arm.SubscriptionID, "pricingName": "Containers"}
	outputs, err := l.invoke("azure-native:security/v20240101:getPricing", path)
	require.NoError(t, err)
	assert.Equal(t, "Free", outputs["pricingTier"])
	require.NoError(t, l.update("security:Pricing", id, plan("Containers", "Standard", object{"extensions": array{object{"name": "ContainerSensor", "isEnabled": "True"}}})))
	outputs, err = l.invoke("azure-native:security/v20240101:getPricing", path)
	require.NoError(t, err)
	assert.Equal(t, "Standard", outputs["pricingTier"])
	assert.ErrorContains(t, l.delete("security:Pricing", id), "InvalidUrlConfiguration")
	assert.Empty(t, l.server.Left(), "plans are part of the subscription")
	for name, c := range map[string]struct {
		inputs object
		says   string
	}{
		"a plan that was replaced": {plan("KubernetesService", "Standard", nil), "was replaced by Containers"},
		"another one":              {plan("Dns", "Standard", nil), "was replaced by"},
		"a tier of no plan":        {plan("Arm", "Premium", nil), "neither Free nor Standard"},
		"a sub-plan":               {plan("KeyVaults", "Standard", object{"subPlan": "PerKeyVault"}), ""},
		"a sub-plan of another":    {plan("KeyVaults", "Standard", object{"subPlan": "PerApiCall"}), "no sub-plan"},
		"an extension of another":  {plan("Arm", "Standard", object{"extensions": array{object{"name": "ContainerSensor", "isEnabled": "True"}}}), "no extension"},
	} {
		err := l.update("security:Pricing", governance.PlansBeside(groupID)+"/"+tree.Text(c.inputs, "pricingName"), c.inputs)
		if c.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorContains(t, err, c.says, name)
	}
	_, _, err = l.create("security:Pricing", plan("Nonsense", "Standard", nil))
	assert.ErrorContains(t, err, "InvalidPricingName")
}

// A template at the subscription sets plans without owning them, which is how a program can switch them on.
func TestPlansByDeployment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{StateFile: file})
	deployment := func(resources ...any) object {
		return object{"deploymentName": "defender", "location": "eastus2", "properties": object{
			"mode": "Incremental", "template": object{"contentVersion": "1.0.0.0", "resources": array(resources)},
		}}
	}
	resource := func(name, tier string) object {
		return object{"type": "Microsoft.Security/pricings", "apiVersion": "2024-01-01", "name": name, "properties": object{"pricingTier": tier}}
	}
	after := func(made object, names ...string) object {
		waits := array{}
		for _, name := range names {
			waits = append(waits, "[subscriptionResourceId('Microsoft.Security/pricings', '"+name+"')]")
		}
		return with(made, "dependsOn", waits)
	}
	const token = "resources:DeploymentAtSubscriptionScope"
	for name, c := range map[string]struct {
		inputs object
		says   string
	}{
		"no location":       {with(deployment(resource("Arm", "Standard")), "location", nil), "LocationRequired"},
		"another mode":      {with(deployment(), "properties", object{"mode": "Complete"}), "InvalidDeploymentMode"},
		"nothing":           {deployment(), "no resources"},
		"another type":      {deployment(object{"type": "Microsoft.Storage/storageAccounts", "name": "x"}), "deploys Microsoft.Security/pricings"},
		"an expression":     {deployment(resource("[parameters('plan')]", "Standard")), "template expressions"},
		"a deprecated plan": {deployment(resource("Dns", "Standard")), "was replaced by"},
		"two at a time": {deployment(resource("Containers", "Standard"), after(resource("Arm", "Standard"), "Containers"), after(resource("KeyVaults", "Standard"), "Containers")),
			"another update operation is in progress"},
		"a plan twice":            {deployment(resource("Arm", "Standard"), resource("Arm", "Free")), "is there twice"},
		"after what is not there": {deployment(after(resource("Arm", "Standard"), "Containers")), "which the template lacks"},
		"after itself":            {deployment(after(resource("Arm", "Standard"), "Arm")), "depends on itself"},
		"after something else":    {deployment(with(resource("Arm", "Standard"), "dependsOn", array{"Containers"})), "cannot read"},
	} {
		_, _, err := l.create(token, c.inputs)
		assert.ErrorContains(t, err, c.says, name)
	}
	id := l.must(token, deployment(resource("Containers", "Standard"), after(resource("Arm", "Free"), "Containers"),
		after(resource("KeyVaults", "Standard"), "Arm")))
	tier := func(l *lab, name string) string {
		outputs, err := l.invoke("azure-native:security/v20240101:getPricing",
			object{"scopeId": "subscriptions/" + arm.SubscriptionID, "pricingName": name})
		require.NoError(t, err)
		return tree.Text(outputs, "pricingTier")
	}
	assert.Equal(t, "Standard", tier(l, "Containers"))
	assert.Equal(t, "Free", tier(l, "Arm"))
	require.NoError(t, l.update(token, id, deployment(resource("Containers", "Free"))))
	assert.Equal(t, "Free", tier(l, "Containers"))
	require.NoError(t, l.delete(token, id))
	assert.Empty(t, l.server.Left())
	require.NoError(t, l.server.Close())
	assert.Equal(t, "Standard", tier(start(t, Options{StateFile: file}), "KeyVaults"), "a plan stays as it was set")
}

// An extension that the deployer's rights or a policy do not allow fails by itself: the plan is set, and the deployment a success.
func TestDefenderExtensionsFailInsideASuccess(t *testing.T) {
	const token, scanner, agentless = "resources:DeploymentAtSubscriptionScope", "d24ecba3-c1f4-40fa-a7bb-4588a071e8fd",
		"d5a2ae44-610b-4500-93be-660a0c5f5ca6"
	extensions := []string{"ContainerRegistriesVulnerabilityAssessments", "AgentlessDiscoveryForKubernetes", "AgentlessVmScanning", "ContainerSensor"}
	asked := array{}
	for _, name := range extensions {
		asked = append(asked, object{"name": name, "isEnabled": "True"})
	}
	deployment := object{"deploymentName": "defender", "location": "eastus2", "properties": object{
		"mode": "Incremental", "template": object{
			"resources": array{object{"type": "Microsoft.Security/pricings", "name": "Containers", "properties": object{"pricingTier": "Standard", "extensions": asked}}},
			"outputs": object{"containers": object{
				"type": "array", "value": "[reference(subscriptionResourceId('Microsoft.Security/pricings', 'Containers'), '2024-01-01').extensions]",
			}},
		},
	}}
	failed := func(l *lab) (names []string) {
		_, outputs, err := l.create(token, deployment)
		require.NoError(t, err)
		for _, extension := range tree.List(outputs, "properties", "outputs", "containers", "value") {
			if tree.Text(extension, "operationStatus", "code") == "Failed" {
				names = append(names, tree.Text(extension, "name"))
			}
		}
		return names
	}
	assert.Empty(t, failed(start(t, Options{})))
	assert.Equal(t, extensions[1:], failed(start(t, Options{AssignableRoles: []string{"fb1c8493-542b-48eb-b624-b4c8fea62acd"}})))
	assert.Equal(t, extensions[3:], failed(start(t, Options{AssignableRoles: []string{scanner, agentless}})))

	l := start(t, Options{})
	onlyListed := object{"allOf": array{
		object{"field": "type", "equals": "Microsoft.Authorization/roleAssignments"},
		object{"field": "Microsoft.Authorization/roleAssignments/roleDefinitionId", "notContains": agentless},
	}}
	l.must(governance.DefinitionToken, policyDefinitionOf("roles", onlyListed, "deny"))
	l.must(governance.AssignmentToken, with(policyAssignment("roles", subscriptionScope+
		"/providers/Microsoft.Authorization/policyDefinitions/roles", nil, nil), "scope", subscriptionScope))
	assert.Equal(t, []string{"AgentlessVmScanning"}, failed(l))
}

// A condition on the deployer's own role keeps it from assigning others.
func TestDeployerAssignsOnlyWhatItMay(t *testing.T) {
	l := start(t, Options{AssignableRoles: []string{"b24988ac-6180-42a0-ab88-20f7382dd24c"}})
	l.group()
	_, principal := l.identity("mi-one")
	l.must("authorization:RoleAssignment", assignment(principal, contributor, groupID))
	_, _, err := l.create("authorization:RoleAssignment", assignment(principal, blobContributor, groupID))
	assert.ErrorContains(t, err, `Code="AuthorizationFailed"`)
}
