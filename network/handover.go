package network

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/handover"
)

// Handover gathers what the owners of hub, firewall and DNS zones have to make for the platform, where the platform may not make it itself.
// Whatever leaves something to them adds it while it is registered. All but the principals of roles follows from the configuration, so that
// a preview has it as well.
type Handover struct {
	// Document is what has been left so far, but for Roles.
	handover.Document
	principals []pulumi.StringInput
}

// NewHandover is the handover of a stack that leaves nothing to others yet.
func NewHandover(placement config.Placement) *Handover {
	return &Handover{Document: handover.Document{Location: placement.Location}}
}

// Grant leaves a role assignment to the owner of its scope. The object id of the principal is known once the identity exists.
func (h *Handover) Grant(role handover.Role, principalID pulumi.StringInput) {
	role.PrincipalID = handover.Unknown
	h.Roles = append(h.Roles, role)
	h.principals = append(h.principals, principalID)
}

// Output is the stack's output handover.Output.
func (h *Handover) Output() (pulumi.Input, error) {
	encoded, err := json.Marshal(h.Document)
	if err != nil {
		return nil, fmt.Errorf("encode the handover: %w", err)
	}
	var plain map[string]any
	if err := json.Unmarshal(encoded, &plain); err != nil {
		return nil, fmt.Errorf("decode the handover: %w", err)
	}
	output := asInput(plain).(pulumi.Map)
	for i, principal := range h.principals {
		output["roles"].(pulumi.Array)[i].(pulumi.Map)["principalId"] = principal
	}
	return output, nil
}

// asInput is decoded JSON as an input whose parts can be replaced.
func asInput(plain any) pulumi.Input {
	switch value := plain.(type) {
	case map[string]any:
		object := pulumi.Map{}
		for name, member := range value {
			object[name] = asInput(member)
		}
		return object
	case []any:
		list := pulumi.Array{}
		for _, element := range value {
			list = append(list, asInput(element))
		}
		return list
	default:
		return pulumi.Any(value)
	}
}

// group is the egress of a spoke as a rule collection group that others make.
func (e *EgressArgs) group(policyID string) (handover.Group, error) {
	group := handover.Group{PolicyID: policyID, Name: ruleCollectionGroupName(e.Name), Priority: e.Priority}
	for _, collection := range e.Collections {
		source, err := e.source(collection)
		if err != nil {
			return group, err
		}
		left, sources := handover.Collection{Name: collection.Name, Priority: collection.Priority}, texts(source.Addresses)
		for _, rule := range collection.ApplicationRules {
			protocol, port := rule.protocol()
			left.Rules = append(left.Rules, handover.Rule{
				Name: rule.Name, Sources: sources, Protocols: []string{protocol}, Ports: []string{fmt.Sprint(port)}, Hosts: rule.FQDNs,
				HostTags: rule.FQDNTags, Reason: rule.Why,
			})
		}
		for _, rule := range collection.NetworkRules {
			left.Rules = append(left.Rules, handover.Rule{
				Name: rule.Name, Sources: sources, Protocols: rule.Protocols, Ports: rule.Ports, Hosts: rule.FQDNs,
				Destinations: rule.Destinations, Reason: rule.Why,
			})
		}
		group.Collections = append(group.Collections, left)
	}
	return group, nil
}
