package components

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/rbac"
)

const (
	traefikImage = "docker.io/library/traefik:v3.7.13@sha256:24841fe2de7304c149343d877d2923b4c8800a38ba015dea9174c23b20e344a0"
	falcoImage   = "docker.io/falcosecurity/falco:0.45.0@sha256:788f1129c542171813083d4afc61b16730a47dde8c23d9c39370acef996349b6"
	busyboxImage = "docker.io/library/busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0"

	hubToken = "dckr_pat_not-to-be-seen"
)

var (
	otherDigest  = "sha256:" + strings.Repeat("0a", 32)
	otherImage   = "ghcr.io/someone/agents/scanner:2.1@" + otherDigest
	otherImages  = settings{"registry.images": `["` + otherImage + `"]`}
	hubLogin     = settings{"registry.dockerHubUser": "someone", "registry.dockerHubToken": hubToken}
	importerRole = subscription + "/providers/Microsoft.Authorization/roleDefinitions/577a9874-89fd-4f24-9dbd-b5034d0ad23a"
	importID     = armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-"+stampUnique+"-imageimport")
)

// importScript is the deployment script that imports the images.
func importScript(t *testing.T, s settings) registration {
	t.Helper()
	return deployRegistry(t, s).one(t, typetoken.Script, "registry-import")
}

// scriptVariables are the environment variables of a deployment script, secret ones too.
func scriptVariables(script registration) map[string]string {
	variables := map[string]string{}
	for _, variable := range script.Inputs["environmentVariables"].(list) {
		v := variable.(object)
		if _, secrets := concealed(v); len(secrets) > 0 {
			variables[v["name"].(string)] = secrets[0].(string)
			continue
		}
		variables[v["name"].(string)] = v["value"].(string)
	}
	return variables
}

// scriptName is the name of the script, which differs between lists of images.
func scriptName(script registration) string { return script.Inputs["scriptName"].(string) }

// Every image is named by tag and digest, and together they are what the cluster's manifests need.
func TestBootstrapImages(t *testing.T) {
	var have []string
	for _, image := range cluster.BootstrapImages {
		assert.Regexp(t, `^[a-z0-9.-]+\.[a-z]+/[a-z0-9/._-]+:[\w.-]+@sha256:[0-9a-f]{64}$`, image.String())
		assert.Equal(t, "live/"+image.Repository+":"+image.Tag, image.Live())
		assert.NotEmpty(t, image.Why)
		have = append(have, image.String())
	}
	assert.Equal(t, []string{traefikImage, falcoImage, busyboxImage}, have)
}

// Two images may not fight for one name in the registry.
func TestImagesWithOneName(t *testing.T) {
	for name, reference := range map[string]string{
		"another registry": "ghcr.io/library/busybox:1.37.0@" + otherDigest,
		"another digest":   "docker.io/library/busybox:1.37.0@" + otherDigest,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cluster.Images(config.ModeFlux, config.VirtualNodes{}, []string{reference})
			require.ErrorContains(t, err, reference)
			assert.ErrorContains(t, err, "live/library/busybox:1.37.0")
		})
	}
	newer := "docker.io/library/busybox:1.38.0@" + otherDigest
	images, err := cluster.Images(config.ModeFlux, config.VirtualNodes{}, []string{newer})
	require.NoError(t, err, "another tag is another name")
	assert.Len(t, images, 4)
}

// The script imports the list of images under an identity of its own, and is kept for as long as Azure allows.
func TestImageImportScript(t *testing.T) {
	script := importScript(t, otherImages)
	version, _ := script.Inputs["azCliVersion"].(string)
	assert.Regexp(t, `^2\.\d+\.\d+$`, version, "a pinned Azure CLI")
	assert.Regexp(t, `^ds-imageimport-[0-9a-f]{10}$`, scriptName(script))
	assertInputs(t, without(t, script, "scriptContent"), object{
		"scriptName": scriptName(script), "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"kind": "AzureCLI", "azCliVersion": version,
		"environmentVariables": list{
			object{"name": "REGISTRY_NAME", "value": stampRegistryName},
			object{"name": "REGISTRY_ID", "value": stampRegistryID},
			object{"name": "IMAGES", "value": strings.Join([]string{
				traefikImage, falcoImage, busyboxImage, otherImage,
			}, " ")},
		},
		"identity": object{"type": "UserAssigned", "userAssignedIdentities": list{importID}},
		"timeout":  "PT110M", "retentionInterval": "PT26H", "cleanupPreference": "OnSuccess",
	})
	assert.Equal(t, "2h20m0s", script.CreateTimeout, "Pulumi waits for longer than the script")
}

// Scripts can keep their files in an account of one's own, with its key or, from a subnet, with their identity.
func TestScriptsWithOwnStorage(t *testing.T) {
	account, subnet := armPath("rg-shared", "Microsoft.Storage/storageAccounts/stscripts"),
		armPath("rg-shared", "Microsoft.Network/virtualNetworks/vnet/subnets/scripts")
	m := deployRegistry(t, settings{"scripts.storageAccountId": account, "scripts.storageAccountKey": hubToken})
	script := m.one(t, typetoken.Script, "registry-import")
	assert.Equal(t, "stscripts", script.Inputs["storageAccountSettings"].(object)["storageAccountName"])
	assert.Contains(t, script.SecretOutputs, "storageAccountSettings")
	assertNowhere(t, m, hubToken)
	assert.NotContains(t, script.Inputs, "containerSettings")

	m = deployRegistry(t, settings{"scripts.storageAccountId": account, "scripts.subnetId": subnet})
	script = m.one(t, typetoken.Script, "registry-import")
	assert.Equal(t, object{"storageAccountName": "stscripts"}, script.Inputs["storageAccountSettings"])
	assert.Equal(t, object{"subnetIds": list{object{"id": subnet}}}, script.Inputs["containerSettings"])
	assertAssignment(t, m, "registry-storage", assignmentFact{
		Role: rbac.StorageFileDataPrivileged.ID(subscriptionID), Principal: principalOf(importID), Scope: account,
	})
	assertWaits(t, m, script, m.one(t, typetoken.RoleAssignment, "registry-storage"))
}

