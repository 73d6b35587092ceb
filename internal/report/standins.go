package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/resourceid"
)

// standIns are the hub, its firewall and the zones of others, as far as the state says something of them: enough to follow a flow of a spoke
// through them. The firewall has the rules of this stack and nothing else, be they in the state or handed over; zones answer in the hub.
func (m *model) standIns() []flow.Resource {
	var made []flow.Resource
	var hubs []string
	for _, row := range m.found() {
		if row.What != foundTypes[typeVNet] {
			continue
		}
		if hub := m.hubOfOthers(row.ID); len(hub) > 0 {
			made, hubs = append(made, hub...), append(hubs, row.ID)
		}
	}
	for _, row := range m.found() {
		if row.What != foundTypes[typeZone] {
			continue
		}
		made = append(made, flow.Resource{Type: typeZone, ID: row.ID})
		for _, hub := range hubs {
			made = append(made, flow.Resource{Type: typeZoneLink, ID: row.ID + "/virtualNetworkLinks/" + resourceid.Name(hub), Properties: map[string]any{
				"virtualNetwork": map[string]any{"id": hub},
			}})
		}
	}
	return made
}

// hubOfOthers is a network with which spokes of the state are peered, if it has what they send their traffic to.
func (m *model) hubOfOthers(id string) []flow.Resource {
	var spaces []string
	var nextHop netip.Addr
	var peerings []flow.Resource
	for _, net := range m.nets {
		for _, p := range net.peerings {
			if !resourceid.Equal(p.remote, id) {
				continue
			}
			spaces = union(spaces, texts(p.Outputs, "remoteAddressSpace", "addressPrefixes"))
			// Azure calls a side Connected once there is another one.
			if p.recorded == "Connected" && !p.open {
				peerings = append(peerings, flow.Resource{Type: typePeering, ID: id + "/virtualNetworkPeerings/" + net.AzureName(), Properties: map[string]any{
					"remoteVirtualNetwork": map[string]any{"id": net.ID},
				}})
			}
			for _, s := range net.subnets {
				if address, err := netip.ParseAddr(s.route); err == nil {
					nextHop = address
				}
			}
		}
	}
	if !nextHop.IsValid() {
		return nil
	}
	group := resourceid.Parent(id)
	// An update of long ago may have left the ranges out of the state.
	firewallRange := netip.PrefixFrom(nextHop, 26).Masked().String()
	if len(spaces) == 0 {
		spaces = []string{firewallRange}
	}
	subnet := id + "/subnets/AzureFirewallSubnet"
	policy, rules := m.rulesOfOthers(group)
	return slices.Concat([]flow.Resource{
		{Type: typeVNet, ID: id, Properties: map[string]any{
			"addressSpace": map[string]any{"addressPrefixes": anyOf(spaces)},
			"subnets":      []any{map[string]any{"name": "AzureFirewallSubnet", "addressPrefix": firewallRange}},
		}},
		{Type: typeFWPolicy, ID: policy, Properties: map[string]any{"dnsSettings": map[string]any{"enableProxy": true}}},
		{Type: typeFirewall, ID: group + "/providers/" + typeFirewall + "/" + nextHop.String(), Properties: map[string]any{
			"location": m.region(), "firewallPolicy": map[string]any{"id": policy},
			"ipConfigurations": []any{map[string]any{"privateIPAddress": nextHop.String(), "subnet": map[string]any{"id": subnet}}},
		}},
	}, rules, peerings)
}

// rulesOfOthers is the firewall policy that the rules of the state belong to. If they are handed over, it is one that has what was asked for.
func (m *model) rulesOfOthers(group string) (policy string, rules []flow.Resource) {
	for _, r := range m.of(typeRuleGroup) {
		return resourceid.Parent(r.ID), nil
	}
	policy = group + "/providers/" + typeFWPolicy + "/handed-over"
	for _, g := range m.handover().Egress {
		rules = append(rules, flow.Resource{Type: typeRuleGroup, ID: policy + "/ruleCollectionGroups/" + g.Name, Properties: ruleGroup(g)})
	}
	return policy, rules
}

// ruleGroup is a group of rules as Azure has it.
func ruleGroup(g handover.Group) map[string]any {
	var collections []any
	for _, c := range g.Collections {
		var rules []any
		for _, r := range c.Rules {
			rule := map[string]any{"name": r.Name, "description": r.Reason, "sourceAddresses": anyOf(r.Sources)}
			if r.Application() {
				var protocols []any
				for _, p := range r.Protocols {
					for _, port := range r.Ports {
						number, _ := strconv.ParseFloat(port, 64) // 0, which nothing is allowed on, for what is none
						protocols = append(protocols, map[string]any{"protocolType": p, "port": number})
					}
				}
				rule["ruleType"], rule["protocols"] = "ApplicationRule", protocols
				rule["targetFqdns"], rule["fqdnTags"] = anyOf(r.Hosts), anyOf(r.HostTags)
			} else {
				rule["ruleType"], rule["ipProtocols"], rule["destinationPorts"] = "NetworkRule", anyOf(r.Protocols), anyOf(r.Ports)
				rule["destinationFqdns"], rule["destinationAddresses"] = anyOf(r.Hosts), anyOf(r.Destinations)
			}
			rules = append(rules, rule)
		}
		collections = append(collections, map[string]any{
			"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": c.Name, "priority": float64(c.Priority),
			"action": map[string]any{"type": "Allow"}, "rules": rules,
		})
	}
	return map[string]any{"priority": float64(g.Priority), "ruleCollections": collections}
}

// handover is what the stack leaves to others, from its outputs; empty if that is nothing.
func (m *model) handover() handover.Document {
	var document handover.Document
	for i := range m.export.Resources {
		r := &m.export.Resources[i]
		if r.Type != "pulumi:pulumi:Stack" {
			continue
		}
		// An output of another form leaves the document empty, and the page without it.
		if encoded, err := json.Marshal(r.Outputs[handover.Output]); err == nil {
			_ = json.Unmarshal(encoded, &document)
		}
	}
	return document
}

// region is where most of the stack is.
func (m *model) region() string {
	for _, net := range m.nets {
		if location := text(net.Outputs, "location"); location != "" {
			return location
		}
	}
	return ""
}

func anyOf(texts []string) []any {
	items := make([]any, len(texts))
	for i, t := range texts {
		items[i] = t
	}
	return items
}

// readFlows reads the network without what refers to something that only others have. It is an error that a resource of the state cannot be
// evaluated for any other reason.
func readFlows(resources []flow.Resource, options flow.Options) (*flow.Network, error) {
	for {
		network, err := flow.New(resources, options)
		missing := map[string]bool{}
		for _, mistake := range mistakes(err) {
			if mistake.Missing {
				missing[resourceid.Key(mistake.ID)] = true
			}
		}
		if len(missing) == 0 {
			if err != nil {
				err = fmt.Errorf("the network cannot be evaluated: %w", err)
			}
			return network, err
		}
		resources = slices.DeleteFunc(slices.Clone(resources), func(r flow.Resource) bool { return missing[resourceid.Key(r.ID)] })
	}
}

func mistakes(err error) []*flow.Mistake {
	var found []*flow.Mistake
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, one := range joined.Unwrap() {
			var mistake *flow.Mistake
			if errors.As(one, &mistake) {
				found = append(found, mistake)
			}
		}
	}
	slices.SortFunc(found, func(a, b *flow.Mistake) int { return cmp.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID)) })
	return found
}
