package azurefacts

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	guid      = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	operation = regexp.MustCompile(`^(\*|[A-Za-z]+\.[A-Za-z]+)(/[A-Za-z*]+)*$`)
	hostName  = regexp.MustCompile(`^(\*\.|\{(location|workspace)\}\.)?[a-z0-9-]+(\.(\{location\}|[a-z0-9-]+))+$`)
)

// Readers who doubt a fact find the document that it is from, and how old that is.
func TestEveryFileHasItsDocument(t *testing.T) {
	files := 0
	require.NoError(t, fs.WalkDir(data, "data", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		var file map[string]any
		readInto(path, &file)
		raw, _ := file["document"].(map[string]any)
		text := func(name string) string { value, _ := raw[name].(string); return value }
		assert.NotEmpty(t, text("title"), path)
		assert.NotEmpty(t, text("url")+text("note"), "%s: where the document is", path)
		_, err = time.Parse(time.DateOnly, text("date")+text("read"))
		assert.NoError(t, err, "%s: the document's date, or the day on which it was read", path)
		return nil
	}))
	assert.Greater(t, files, 20)
}

// A role or a policy that stands in two files would count once, as the last file has it.
func TestRolesAndPolicies(t *testing.T) {
	count := 0
	for _, file := range readAll[roleFile]("roles") {
		count += len(file.Roles)
	}
	require.Len(t, roles(), count, "each role in one file")
	for id, role := range roles() {
		assert.Regexp(t, guid, id)
		assert.NotEmpty(t, role.Name)
		p := role.Permissions
		assert.NotEmpty(t, append(slices.Clone(p.Actions), p.DataActions...), role.Name)
		for _, name := range slices.Concat(p.Actions, p.NotActions, p.DataActions, p.NotDataActions) {
			assert.Regexp(t, operation, name, role.Name)
		}
	}
	found, known := BuiltInRole(strings.ToUpper("7f951dda-4ed3-4680-a7ca-43fe172d538d"))
	assert.True(t, known)
	assert.Equal(t, "AcrPull", found.Name)

	seen := map[string]bool{}
	for _, policy := range Policies() {
		assert.Regexp(t, guid, policy.GUID)
		assert.False(t, seen[policy.GUID], policy.GUID)
		seen[policy.GUID] = true
		assert.Contains(t, policy.Effect.Allowed, policy.Effect.Default, policy.DisplayName)
		assert.Equal(t, policy.Initiative, policy.Mode == "", policy.DisplayName)
		for _, parameter := range policy.Parameters {
			assert.Contains(t, []string{"String", "Array", "Object", "Boolean"}, parameter.Type, policy.DisplayName)
		}
	}
}

// Categories are found in whatever case a resource's type comes.
func TestCategories(t *testing.T) {
	types := 0
	for _, file := range readAll[logFile]("logs") {
		types += len(file.Types)
	}
	require.Len(t, categories(), types, "each type in one file")
	vault, known := CategoriesOf("microsoft.keyvault/Vaults")
	assert.True(t, known)
	assert.Contains(t, vault.Logs, "AuditEvent")
	_, known = CategoriesOf("Microsoft.Network/routeTables")
	assert.False(t, known)
}

// Hosts are names or patterns that rules of a firewall can have, and each component has a name of its own.
func TestHosts(t *testing.T) {
	names := map[string]bool{}
	for _, component := range Components() {
		assert.False(t, names[component.Name], component.Name)
		names[component.Name] = true
		assert.NotEmpty(t, component.Document.Title, component.Name)
		assert.NotZero(t, len(component.Hosts)+len(component.Services), component.Name)
		for _, host := range component.Hosts {
			assert.Regexp(t, hostName, host.Name, component.Name)
			assert.NotEmpty(t, host.Use, host.Name)
			assert.Contains(t, []string{"HTTPS", "HTTP", "TCP"}, host.Protocol, host.Name)
			if host.Narrowed != nil {
				_, suffix, _ := strings.Cut(host.Name, "*")
				assert.True(t, strings.HasSuffix(host.Narrowed.Host, suffix), host.Name)
			}
		}
	}
	assert.Contains(t, TagHosts()["azurekubernetesservice"], "mcr.microsoft.com")
	assert.Panics(t, func() { MustComponent("no such component") })
}

