package platform

import (
	"strings"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// givenNetworks are the networks that the stack is given, as it needs them.
func (p *platform) givenNetworks() []network.GivenNetwork {
	var given []network.GivenNetwork
	if builder := p.cfg.ImageBuilder; p.cfg.Parts.Image && builder.SubnetID != "" {
		given = append(given, network.BuildSubnet(p.cfg.Placement, builder, imagebuilder.EgressRules(builder.ToolVersions)))
	}
	for i, configured := range p.cfg.Stamps {
		if configured.NetworkID == "" {
			continue
		}
		given = append(given, network.GivenCluster(&network.GivenClusterArgs{
			Placement: p.cfg.Placement, Hub: givenHub(p.cfg), Index: i, Stamp: configured, Bastion: p.cfg.Hub.BastionSubnet, BuildAgents: p.cfg.BuildAgents,
			VirtualNodes: p.cfg.VirtualNodes, AgentPool: p.cfg.Registry.AgentPool,
		}))
	}
	return given
}

// leftRoles are the roles on the network of a stamp, if that is given and its owner assigns them; otherwise nil.
func (p *platform) leftRoles(configured config.Stamp) *network.LeftRoles {
	if configured.NetworkRoles != config.RolesNone {
		return nil
	}
	return &network.LeftRoles{Handover: p.handover, Wait: p.patience()}
}

// givenHub is the hub that given networks are joined with: there is one that exists.
func givenHub(cfg *config.Config) network.GivenHub {
	hub := network.GivenHub{
		NetworkID: cfg.Hub.Existing.NetworkID, AddressSpaces: cfg.Hub.Existing.AddressSpaces, NextHop: cfg.Hub.Existing.NextHop,
		DNSServers: cfg.DNS.Servers,
	}
	if len(hub.DNSServers) == 0 {
		hub.DNSServers = []string{hub.NextHop}
	}
	return hub
}

// checkGivenNetworks compares given networks with what goes into them.
func (p *platform) checkGivenNetworks(f *preflight) error {
	for _, given := range p.givenNetworks() {
		found, err := f.findNetwork(given)
		if err != nil {
			return err
		}
		if found.Network == nil {
			// What does not exist is a mistake already, and ends the update; the rest is left to the owner.
			p.handover.Subnets = append(p.handover.Subnets, given.Handover()...)
			continue
		}
		f.problems = append(f.problems, given.Check(found)...)
	}
	return nil
}

// findNetwork looks a network up, with the security groups and route tables of the subnets that the platform uses.
func (f *preflight) findNetwork(given network.GivenNetwork) (found network.FoundNetwork, err error) {
	found = network.FoundNetwork{Groups: map[string]map[string]any{}, Tables: map[string]map[string]any{}}
	if found.Network, err = f.outputs(given, given.ID, "a virtual network", typetoken.VNet, "virtualNetworkName"); err != nil {
		return found, err
	}
	for _, subnet := range given.SubnetsOf(found.Network) {
		for _, part := range []struct {
			property, what, token, name string
			into                        map[string]map[string]any
		}{
			{"networkSecurityGroup", "a security group", typetoken.SecurityGroup, "networkSecurityGroupName", found.Groups},
			{"routeTable", "a route table", typetoken.RouteTable, "routeTableName", found.Tables},
		} {
			id := tree.Text(subnet, part.property, "id")
			if _, known := part.into[resourceid.Key(id)]; id == "" || known {
				continue
			}
			if part.into[resourceid.Key(id)], err = f.outputs(given, id, part.what, part.token, part.name); err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// outputs are those of a resource of a given network; nil where there is none, or none that the login may read.
func (f *preflight) outputs(given network.GivenNetwork, id, what, token, name string) (outputs map[string]any, err error) {
	asked, err := f.ofResource(given.Key, id, what, lookupOf(token), name, &outputs)
	if err != nil {
		return nil, err
	}
	if _, err := f.find(asked, "whether what the platform puts into it fits"); err != nil {
		return nil, err
	}
	return outputs, nil
}

// lookupOf is the function that looks a type of resource up: getVirtualNetwork for VirtualNetwork.
func lookupOf(token string) string {
	at := strings.LastIndexByte(token, ':') + 1
	return token[:at] + "get" + token[at:]
}
