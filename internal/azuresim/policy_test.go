package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
)

const (
	builtIns     = "/providers/Microsoft.Authorization/policyDefinitions/"
	allowedTypes = builtIns + "a08ec900-254a-4555-9bf5-e42af04b5c5c"
	httpsOnly    = builtIns + "1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d"
	labels       = builtIns + "46592696-4c7b-4bf3-9e45-6c2763bdc0a6"
	defenderPlan = builtIns + "efd4031d-b232-4595-babf-ae817348e91b"
	restricted   = "/providers/Microsoft.Authorization/policySetDefinitions/42b8ef37-b724-4e24-bbc8-7a7708edfe00"
	scaleSets    = "Microsoft.Compute/virtualMachineScaleSets"
	interfaces   = "Microsoft.Network/networkInterfaces"
	gateways     = "Microsoft.Network/applicationGateways"
)

func policyAssignment(name, definition string, parameters object, more object) object {
	given := object{}
	for parameter, value := range parameters {
		given[parameter] = object{"value": value}
	}
	made := object{
		"scope": groupID, "policyAssignmentName": name, "policyDefinitionId": definition, "parameters": given, "displayName": "[rg] " + name,
	}
	for property, value := range more {
		made[property] = value
	}
	return made
}

func policyDefinitionOf(name string, condition any, effect string) object {
	return object{
		"policyDefinitionName": name, "mode": "All", "displayName": name, "policyType": "Custom",
		"policyRule": object{"if": condition, "then": object{"effect": effect}},
	}
}

func is(armType string) object { return object{"field": "type", "equals": armType} }

func both(conditions ...any) object { return object{"allOf": array(conditions)} }

// Assignments name what exists, with parameters that it takes and values that it allows, case included.
func TestPolicyAssignmentRules(t *testing.T) {
	try(t, nil, []attempt{
		{"allowed types", governance.AssignmentToken, policyAssignment("a", allowedTypes,
			object{"listOfResourceTypesAllowed": array{"Microsoft.Network/routeTables"}}, nil), ""},
		{"by another case", governance.AssignmentToken, policyAssignment("a", strings.ToUpper(allowedTypes),
			object{"LISTofResourceTypesAllowed": array{}}, nil), ""},
		{"a parameter left out", governance.AssignmentToken, policyAssignment("a", allowedTypes, nil, nil), "MissingPolicyParameter"},
		{"an unknown parameter", governance.AssignmentToken, policyAssignment("a", httpsOnly, object{"color": "red"}, nil), "UndefinedPolicyParameter"},
		{"a parameter of another type", governance.AssignmentToken, policyAssignment("a", allowedTypes,
			object{"listOfResourceTypesAllowed": "all"}, nil), "InvalidPolicyParameterType"},
		{"an effect", governance.AssignmentToken, policyAssignment("a", httpsOnly, object{"effect": "Deny"}, nil), ""},
		{"an effect in the wrong case", governance.AssignmentToken, policyAssignment("a", httpsOnly, object{"effect": "deny"}, nil),
			"PolicyParameterValueNotAllowed"},
		{"an effect that does not go", governance.AssignmentToken, policyAssignment("a", builtIns+"0a15ec92-a229-4763-bb14-0ea34a568f8d",
			object{"effect": "Deny"}, nil), "PolicyParameterValueNotAllowed"},
		{"an effect in both cases", governance.AssignmentToken,
			policyAssignment("a", labels, object{"effect": "audit", "labelsList": array{"pci-scope"}}, nil), ""},
		{"an unknown definition", governance.AssignmentToken, policyAssignment("a", builtIns+arm.GUID("none"), nil, nil), "PolicyDefinitionNotFound"},
		{"a definition as an initiative", governance.AssignmentToken, policyAssignment("a",
			strings.ReplaceAll(httpsOnly, "policyDefinitions", "policySetDefinitions"), nil, nil), "PolicySetDefinitionNotFound"},
		{"an initiative", governance.AssignmentToken, policyAssignment("a", restricted,
			object{"effect": "Audit", "excludedNamespaces": array{"kube-system"}}, nil), ""},
		{"a mode of enforcement", governance.AssignmentToken, policyAssignment("a", httpsOnly, nil, object{"enforcementMode": "Maybe"}),
			"InvalidPolicyAssignment"},
		{"a long display name", governance.AssignmentToken, policyAssignment("a", httpsOnly, nil,
			object{"displayName": strings.Repeat("x", 129)}), "InvalidDisplayName"},
		{"a display name of as many characters as go", governance.AssignmentToken, policyAssignment("a", httpsOnly, nil,
			object{"displayName": strings.Repeat("ü", 128)}), ""},
		{"a long name", governance.AssignmentToken, policyAssignment(strings.Repeat("x", 65), httpsOnly, nil, nil), "InvalidResourceName"},
		{"a name of a GUID", governance.AssignmentToken, policyAssignment(arm.GUID("x"), httpsOnly, nil, nil), ""},
		{"at no such group", governance.AssignmentToken, policyAssignment("a", httpsOnly, nil, object{"scope": groupID + "2"}), "ResourceGroupNotFound"},
		{"a deployment without identity", governance.AssignmentToken,
			policyAssignment("a", defenderPlan, nil, object{"scope": subscriptionScope}), "ResourceIdentityRequired"},
		{"a deployment without region", governance.AssignmentToken, policyAssignment("a", defenderPlan, nil,
			object{"scope": subscriptionScope, "identity": object{"type": "SystemAssigned"}}), "LocationRequired"},
		{"a deployment", governance.AssignmentToken, policyAssignment("a", defenderPlan, nil,
			object{"scope": subscriptionScope, "identity": object{"type": "SystemAssigned"}, "location": "eastus2"}), ""},
		{"a deployment that is off", governance.AssignmentToken, policyAssignment("a", defenderPlan, object{"effect": "Disabled"},
			object{"scope": subscriptionScope}), ""},
	})
}

