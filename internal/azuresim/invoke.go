package azuresim

import (
	"context"
	"fmt"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/tree"
)

// Invoke answers who deploys, gives access to clusters, and looks resources up.
func (p *armProvider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	if strings.HasSuffix(req.GetTok(), ":getClientConfig") {
		result, err := encode(map[string]any{
			"subscriptionId": SubscriptionID, "tenantId": TenantID, "objectId": deployerObjectID, "clientId": deployerClientID,
		})
		return &pulumirpc.InvokeResponse{Return: result}, err
	}
	inputs, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(req.GetTok(), ":listManagedClusterUserCredentials") {
		credentials, err := p.clusters.userCredentials(ctx, inputs)
		if err != nil {
			return nil, err
		}
		result, err := encode(credentials)
		return &pulumirpc.InvokeResponse{Return: result}, err
	}
	k, err := p.subscription.catalog().kindOfLookup(req.GetTok())
	if err != nil {
		return nil, err
	}
	id, complete := k.id(inputs)
	if !complete {
		return nil, fmt.Errorf("%s needs %s", req.GetTok(), strings.Join(k.pathInputs(), ", "))
	}
	found, err := p.subscription.lookUp(ctx, k, id)
	if err != nil {
		return nil, err
	}
	outputs := tree.CloneObject(found.Outputs)
	outputs["id"] = found.ID
	result, err := encode(outputs)
	return &pulumirpc.InvokeResponse{Return: result}, err
}
