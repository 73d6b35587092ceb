package monitor

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

const insightsProvider = arm.GroupPath + "/providers/Microsoft.Insights"

var collectionName = regexp.MustCompile(`^[a-zA-Z0-9][\w.()-]{1,62}[a-zA-Z0-9]$`)

var collectionEndpointKind = &arm.Kind{
	Token: "insights:DataCollectionEndpoint", Path: insightsProvider + "/dataCollectionEndpoints/{dataCollectionEndpointName}",
	Name: collectionName, Located: true, Create: 20 * time.Second, Update: 10 * time.Second, Remove: 10 * time.Second,
	Compute: func(op *arm.Operation) map[string]any {
		return ingestionAddresses(op.ID, tree.Text(op.Inputs, "location"), op.GUID())
	},
}

var collectionRuleKind = &arm.Kind{
	Token: "insights:DataCollectionRule", Path: insightsProvider + "/dataCollectionRules/{dataCollectionRuleName}",
	Name: collectionName, Located: true, Create: 15 * time.Second, Update: 10 * time.Second, Remove: 10 * time.Second,
	Rules: []func(*arm.Operation) error{checkCollectionRule},
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"immutableId": "dcr-" + plainGUID(op.GUID())}
	},
}

// collectionSinks are the destinations of a data collection rule: the list, the property that names the target, and its type.
var collectionSinks = []struct{ list, property, armType string }{
	{"logAnalytics", "workspaceResourceId", "Microsoft.OperationalInsights/workspaces"},
	{"monitoringAccounts", "accountResourceId", monitorAccount},
}

// checkCollectionRule checks a rule by the Azure document "Structure of a data collection rule in Azure Monitor".
func checkCollectionRule(op *arm.Operation) error {
	destinations, err := collectionDestinations(op)
	if err != nil {
		return err
	}
	streams, err := collectionStreams(op)
	if err != nil {
		return err
	}
	flows := tree.List(op.Inputs, "dataFlows")
	if len(flows) == 0 {
		return arm.BadRequest("InvalidPayload", "%s has no data flows", op.ID)
	}
	for _, flow := range flows {
		if len(tree.Texts(flow, "streams")) == 0 || len(tree.Texts(flow, "destinations")) == 0 {
			return arm.BadRequest("InvalidPayload", "%s: a data flow needs streams and destinations", op.ID)
		}
		for _, stream := range tree.Texts(flow, "streams") {
			if !slices.Contains(streams, stream) {
				return arm.BadRequest("InvalidPayload", "%s: no data source has stream %q, which a data flow names", op.ID, stream)
			}
		}
		for _, destination := range tree.Texts(flow, "destinations") {
			if !slices.Contains(destinations, destination) {
				return arm.BadRequest("InvalidPayload", "%s: destination %q of a data flow is not declared", op.ID, destination)
			}
		}
	}
	return nil
}

func collectionDestinations(op *arm.Operation) ([]string, error) {
	location := tree.Text(op.Inputs, "location")
	var names []string
	if name := tree.Text(op.Inputs, "destinations", "azureMonitorMetrics", "name"); name != "" {
		names = append(names, name)
	}
	for _, sink := range collectionSinks {
		for _, destination := range tree.List(op.Inputs, "destinations", sink.list) {
			name := tree.Text(destination, "name")
			if name == "" || slices.Contains(names, name) {
				return nil, arm.BadRequest("InvalidPayload", "%s: the destinations need names, each its own; %q is not", op.ID, name)
			}
			names = append(names, name)
			target := op.Sub.Find(tree.Text(destination, sink.property))
			if target == nil || !strings.EqualFold(target.ARMType, sink.armType) {
				return nil, arm.BadRequest("InvalidPayload", "%s: destination %q is no %s", op.ID, name, sink.armType)
			}
			if !arm.SameLocation(tree.Text(target.Outputs, "location"), location) {
				return nil, arm.BadRequest("InvalidPayload", "%s: destination %s must be in region %s", op.ID, target.ID, location)
			}
		}
	}
	if len(names) == 0 {
		return nil, arm.BadRequest("InvalidPayload", "%s has no destinations", op.ID)
	}
	return names, nil
}

// collectionStreams are the streams that the data sources of a rule have.
func collectionStreams(op *arm.Operation) ([]string, error) {
	var streams, names []string
	for declared := range tree.Object(op.Inputs, "streamDeclarations") {
		if !strings.HasPrefix(declared, "Custom-") {
			return nil, arm.BadRequest("InvalidPayload", "%s: the declared stream %q must begin with Custom-", op.ID, declared)
		}
		streams = append(streams, declared)
	}
	for source, raw := range tree.Object(op.Inputs, "dataSources") {
		sources, _ := raw.([]any)
		for _, one := range sources {
			name := tree.Text(one, "name")
			if name == "" || slices.Contains(names, name) {
				return nil, arm.BadRequest("InvalidPayload", "%s: the data sources need names, each its own; %q of %s is not", op.ID, name, source)
			}
			if len(tree.Texts(one, "streams")) == 0 {
				return nil, arm.BadRequest("InvalidPayload", "%s: data source %q has no streams", op.ID, name)
			}
			names, streams = append(names, name), append(streams, tree.Texts(one, "streams")...)
		}
		if source == "prometheusForwarder" && tree.Text(op.Inputs, "dataCollectionEndpointId") == "" {
			return nil, arm.BadRequest("InvalidPayload", "%s: a Prometheus data source needs dataCollectionEndpointId", op.ID)
		}
	}
	return streams, nil
}