// Definitions that the simulator could judge only in part are refused.
func TestPolicyDefinitionRules(t *testing.T) {
	make := func(condition any) object { return policyDefinitionOf("d", condition, "deny") }
	sku := object{"field": gateways + "/sku.name", "notEquals": "WAF_v2"}
	deploys := func(details object) object {
		return with(make(is(gateways)), "policyRule",
			object{"if": is(gateways), "then": object{"effect": "deployIfNotExists", "details": details}})
	}
	counts := func(name string, where any) object {
		counted := object{"value": array{"a", "b"}}
		if name != "" {
			counted["name"] = name
		}
		if where != nil {
			counted["where"] = where
		}
		return object{"count": counted, "greater": 0.0}
	}
	try(t, nil, []attempt{
		{"a rule", governance.DefinitionToken, make(both(is(gateways), sku)), ""},
		{"another mode", governance.DefinitionToken, with(make(sku), "mode", "Microsoft.Kubernetes.Data"), "InvalidPolicyDefinitionMode"},
		{"an unknown alias", governance.DefinitionToken, make(object{"field": gateways + "/sku.color", "equals": "red"}), "InvalidPolicyRule"},
		{"the alias of another type", governance.DefinitionToken, make(object{"field": interfaces + "/sku.name", "equals": "red"}), "InvalidPolicyRule"},
		{"an unknown operator", governance.DefinitionToken, make(object{"field": "type", "match": "Microsoft.#"}), "InvalidPolicyRule"},
		{"no operator", governance.DefinitionToken, make(object{"field": "type"}), "InvalidPolicyRule"},
		{"two operators", governance.DefinitionToken, make(object{"field": "type", "equals": "a", "notEquals": "b"}), "InvalidPolicyRule"},
		{"no condition", governance.DefinitionToken, make("always"), "InvalidPolicyRule"},
		{"a bad member", governance.DefinitionToken, make(both(is(gateways), "x")), "InvalidPolicyRule"},
		{"a bad negation", governance.DefinitionToken, make(object{"not": "x"}), "InvalidPolicyRule"},
		{"an undeclared parameter", governance.DefinitionToken, make(object{"field": "type", "equals": "[parameters('type')]"}), "InvalidPolicyRule"},
		{"a function", governance.DefinitionToken, make(object{"field": "type", "equals": "[resourceGroup().name]"}), "InvalidPolicyRule"},
		{"a function in a list", governance.DefinitionToken, make(object{"field": "type", "in": array{"[toLower('X')]"}}), "InvalidPolicyRule"},
		{"a field that is computed", governance.DefinitionToken, make(object{"field": "[concat('a', 'b')]", "equals": "x"}), "InvalidPolicyRule"},
		{"a count of no list", governance.DefinitionToken, make(object{"count": object{"field": gateways + "/sku.name"}, "greater": 0.0}),
			"InvalidPolicyRule"},
		{"a count of values", governance.DefinitionToken, make(counts("x", object{"value": "[current('x')]", "equals": "b"})), ""},
		{"a count of values without a name", governance.DefinitionToken, make(counts("", nil)), "InvalidPolicyRule"},
		{"a count of two things", governance.DefinitionToken, make(object{"count": object{"value": array{}, "name": "x",
			"field": interfaces + "/ipconfigurations[*]"}, "greater": 0.0}), "InvalidPolicyRule"},
		{"a value that is counted elsewhere", governance.DefinitionToken,
			make(counts("x", object{"value": "[current('y')]", "equals": "b"})), "InvalidPolicyRule"},
		{"a value that is counted, outside", governance.DefinitionToken,
			make(both(counts("x", nil), object{"value": "[current('x')]", "equals": "b"})), "InvalidPolicyRule"},
		{"the alias that matches nothing", governance.DefinitionToken,
			make(object{"field": "Microsoft.Authorization/roleAssignments/scope", "equals": "x"}), "InvalidPolicyRule"},
		{"a default that is not allowed", governance.DefinitionToken, with(make(sku), "parameters", object{"effect": object{"type": "String",
			"allowedValues": array{"Audit"}, "defaultValue": "Deny"}}), "InvalidPolicyRule"},
		{"a count of an unknown alias", governance.DefinitionToken,
			make(object{"count": object{"field": gateways + "/colors[*]"}, "greater": 0.0}), "InvalidPolicyRule"},
		{"a bad count condition", governance.DefinitionToken, make(object{"count": object{"field": interfaces + "/ipconfigurations[*]",
			"where": "x"}, "greater": 0.0}), "InvalidPolicyRule"},
		{"an unknown effect", governance.DefinitionToken, policyDefinitionOf("d", is(gateways), "modify"), "InvalidPolicyRule"},
		{"a parameter without type", governance.DefinitionToken, with(make(sku), "parameters", object{"x": object{}}), "InvalidPolicyRule"},
		{"a deployment", governance.DefinitionToken, deploys(object{"type": "Microsoft.Security/pricings", "roleDefinitionIds": array{contributor}}), ""},
		{"a deployment without role", governance.DefinitionToken, deploys(object{"type": "Microsoft.Security/pricings"}), "InvalidPolicyRule"},
		{"a long display name", governance.DefinitionToken, with(make(sku), "displayName", strings.Repeat("x", 129)), "InvalidDisplayName"},
		{"an empty initiative", governance.SetDefinitionToken, object{"policySetDefinitionName": "s", "policyDefinitions": array{}},
			"InvalidPolicySetDefinition"},
		{"an initiative of nothing", governance.SetDefinitionToken, object{"policySetDefinitionName": "s", "policyDefinitions": array{
			object{"policyDefinitionId": builtIns + arm.GUID("none")}}}, "PolicyDefinitionNotFound"},
		{"an initiative that hands on a value that does not go", governance.SetDefinitionToken, object{"policySetDefinitionName": "s",
			"policyDefinitions": array{object{"policyDefinitionId": builtIns + "1f725891-01c0-420a-9059-4fa46cb770b7",
				"parameters": object{"subPlan": object{"value": "PerMoon"}}}}}, "PolicyParameterValueNotAllowed"},
		{"an initiative that hands on nonsense", governance.SetDefinitionToken, object{"policySetDefinitionName": "s", "policyDefinitions": array{
			object{"policyDefinitionId": httpsOnly, "parameters": object{"color": object{"value": "red"}}}}}, "InvalidPolicySetDefinition"},
	})
}

