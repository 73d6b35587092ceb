package components

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/typetoken"
)

var runIdentityID = armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-jumpbox-imagebuild-run")

// A build is a component with a script, the identity that it runs as, and the one role of that identity.
func TestBuildFamily(t *testing.T) {
	m := deployImage(t, nil)
	assertFamily(t, m, "aksregulated:imagebuilder:Build", buildName,
		typetoken.Identity+" jumpbox-build", typetoken.UUID+" jumpbox-build-run", typetoken.RoleAssignment+" jumpbox-build-run",
		typetoken.Script+" jumpbox-build")
	assertInputs(t, m.one(t, typetoken.Identity, buildName), object{
		"resourceName": "mi-aks-jumpbox-imagebuild-run", "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
	})
}

// The script's identity may read and run this one template and nothing else.
func TestBuildAssignment(t *testing.T) {
	m := deployImage(t, nil)
	assertAssignment(t, m, "jumpbox-build-run", assignmentFact{
		Role: m.one(t, typetoken.RoleDefinition, "imagebuilder-run").ID, Principal: principalOf(runIdentityID),
		Scope: m.one(t, typetoken.ImageTemplate, templateName).ID,
	})
}

// The script runs the template under its own identity, and gives up only after the build itself would have.
func TestBuildScript(t *testing.T) {
	m, names := deployImage(t, nil), namesOf(t, nil)
	script := m.one(t, typetoken.Script, buildName)
	version, _ := script.Inputs["azCliVersion"].(string)
	assert.Regexp(t, `^2\.\d+\.\d+$`, version, "a pinned Azure CLI")
	assertInputs(t, without(t, script, "scriptContent"), object{
		"scriptName": names.Script, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"kind": "AzureCLI", "azCliVersion": version,
		"environmentVariables": list{
			object{"name": "TEMPLATE_ID", "value": m.one(t, typetoken.ImageTemplate, templateName).ID},
			object{"name": "API_VERSION", "value": "2024-02-01"},
		},
		"identity": object{"type": "UserAssigned", "userAssignedIdentities": list{runIdentityID}},
		"timeout":  "PT180M", "retentionInterval": "PT26H", "cleanupPreference": "OnSuccess",
	})
	assert.Equal(t, "3h30m0s", script.CreateTimeout, "Pulumi waits for longer than the script")

	longer := deployImage(t, settings{"imageBuilder.buildTimeoutMinutes": "960"}).one(t, typetoken.Script, buildName)
	assert.Equal(t, "PT990M", longer.Inputs["timeout"])
	assert.Equal(t, "17h0m0s", longer.CreateTimeout)
}

// The build starts when its machines can reach what they need: role, both peerings, route, egress and the firewall.
func TestBuildOrder(t *testing.T) {
	m := deployImage(t, nil)
	script := m.one(t, typetoken.Script, buildName)
	for _, earlier := range []registration{
		m.one(t, typetoken.RoleAssignment, "jumpbox-build-run"),
		m.one(t, typetoken.ImageTemplate, templateName),
		m.one(t, typetoken.Peering, "imagebuilder-to-hub"),
		m.one(t, typetoken.Peering, "imagebuilder-from-hub"),
		m.one(t, typetoken.RouteTable, "imagebuilder"),
		m.one(t, typetoken.RuleGroup, "imagebuilder-egress"),
		m.one(t, typetoken.SecurityGroup, "imagebuilder-imagebuilder"),
		m.one(t, typetoken.Firewall, firewallName),
	} {
		assertWaits(t, m, script, earlier)
	}
}

// The image's id is known once the build is done, so what uses it waits for the script.
func TestBuildOutput(t *testing.T) {
	m, names := deployImage(t, nil), namesOf(t, nil)
	assert.Equal(t, map[string]any{
		"imageId":    galleryImage + "/versions/" + names.GalleryVersion,
		"imageName":  names.GalleryVersion,
		"templateId": m.one(t, typetoken.ImageTemplate, templateName).ID,
	}, m.Exports)
}