// What a component needs depends on the cluster that it works for.
func TestNeeded(t *testing.T) {
	insights := MustComponent("Container insights")
	assert.Empty(t, insights.Needed(nil))
	assert.Empty(t, insights.Needed(map[string]any{"addonProfiles": map[string]any{"omsagent": map[string]any{"enabled": false}}}))
	on := map[string]any{"addonProfiles": map[string]any{"omsAgent": map[string]any{"enabled": true}}}
	needed, required := insights.Needed(on), insights.Required(on)
	assert.Len(t, needed, len(insights.Hosts))
	assert.Len(t, required, len(needed)-1, "telemetry is not required")
	i := slices.IndexFunc(required, func(h Host) bool { return h.Narrowed != nil })
	assert.Equal(t, "eastus2.monitoring.azure.com", required[i].In("EastUS2", ""))
	assert.Equal(t, "*.monitoring.azure.com", required[i].Widest("eastus2", ""))
	assert.Equal(t, "id.ods.opinsights.azure.com", MustComponent("Azure Monitor Agent").Hosts[2].In("eastus2", "id"))

	private := map[string]any{"apiServerAccessProfile": map[string]any{"enablePrivateCluster": true}}
	assert.Len(t, MustComponent("AKS").Needed(private), len(MustComponent("AKS").Hosts)-1, "a private API server is not reached over the internet")
	patched := map[string]any{"autoUpgradeProfile": map[string]any{"nodeOSUpgradeChannel": "SecurityPatch"}}
	assert.Len(t, MustComponent("node OS channel SecurityPatch").Needed(patched), 1)
	assert.Equal(t, uint16(443), required[0].Port)
	assert.Equal(t, "HTTP", MustComponent("apt on Ubuntu").Hosts[0].Protocol)
}

// A row is about one version or about all before one, of types of Azure, and a version stands in one row for a type: of two, one would
// never be found.
func TestAPIVersions(t *testing.T) {
	version := regexp.MustCompile(`^20\d\d-[01]\d-[0-3]\d(-preview)?$`)
	seen := map[string]bool{}
	for _, row := range APIVersions() {
		assert.Regexp(t, version, row.Version+row.Before, "%v", row.Types)
		assert.NotEmpty(t, row.Types)
		for _, armType := range row.Types {
			assert.Regexp(t, `^Microsoft\.[A-Za-z]+(/[A-Za-z]+)+$`, armType)
			key := strings.ToLower(armType) + " " + row.Version + "<" + row.Before
			assert.False(t, seen[key], key)
			seen[key] = true
		}
		end, published := row.End()
		assert.Equal(t, row.Ends, map[bool]string{true: end.Format(time.DateOnly)}[published])
	}
	row, known := APIVersionOf("microsoft.keyvault/Vaults", "2023-07-01")
	assert.True(t, known)
	assert.Equal(t, "2027-02-27", row.Ends)
	_, known = APIVersionOf("Microsoft.Network/routeTables", "2023-07-01")
	assert.False(t, known)
}

// A metric is kept by the profile of its own target, by a name or a pattern there, or by what a setting adds; a part of a name is no match.
func TestKeptMetrics(t *testing.T) {
	targets := map[string]MetricTarget{}
	for _, target := range MetricTargets() {
		targets[target.Setting] = target
	}
	state := targets["kubestate"]
	assert.True(t, state.Keeps("kube_pod_info", ""))
	assert.True(t, state.Keeps("kube_node_labels", ""), "by a pattern")
	assert.False(t, state.Keeps("kube_pod_inf", ""))
	assert.False(t, state.Keeps("kube_statefulset_metadata_generation", ""), "missing in agents before August 2026")
	assert.True(t, state.Keeps("kube_statefulset_metadata_generation", "kube_statefulset_metadata_generation|other"))
	assert.True(t, targets["kubelet"].Keeps("kube_persistentvolume_status_phase", ""), "where nothing exports it")
	assert.False(t, state.Keeps("kube_persistentvolume_status_phase", ""))
}