// The list of allowed types is enforced on what has location and tags, within the assignment's scope, and on what Azure makes
// along.
func TestAllowedResourceTypes(t *testing.T) {
	l := start(t, Options{})
	l.group()
	l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
	links(l, "privatelink.azurecr.io")
	allowed := func(types ...any) object {
		return policyAssignment("types", allowedTypes, object{"listOfResourceTypesAllowed": array(types)}, object{
			"nonComplianceMessages": array{object{"message": "ask the platform team"}},
		})
	}
	id := l.must(governance.AssignmentToken, allowed("microsoft.network/ROUTETABLES"))
	table := in(object{"routeTableName": "rt"})
	l.must("network:RouteTable", table)
	_, _, err := l.create("network:PublicIPAddress", publicIP("pip"))
	require.ErrorContains(t, err, `Status=403 Code="RequestDisallowedByPolicy"`)
	for _, said := range []string{"Microsoft.Network/publicIPAddresses", "[rg] types", "Allowed resource types",
		"resourceGroups/rg/", "ask the platform team"} {
		assert.ErrorContains(t, err, said)
	}
	l.must("network:PublicIPAddress", with(publicIP("pip"), "resourceGroupName", "rg2"))
	l.must("network:VirtualNetwork", with(vnet("other", "10.8.0.0/16"), "resourceGroupName", "rg2"))
	l.must("keyvault:Secret", secret("listener", "hush")) // without location and tags of its own
	assert.ErrorContains(t, l.update("keyvault:Vault", vaultID, vaultInputs("kv-aks", nil)), "RequestDisallowedByPolicy", "updates are judged too")

	pe := endpoint("pe-kv", vaultID, "vault")
	require.NoError(t, l.update(governance.AssignmentToken, id, allowed("Microsoft.Network/privateEndpoints")))
	_, _, err = l.create("network:PrivateEndpoint", pe)
	assert.ErrorContains(t, err, interfaces, "the NIC that comes with the endpoint")
	require.NoError(t, l.update(governance.AssignmentToken, id, allowed("Microsoft.Network/privateEndpoints", interfaces)))
	l.must("network:PrivateEndpoint", pe)

	require.NoError(t, l.update(governance.AssignmentToken, id, with(allowed(), "enforcementMode", "DoNotEnforce")))
	l.must("network:PublicIPAddress", publicIP("pip"))
	require.NoError(t, l.update(governance.AssignmentToken, id, with(allowed(), "notScopes", array{netID + "natGateways"})))
	_, _, err = l.create("network:PublicIPAddress", publicIP("pip2"))
	assert.ErrorContains(t, err, "RequestDisallowedByPolicy")
	require.NoError(t, l.update(governance.AssignmentToken, id, with(allowed(), "notScopes", array{groupID})))
	l.must("network:PublicIPAddress", publicIP("pip2"))
	require.NoError(t, l.update(governance.AssignmentToken, id, allowed()))
	require.NoError(t, l.delete(governance.AssignmentToken, id))
	l.must("network:PublicIPAddress", publicIP("pip3"))
}

