package platform

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// checkHub compares an existing hub with what the configuration says of it, and with what the spokes need. What another stack of the platform has
// made needs no look.
func (p *platform) checkHub(f *preflight) error {
	if p.cfg.Hub.Mode != config.HubExisting || p.cfg.Hub.Stack != "" {
		return nil
	}
	for _, ask := range []func(*preflight) error{p.checkHubNetwork, p.checkPolicy, p.checkFirewall} {
		if err := ask(f); err != nil {
			return err
		}
	}
	return nil
}

// found looks a resource up; nil where there is none, or none that the login may read.
func (f *preflight) found(key, id, what, token, name, unchecked string) (outputs map[string]any, asked lookup, err error) {
	if asked, err = f.ofResource(key, id, what, lookupOf(token), name, &outputs); err != nil {
		return nil, asked, err
	}
	_, err = f.find(asked, unchecked)
	return outputs, asked, err
}

func (p *platform) checkHubNetwork(f *preflight) error {
	existing := p.cfg.Hub.Existing
	vnet, _, err := f.found("hub.networkId", existing.NetworkID, "a virtual network", typetoken.VNet, "virtualNetworkName",
		"its ranges and its other peerings")
	if err != nil || vnet == nil {
		return err
	}
	want, have := sorted(texts(existing.AddressSpaces)), sorted(tree.Texts(vnet, "addressSpace", "addressPrefixes"))
	if len(have) > 0 && !slices.Equal(want, have) {
		f.problems = append(f.problems, config.Problem{
			Key: "hub.addressSpaces", Value: strings.Join(want, ", "), Allowed: "the ranges of the network: " + strings.Join(have, ", "),
		})
	}
	for _, peering := range tree.List(vnet, "virtualNetworkPeerings") {
		f.problems = append(f.problems, p.checkPeering(peering)...)
	}
	return nil
}

// ownRanges are the ranges of the networks that the stack makes, by the keys that set them and the names of the networks.
func (p *platform) ownRanges() []ownRange {
	var ranges []ownRange
	if p.cfg.Parts.Image && p.cfg.ImageBuilder.Mode == config.ModeBuild && p.cfg.ImageBuilder.SubnetID == "" {
		ranges = append(ranges, ownRange{"imageBuilder.addressSpace", config.ImageBuilderVNetName, p.cfg.ImageBuilder.AddressSpace})
	}
	for i, stamp := range p.cfg.Stamps {
		if p.cfg.Parts.Stamps && stamp.NetworkID == "" {
			ranges = append(ranges, ownRange{fmt.Sprintf("stamps[%d].addressSpace", i), stamp.VNetName(), stamp.AddressSpace})
		}
	}
	return ranges
}

type ownRange struct {
	key, network string
	space        netip.Prefix
}

// checkPeering compares one peering of the hub with our networks: those of others must not overlap them, and one of ours that has lost its other side
// blocks a new one (Azure answers VnetAddressSpaceOverlapsWithAlreadyPeeredVnet and RemotePeeringIsDisconnected).
func (p *platform) checkPeering(peering any) []config.Problem {
	var problems []config.Problem
	remote, name := tree.Text(peering, "remoteVirtualNetwork", "id"), tree.Text(peering, "name")
	for _, own := range p.ownRanges() {
		ours := strings.EqualFold(resourceid.Name(remote), own.network) && strings.EqualFold(resourceid.Subscription(remote), p.in.login.ID)
		if ours && p.cfg.Hub.Existing.Peering == config.PeeringSpokeOnly && tree.Text(peering, "peeringState") == "Disconnected" {
			problems = append(problems, config.Problem{Key: "hub.networkId", Value: p.cfg.Hub.Existing.NetworkID, Allowed: fmt.Sprintf(
				"a network without the left-over peering %s, whose other side is gone: its owner has to delete it first", name)})
		}
		for _, text := range tree.Texts(peering, "remoteAddressSpace", "addressPrefixes") {
			if prefix, err := netip.ParsePrefix(text); !ours && err == nil && prefix.Overlaps(own.space) {
				problems = append(problems, config.Problem{Key: own.key, Value: own.space.String(), Allowed: fmt.Sprintf(
					"a range that does not overlap %s of %s, which is peered with the hub as well", text, resourceid.Name(remote))})
			}
		}
	}
	return problems
}

