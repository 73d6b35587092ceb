package arm

import (
	"slices"
	"strings"
)

// ordered is a list of resources in the order of their keys. A list is replaced, never changed, when a resource comes or goes, so that a
// loop over it may put resources in and take them out.
type ordered []*Record

func (list ordered) search(key string) (int, bool) {
	return slices.BinarySearchFunc(list, key, func(r *Record, key string) int { return strings.Compare(r.key, key) })
}

// with is the list with a resource, in place of one with the same key.
func (list ordered) with(r *Record) ordered {
	at, found := list.search(r.key)
	rest := list[at:]
	if found {
		rest = rest[1:]
	}
	return slices.Concat(list[:at], ordered{r}, rest)
}

// without is the list without the resource of a key.
func (list ordered) without(key string) ordered {
	at, found := list.search(key)
	if !found {
		return list
	}
	return slices.Concat(list[:at], list[at+1:])
}
