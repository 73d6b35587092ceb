package aks

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// NodeResourceGroup is where AKS keeps what a cluster consists of.
func NodeResourceGroup(id string, inputs map[string]any) string {
	name := tree.Text(inputs, "nodeResourceGroup")
	if name == "" {
		name = fmt.Sprintf("MC_%s_%s_%s", resourceid.Group(id), resourceid.Name(id), tree.Text(inputs, "location"))
	}
	return arm.GroupBeside(id, name)
}

// identityIn is the id of an identity that AKS makes in the node resource group.
func identityIn(op *arm.Operation, name string) string {
	return NodeResourceGroup(op.ID, op.Inputs) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + name
}

// kubeletIdentity is the id of the identity that AKS makes for the nodes.
func kubeletIdentity(op *arm.Operation) string {
	return identityIn(op, resourceid.Name(op.ID)+"-agentpool")
}

// addonIdentities are the add-ons for which AKS makes an identity.
var addonIdentities = []string{"omsagent", "azurepolicy", "azureKeyvaultSecretsProvider"}

func addonIdentity(op *arm.Operation, name string) string {
	return identityIn(op, strings.ToLower(name)+"-"+resourceid.Name(op.ID))
}

// makeClusterInfrastructure makes what AKS makes before the nodes boot, and brings the pools up to date.
func makeClusterInfrastructure(op *arm.Operation) error {
	group, location := NodeResourceGroup(op.ID, op.Inputs), tree.Text(op.Inputs, "location")
	op.Sub.PutImplicit(group, "Microsoft.Resources/resourceGroups", map[string]any{"location": location, "managedBy": op.ID})
	identities := []string{kubeletIdentity(op)}
	for _, name := range addonIdentities {
		if Addon(op.Inputs, name) != nil {
			identities = append(identities, addonIdentity(op, name))
		}
	}
	for _, id := range identities {
		op.Sub.PutImplicit(id, "Microsoft.ManagedIdentity/userAssignedIdentities", map[string]any{
			"location": location, "tenantId": arm.TenantID, "principalId": op.GUID("principal", id), "clientId": op.GUID("client", id),
		})
	}
	makeMachines(op, poolsAfter(op))
	if tree.Truth(op.Inputs, "apiServerAccessProfile", "enablePrivateCluster") {
		return makeAPIServerEndpoint(op, group, location)
	}
	return nil
}

// makeMachines brings the scale sets of a cluster up to date with its pools.
func makeMachines(op *arm.Operation, pools []any) {
	group := NodeResourceGroup(op.ID, op.Inputs)
	for _, r := range op.Sub.Sorted() {
		if r.ARMType == arm.ScaleSets && r.Token == "" && resourceid.Within(r.ID, group) {
			op.Sub.Drop(r)
		}
	}
	for _, pool := range pools {
		name := tree.Text(pool, "name")
		count, _ := tree.Number(pool, "count")
		address := map[string]any{"name": "ipconfig1", "subnet": map[string]any{"id": tree.Text(pool, "vnetSubnetID")}}
		nic := map[string]any{"name": name, "primary": true, "ipConfigurations": []any{address}}
		id := fmt.Sprintf("%s/providers/%s/aks-%s-%s-vmss", group, arm.ScaleSets, name, op.GUID("pool", name)[:8])
		op.Sub.PutImplicit(id, arm.ScaleSets, map[string]any{
			"location": tree.Text(op.Inputs, "location"), "zones": tree.Clone(tree.List(pool, "availabilityZones")),
			"sku":                   map[string]any{"name": tree.Text(pool, "vmSize"), "capacity": count},
			"virtualMachineProfile": map[string]any{"networkProfile": map[string]any{"networkInterfaceConfigurations": []any{nic}}},
		})
	}
}

// removeClusterInfrastructure deletes what AKS made, in the node resource group and in a private zone of the owner's.
func removeClusterInfrastructure(s *arm.Subscription, cluster *arm.Record) {
	group := NodeResourceGroup(cluster.ID, cluster.Inputs)
	if r := s.Find(group); r != nil && resourceid.Equal(tree.Text(r.Outputs, "managedBy"), cluster.ID) {
		s.DropWithin(group)
	}
	zone := tree.Text(cluster.Inputs, "apiServerAccessProfile", "privateDNSZone")
	label, _, _ := strings.Cut(tree.Text(cluster.Outputs, "privateFQDN"), ".")
	if !strings.HasPrefix(zone, "/") || label == "" {
		return
	}
	for _, id := range []string{zone + "/A/" + label, zone + "/virtualNetworkLinks/" + label} {
		if r := s.Find(id); r != nil && r.Token == "" {
			s.Drop(r)
		}
	}
}

// identityOutputs are how a cluster names an identity.
func identityOutputs(s *arm.Subscription, id string) map[string]any {
	identity := s.Find(id)
	if identity == nil {
		return map[string]any{"resourceId": id}
	}
	return map[string]any{"resourceId": id, "objectId": tree.Text(identity.Outputs, "principalId"),
		"clientId": tree.Text(identity.Outputs, "clientId")}
}
