package arm

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// Holds are the keys of the resources that an operation changes, itself included: alone, or shared with others that join the same network.
func (op *Operation) Holds() (alone, shared []string) {
	locks := []string{op.ID}
	if op.Kind.Locks != nil {
		locks = append(locks, op.Kind.Locks(op)...)
	}
	for _, id := range locks {
		if key := resourceid.Key(id); id != "" && !slices.Contains(alone, key) {
			alone = append(alone, key)
		}
	}
	for _, id := range op.networks() {
		if key := resourceid.Key(id); !slices.Contains(alone, key) && !slices.Contains(shared, key) {
			shared = append(shared, key)
		}
	}
	return alone, shared
}

// reserve locks what Azure changes along with the resource; a second change meanwhile is refused.
func (s *Subscription) reserve(op *Operation) error {
	alone, shared := op.Holds()
	op.blocked = true
	for _, key := range alone {
		if holder := s.holderOf(key, true); holder != "" {
			return op.busy(key, holder, false)
		}
	}
	for _, key := range shared {
		if holder := s.holderOf(key, false); holder != "" {
			return op.busy(key, holder, true)
		}
	}
	op.blocked = false
	for _, key := range alone {
		s.busy[key] = op.ID
	}
	for _, key := range shared {
		s.joining[key] = append(s.joining[key], op.ID)
	}
	op.locked, op.joined = alone, shared
	return nil
}

// holderOf is the operation that keeps a resource from being changed, or empty; what only joins a network keeps it from all but joining.
func (s *Subscription) holderOf(key string, joining bool) string {
	if holder := s.busy[key]; holder != "" {
		return holder
	}
	if joins := s.joining[key]; joining && len(joins) > 0 {
		return joins[0]
	}
	return ""
}

// networks are the virtual networks whose subnets the resource joins.
func (op *Operation) networks() []string {
	if !op.Kind.JoinsSubnets {
		return nil
	}
	var found []string
	for _, id := range SortedReferences(op) {
		if strings.EqualFold(resourceid.Type(id), "Microsoft.Network/virtualNetworks/subnets") {
			found = append(found, resourceid.Parent(id))
		}
	}
	return found
}

// busy is Azure's answer while a holder changes something that the operation would change too, given by its key.
func (op *Operation) busy(key, holder string, joins bool) error {
	locked := key
	if found := op.Sub.Find(key); found != nil {
		locked = found.ID
	}
	switch {
	case op.Kind.Busy != nil:
		return op.Kind.Busy(op, locked, holder)
	case joins:
		return NotProvisioned(op, locked, holder)
	}
	return Conflict(InProgress, "%s cannot be changed while another operation on %s is in progress", op.ID, holder)
}

// NotProvisioned is what Microsoft.Network answers where something refers to a resource that is being changed (pulumi-azure-native issue
// 4340, 2025-10; terraform-provider-azurerm issues 2605 and 30197). The client does not ask again.
func NotProvisioned(op *Operation, locked, holder string) error {
	return BadRequest("ReferencedResourceNotProvisioned", "cannot proceed with operation because resource %s used by resource %s is not in "+
		"Succeeded state: it is in Updating state, and the last operation that is updating it is that on %s", locked, op.ID, holder)
}

// release gives back what an operation locked.
func (s *Subscription) release(op *Operation) {
	for _, key := range op.locked {
		delete(s.busy, key)
	}
	for _, key := range op.joined {
		joins := s.joining[key]
		at := slices.Index(joins, op.ID)
		if s.joining[key] = slices.Delete(joins, at, at+1); len(joins) == 1 {
			delete(s.joining, key)
		}
	}
	close(s.released)
	s.released = make(chan struct{})
}
