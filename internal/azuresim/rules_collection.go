package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// collectionSinks are the destinations of a data collection rule: the list, the property that names the target, and its type.
var collectionSinks = []struct{ list, property, armType string }{
	{"logAnalytics", "workspaceResourceId", "Microsoft.OperationalInsights/workspaces"},
	{"monitoringAccounts", "accountResourceId", monitorAccount},
}

// checkCollectionRule holds a rule against the Azure document "Structure of a data collection rule in Azure Monitor".
func checkCollectionRule(op *operation) error {
	destinations, err := collectionDestinations(op)
	if err != nil {
		return err
	}
	streams, err := collectionStreams(op)
	if err != nil {
		return err
	}
	flows := tree.List(op.inputs, "dataFlows")
	if len(flows) == 0 {
		return badRequest("InvalidPayload", "%s has no data flows", op.id)
	}
	for _, flow := range flows {
		if len(tree.Texts(flow, "streams")) == 0 || len(tree.Texts(flow, "destinations")) == 0 {
			return badRequest("InvalidPayload", "%s: a data flow needs streams and destinations", op.id)
		}
		for _, stream := range tree.Texts(flow, "streams") {
			if !slices.Contains(streams, stream) {
				return badRequest("InvalidPayload", "%s: no data source has stream %q, which a data flow names", op.id, stream)
			}
		}
		for _, destination := range tree.Texts(flow, "destinations") {
			if !slices.Contains(destinations, destination) {
				return badRequest("InvalidPayload", "%s: destination %q of a data flow is not declared", op.id, destination)
			}
		}
	}
	return nil
}

func collectionDestinations(op *operation) ([]string, error) {
	location := tree.Text(op.inputs, "location")
	var names []string
	if name := tree.Text(op.inputs, "destinations", "azureMonitorMetrics", "name"); name != "" {
		names = append(names, name)
	}
	for _, sink := range collectionSinks {
		for _, destination := range tree.List(op.inputs, "destinations", sink.list) {
			name := tree.Text(destination, "name")
			if name == "" || slices.Contains(names, name) {
				return nil, badRequest("InvalidPayload", "%s: the destinations need names, each its own; %q is not", op.id, name)
			}
			names = append(names, name)
			target := op.sub.find(tree.Text(destination, sink.property))
			if target == nil || !strings.EqualFold(target.ARMType, sink.armType) {
				return nil, badRequest("InvalidPayload", "%s: destination %q is no %s", op.id, name, sink.armType)
			}
			if !sameLocation(tree.Text(target.Outputs, "location"), location) {
				return nil, badRequest("InvalidPayload", "%s: destination %s must be in region %s", op.id, target.ID, location)
			}
		}
	}
	if len(names) == 0 {
		return nil, badRequest("InvalidPayload", "%s has no destinations", op.id)
	}
	return names, nil
}

// collectionStreams are the streams that the data sources of a rule have.
func collectionStreams(op *operation) ([]string, error) {
	var streams, names []string
	for declared := range tree.Object(op.inputs, "streamDeclarations") {
		if !strings.HasPrefix(declared, "Custom-") {
			return nil, badRequest("InvalidPayload", "%s: the declared stream %q must begin with Custom-", op.id, declared)
		}
		streams = append(streams, declared)
	}
	for source, raw := range tree.Object(op.inputs, "dataSources") {
		sources, _ := raw.([]any)
		for _, one := range sources {
			name := tree.Text(one, "name")
			if name == "" || slices.Contains(names, name) {
				return nil, badRequest("InvalidPayload", "%s: the data sources need names, each its own; %q of %s is not", op.id, name, source)
			}
			if len(tree.Texts(one, "streams")) == 0 {
				return nil, badRequest("InvalidPayload", "%s: data source %q has no streams", op.id, name)
			}
			names, streams = append(names, name), append(streams, tree.Texts(one, "streams")...)
		}
		if source == "prometheusForwarder" && tree.Text(op.inputs, "dataCollectionEndpointId") == "" {
			return nil, badRequest("InvalidPayload", "%s: a Prometheus data source needs dataCollectionEndpointId", op.id)
		}
	}
	return streams, nil
}

// collectedFrom are the types of resources that rules can be associated with.
var collectedFrom = []string{
	managedClusters, "Microsoft.Compute/virtualMachineScaleSets", "Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines",
	"Microsoft.Kubernetes/connectedClusters",
}

func checkCollectionAssociation(op *operation) error {
	target := op.sub.find(tree.Text(op.inputs, "resourceUri"))
	if target == nil || !slices.ContainsFunc(collectedFrom, func(t string) bool { return strings.EqualFold(t, target.ARMType) }) {
		return badRequest("InvalidResourceType", "%s: data is not collected from %s", op.id, tree.Text(op.inputs, "resourceUri"))
	}
	rule, endpoint := tree.Text(op.inputs, "dataCollectionRuleId"), tree.Text(op.inputs, "dataCollectionEndpointId")
	if (rule == "") == (endpoint == "") {
		return badRequest("InvalidPayload", "%s needs either dataCollectionRuleId or dataCollectionEndpointId", op.id)
	}
	if endpoint != "" && resourceid.Name(op.id) != "configurationAccessEndpoint" {
		return badRequest("InvalidPayload", "%s: the association of an endpoint is named configurationAccessEndpoint", op.id)
	}
	if rule == "" {
		return nil
	}
	if found := op.sub.find(rule); found == nil || !strings.EqualFold(found.ARMType, "Microsoft.Insights/dataCollectionRules") {
		return badRequest("InvalidPayload", "%s: %s is no data collection rule", op.id, rule)
	}
	for _, other := range op.others() {
		if resourceid.Equal(tree.Text(other.Inputs, "resourceUri"), target.ID) &&
			resourceid.Equal(tree.Text(other.Inputs, "dataCollectionRuleId"), rule) {
			return conflict("AssociationAlreadyExists", "%s is associated with %s by %s already", target.ID, rule, other.ID)
		}
	}
	return nil
}

func checkSavedSearch(op *operation) error {
	for _, needed := range []string{"category", "displayName", "query"} {
		if tree.Text(op.inputs, needed) == "" {
			return badRequest("BadRequest", "%s: a saved search needs %s", op.id, needed)
		}
	}
	if version, set := tree.Number(op.inputs, "version"); set && version != 1 && version != 2 {
		return badRequest("BadRequest", "%s: version must be 1 or 2", op.id)
	}
	return nil
}
