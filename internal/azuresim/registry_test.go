package azuresim

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/scripts"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/tree"
)

const (
	registryID = groupID + "/providers/Microsoft.ContainerRegistry/registries/acraks"
	acrPull    = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d"
	busybox    = "docker.io/library/busybox:1.37.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestA    = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

func registryInputs(name string) object {
	return in(object{
		"registryName": name, "sku": object{"name": "Premium"}, "publicNetworkAccess": "Disabled", "dataEndpointEnabled": true,
		"zoneRedundancy": "Enabled", "networkRuleSet": object{"defaultAction": "Deny", "ipRules": array{}},
		"policies": object{"trustPolicy": object{"type": "Notary", "status": "disabled"}, "retentionPolicy": object{"status": "enabled", "days": 15.0}},
	})
}

func replication(region string) object {
	return in(object{"registryName": "acraks", "replicationName": region, "location": region})
}

// A registry has what its tier has, a name of its own in all of Azure, and no content trust.
func TestRegistryRules(t *testing.T) {
	basic := in(object{"registryName": "plain", "sku": object{"name": "Basic"}})
	taken := func(l *lab) {
		l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
		l.must("containerregistry:Registry", registryInputs("acraks"))
	}
	pool := in(object{"registryName": "acraks", "agentPoolName": "acragent", "os": "Linux", "tier": "S1", "count": 1.0})
	try(t, taken, []attempt{
		{"a Premium registry", "containerregistry:Registry", registryInputs("other"), ""},
		{"a Basic registry", "containerregistry:Registry", basic, ""},
		{"a name with a hyphen", "containerregistry:Registry", registryInputs("acr-aks"), "InvalidResourceName"},
		{"a name of four", "containerregistry:Registry", registryInputs("acra"), "InvalidResourceName"},
		{"a name in use", "containerregistry:Registry", with(registryInputs("ACRAKS"), "resourceGroupName", "rg2"), "AlreadyInUse"},
		{"no SKU", "containerregistry:Registry", with(basic, "sku", nil), "SkuNotSupported"},
		{"a private Basic registry", "containerregistry:Registry", with(basic, "publicNetworkAccess", "Disabled"), "SkuNotSupported"},
		{"rules for addresses in Basic", "containerregistry:Registry", with(basic, "networkRuleSet", object{"defaultAction": "Deny"}), "SkuNotSupported"},
		{"data endpoints in Basic", "containerregistry:Registry", with(basic, "dataEndpointEnabled", true), "SkuNotSupported"},
		{"zones in Basic", "containerregistry:Registry", with(basic, "zoneRedundancy", "Enabled"), "SkuNotSupported"},
		{"content trust", "containerregistry:Registry", with(registryInputs("other"), "policies",
			object{"trustPolicy": object{"type": "Notary", "status": "enabled"}}), "ContentTrustNotSupported"},
		{"an address rule that is none", "containerregistry:Registry", with(registryInputs("other"), "networkRuleSet",
			object{"defaultAction": "Deny", "ipRules": array{object{"value": "home"}}}), "InvalidIpRule"},
		{"no exports, but a public address", "containerregistry:Registry", with(with(registryInputs("other"), "policies",
			object{"exportPolicy": object{"status": "disabled"}}), "publicNetworkAccess", "Enabled"), "ExportPolicyNotSupported"},
		{"untagged manifests for two years", "containerregistry:Registry", with(registryInputs("other"), "policies",
			object{"retentionPolicy": object{"status": "enabled", "days": 730.0}}), "InvalidRetentionPolicy"},
		{"a replication", "containerregistry:Replication", replication("centralus"), ""},
		{"a replication at home", "containerregistry:Replication", replication("eastus2"), "ReplicationRegionInvalid"},
		{"an agent pool", "containerregistry:AgentPool", pool, ""},
		{"an agent pool of no tier", "containerregistry:AgentPool", with(pool, "tier", "S9"), "InvalidAgentPoolTier"},
		{"an agent pool of Windows", "containerregistry:AgentPool", with(pool, "os", "Windows"), "InvalidAgentPoolOS"},
		{"an agent pool of no registry", "containerregistry:AgentPool", with(pool, "registryName", "gone"), "ParentResourceNotFound"},
	})
	try(t, func(l *lab) {
		l.must("containerregistry:Registry", with(basic, "registryName", "acraks"))
		l.must("network:VirtualNetwork", with(vnet("far", "10.9.0.0/16", subnet("s", "10.9.0.0/24")), "location", "westus"))
	}, []attempt{
		{"a replication of a Basic registry", "containerregistry:Replication", replication("centralus"), "SkuNotSupported"},
		{"an agent pool of a Basic registry", "containerregistry:AgentPool", pool, "SkuNotSupported"},
	})
	try(t, func(l *lab) {
		taken(l)
		l.must("containerregistry:Replication", replication("centralus"))
		l.must("network:VirtualNetwork", with(vnet("far", "10.9.0.0/16", subnet("s", "10.9.0.0/24")), "location", "westus"))
	}, []attempt{
		{"a region twice", "containerregistry:Replication", with(replication("Central US"), "replicationName", "again"), "ReplicationAlreadyExists"},
		{"an agent pool in another region", "containerregistry:AgentPool",
			with(pool, "virtualNetworkSubnetResourceId", netID+"virtualNetworks/far/subnets/s"), "InvalidAgentPoolVnet"},
	})
}

// A registry tells its addresses, those of its replicas included, and cannot move.
func TestRegistryOutputs(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id := l.must("containerregistry:Registry", registryInputs("acrAks"))
	assert.Equal(t, "acraks.azurecr.io", l.read(id).Outputs["loginServer"])
	assert.Equal(t, array{"acraks.eastus2.data.azurecr.io"}, l.read(id).Outputs["dataEndpointHostNames"])
	replica := l.must("containerregistry:Replication", with(replication("centralus"), "registryName", "acrAks"))
	assert.Equal(t, array{"acraks.eastus2.data.azurecr.io", "acraks.centralus.data.azurecr.io"}, l.read(id).Outputs["dataEndpointHostNames"])
	require.NoError(t, l.delete("containerregistry:Replication", replica))
	assert.Equal(t, array{"acraks.eastus2.data.azurecr.io"}, l.read(id).Outputs["dataEndpointHostNames"])
	assert.ErrorContains(t, l.update("containerregistry:Registry", id, with(registryInputs("acrAks"), "zoneRedundancy", "Disabled")),
		"PropertyChangeNotAllowed", "azure-native does not replace for it")
	moved := l.diff("containerregistry:Registry", id, with(registryInputs("acraks"), "location", "eastus2"), with(registryInputs("acraks"), "location", "westus"))
	assert.Equal(t, []string{"location"}, moved.GetReplaces())
}

// importer deploys a registry and a script's identity with a role on it; the returned function runs a script of az commands.
func importer(t *testing.T, opts Options, role string) (*lab, func(content string) error) {
	l := start(t, opts)
	l.group()
	l.must("containerregistry:Registry", registryInputs("acraks"))
	identity, principal := l.identity("mi-import")
	if role != "" {
		l.must("authorization:RoleAssignment", assignment(principal, role, registryID))
	}
	return l, func(content string) error {
		name := "import" + arm.GUID(content, time.Now().String())[:8]
		_, _, err := l.create("resources:AzureCliScript", in(object{
			"scriptName": name, "kind": "AzureCLI", "azCliVersion": "2.88.0", "timeout": "PT30M", "retentionInterval": "PT1H",
			"scriptContent": "set -e\n" + content, "identity": object{"type": "UserAssigned", "userAssignedIdentities": array{identity}},
		}))
		return err
	}
}

// Images are copied by the registry itself, whose public access is off, keep their digest, and are tagged once.
func TestImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l, run := importer(t, Options{StateFile: file}, contributor)
	before := l.server.subscription.Clock.Now()
	require.NoError(t, run("az login --identity\naz account set --subscription "+arm.SubscriptionID+"\n"+
		"az acr import --name acraks --source "+busybox+" --image quarantine/busybox:1.37.0 --output none"))
	assert.GreaterOrEqual(t, l.server.subscription.Clock.Now().Sub(before), scripts.ImportTime, "copying takes its time")
	for name, c := range map[string]struct{ command, says string }{
		"to live with its digest": {"az acr import -n acraks --registry " + registryID + " --source quarantine/busybox@" + digestA + " --image live/busybox:1.37.0", ""},
		"by login server":         {"az acr import -n acraks --source acraks.azurecr.io/quarantine/busybox:1.37.0 -t live/copy:1", ""},
		"by tag alone":            {"az acr import -n acraks -g rg --source ghcr.io/kubereboot/kured:1.14.0", ""},
		"with a password":         {"az acr import -n acraks --source docker.io/library/alpine:3 -u me -p secret", ""},
		"to two tags":             {"az acr import -n acraks --source quay.io/org/two:1 -t two:1 -t two:latest", ""},
		"a tag again":             {"az acr import -n acraks --source " + busybox + " --image quarantine/busybox:1.37.0", "Tag quarantine/busybox:1.37.0 already exists in target registry"},
		"a tag again by force":    {"az acr import -n acraks --source " + busybox + " --image quarantine/busybox:1.37.0 --force", ""},
		"an unknown host":         {"az acr import -n acraks --source example.org/x:1", "example.org could not be reached"},
		"no host":                 {"az acr import -n acraks --source busybox:1", "names no registry"},
		"a digest it lacks":       {"az acr import -n acraks -r " + registryID + " --source quarantine/busybox@" + "sha256:" + strings.Repeat("b", 64) + " -t live/b:1", "does not exist in registry"},
		"a tag it lacks":          {"az acr import -n acraks -r " + registryID + " --source quarantine/busybox:2 -t live/b:1", "does not exist in registry"},
		"half a digest":           {"az acr import -n acraks --source docker.io/library/x@sha256:abc", "is not an image"},
		"to a digest":             {"az acr import -n acraks --source docker.io/library/x:1 -t x@" + digestA, "cannot be a target"},
		"another registry":        {"az acr import -n gone --source " + busybox, "could not be found"},
		"another group":           {"az acr import -n acraks -g other --source " + busybox, "could not be found"},
		"a source that is none":   {"az acr import -n acraks -r " + groupID + " --source x:1", "is not the id of a registry"},
		"without a name":          {"az acr import --source " + busybox, "required: --name, --source"},
		"half of a credential":    {"az acr import -n acraks --source " + busybox + " -u me", "go together"},
		"without waiting":         {"az acr import -n acraks --source " + busybox + " --no-wait", `cannot use argument "--no-wait"`},
		"an unknown option":       {"az acr import -n acraks --mode Force --source " + busybox, `cannot use argument "--mode"`},
		"another sign-in":         {"az login --username me", "knows only --identity"},
		"another subscription":    {"az account set --subscription other", "doesn't exist"},
	} {
		err := run(c.command)
		if c.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorContains(t, err, c.says, name)
	}
	assert.Equal(t, digestA, tree.Text(l.read(registryID).Contents, "images", "live/busybox", "tags", "1.37.0"))
	for _, r := range l.server.Resources() {
		if r.ID == registryID {
			assert.Equal(t, digestA, tree.Text(r.Properties, "images", "live/busybox", "tags", "1.37.0"))
			first, _ := tree.List(r.Properties, "imports")[0].(object)
			assert.Equal(t, "quarantine/busybox:1.37.0", tree.Text(first, "image"))
			assert.Equal(t, busybox, tree.Text(first, "source"))
		}
	}
	assert.NotContains(t, savedText(t, file), `"password"`)

	// Neither an update of the registry nor a restart loses its images, and Pulumi sees none of them.
	sent := registryInputs("acraks")
	sent["location"] = "eastus2"
	require.NoError(t, l.update("containerregistry:Registry", registryID, sent))
	require.NoError(t, l.server.Close())
	again := start(t, Options{StateFile: file})
	assert.Equal(t, digestA, tree.Text(again.read(registryID).Contents, "images", "live/busybox", "tags", "1.37.0"))
	inputs, outputs, err := again.readBack("containerregistry:Registry", registryID, sent)
	require.NoError(t, err)
	assert.Empty(t, diff.Compare(sent, inputs))
	assert.NotContains(t, outputs, "images")
	assert.NotContains(t, outputs, "imports")
}

