package networking

import (
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// FreeAddresses are up to the given number of addresses of a subnet that nothing has, the lowest first.
func FreeAddresses(s *arm.Subscription, subnetID string, limit int) []netip.Addr {
	prefix, ok := PrefixOf(s, subnetID)
	if !ok {
		return nil
	}
	taken := takenAddresses(s)
	var free []netip.Addr
	addr := prefix.Addr()
	// Azure keeps the first four addresses and the last.
	for i := 0; len(free) < limit && prefix.Contains(addr.Next()); i++ {
		if i >= 4 && !taken[addr] {
			free = append(free, addr)
		}
		addr = addr.Next()
	}
	return free
}

// AddressTaken reports whether something has an address of a subnet, or Azure keeps it.
func AddressTaken(s *arm.Subscription, subnetID string, address netip.Addr) bool {
	prefix, ok := PrefixOf(s, subnetID)
	kept := ok && prefix.Addr() == address
	for i, next := 0, prefix.Addr(); ok && i < 3; i++ {
		next = next.Next()
		kept = kept || next == address
	}
	if kept {
		return true
	}
	for r := range s.All() {
		if r.JoinsSubnets() && r.RefersTo(subnetID) {
			taken := map[netip.Addr]bool{}
			collectAddresses(r.Outputs, taken)
			if taken[address] {
				return true
			}
		}
	}
	return false
}

// takenAddresses are the private addresses that some resource has.
func takenAddresses(s *arm.Subscription) map[netip.Addr]bool {
	taken := map[netip.Addr]bool{}
	for r := range s.All() {
		collectAddresses(r.Outputs, taken)
		if addr, err := netip.ParseAddr(tree.Text(r.Outputs, "ipAddress", "ip")); err == nil && r.ARMType == ContainerGroups {
			taken[addr] = true
		}
	}
	return taken
}

func collectAddresses(value any, taken map[netip.Addr]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			if said, ok := item.(string); ok && strings.EqualFold(name, "privateIPAddress") {
				if addr, err := netip.ParseAddr(said); err == nil {
					taken[addr] = true
				}
			}
			collectAddresses(item, taken)
		}
	case []any:
		for _, item := range v {
			collectAddresses(item, taken)
		}
	}
}

// CheckAddressFree refuses a public IP address that something else has.
func CheckAddressFree(op *arm.Operation, addressID string) error {
	for _, r := range op.Sub.Sorted() {
		// What lies on the address, such as a diagnostic setting, does not use it.
		if !resourceid.Equal(r.ID, op.ID) && !resourceid.Within(r.ID, addressID) && r.RefersTo(addressID) && !isExtension(r) {
			return arm.BadRequest("PublicIPAddressInUse", "%s is in use by %s", addressID, r.ID)
		}
	}
	return nil
}

// isExtension recognizes resources that lie on another one: settings, roles, flow logs.
func isExtension(r *arm.Record) bool {
	return strings.HasPrefix(r.Token, "insights:") || strings.HasPrefix(r.Token, "authorization:") || r.Token == "network:FlowLog"
}
