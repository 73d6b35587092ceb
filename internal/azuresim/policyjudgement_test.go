package azuresim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/policy"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// judged is what the assigned policies say of a resource.
func judged(l *lab, armType, name string, properties object) (err error) {
	l.sim(func(s *arm.Subscription) {
		err = s.Admit(flow.Resource{Type: armType, ID: groupID + "/providers/" + armType + "/" + name, Properties: properties}, true)
	})
	return err
}

// cluster are the properties that policies on clusters look at, all as they should be.
func cluster(change func(object)) object {
	made := object{
		"apiServerAccessProfile": object{"enablePrivateCluster": true},
		"securityProfile":        object{"defender": object{"securityMonitoring": object{"enabled": true}}},
		"agentPoolProfiles":      array{object{"name": "a", "enableEncryptionAtHost": true}, object{"name": "b", "enableEncryptionAtHost": true}},
	}
	if change != nil {
		change(made)
	}
	return made
}

func configurations(public ...string) array {
	made := array{}
	for i, name := range public {
		configuration := object{"name": fmt.Sprint(i), "subnet": ref(clientSubnet)}
		if name != "" {
			configuration["publicIPAddressConfiguration"] = object{"name": name}
			configuration["publicIPAddress"] = ref(name)
		}
		made = append(made, configuration)
	}
	return made
}

