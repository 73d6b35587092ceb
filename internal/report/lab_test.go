package report

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/resourceid"
)

// abbreviations keep the checked-in export small.
var abbreviations = strings.NewReplacer(
	"${spoke}", "vnet-spoke-bu0001a0005-01",
	"${net}", "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-enterprise-networking-spokes/providers/Microsoft.Network/",
	"${hub}", "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-enterprise-networking-hubs/providers/Microsoft.",
	"${stamp}", "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-bu0001a0005/providers/Microsoft.",
	"${sub}", "/subscriptions/00000000-0000-4000-8000-000000000001",
	"${urn}", "urn:pulumi:dev::aks-regulated-pulumi::azure-native:",
	"${why}", "Explicit close: no default rule of Azure applies.",
)

// exportVariable names an export of a whole stack, for a look at its page in place of that of the checked-in part of one.
const exportVariable = "REPORT_EXPORT"

// devExport is part of the export of a development stack: each kind of resource that the page reads, and few of each.
func devExport(t *testing.T) *Export {
	t.Helper()
	content, err := os.ReadFile("testdata/dev.json")
	require.NoError(t, err)
	export, err := Read(strings.NewReader(abbreviations.Replace(abbreviations.Replace(string(content)))))
	require.NoError(t, err)
	return export
}

// resource finds a resource of an export by type and part of its name in Azure.
func resource(t *testing.T, export *Export, kind, part string) *Resource {
	t.Helper()
	for i := range export.Resources {
		r := &export.Resources[i]
		if strings.EqualFold(resourceid.Type(r.ID), kind) && strings.Contains(r.ID, part) {
			return r
		}
	}
	require.Fail(t, "the export has no such resource", "%s %s", kind, part)
	return nil
}

// without takes all resources of a type away.
func (e *Export) without(kind string) {
	var rest []Resource
	for _, r := range e.Resources {
		if !strings.EqualFold(resourceid.Type(r.ID), kind) {
			rest = append(rest, r)
		}
	}
	e.Resources = rest
}

func devModel(t *testing.T) *model {
	t.Helper()
	m, err := newModel(devExport(t))
	require.NoError(t, err)
	return m
}

func rendered(t *testing.T, export *Export) string {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, Render(&page, export))
	return page.String()
}