// The script runs again for another list of images, and for nothing else.
func TestImageImportRunsAgainForAnotherList(t *testing.T) {
	once := importScript(t, nil)
	assert.Equal(t, once.URN, importScript(t, settings{"registry.agentPool": "true", "tags": `{"some":"tag"}`}).URN)
	assert.Equal(t, once.URN, importScript(t, hubLogin).URN)
	other := importScript(t, otherImages)
	assert.NotEqual(t, once.URN, other.URN, "a new resource is a new run")
	assert.NotEqual(t, scriptName(once), scriptName(other))
}

// The script runs when its identity may import, and when imports are logged.
func TestImageImportOrder(t *testing.T) {
	m := deployRegistry(t, nil)
	script := m.one(t, typetoken.Script, "registry-import")
	for _, earlier := range []registration{
		m.one(t, typetoken.Registry, "registry"), m.one(t, typetoken.RoleAssignment, "registry-import"), m.one(t, typetoken.Diagnostic, "registry"),
	} {
		assertWaits(t, m, script, earlier)
	}
}

// The script's identity may import into this registry, and nothing else anywhere.
func TestImageImportAssignment(t *testing.T) {
	m := deployRegistry(t, nil)
	assertInputs(t, m.one(t, typetoken.Identity, "registry-import"), object{
		"resourceName": "mi-aks-" + stampUnique + "-imageimport", "resourceGroupName": workloadGroup, "location": "eastus2",
		"tags": testTags,
	})
	require.Len(t, m.OfType(typetoken.RoleAssignment), 1)
	assertAssignment(t, m, "registry-import", assignmentFact{
		Role: m.one(t, typetoken.RoleDefinition, "imageimport").ID, Principal: principalOf(importID), Scope: stampRegistryID,
	})
	builtIn := deployRegistry(t, settings{"imageBuilder.useCustomRoles": "false"})
	assertAssignment(t, builtIn, "registry-import", assignmentFact{
		Role: importerRole, Principal: principalOf(importID), Scope: stampRegistryID,
	})
}

// The role for imports allows what they need; without custom roles there is a built-in one that allows just the same.
func TestImageImportRole(t *testing.T) {
	deployRole := func(custom bool) *recordingMonitor {
		return deploy(t, func(ctx *pulumi.Context) error {
			role, err := rbac.NewImageImportRole(ctx, "imageimport", &rbac.ImageImportRoleArgs{
				SubscriptionID: subscriptionID, UseCustomRoles: custom, DisplayNameSuffix: " (dev)",
			})
			if err != nil {
				return err
			}
			resolve(ctx, map[string]pulumi.Input{"role": role.RoleDefinitionID})
			return nil
		})
	}
	m := deployRole(true)
	assertFamily(t, m, "aksregulated:rbac:ImageImportRole", "imageimport", "aksregulated:rbac:CustomRole imageimport")
	role := m.one(t, typetoken.RoleDefinition, "imageimport")
	assert.Equal(t, role.ID, m.Exports["role"])
	assert.Equal(t, "[Custom] Container Registry Image Importer (dev)", role.Inputs["roleName"])
	assert.Equal(t, list{subscription}, role.Inputs["assignableScopes"])
	assert.Equal(t, list{object{
		"actions": list{
			"Microsoft.ContainerRegistry/registries/read", "Microsoft.ContainerRegistry/registries/importImage/action",
			"Microsoft.ContainerRegistry/registries/pull/read", "Microsoft.ContainerRegistry/registries/push/write",
		},
		"notActions": list{}, "dataActions": list{}, "notDataActions": list{},
	}}, role.Inputs["permissions"])

	m = deployRole(false)
	assert.Empty(t, m.OfType(typetoken.RoleDefinition))
	assert.Equal(t, importerRole, m.Exports["role"])
	assert.Empty(t, m.Warnings, "the identity gets no more than with the custom role")
}

// The Docker Hub token reaches the script as a secret variable, and is in plain text nowhere.
func TestDockerHubToken(t *testing.T) {
	m := deployRegistry(t, hubLogin)
	script := m.one(t, typetoken.Script, "registry-import")
	shown, secrets := concealed(script.Inputs["environmentVariables"])
	assert.Equal(t, []any{hubToken}, secrets)
	assert.Equal(t, list{
		object{"name": "DOCKER_HUB_USER", "value": "someone"}, object{"name": "DOCKER_HUB_TOKEN", "secureValue": "[secret]"},
	}, shown.(list)[3:])
	assert.Equal(t, []string{"environmentVariables"}, script.SecretOutputs)
	assertNowhere(t, m, hubToken)
}

// assertNowhere checks that none of these texts is in an input or output that is not secret.
func assertNowhere(t *testing.T, m *recordingMonitor, texts ...string) {
	t.Helper()
	shown := map[string]any{"exports": m.Exports}
	for urn, r := range m.Registered {
		shown[urn], _ = concealed(r.Inputs)
	}
	encoded, err := json.Marshal(shown)
	require.NoError(t, err)
	for _, text := range texts {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		assert.NotContains(t, string(encoded), string(quoted[1:len(quoted)-1]))
	}
}
