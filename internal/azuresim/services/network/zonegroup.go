package network

import (
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const zoneGroupToken = "network:PrivateDnsZoneGroup"

var zoneGroupKind = &arm.Kind{
	Token: zoneGroupToken,
	Path:  networking.Provider + "/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
	Name:  networking.NamePattern, Create: 20 * time.Second, Update: 20 * time.Second, Remove: 10 * time.Second,
	// Azure document "Private Link and DNS integration at scale" of the Cloud Adoption Framework, 2021-02-18.
	DeletedWithParent: true,
	Rules:             []func(*arm.Operation) error{checkZoneGroup}, Locks: func(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID)} },
	Compute: zoneGroupOutputs, UnknownInPreview: []string{"privateDnsZoneConfigs"},
}

func checkZoneGroup(op *arm.Operation) error {
	configs := tree.List(op.Inputs, "privateDnsZoneConfigs")
	if len(configs) == 0 || len(configs) > 5 {
		return arm.BadRequest("InvalidRequestFormat", "%s must name 1 to 5 private DNS zones", op.ID)
	}
	for _, other := range op.Others() {
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.ID)) {
			// pulumi-azure-native issue 2179 (2023-01), which has no code; this one is the simulator's.
			return arm.Conflict("PrivateDnsZoneGroupAlreadyExists", "cannot create more than one private dns zone groups in the private endpoint: "+
				"%s has %s", resourceid.Parent(op.ID), other.ID)
		}
	}
	for _, config := range configs {
		zone := tree.Text(config, "privateDnsZoneId")
		if !strings.Contains(resourceid.Key(zone), "/privatednszones/") {
			return arm.BadRequest("InvalidRequestFormat", "%s: %q is not a private DNS zone", op.ID, zone)
		}
	}
	return nil
}

func zoneGroupOutputs(op *arm.Operation) map[string]any {
	return map[string]any{"privateDnsZoneConfigs": zoneRecords(op.Sub, op.Record)}
}

// zoneRecords are the records that a group keeps. Azure takes a zone of any name; only the right one gets records.
func zoneRecords(s *arm.Subscription, group *arm.Record) []any {
	endpoint := s.Find(resourceid.Parent(group.ID))
	_, service := networking.ServedBy(s, networking.Connection(endpoint.Inputs))
	configs, _ := tree.Clone(tree.List(group.Inputs, "privateDnsZoneConfigs")).([]any)
	for _, config := range configs {
		object, ok := config.(map[string]any)
		if !ok {
			continue
		}
		sets := []any{}
		for _, served := range tree.List(endpoint.Outputs, "customDnsConfigs") {
			name, found := "", false
			if service != nil && strings.EqualFold(resourceid.Name(tree.Text(config, "privateDnsZoneId")), service.Zone) {
				name, found = strings.CutSuffix(tree.Text(served, "fqdn"), service.PublicSuffix)
			}
			if found {
				sets = append(sets, map[string]any{
					"recordType": "A", "recordSetName": name, "fqdn": name + "." + service.Zone, "ttl": 10.0,
					"ipAddresses": tree.Clone(tree.List(served, "ipAddresses")), "provisioningState": arm.StateSucceeded,
				})
			}
		}
		object["recordSets"] = sets
	}
	return configs
}
