package components

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
)

// Display names end where the portal would cut them, after 125 characters.
func TestPolicyDisplayNames(t *testing.T) {
	m := deployPolicies(t, nil)
	assert.Equal(t, "[rg-bu0001a0005] Both operating systems and data disks in Azure Kubernetes Service clusters should be encrypted by "+
		"customer-m", m.one(t, typetoken.PolicyAssignment, "policies-01-customer-managed-keys").Inputs["displayName"])
}

// effectsOf are the values that the effect parameter of each built-in definition takes, in their case (Azure/azure-policy,
// 2026-04); nil where there is no parameter, or it is left at its default.
var effectsOf = map[string][]string{
	"a08ec900-254a-4555-9bf5-e42af04b5c5c": nil,
	"b6e2945c-0b7b-40f5-9233-7a5323b5cdc6": nil,
	"040732e8-d947-40b8-95d6-854c95024bf8": {"Audit", "Deny", "Disabled"},
	"0a15ec92-a229-4763-bb14-0ea34a568f8d": {"Audit", "Disabled"},
	"564feb30-bf6a-4854-b4bb-0d2d2d1e6c66": {"Audit", "Deny", "Disabled"},
	"ac4a19c2-fa67-49b4-8ae5-0b2e78c49457": {"Audit", "Disabled"},
	"fb893a29-21bb-418c-a157-e99480ec364c": {"Audit", "Disabled"},
	"7d7be79c-23ba-4033-84dd-45e2a5ccdd67": {"Audit", "Deny", "Disabled"},
	"41425d9f-d1a5-499a-9932-f8ed8453932c": {"Audit", "Deny", "Disabled"},
	"42b8ef37-b724-4e24-bbc8-7a7708edfe00": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d": {"Audit", "Deny", "Disabled"},
	"3fc4dc25-5baf-40d8-9b05-7fe74c1bc64e": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"423dd1ba-798e-40e4-9c4d-b6902674b423": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"46592696-4c7b-4bf3-9e45-6c2763bdc0a6": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"d46c275d-1680-448d-b2ec-e495a3b6cc89": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"233a2a17-77ca-4fb1-9b6b-69223d272a44": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"df49d893-a74c-421d-bc95-c663042e5b80": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"9f061a12-e40d-4183-a00e-171812443373": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"e345eecc-fa47-480f-9e88-67dcc122b164": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
	"febd0533-8e55-448f-b837-bd0e06f16469": {"audit", "Audit", "deny", "Deny", "disabled", "Disabled"},
}

// Every assigned effect is one that its definition takes, in its case, and no assignment is of a definition unknown here:
// deprecated ones, such as 440b515e-a580-421e-abeb-b159a61ddcbc, are not in the table.
func TestPolicyEffects(t *testing.T) {
	assigned := map[string]bool{}
	for _, r := range deployPolicies(t, nil).OfType(typetoken.PolicyAssignment) {
		id := r.Inputs["policyDefinitionId"].(string)
		parameters, _ := r.Inputs["parameters"].(object)
		wrapped, set := parameters["effect"].(object)
		if !strings.HasPrefix(id, builtInPolicies) && !strings.HasPrefix(id, builtInSets) {
			assert.False(t, set, "%s: custom definitions have a fixed effect", r)
			continue
		}
		guid := id[strings.LastIndex(id, "/")+1:]
		effects, known := effectsOf[guid]
		require.True(t, known, "%s assigns %s", r, id)
		assigned[guid] = true
		if assert.Equal(t, effects != nil, set, "%s", r) && set {
			assert.Contains(t, effects, wrapped["value"], "%s", r)
		}
	}
	assert.Len(t, assigned, len(effectsOf), "every definition of the table is assigned")
}

// A policy that only audits does not call itself a denial, and the other way round.
func TestPolicyDescriptions(t *testing.T) {
	for _, r := range deployPolicies(t, nil).OfType(typetoken.PolicyAssignment) {
		parameters, _ := r.Inputs["parameters"].(object)
		effect, set := parameters["effect"].(object)
		if !set {
			continue
		}
		verb := map[any]string{"Audit": "Audits ", "Deny": "Denies "}[effect["value"]]
		assert.Regexp(t, "^"+verb, r.Inputs["description"], "%s", r)
	}
}

// Only images of the stamp's own registry run, and only those that were let into live/.
func TestAllowedImages(t *testing.T) {
	m := deployPolicies(t, nil)
	registry := loadConfig(t, nil).Stamps[0].Names(subscriptionID).Registry
	parameters := m.one(t, typetoken.PolicyAssignment, "policies-01-allowed-images").Inputs["parameters"].(object)
	pattern := regexp.MustCompile(parameters["allowedContainerImagesRegex"].(object)["value"].(string))
	for image, allowed := range map[string]bool{
		registry + ".azurecr.io/live/traefik:v3":                   true,
		registry + ".azurecr.io/live/a/b@sha256:0":                 true,
		registry + ".azurecr.io/quarantine/traefik:v3":             false,
		registry + ".azurecr.io/live/":                             false,
		registry + "xazurecr.io/live/traefik:v3":                   false,
		"evil.example/" + registry + ".azurecr.io/live/traefik:v3": false,
		"mcr.microsoft.com/oss/envoyproxy/envoy:v1":                false,
		"other.azurecr.io/live/traefik:v3":                         false,
		registry + ".azurecr.io.example.com/live/traefik:v3":       false,
	} {
		assert.Equal(t, allowed, pattern.MatchString(image), image)
	}
}