// checkPolicy looks for what the spokes need of the firewall policy: a DNS proxy where they ask the firewall, which the Basic tier has not (Azure
// document "Azure Firewall Manager policy overview").
func (p *platform) checkPolicy(f *preflight) error {
	id := p.cfg.Hub.Existing.FirewallPolicyID
	if id == "" {
		return nil
	}
	const key, unchecked = "hub.firewallPolicyId", "its tier and its DNS proxy"
	policy, asked, err := f.found(key, id, "a firewall policy", typetoken.FirewallPolicy, "firewallPolicyName", unchecked)
	if err != nil || policy == nil {
		return err
	}
	tier := tree.Text(policy, "sku", "tier")
	if tier == "Basic" {
		f.reject(asked, "a firewall policy of tier Standard or Premium: Basic has no rules with FQDN tags and no DNS proxy")
		return nil
	}
	if tier == "" || !p.needsProxy() || tree.Truth(policy, "dnsSettings", "enableProxy") {
		return nil
	}
	if base := tree.Text(policy, "basePolicy", "id"); base != "" {
		inherited, _, err := f.found(key, base, "a base policy", typetoken.FirewallPolicy, "firewallPolicyName", unchecked)
		if err != nil || inherited == nil || tree.Truth(inherited, "dnsSettings", "enableProxy") {
			return err
		}
	}
	f.reject(asked, "a firewall policy with dnsSettings.enableProxy, since spokes ask the firewall for names; or dns.servers, and a repository over HTTPS")
	return nil
}

// needsProxy reports whether spokes ask the firewall, or a network rule has a host name, which only the proxy resolves.
func (p *platform) needsProxy() bool {
	return len(p.cfg.DNS.Servers) == 0 || slices.Contains(p.cfg.DNS.Servers, p.cfg.Hub.Existing.NextHop) || p.cfg.Bootstrap.Repository.SSH()
}

// checkFirewall compares the firewall that alerts watch with the one that spokes use.
func (p *platform) checkFirewall(f *preflight) error {
	existing := p.cfg.Hub.Existing
	if existing.FirewallID == "" {
		return nil
	}
	firewall, asked, err := f.found("hub.firewallId", existing.FirewallID, "an Azure Firewall", typetoken.Firewall, "azureFirewallName",
		"that it is at hub.nextHop")
	if err != nil || firewall == nil {
		return err
	}
	for _, configuration := range tree.List(firewall, "ipConfigurations") {
		if tree.Text(configuration, "privateIPAddress") == existing.NextHop {
			return nil
		}
	}
	f.reject(asked, "the firewall at hub.nextHop "+existing.NextHop)
	return nil
}

// zoneLinksVersion is the API version by which links of zones are listed.
const zoneLinksVersion = "?api-version=2024-06-01"

// checkZones looks whether existing zones answer where the spokes ask: in the network of an existing hub. What other servers know is theirs.
func (p *platform) checkZones(f *preflight) error {
	if p.cfg.DNS.Mode != config.DNSExisting || p.cfg.Hub.Mode != config.HubExisting || p.cfg.Hub.Stack != "" || len(p.cfg.DNS.Servers) > 0 {
		return nil
	}
	client := armclient.New(p.ctx)
	for _, zone := range []struct{ key, id string }{
		{"dns.registryZoneId", p.cfg.DNS.RegistryZoneID}, {"dns.vaultZoneId", p.cfg.DNS.VaultZoneID}, {"dns.apiServerZoneId", p.cfg.DNS.APIServerZoneID},
	} {
		if zone.id == "" {
			continue
		}
		links, _, err := client.List(p.ctx.Context(), zone.id+"/virtualNetworkLinks"+zoneLinksVersion)
		var refusal *armclient.Error
		switch {
		case errors.As(err, &refusal) && refusal.Status == http.StatusNotFound:
			f.problems = append(f.problems, config.Problem{Key: zone.key, Value: zone.id, Allowed: "a private DNS zone that exists: " + refusal.Message})
			continue
		case armclient.Forbidden(err):
			if err := p.ctx.Log.Warn(fmt.Sprintf("%s: the login may not list the links of %s, so nothing has checked that it is linked to the hub.",
				zone.key, resourceid.Name(zone.id)), nil); err != nil {
				return fmt.Errorf("warn about %s: %w", zone.key, err)
			}
			continue
		case err != nil:
			return fmt.Errorf("list links of %s: %w", zone.key, err)
		}
		if !slices.ContainsFunc(links, func(link any) bool {
			return resourceid.Equal(tree.Text(link, "properties", "virtualNetwork", "id"), p.cfg.Hub.Existing.NetworkID)
		}) {
			f.problems = append(f.problems, config.Problem{Key: zone.key, Value: zone.id, Allowed: "a zone that is linked to hub.networkId, where the firewall " +
				"resolves names; or dns.servers that resolve them elsewhere"})
		}
	}
	return nil
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}