// A deployment script needs the types that it runs on, and an image build the type that it makes.
func TestAllowedTypesOfServices(t *testing.T) {
	l, run := startScripts(t, Options{})
	id := l.must(governance.AssignmentToken, policyAssignment("types", allowedTypes,
		object{"listOfResourceTypesAllowed": array{"Microsoft.Resources/deploymentScripts"}}, nil))
	_, err := run("one", "true", nil)
	assert.ErrorContains(t, err, "Microsoft.ContainerInstance/containerGroups")
	types := array{"Microsoft.Resources/deploymentScripts", "Microsoft.ContainerInstance/containerGroups"}
	require.NoError(t, l.update(governance.AssignmentToken, id,
		policyAssignment("types", allowedTypes, object{"listOfResourceTypesAllowed": types}, nil)))
	_, err = run("one", "true", nil)
	assert.ErrorContains(t, err, "Microsoft.Storage/storageAccounts")
	_, err = run("own", "true", func(o object) {
		o["storageAccountSettings"] = object{"storageAccountName": "mine", "storageAccountKey": "a2V5"}
	})
	assert.NoError(t, err)
	failure, err := l.server.TryImageBuild(templateID)
	require.NoError(t, err)
	assert.Contains(t, failure, "Microsoft.Compute/images")
}
