package recording

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/armclient"
)

// Call answers the program's look-ups.
func (m *Monitor) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Invoked = append(m.Invoked, args)
	switch args.Token {
	case "azure-native:authorization:getClientConfig":
		return resource.NewPropertyMapFromMap(map[string]any{
			"subscriptionId": SubscriptionID,
			"tenantId":       TenantID,
			"clientId":       "0c9a3f0e-5b3c-4c57-93a1-2f9c3bb0a002",
			"objectId":       "0c9a3f0e-5b3c-4c57-93a1-2f9c3bb0a003",
		}), nil
	case "azure-native:resources/v20240301:getResourceGroup":
		return m.lookUp(args.Args["resourceGroupName"].StringValue())
	case "azure-native:operationalinsights/v20230901:getWorkspace":
		return m.lookUp(args.Args["workspaceName"].StringValue())
	case "azure-native:storage/v20230501:getStorageAccount":
		return m.lookUp(args.Args["accountName"].StringValue())
	case "azure-native:monitor/v20230403:getAzureMonitorWorkspace":
		return m.lookUp(args.Args["azureMonitorWorkspaceName"].StringValue())
	case "azure-native:authorization:getClientToken":
		return resource.NewPropertyMapFromMap(map[string]any{"token": m.Token}), nil
	case "azure-native:compute/v20240701:getImage", "azure-native:compute/v20240303:getGalleryImageVersion":
		return resource.NewPropertyMapFromMap(map[string]any{"id": "as found", "provisioningState": m.imageState()}), m.LookUpError
	case "azure-native:containerservice/v20240901:listManagedClusterUserCredentials":
		return resource.NewPropertyMapFromMap(map[string]any{"kubeconfigs": []any{
			map[string]any{"name": "clusterUser", "value": base64.StdEncoding.EncodeToString([]byte(kubeconfig))},
		}}), nil
	}
	if argument := networkLookups[args.Token]; argument != "" {
		return m.lookUp(args.Args[resource.PropertyKey(argument)].StringValue())
	}
	return nil, fmt.Errorf("unexpected call of %s", args.Token)
}

// list answers for collections of what others own, by their paths; what is not there may not be read.
func (m *Monitor) list(path string) (*armclient.Answer, error) {
	path, _, _ = strings.Cut(path, "?")
	if listed, known := m.Listed[path]; known {
		return &armclient.Answer{Body: map[string]any{"value": listed}}, nil
	}
	return &armclient.Answer{}, &armclient.Error{Status: http.StatusForbidden, Code: "AuthorizationFailed", Message: "no right to read " + path}
}

// lookUp answers for what others own.
func (m *Monitor) lookUp(name string) (resource.PropertyMap, error) {
	if refusal := m.Refusals[name]; refusal != "" {
		return nil, errors.New(refusal)
	}
	outputs := map[string]any{"name": name, "location": "eastus2"}
	maps.Copy(outputs, m.Found[name])
	return resource.NewPropertyMapFromMap(outputs), nil
}

// networkLookups are the look-ups of networks and their parts, each with the argument that has the name.
var networkLookups = map[string]string{
	"azure-native:network/v20240501:getVirtualNetwork":       "virtualNetworkName",
	"azure-native:network/v20240501:getNetworkSecurityGroup": "networkSecurityGroupName",
	"azure-native:network/v20240501:getRouteTable":           "routeTableName",
	"azure-native:network/v20240501:getFirewallPolicy":       "firewallPolicyName",
	"azure-native:network/v20240501:getAzureFirewall":        "azureFirewallName",
}
