package flow

import (
	"cmp"
	"net/netip"
	"slices"

	"aks-regulated-pulumi/internal/resourceid"
)

// subnetByID finds a subnet by its full id, nil if there is none.
func (n *Network) subnetByID(id string) *subnet { return n.subnets[resourceid.Key(id)] }

// subnetOf finds the subnet that holds an address, looking in the given network first, then in its peers, then anywhere:
// networks that are not connected may use the same range.
func (n *Network) subnetOf(addr netip.Addr, near *vnet) *subnet {
	for _, v := range n.vnetsFrom(near) {
		for _, s := range v.subnets {
			if contains(s.prefixes, addr) {
				return s
			}
		}
	}
	return nil
}

func (n *Network) vnetOf(addr netip.Addr, near *vnet) *vnet {
	for _, v := range n.vnetsFrom(near) {
		if v.holds(addr) {
			return v
		}
	}
	return nil
}

func (n *Network) vnetsFrom(near *vnet) []*vnet {
	var out []*vnet
	if near != nil {
		out = append(out, near)
		for _, p := range near.peerings {
			if p.connected() {
				out = append(out, p.remote)
			}
		}
	}
	rest := make([]*vnet, 0, len(n.vnets))
	for _, v := range n.vnets {
		if !slices.Contains(out, v) {
			rest = append(rest, v)
		}
	}
	slices.SortFunc(rest, func(a, b *vnet) int { return cmp.Compare(resourceid.Key(a.id), resourceid.Key(b.id)) })
	return append(out, rest...)
}
