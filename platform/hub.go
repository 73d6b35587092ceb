package platform

import (
	"fmt"
	"time"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/network"
)

// newHub makes the hub or finds it, and the private DNS zones.
func (p *platform) newHub() (err error) {
	if p.hub, err = p.makeOrFindHub(); err != nil {
		return err
	}
	if p.dns, err = p.makeOrFindDNS(); err != nil {
		return err
	}
	if p.cfg.Hub.Stack != "" {
		return nil
	}
	p.ctx.Export("hubVnetId", p.hub.VNetID)
	p.ctx.Export("hubWorkspaceId", p.hub.WorkspaceID)
	p.ctx.Export("firewallPrivateIp", p.hub.NextHop)
	return nil
}

func (p *platform) makeOrFindDNS() (*network.PrivateDNS, error) {
	if !p.cfg.Parts.Network && p.cfg.DNS.Mode == config.DNSCreate {
		return nil, nil // the build of an image needs no zones
	}
	if p.cfg.DNS.Mode != config.DNSCreate {
		return network.FindPrivateDNS(p.ctx, "dns", &network.FindPrivateDNSArgs{
			Placement: p.cfg.Placement, DNS: p.cfg.DNS, Hub: p.hub, MadeHub: p.cfg.Hub.Mode == config.HubCreate, Own: p.parts.madeZones, Subscriptions: p.in.known,
			Handover: p.handover, Wait: p.patience(),
		})
	}
	return network.NewPrivateDNS(p.ctx, "dns", &network.PrivateDNSArgs{
		Placement: p.cfg.Placement, Hub: p.hub, ResourceGroupName: p.groups.spokes.Name,
	})
}

// patience is how long an update waits for what others make.
func (p *platform) patience() time.Duration {
	return time.Duration(p.cfg.Handover.WaitMinutes) * time.Minute
}

func (p *platform) makeOrFindHub() (*network.Hub, error) {
	workspace, account := p.cfg.HubWorkspaceName(p.in.hub.ID), p.cfg.FlowLogStorageName(p.in.hub.ID)
	if p.cfg.Hub.Mode == config.HubExisting {
		return network.FindHub(p.ctx, "hub", &network.FindHubArgs{
			Placement: p.cfg.Placement, Hub: p.cfg.Hub, Spokes: p.cfg.Spokes, DNS: p.cfg.DNS, NetworkWatcher: p.cfg.NetworkWatcher,
			WorkspaceName: workspace, FlowLogAccountName: account, FoundWorkspace: p.found.networks,
			FlowLogs: p.cfg.FlowLogs, Subscription: p.in.login, ActivityLogs: p.in.all(),
			ResourceGroupName: p.groups.spokes.Name, Subscriptions: p.in.known,
			OwnHub: p.parts.madeHub, Handover: p.handover, Wait: p.patience(),
		})
	}
	return network.NewHub(p.ctx, p.in.hub.Name("hub"), &network.HubArgs{
		Placement: p.cfg.Placement, Hub: p.cfg.Hub, Spokes: p.cfg.Spokes, DNS: p.cfg.DNS, Bastion: p.cfg.Bastion, Firewall: p.cfg.Firewall,
		NetworkWatcher: p.cfg.NetworkWatcher, WorkspaceName: workspace, FlowLogAccountName: account, FoundWorkspace: p.found.networks,
		FlowLogs: p.cfg.FlowLogs, Subscription: p.in.hub, ActivityLogs: p.in.all(),
		Group: p.groups.hub.planned, ResourceGroupName: p.groups.hub.Name,
		Shared:         p.cfg.Parts != config.Parts{Network: true, Image: true, Stamps: true},
		BeforeFirewall: p.governance.Definitions(),
	})
}

// exportHandover exports what the owners of the landing zone have to make, if anything.
func (p *platform) exportHandover() error {
	if p.handover.Empty() {
		return nil
	}
	output, err := p.handover.Output()
	if err != nil {
		return fmt.Errorf("output %s: %w", handover.Output, err)
	}
	p.ctx.Export(handover.Output, output)
	return nil
}
