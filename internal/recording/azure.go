package recording

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"strings"

	"aks-regulated-pulumi/internal/armpath"
	"aks-regulated-pulumi/internal/typetoken"
)

// Facts of the tenant that the monitor answers for.
const (
	// SubscriptionID is the id of the subscription, TenantID that of the tenant.
	SubscriptionID = "6f1d1e6e-27ce-4a5b-8f1e-4d6f0b6a6a01"
	TenantID       = "0c9a3f0e-5b3c-4c57-93a1-2f9c3bb0a001"
	// Subscription is the Azure resource id of the subscription.
	Subscription = "/subscriptions/" + SubscriptionID
)

// answer is the id and the state of a resource that has just been created in a subscription.
func answer(typ, name, subscriptionID string, inputs map[string]any) (string, map[string]any, error) {
	outputs := maps.Clone(inputs)
	if outputs == nil {
		outputs = map[string]any{}
	}
	if strings.HasPrefix(typ, "aksregulated:") {
		return "", outputs, nil
	}
	if typ == typetoken.UUID {
		outputs["result"] = StableGUID("random", name)
		return StableGUID("random", name), outputs, nil
	}
	if strings.HasPrefix(typ, "kubernetes:") || strings.HasPrefix(typ, "pulumi:providers:") {
		return name, outputs, nil
	}
	// Every name must be among the inputs: names are explicit.
	id, err := armpath.ID(typ, subscriptionID, inputs)
	if err != nil {
		return "", nil, err
	}
	outputs["id"], outputs["name"] = id, path.Base(id)
	if compute := computed[typ]; compute != nil {
		maps.Copy(outputs, compute(id, inputs))
	}
	return id, outputs, nil
}

// FirewallIP is the address that Azure gives to a firewall: the fourth of its subnet.
const FirewallIP = "10.200.0.4"

// addressed returns a firewall's configurations with the private address, which only the one with a subnet has.
func addressed(configurations any) []any {
	var result []any
	list, _ := configurations.([]any)
	for _, element := range list {
		configuration, _ := element.(map[string]any)
		configuration = maps.Clone(configuration)
		if _, carries := configuration["subnet"]; carries {
			configuration["privateIPAddress"] = FirewallIP
		}
		result = append(result, configuration)
	}
	return result
}

// PrincipalOf is the Entra object id of a managed identity.
func PrincipalOf(identityID string) string { return StableGUID("principal", identityID) }

// IssuerOf is the URL of the issuer of a cluster's tokens, by the cluster's Azure resource id.
func IssuerOf(clusterID string) string {
	return "https://eastus2.oic.prod-aks.azure.com/" + TenantID + "/" + StableGUID("issuer", clusterID) + "/"
}

// StableGUID is a GUID that follows from its parts, so that answers differ and never change.
func StableGUID(parts ...string) string {
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "\n"))))
	return strings.Join([]string{sum[:8], sum[8:12], "4" + sum[12:15], "8" + sum[15:18], sum[18:30]}, "-")
}

// kubeconfig is the form of what Azure answers: a user who signs in by hand.
const kubeconfig = `apiVersion: v1
kind: Config
current-context: aks
contexts: [{name: aks, context: {cluster: aks, user: clusterUser}}]
clusters: [{name: aks, cluster: {server: "https://aks.privatelink.eastus2.azmk8s.io:443", certificate-authority-data: Y2VydGlmaWNhdGU=}}]
users: [{name: clusterUser, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: kubelogin, args: [get-token, --login, devicecode]}}}]
`
