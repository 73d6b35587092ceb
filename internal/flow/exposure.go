package flow

import (
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// expose records that a resource with a public IP address leads into a subnet: packets can come in that way, and the
// subnet's egress has an explicit address.
func (b *builder) expose(subnetRef, publicIPRef, resourceID string) {
	s := b.subnets[subnetRef]
	if s == nil || publicIPRef == "" {
		return
	}
	s.exposedBy = resourceid.Name(resourceID)
	if ip := b.publicIPs[publicIPRef]; ip != nil {
		ip.subnet = s
	}
}

func (b *builder) readApplicationGateway(r Resource, p properties) {
	for _, front := range p.objects("frontendIPConfigurations") {
		for _, inside := range p.objects("gatewayIPConfigurations") {
			b.expose(inside.ref("subnet"), front.ref("publicIPAddress"), r.ID)
		}
	}
}

func (b *builder) readBastionHost(r Resource, p properties) {
	for _, c := range p.objects("ipConfigurations") {
		b.expose(c.ref("subnet"), c.ref("publicIPAddress"), r.ID)
	}
}

func (b *builder) readNIC(r Resource, p properties) {
	for _, c := range p.objects("ipConfigurations") {
		if addr := b.own(c); addr.IsValid() && p.ref("privateEndpoint") != "" {
			b.endpoints[addr] = true
		}
		b.expose(c.ref("subnet"), c.ref("publicIPAddress"), r.ID)
	}
}

// readScaleSet finds machines that get a public IP address each.
func (b *builder) readScaleSet(r Resource, p properties) {
	for _, nic := range p.object("virtualMachineProfile").object("networkProfile").objects("networkInterfaceConfigurations") {
		for _, c := range nic.objects("ipConfigurations") {
			if s := b.subnets[c.ref("subnet")]; s != nil && c.has("publicIPAddressConfiguration") {
				s.exposedBy = resourceid.Name(r.ID)
			}
		}
	}
}

func (b *builder) readLoadBalancer(_ Resource, p properties) {
	for _, c := range p.objects("frontendIPConfigurations") {
		b.own(c)
	}
}

func (b *builder) own(ipConfiguration properties) netip.Addr {
	addr := ipConfiguration.addr("privateIPAddress", ipConfiguration.text("privateIPAddress"))
	if addr.IsValid() {
		b.owned[addr] = true
	}
	return addr
}

// exposePlatformSubnets opens the two subnets that only Azure's own public front ends can live in.
func (b *builder) exposePlatformSubnets() {
	for _, s := range b.subnets {
		if s.exposedBy == "" && (strings.EqualFold(s.name, "AzureBastionSubnet") || strings.EqualFold(s.name, "GatewaySubnet")) {
			s.exposedBy = s.name
		}
	}
}