// An import needs the right to import into the target and to pull from the source.
func TestImportPermissions(t *testing.T) {
	_, run := importer(t, Options{}, "")
	assert.ErrorContains(t, run("az acr import -n acraks --source "+busybox), "No subscriptions found", "an identity without any role")
	l, run := importer(t, Options{}, "")
	_, principal := l.server.subscription, tree.Text(l.read(groupID+"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-import").Outputs, "principalId")
	role := func(name string, actions ...any) {
		id := arm.GUID("role", name)
		l.must("authorization:RoleDefinition", with(roleDefinition(name, actions...), "roleDefinitionId", id))
		l.must("authorization:RoleAssignment", assignment(principal, subscriptionScope+"/providers/Microsoft.Authorization/roleDefinitions/"+id, registryID))
	}
	role("reader", registry.ReadRegistry)
	assert.ErrorContains(t, run("az acr import -n acraks --source "+busybox), registry.ImportIntoIt)
	role("importer", registry.ImportIntoIt)
	require.NoError(t, run("az acr import -n acraks --source "+busybox+" -t quarantine/busybox:1"))
	move := "az acr import -n acraks -r " + registryID + " --source quarantine/busybox:1 -t live/busybox:1"
	assert.ErrorContains(t, run(move), registry.PullFromIt)
	l.must("authorization:RoleAssignment", assignment(principal, acrPull, registryID))
	assert.NoError(t, run(move))
	closed := registryInputs("acraks")
	closed["policies"] = object{"exportPolicy": object{"status": "disabled"}}
	require.NoError(t, l.update("containerregistry:Registry", registryID, closed))
	assert.ErrorContains(t, run(move+" --force"), "ExportDisabled")
}

