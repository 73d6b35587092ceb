package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// addressSet is what the source or destination of a rule covers.
type addressSet struct {
	any      bool
	prefixes []netip.Prefix
	ranges   [][2]netip.Addr
	tags     []string
}

func (s *addressSet) empty() bool {
	return !s.any && len(s.prefixes) == 0 && len(s.ranges) == 0 && len(s.tags) == 0
}

// add reads one address, prefix, range ("10.0.0.4-10.0.0.9"), service tag or "*".
func (s *addressSet) add(text string) error {
	text = strings.TrimSpace(text)
	if text == "*" {
		s.any = true
		return nil
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		s.prefixes = append(s.prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		return nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		s.prefixes = append(s.prefixes, prefix.Masked())
		return nil
	}
	if from, to, ok := strings.Cut(text, "-"); ok {
		low, errLow := netip.ParseAddr(from)
		high, errHigh := netip.ParseAddr(to)
		if errLow == nil && errHigh == nil && !high.Less(low) {
			s.ranges = append(s.ranges, [2]netip.Addr{low, high})
			return nil
		}
	}
	if tagSyntax.MatchString(text) {
		s.tags = append(s.tags, text)
		return nil
	}
	return fmt.Errorf("%q is no address, prefix, address range or service tag", text)
}

func (p properties) addresses(name string, texts []string) addressSet {
	var set addressSet
	for _, t := range texts {
		if err := set.add(t); err != nil {
			p.fail(name, "%v", err)
		}
	}
	return set
}

// covers says whether a party is in the set, as seen from a subnet (nil at the firewall).
func (n *Network) covers(s addressSet, p party, at *subnet) bool {
	if s.any || contains(s.prefixes, p.addr) {
		return true
	}
	for _, r := range s.ranges {
		if !p.addr.Less(r[0]) && !r[1].Less(p.addr) {
			return true
		}
	}
	return slices.ContainsFunc(s.tags, func(tag string) bool { return n.inTag(tag, p, at) })
}

// portSet is a list of inclusive port ranges.
type portSet [][2]uint16

var anyPort = portSet{{0, 65535}}

func (s portSet) holds(port uint16) bool {
	return slices.ContainsFunc(s, func(r [2]uint16) bool { return r[0] <= port && port <= r[1] })
}

// all says whether the set leaves no port out, the only way a rule with ports can match a flow without any.
func (s portSet) all() bool { return slices.Contains(s, anyPort[0]) }

func (p properties) ports(name string, texts []string) portSet {
	var set portSet
	for _, t := range texts {
		if t = strings.TrimSpace(t); t == "*" {
			set = append(set, anyPort[0])
			continue
		}
		from, to, isRange := strings.Cut(t, "-")
		if !isRange {
			to = from
		}
		low, errLow := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
		high, errHigh := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
		if errLow != nil || errHigh != nil || high < low {
			p.fail(name, "%q is no port, port range or *", t)
			continue
		}
		set = append(set, [2]uint16{uint16(low), uint16(high)})
	}
	return set
}
