package report

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/resourceid"
)

// The picture has every network and subnet with its range, security group and way out, and what lives there.
func TestTopology(t *testing.T) {
	m := devModel(t)
	picture := string(m.topology())
	for _, net := range m.nets {
		assert.Contains(t, picture, net.AzureName())
		for _, s := range net.subnets {
			assert.Contains(t, picture, ">"+s.name+"<")
			assert.Contains(t, picture, ">"+s.cidr+"<")
		}
	}
	for _, want := range []string{
		`role="img"`, "<title", "<desc", "viewBox", "nsg-vnet-spoke-bu0001a0005-01-management-ops", "0.0.0.0/0 to 10.200.0.4", "no route to the firewall",
		"fw-eastus2, private 10.200.0.4", "ab-eastus2, public", "vmss-jumpboxes, 2 machines", "npinscope01 (in-scope)", "private endpoint of the API server",
		"pe-kv-aks-", "to kv-aks-", "ingress load balancer 10.240.4.4", "privatelink.vaultcore.azure.net", "linked to vnet-eastus2-hub",
		"both sides allow access", "• registry acraks", "(WAF_v2), public",
	} {
		assert.Contains(t, picture, want)
	}
}

// Who does not see the picture reads the same below it: ranges, security groups, ways out, public addresses and contents.
func TestPictureInWords(t *testing.T) {
	page := rendered(t, devExport(t))
	_, words, found := strings.Cut(page, "<summary>The picture in words</summary>")
	require.True(t, found)
	words, _, _ = strings.Cut(words, "</details>")
	said := regexp.MustCompile(`<[^>]+>`).ReplaceAllString(words, "")
	hubs, below := devModel(t).boxes()
	for _, b := range append(hubs, below...) {
		assert.Contains(t, said, strings.TrimSpace(b.title+" "+b.note))
		for _, line := range b.lines {
			assert.Contains(t, words, "<li>"+line+"</li>")
		}
		for _, p := range b.parts {
			assert.Contains(t, said, strings.TrimSpace(p.title+" "+p.note))
			for _, line := range p.lines {
				assert.Contains(t, words, "<li>"+strings.TrimPrefix(line, "• ")+"</li>")
			}
		}
	}
	assert.Equal(t, strings.Count(words, "<ul>"), strings.Count(words, "</ul>"))
}

// A private endpoint's addresses are those of its zone group where Azure tells no other ones.
func TestEndpointAddresses(t *testing.T) {
	export := devExport(t)
	endpoint := resource(t, export, typeEndpoint, "pe-kv-")
	before := modelOf(t, export).endpointAddresses(endpoint)
	assert.Len(t, before, 1)
	delete(endpoint.Outputs, "customDnsConfigs")
	assert.Equal(t, before, modelOf(t, export).endpointAddresses(endpoint))
}

// A peering that one side lacks is drawn as closed.
func TestHalfPeering(t *testing.T) {
	export := devExport(t)
	assert.NotContains(t, string(modelOf(t, export).topology()), `class="peer closed"`)
	resource(t, export, typePeering, "-hub/virtualNetworkPeerings").Outputs["allowVirtualNetworkAccess"] = false
	picture := string(modelOf(t, export).topology())
	assert.Contains(t, picture, `class="peer closed"`)
	assert.Contains(t, picture, "only one side allows access")
}

// withStamps adds copies of the cluster's spoke, and of the cluster.
func withStamps(t *testing.T, n int) *Export {
	t.Helper()
	export := devExport(t)
	net, cluster := resource(t, export, typeVNet, "-01"), resource(t, export, typeCluster, "")
	for i := range n {
		suffix := strconv.Itoa(i + 2)
		for _, r := range []*Resource{net, cluster} {
			further := *r
			further.URN, further.ID = r.URN+suffix, r.ID+suffix
			further.Outputs = maps.Clone(r.Outputs)
			if r == net {
				further.Outputs["addressSpace"] = map[string]any{"addressPrefixes": []any{"10.24" + suffix + ".0.0/16"}}
			}
			export.Resources = append(export.Resources, further)
		}
	}
	return export
}

// Any number of stamps has room: no two boxes lie upon each other, and all are within the picture.
func TestAnyNumberOfStamps(t *testing.T) {
	for _, stamps := range []int{0, 1, 4} {
		export := withStamps(t, stamps)
		m := &model{export: export, byType: map[string][]*Resource{}, byID: map[string]*Resource{}}
		for i := range export.Resources {
			r := &export.Resources[i]
			kind := strings.ToLower(resourceid.Type(r.ID))
			m.byType[kind], m.byID[resourceid.Key(r.ID)] = append(m.byType[kind], r), r
		}
		m.nets = m.readNetworks()
		picture := string(m.topology())
		size := numbers(t, `viewBox="0 0 (\d+) (\d+)"`, picture)[0]
		boxes := numbers(t, `<rect class="(?:vnet|zones|vnet hub)" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"`, picture)
		assert.Len(t, boxes, 4+stamps)
		for i, a := range boxes {
			assert.LessOrEqual(t, a[0]+a[2], size[0])
			assert.LessOrEqual(t, a[1]+a[3], size[1])
			for _, b := range boxes[i+1:] {
				apart := a[0]+a[2] <= b[0] || b[0]+b[2] <= a[0] || a[1]+a[3] <= b[1] || b[1]+b[3] <= a[1]
				assert.True(t, apart, "%v and %v with %d more stamps", a, b, stamps)
			}
		}
	}
}

func numbers(t *testing.T, pattern, in string) [][]int {
	t.Helper()
	var all [][]int
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1) {
		var row []int
		for _, digits := range match[1:] {
			n, err := strconv.Atoi(digits)
			require.NoError(t, err)
			row = append(row, n)
		}
		all = append(all, row)
	}
	return all
}

// Lines of the picture fit their box, and lose no word.
func TestWrapped(t *testing.T) {
	assert.Equal(t, []string{"one two", "three"}, wrapped("one two three", 60))
	assert.Equal(t, []string{"averylongnamethatfitsnowhere", "x"}, wrapped("averylongnamethatfitsnowhere x", 60))
	assert.Empty(t, wrapped("", 60))
}