// Custom and built-in rules on clusters, gateways, NICs and scale sets deny what they are for, and nothing else.
func TestPoliciesDeny(t *testing.T) {
	nics := "/virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*]"
	public := scaleSets + nics + ".ipConfigurations[*].publicIPAddressConfiguration.name"
	scaleSet := func(groups ...array) object {
		made := array{}
		for _, group := range groups {
			made = append(made, object{"ipConfigurations": group})
		}
		return object{"virtualMachineProfile": object{"networkProfile": object{"networkInterfaceConfigurations": made}}}
	}
	countOf := func(field string, where any) object {
		return object{"count": object{"field": field, "where": where}, "greater": 0.0}
	}
	private := object{"field": arm.ManagedClusters + "/apiServerAccessProfile.enablePrivateCluster", "notEquals": true}
	inNetwork := countOf(interfaces+"/ipconfigurations[*]", both(
		object{"field": interfaces + "/ipconfigurations[*].publicIpAddress.id", "exists": "true"},
		object{"field": interfaces + "/ipconfigurations[*].subnet.id", "contains": "[concat(parameters('vnetResourceId'), '/subnets/')]"}))
	vnetParameter := object{"vnetResourceId": object{"type": "String"}}
	for _, c := range []struct {
		name       string
		rule       any // or the id of a built-in definition
		parameters object
		armType    string
		good, bad  []object
	}{
		{"private clusters", both(is(arm.ManagedClusters), private), nil, arm.ManagedClusters,
			[]object{cluster(nil)},
			[]object{cluster(func(c object) { c["apiServerAccessProfile"] = object{"enablePrivateCluster": false} }),
				cluster(func(c object) { delete(c, "apiServerAccessProfile") })}},
		{"private clusters, built in", builtIns + "040732e8-d947-40b8-95d6-854c95024bf8", object{"effect": "Deny"}, arm.ManagedClusters,
			[]object{cluster(nil)}, []object{{}}},
		{"Defender in clusters", both(is(arm.ManagedClusters), object{
			"field": arm.ManagedClusters + "/securityProfile.defender.securityMonitoring.enabled", "notEquals": "true",
		}), nil,
			arm.ManagedClusters, []object{cluster(nil)}, []object{cluster(func(c object) { delete(c, "securityProfile") })}},
		{"encryption at host", builtIns + "41425d9f-d1a5-499a-9932-f8ed8453932c", object{"effect": "Deny"}, arm.ManagedClusters,
			[]object{cluster(nil)}, []object{cluster(func(c object) { c["agentPoolProfiles"].(array)[1] = object{"name": "b"} })}},
		{"customer keys", builtIns + "7d7be79c-23ba-4033-84dd-45e2a5ccdd67", object{"effect": "Deny"}, arm.ManagedClusters,
			[]object{{"diskEncryptionSetID": "x"}}, []object{cluster(nil)}},
		{"gateways with WAF", both(is(gateways), object{"not": object{"field": gateways + "/sku.name", "in": array{"WAF_v2"}}}), nil, gateways,
			[]object{{"sku": object{"name": "waf_V2"}}}, []object{{"sku": object{"name": "Standard_v2"}}, {}}},
		{"gateways with WAF, built in", builtIns + "564feb30-bf6a-4854-b4bb-0d2d2d1e6c66", object{"effect": "Deny"}, gateways,
			[]object{{"firewallPolicy": ref("x")}, {"webApplicationFirewallConfiguration": object{"enabled": true}}},
			[]object{{"sku": object{"name": "WAF_v2"}}}},
		{"public NICs, every one", both(is(interfaces),
			object{"field": interfaces + "/ipconfigurations[*].publicIpAddress.id", "like": "*"}), nil, interfaces,
			[]object{{"ipConfigurations": configurations("pip", "")}}, []object{{"ipConfigurations": configurations("pip", "pip2")}, {}}},
		{"public NICs of a network, any one", both(is(interfaces), inNetwork), object{"vnetResourceId": strings.ToUpper(spokeID)}, interfaces,
			[]object{{"ipConfigurations": configurations("")}, {}}, []object{{"ipConfigurations": configurations("", "pip")}}},
		{"public NICs of another network", both(is(interfaces), inNetwork), object{"vnetResourceId": netID + "virtualNetworks/other"}, interfaces,
			[]object{{"ipConfigurations": configurations("pip")}}, nil},
		{"public scale sets", both(is(scaleSets), countOf(public[:strings.LastIndex(public, ".public")],
			object{"field": public, "exists": true})), nil, scaleSets,
			[]object{scaleSet(configurations(""), configurations("", "")), {}}, []object{scaleSet(configurations(""), configurations("", "pip"))}},
		{"scale sets by NIC", both(is(scaleSets), countOf(scaleSets+nics,
			countOf(public[:strings.LastIndex(public, ".public")], object{"field": public, "notEquals": ""}))), nil,
			scaleSets, nil, []object{scaleSet(configurations("pip"))}},
		{"numbers", both(is(arm.ManagedClusters), object{"count": object{"field": arm.ManagedClusters + "/agentPoolProfiles[*]"},
			"lessOrEquals": 1.0}), nil, arm.ManagedClusters,
			[]object{cluster(nil)}, []object{{"agentPoolProfiles": array{object{}}}}},
		{"tags", object{"anyOf": array{object{"field": "tags['owner']", "exists": "false"},
			object{"field": "tags.owner", "notLike": "team-*"}}}, nil, interfaces,
			[]object{{"tags": object{"owner": "Team-A"}}}, []object{{"tags": object{"owner": "me"}}, {}}},
		{"regions", both(object{"field": "location", "notIn": array{"eastus2", "global"}},
			object{"value": "x", "notContains": "y"}, object{"field": "name", "equals": "r"}), nil, interfaces,
			[]object{{"location": "EASTUS2"}}, []object{{"location": "westus"}}},
		{"a name in brackets", both(object{"field": "kind", "equals": "[[x]"}, object{"field": "id", "contains": "/rg/"}), nil, interfaces,
			[]object{{"kind": "x"}}, []object{{"kind": "[x]"}}},
		{"vaults", both(is("Microsoft.KeyVault/vaults"), object{"field": "Microsoft.KeyVault/vaults/enablePurgeProtection",
			"notEquals": "true"}), nil, "Microsoft.KeyVault/vaults",
			[]object{{"properties": object{"enablePurgeProtection": true}}}, []object{{"properties": object{}}}},
		{"numbers that are none", object{"anyOf": array{object{"value": "a", "less": 1.0},
			object{"value": 2.0, "greaterOrEquals": 3.0}}}, nil, interfaces, []object{{}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := start(t, Options{})
			l.group()
			id, builtIn := c.rule.(string)
			if !builtIn {
				definition := policyDefinitionOf("custom", c.rule, "Deny")
				if c.parameters != nil {
					definition["parameters"] = vnetParameter
				}
				id = l.must(governance.DefinitionToken, definition)
			}
			l.must(governance.AssignmentToken, policyAssignment("a", id, c.parameters, nil))
			for _, properties := range c.good {
				assert.NoError(t, judged(l, c.armType, "r", properties), properties)
			}
			for _, properties := range c.bad {
				assert.ErrorContains(t, judged(l, c.armType, "r", properties), "RequestDisallowedByPolicy", properties)
			}
			assert.NoError(t, judged(l, "Microsoft.Network/routeTables", "other", object{"tags": object{"owner": "team-a"}, "location": "eastus2"}))
		})
	}
}

