package flow

import (
	"net/netip"
	"strings"
)

type zone struct {
	name    string
	records map[string][]netip.Addr // by relative name, "@" for the zone itself
	aliases map[string]string       // CNAME records
}

// zoneLink lets a network's platform resolver see a zone.
type zoneLink struct {
	zone     *zone
	fallback bool // resolutionPolicy NxDomainRedirect: names that the zone lacks are looked up publicly
}

// zoneFor finds the linked zone with the longest name that covers a host name.
func (v *vnet) zoneFor(name string) zoneLink {
	var best zoneLink
	for _, l := range v.zoneLinks {
		if l.zone.covers(name) && (best.zone == nil || len(l.zone.name) > len(best.zone.name)) {
			best = l
		}
	}
	return best
}

func (z *zone) covers(name string) bool { return name == z.name || strings.HasSuffix(name, "."+z.name) }

func (z *zone) relative(name string) string {
	if name == z.name {
		return "@"
	}
	return strings.TrimSuffix(name, "."+z.name)
}

func (z *zone) lookup(relative string) []netip.Addr {
	if addrs := z.records[relative]; len(addrs) > 0 {
		return addrs
	}
	if relative == "@" || z.aliases[relative] != "" {
		return nil
	}
	// The closest wildcard answers, whatever the number of labels it stands for.
	for {
		_, parent, nested := strings.Cut(relative, ".")
		if !nested {
			return z.records["*"]
		}
		if addrs := z.records["*."+parent]; len(addrs) > 0 {
			return addrs
		}
		relative = parent
	}
}
