package provider

import (
	"context"
	"fmt"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// Invoke answers who deploys, gives access to clusters, and looks resources up.
func (p *Azure) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	settings, err := p.settingsOf(ctx)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(req.GetTok(), ":getClientConfig") {
		result, err := Encode(map[string]any{
			"subscriptionId": settings.subscription, "tenantId": arm.TenantID, "objectId": arm.DeployerObjectID, "clientId": arm.DeployerClientID,
		})
		return &pulumirpc.InvokeResponse{Return: result}, err
	}
	if strings.HasSuffix(req.GetTok(), ":getClientToken") {
		result, err := Encode(map[string]any{"token": p.token()})
		return &pulumirpc.InvokeResponse{Return: result}, err
	}
	inputs, err := Decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(req.GetTok(), ":listManagedClusterUserCredentials") {
		credentials, err := p.clusters.UserCredentials(ctx, settings.subscription, inputs)
		if err != nil {
			return nil, err
		}
		result, err := Encode(credentials)
		return &pulumirpc.InvokeResponse{Return: result}, err
	}
	k, err := p.subscription.Catalog().KindOfLookup(req.GetTok())
	if err != nil {
		return nil, err
	}
	if err := p.subscription.CheckAPIVersion(k.ARMType(), apiVersionOf(req.GetTok())); err != nil {
		return nil, err
	}
	id, complete := k.ID(settings.subscription, inputs)
	if !complete {
		return nil, fmt.Errorf("%s needs %s", req.GetTok(), strings.Join(k.PathInputs(), ", "))
	}
	found, err := p.subscription.LookUp(ctx, k, id)
	if err != nil {
		return nil, err
	}
	outputs := tree.CloneObject(found.Outputs)
	outputs["id"] = found.ID
	result, err := Encode(outputs)
	return &pulumirpc.InvokeResponse{Return: result}, err
}
