package recording

import (
	"maps"

	"aks-regulated-pulumi/internal/typetoken"
)

// computed are what Azure decides about resources of a type: the outputs that are no inputs, as far as tests need them.
var computed = map[string]func(id string, inputs map[string]any) map[string]any{
	typetoken.PublicIP:         publicIPOutputs,
	typetoken.Firewall:         firewallOutputs,
	typetoken.Workspace:        workspaceOutputs,
	typetoken.Identity:         identityOutputs,
	typetoken.PolicyAssignment: policyAssignmentOutputs,
	typetoken.ImageTemplate:    templateOutputs,
	typetoken.Vault:            vaultOutputs,
	typetoken.Registry:         registryOutputs,
	typetoken.ManagedCluster:   clusterOutputs,
}

func publicIPOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"ipAddress": "address of " + id}
}

func firewallOutputs(_ string, inputs map[string]any) map[string]any {
	return map[string]any{"ipConfigurations": addressed(inputs["ipConfigurations"])}
}

func workspaceOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"customerId": StableGUID("workspace", id)}
}

func identityOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"principalId": PrincipalOf(id), "clientId": StableGUID("client", id)}
}

func policyAssignmentOutputs(id string, inputs map[string]any) map[string]any {
	if inputs["identity"] == nil {
		return nil
	}
	return map[string]any{"identity": map[string]any{"type": "SystemAssigned", "principalId": PrincipalOf(id), "tenantId": StableGUID("tenant")}}
}

func vaultOutputs(_ string, inputs map[string]any) map[string]any {
	properties := maps.Clone(inputs["properties"].(map[string]any))
	properties["vaultUri"] = "https://" + inputs["vaultName"].(string) + ".vault.azure.net/"
	return map[string]any{"properties": properties}
}

func registryOutputs(_ string, inputs map[string]any) map[string]any {
	return map[string]any{"loginServer": inputs["registryName"].(string) + ".azurecr.io"}
}

func templateOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"exactStagingResourceGroup": Subscription + "/resourceGroups/IT_" + StableGUID("staging", id)}
}

func clusterOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{
		"identityProfile":   map[string]any{"kubeletidentity": map[string]any{"objectId": StableGUID("kubelet", id)}},
		"oidcIssuerProfile": map[string]any{"enabled": true, "issuerURL": IssuerOf(id)},
		"resourceUID":       StableGUID("cluster", id),
	}
}
