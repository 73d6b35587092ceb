package report

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

//go:embed page
var pageFiles embed.FS

// view is what the templates show.
type view struct {
	Head       head
	Style      template.CSS
	Script     template.JS
	Topology   template.HTML
	Places     []place
	Found      []foundRow
	Flows      *flowMatrix
	Differing  int // cells with another verdict in the wide reading
	Otherwise  int // cells with the same verdict by another control
	Egress     []egressGroup
	Roles      []roleRow
	Custom     []roleRow // each role once, with what it allows
	Grants     []grant
	Policies   []policyRow
	Images     []imageRow
	Machines   []machineImage
	OtherUsers []Link
	Logs       []logRow
	FlowLogs   []flowLogRow
	Workspaces []workspaceRow
	Silent     []silentRow
	PCI        []pciRow
	Counts     []pciCount
	Resources  []resourceRow
	Types      []string
}

// workspaceRow is a workspace and how long it keeps logs.
type workspaceRow struct {
	Workspace Link
	Days      string
	Sentinel  bool
}

// resourceRow is a resource of the list at the end.
type resourceRow struct {
	*Resource
	AzureID string
}

// Render writes the page about an export. The same export always gives the same page.
func Render(w io.Writer, export *Export) error {
	m, err := newModel(export)
	if err != nil {
		return err
	}
	page, err := parsePage()
	if err != nil {
		return err
	}
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return fmt.Errorf("style of the page: %w", err)
	}
	script, err := pageFiles.ReadFile("page/script.js")
	if err != nil {
		return fmt.Errorf("script of the page: %w", err)
	}
	v := m.view()
	// Both are files of this package, not data of the export.
	v.Style, v.Script = template.CSS(style), template.JS(script)
	// A page that cannot be completed must not be there in part.
	var whole bytes.Buffer
	if err := page.ExecuteTemplate(&whole, "page", v); err != nil {
		return fmt.Errorf("the page cannot be written: %w", err)
	}
	if _, err := whole.WriteTo(w); err != nil {
		return fmt.Errorf("the page cannot be written: %w", err)
	}
	return nil
}

func parsePage() (*template.Template, error) {
	page, err := template.New("").Funcs(template.FuncMap{
		"join":    func(items []string) string { return strings.Join(items, ", ") },
		"layer":   layerWord,
		"first":   func(n int, links []Link) []Link { return links[:min(n, len(links))] },
		"rest":    func(n int, links []Link) []Link { return links[min(n, len(links)):] },
		"verdict": verdictWord,
		"folder":  func(proof string) string { return proof[:strings.LastIndexByte(proof, '/')] },
		"test":    func(proof string) string { return proof[strings.LastIndexByte(proof, '/')+1:] },
		"allowed": countAllowed,
		"moment":  moment,
		"broken":  breakable,
	}).ParseFS(pageFiles, "page/*.gohtml")
	if err != nil {
		return nil, fmt.Errorf("template of the page: %w", err)
	}
	return page, nil
}

func (m *model) view() *view {
	roles := m.roles()
	v := &view{
		Head: m.head(), Topology: m.topology(), Places: m.places(), Found: m.found(), Flows: m.flows, Egress: m.egress(), Roles: roles, Custom: distinctRoles(roles),
		Grants: grants(roles), Policies: m.policies(), Images: m.images(), Machines: m.machineImages(), OtherUsers: m.otherMachineImages(),
		Logs: m.logs(), FlowLogs: m.flowLogs(), Silent: m.silent(), PCI: m.pci(),
	}
	v.Counts = countStates(v.PCI)
	for _, one := range m.flows.verdicts() {
		if one.Differs {
			v.Differing++
		}
		if one.Otherwise {
			v.Otherwise++
		}
	}
	watched := map[string]bool{}
	for _, r := range m.of(typeSentinel) {
		watched[resourceid.Key(resourceid.Parent(r.ID))] = true
	}
	for _, r := range m.of(typeWorkspace) {
		v.Workspaces = append(v.Workspaces, workspaceRow{m.link(r.ID), text(r.Outputs, "retentionInDays"), watched[resourceid.Key(r.ID)]})
	}
	types := map[string]any{}
	for i := range m.export.Resources {
		r := &m.export.Resources[i]
		row := resourceRow{Resource: r}
		if strings.HasPrefix(r.ID, "/") {
			row.AzureID = r.ID
		}
		v.Resources = append(v.Resources, row)
		types[r.Type] = true
	}
	v.Types = tree.Names(types)
	return v
}

// distinctRoles lists each role once.
func distinctRoles(rows []roleRow) []roleRow {
	seen := map[string]any{}
	byName := map[string]roleRow{}
	for _, row := range rows {
		seen[row.Role], byName[row.Role] = true, row
	}
	var distinct []roleRow
	for _, name := range tree.Names(seen) {
		distinct = append(distinct, byName[name])
	}
	return distinct
}

// Granted is what the role allows.
func (r roleRow) Granted() permissions { return r.granted }

// moment shortens a time to seconds. What is no time stays what it is.
func moment(recorded string) string {
	t, err := time.Parse(time.RFC3339Nano, recorded)
	if err != nil {
		return recorded
	}
	return t.UTC().Format("2 January 2006, 15:04:05") + " UTC"
}

// breakable lets long names break where people would break them.
func breakable(name string) template.HTML {
	return template.HTML(strings.NewReplacer("/", "/<wbr>", ":", ":<wbr>").Replace(html.EscapeString(name)))
}

// layerWords name the controls of the evaluator in few letters.
var layerWords = map[flow.Layer]string{
	flow.LayerDNS: "DNS", flow.LayerNSGOut: "NSG out", flow.LayerNSGIn: "NSG in", flow.LayerRoute: "route", flow.LayerPeering: "peering",
	flow.LayerFirewallNATRule: "FW rule", flow.LayerFirewallNetworkRule: "FW rule", flow.LayerFirewallApplicationRule: "FW rule",
	flow.LayerFirewallDefault: "FW default", flow.LayerPath: "no path", flow.LayerPrivateLink: "private link",
	flow.LayerAppliance: "appliance",
}

func layerWord(r flow.Result) string {
	if r.Allowed && r.Layer == flow.LayerPath {
		return "path"
	}
	return layerWords[r.Layer]
}

func verdictWord(allowed bool) string {
	if allowed {
		return "allow"
	}
	return "deny"
}

func countAllowed(row []verdict) int {
	n := 0
	for _, v := range row {
		if v.Strict.Allowed {
			n++
		}
	}
	return n
}
