package azuresim

import (
	"slices"
	"strings"
)

// sinksOf are the destinations of a data collection rule: the list, the property that names the target, and its type.
var sinksOf = []struct{ list, property, armType string }{
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
	flows := list(op.inputs, "dataFlows")
	if len(flows) == 0 {
		return badRequest("InvalidPayload", "%s has no data flows", op.id)
	}
	for _, flow := range flows {
		if len(texts(flow, "streams")) == 0 || len(texts(flow, "destinations")) == 0 {
			return badRequest("InvalidPayload", "%s: a data flow needs streams and destinations", op.id)
		}
		for _, stream := range texts(flow, "streams") {
			if !slices.Contains(streams, stream) {
				return badRequest("InvalidPayload", "%s: no data source has stream %q, which a data flow names", op.id, stream)
			}
		}
		for _, destination := range texts(flow, "destinations") {
			if !slices.Contains(destinations, destination) {
				return badRequest("InvalidPayload", "%s: destination %q of a data flow is not declared", op.id, destination)
			}
		}
	}
	return nil
}

func collectionDestinations(op *operation) ([]string, error) {
	location := text(op.inputs, "location")
	var names []string
	if name := text(op.inputs, "destinations", "azureMonitorMetrics", "name"); name != "" {
		names = append(names, name)
	}
	for _, sink := range sinksOf {
		for _, destination := range list(op.inputs, "destinations", sink.list) {
			name := text(destination, "name")
			if name == "" || slices.Contains(names, name) {
				return nil, badRequest("InvalidPayload", "%s: the destinations need names, each its own; %q is not", op.id, name)
			}
			names = append(names, name)
			target := op.sub.find(text(destination, sink.property))
			if target == nil || !strings.EqualFold(target.ARMType, sink.armType) {
				return nil, badRequest("InvalidPayload", "%s: destination %q is no %s", op.id, name, sink.armType)
			}
			if !sameLocation(text(target.Outputs, "location"), location) {
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
	for declared := range objectAt(op.inputs, "streamDeclarations") {
		if !strings.HasPrefix(declared, "Custom-") {
			return nil, badRequest("InvalidPayload", "%s: the declared stream %q must begin with Custom-", op.id, declared)
		}
		streams = append(streams, declared)
	}
	for source, raw := range objectAt(op.inputs, "dataSources") {
		sources, _ := raw.([]any)
		for _, one := range sources {
			name := text(one, "name")
			if name == "" || slices.Contains(names, name) {
				return nil, badRequest("InvalidPayload", "%s: the data sources need names, each its own; %q of %s is not", op.id, name, source)
			}
			if len(texts(one, "streams")) == 0 {
				return nil, badRequest("InvalidPayload", "%s: data source %q has no streams", op.id, name)
			}
			names, streams = append(names, name), append(streams, texts(one, "streams")...)
		}
		if source == "prometheusForwarder" && text(op.inputs, "dataCollectionEndpointId") == "" {
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
	target := op.sub.find(text(op.inputs, "resourceUri"))
	if target == nil || !slices.ContainsFunc(collectedFrom, func(t string) bool { return strings.EqualFold(t, target.ARMType) }) {
		return badRequest("InvalidResourceType", "%s: data is not collected from %s", op.id, text(op.inputs, "resourceUri"))
	}
	rule, endpoint := text(op.inputs, "dataCollectionRuleId"), text(op.inputs, "dataCollectionEndpointId")
	if (rule == "") == (endpoint == "") {
		return badRequest("InvalidPayload", "%s needs either dataCollectionRuleId or dataCollectionEndpointId", op.id)
	}
	if endpoint != "" && lastSegment(op.id) != "configurationAccessEndpoint" {
		return badRequest("InvalidPayload", "%s: the association of an endpoint is named configurationAccessEndpoint", op.id)
	}
	if rule == "" {
		return nil
	}
	if found := op.sub.find(rule); found == nil || !strings.EqualFold(found.ARMType, "Microsoft.Insights/dataCollectionRules") {
		return badRequest("InvalidPayload", "%s: %s is no data collection rule", op.id, rule)
	}
	for _, other := range op.others() {
		if key(text(other.Inputs, "resourceUri")) == key(target.ID) && key(text(other.Inputs, "dataCollectionRuleId")) == key(rule) {
			return conflict("AssociationAlreadyExists", "%s is associated with %s by %s already", target.ID, rule, other.ID)
		}
	}
	return nil
}

func checkSavedSearch(op *operation) error {
	for _, needed := range []string{"category", "displayName", "query"} {
		if text(op.inputs, needed) == "" {
			return badRequest("BadRequest", "%s: a saved search needs %s", op.id, needed)
		}
	}
	if version, set := number(op.inputs, "version"); set && version != 1 && version != 2 {
		return badRequest("BadRequest", "%s: version must be 1 or 2", op.id)
	}
	return nil
}