// Every built-in definition that can deny in ARM has a condition that can be judged, and no other has one.
func TestBuiltInPolicies(t *testing.T) {
	for _, known := range azurefacts.Policies() {
		if known.Initiative {
			continue
		}
		made, err := policy.BuiltInDefinition(builtIns+known.GUID, known)
		require.NoError(t, err, known.DisplayName)
		canDeny := known.Mode != policy.InCluster && slices.Contains(known.Effect.Allowed, "Deny")
		assert.Equal(t, canDeny, made.Holds != nil, known.DisplayName)
	}
}

// An initiative hands its parameters on to its members, and its definitions cannot be deleted while they are used.
func TestInitiatives(t *testing.T) {
	l := start(t, Options{})
	l.group()
	definition := policyDefinitionOf("regions", object{"field": "location", "notIn": "[parameters('regions')]"}, "[parameters('effect')]")
	definition["mode"] = "Indexed"
	definition["parameters"] = object{
		"regions": object{"type": "Array"}, "effect": object{"type": "String", "allowedValues": array{"Audit", "Deny"}, "defaultValue": "Audit"},
	}
	member := l.must(governance.DefinitionToken, definition)
	set := l.must(governance.SetDefinitionToken, object{
		"policySetDefinitionName": "set", "displayName": "set", "parameters": object{"where": object{"type": "Array"},
			"how": object{"type": "String", "defaultValue": "Deny"}},
		"policyDefinitions": array{
			object{"policyDefinitionId": member, "parameters": object{"regions": object{"value": "[parameters('where')]"},
				"effect": object{"value": "[parameters('how')]"}}},
			object{"policyDefinitionId": httpsOnly},
		},
	})
	id := l.must(governance.AssignmentToken, policyAssignment("a", set, object{"where": array{"eastus2"}}, nil))
	l.must("network:RouteTable", in(object{"routeTableName": "rt"}))
	_, _, err := l.create("network:RouteTable", in(object{"routeTableName": "far", "location": "westus"}))
	assert.ErrorContains(t, err, "RequestDisallowedByPolicy")
	require.NoError(t, l.update(governance.AssignmentToken, id, policyAssignment("a", set, object{"where": array{"eastus2"}, "how": "Audit"}, nil)))
	l.must("network:RouteTable", in(object{"routeTableName": "far", "location": "westus"}))
	assert.ErrorContains(t, l.delete(governance.DefinitionToken, member), "InUse")
	assert.ErrorContains(t, l.delete(governance.SetDefinitionToken, set), "InUse")
}

// An assignment's own identity can be given a role.
func TestAssignmentIdentity(t *testing.T) {
	l := start(t, Options{})
	inputs := policyAssignment("a", defenderPlan, nil,
		object{"scope": subscriptionScope, "identity": object{"type": "SystemAssigned"}, "location": "eastus2"})
	id, outputs, err := l.create(governance.AssignmentToken, inputs)
	require.NoError(t, err)
	principal := tree.Text(outputs, "identity", "principalId")
	securityAdmin := subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/fb1c8493-542b-48eb-b624-b4c8fea62acd"
	l.must("authorization:RoleAssignment", assignment(principal, securityAdmin, subscriptionScope))
	l.sim(func(s *arm.Subscription) {
		assert.True(t, authz.Allows(s, principal, "Microsoft.Security/pricings/write", subscriptionScope))
	})
	known, _, err := l.readBack(governance.AssignmentToken, id, inputs)
	require.NoError(t, err)
	assert.Empty(t, diff.Compare(inputs, known))
}
