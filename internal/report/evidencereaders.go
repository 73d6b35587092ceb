package report

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// logReads are what it takes to read the logs that a type of resource keeps.
var logReads = []struct{ armType, action string }{
	{typeWorkspace, "Microsoft.OperationalInsights/workspaces/query/read"},
	{typeStorage, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"},
}

// logReaders names the assignments that can read logs, at what keeps them or further up. It judges nothing, as the rights of
// people are in no state.
func logReaders(m *model) evidence {
	const beyond = " Assignments outside this stack, those of people too, are in no state."
	var readers []Link
	for _, row := range m.roles() {
		if slices.ContainsFunc(logReads, func(read struct{ armType, action string }) bool { return m.canRead(row, read.armType, read.action) }) {
			readers = append(readers, Link{row.Principal + ": " + row.Role, row.Anchor})
		}
	}
	switch len(readers) {
	case 0:
		return evidence{stateOutside, "No assignment of this stack can read logs." + beyond, []Link{{"roles", "roles"}}}
	case 1:
		return evidence{stateOutside, "1 assignment of this stack can read logs, the one that is linked here." + beyond, readers}
	}
	return evidence{stateOutside, fmt.Sprintf("%d assignments of this stack can read logs, those that are linked here.", len(readers)) + beyond, readers}
}

func (m *model) canRead(row roleRow, armType, action string) bool {
	return row.granted.allow(action) && slices.ContainsFunc(m.of(armType), func(r *Resource) bool {
		return strings.HasPrefix(resourceid.Key(r.ID)+"/", resourceid.Key(row.scope)+"/")
	})
}

// allow holds if some action or data action covers one, and no exception does.
func (p permissions) allow(action string) bool {
	covers := func(pattern string) bool { return covers(pattern, action) }
	return slices.ContainsFunc(slices.Concat(p.Actions, p.Data), covers) && !slices.ContainsFunc(p.Except, covers)
}

// covers reads a pattern of a role: stars stand for anything, and case does not count.
func covers(pattern, action string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, ok := strings.CutPrefix(strings.ToLower(action), parts[0])
	if len(parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, within := strings.Cut(rest, part)
		rest, ok = after, ok && within
	}
	return ok && strings.HasSuffix(rest, parts[len(parts)-1])
}

// protectedLogs says what Pulumi's protection covers. It judges nothing: it does not bind anyone who may write in Azure.
func protectedLogs(m *model) evidence {
	const binds = " That binds only Pulumi, not who has rights in Azure."
	var open []Link
	for _, r := range slices.Concat(m.of(typeWorkspace), m.of(typeStorage)) {
		if !r.Protected {
			open = append(open, m.link(r.ID))
		}
	}
	if len(open) > 0 {
		return evidence{stateOutside, "Pulumi deletes what is linked here, since protect is off." + binds, open}
	}
	return evidence{stateOutside, "Pulumi refuses to delete what keeps logs." + binds, m.to(typeWorkspace, typeStorage)}
}