// The platform's own script brings images by way of quarantine/ into live/, with its role, and again without harm.
func TestImportScript(t *testing.T) {
	dataImporter := subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/577a9874-89fd-4f24-9dbd-b5034d0ad23a"
	l, _ := importer(t, Options{}, dataImporter)
	script := func(name string) object {
		return in(object{
			"scriptName": name, "kind": "AzureCLI", "azCliVersion": "2.88.0", "timeout": "PT1H", "retentionInterval": "PT1H",
			"scriptContent": readFile(t, filepath.Join("..", "..", "cluster", "importimages.sh")),
			"identity":      object{"type": "UserAssigned", "userAssignedIdentities": array{groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-import"}},
			"environmentVariables": array{
				object{"name": "REGISTRY_NAME", "value": "acraks"}, object{"name": "REGISTRY_ID", "value": registryID},
				object{"name": "IMAGES", "value": busybox + " ghcr.io/org/tool:2@" + digestA},
				object{"name": "DOCKER_HUB_USER", "value": "me"}, object{"name": "DOCKER_HUB_TOKEN", "secureValue": "hush"},
			},
		})
	}
	for _, name := range []string{"once", "again"} {
		_, outputs, err := l.create("resources:AzureCliScript", script(name))
		require.NoError(t, err)
		count, _ := tree.Number(outputs, "outputs", "images")
		assert.EqualValues(t, 2, count)
	}
	images := l.read(registryID).Contents
	for repository, tag := range map[string]string{"library/busybox": "1.37.0", "org/tool": "2"} {
		assert.Equal(t, digestA, tree.Text(images, "images", "quarantine/"+repository, "tags", tag))
		assert.Equal(t, digestA, tree.Text(images, "images", "live/"+repository, "tags", tag))
	}
	assert.Len(t, tree.List(images, "imports"), 8)
	second, _ := tree.List(images, "imports")[1].(object)
	assert.Equal(t, "acraks.azurecr.io/quarantine/library/busybox@"+digestA, tree.Text(second, "source"), "live/ is filled from quarantine/")
}
