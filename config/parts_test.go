package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
)

// stampsOnly finds the network in one stack and the image in another.
func stampsOnly() values {
	return values{"parts": `["stamps"]`, "hub.stack": "network", "imageBuilder.stack": "image"}
}

func ofStamps(key, value, allowedWords string) mistake {
	return mistake{values: stampsOnly().with(key, value), key: key, value: value, allowedWords: allowedWords}
}

var partMistakes = map[string]mistake{
	"no part":                   set("parts", "[]", "at least one"),
	"unknown part":              set("parts", `["network", "clusters"]`, "network, image, stamps").at("network,clusters"),
	"a part twice":              set("parts", `["network", "network"]`, "different").at("network,network"),
	"no place of the hub":       ofStamps("hub.stack", "", "since parts lacks network"),
	"no place of the image":     ofStamps("imageBuilder.stack", "", "since parts lacks image"),
	"stack by its full name":    ofStamps("hub.stack", "organization/project/network", "name of a stack"),
	"hub made and found":        set("hub.stack", "network", "empty while parts has network"),
	"image built and found":     set("imageBuilder.stack", "image", "empty while parts has image"),
	"image found in two places": ofStamps("imageBuilder.mode", "existing", "empty").with("imageBuilder.existingImageId", galleryImageVersion).of("imageBuilder.stack", "image"),
	"stamps without their part": set("stamps", `[{"name": "02"}]`, "since parts lacks stamps").with("parts", `["network", "image"]`),
}

// Several stacks that find the hub by ids would make logs and zones by the same names, which belong to the part network.
func TestPartsByIDsMakeNoNetwork(t *testing.T) {
	v := existingHub().with("parts", `["image"]`)
	keys := func(v values) (keys []string) {
		for _, problem := range problems(t, v) {
			keys = append(keys, problem.Key)
			assert.Contains(t, problem.Allowed, "since parts lacks network and hub.stack is empty")
		}
		return keys
	}
	assert.Equal(t, []string{"hub.workspaceId", "flowLogs.storageAccountId", "flowLogs.identityId"}, keys(v))
	v = v.with("hub.workspaceId", connectivity+"Microsoft.OperationalInsights/workspaces/la-platform").
		with("flowLogs.storageAccountId", connectivity+"Microsoft.Storage/storageAccounts/stflowlogs").
		with("flowLogs.identityId", connectivity+"Microsoft.ManagedIdentity/userAssignedIdentities/mi-flowlogs")
	assert.True(t, load(t, v).Parts.Image)
	assert.Equal(t, []string{"dns.mode"}, keys(v.with("parts", `["image", "stamps"]`)))
}

// A stack without stamps needs nothing that only stamps need: no operators, certificates, repository or group of administrators.
func TestPartsNeedOnlyTheirOwn(t *testing.T) {
	for parts, v := range map[config.Parts]values{
		{Network: true}:              {"parts": `["network"]`},
		{Image: true}:                {"parts": `["image"]`, "hub.stack": "network"},
		{Network: true, Image: true}: {"parts": `["network", "image"]`},
	} {
		for _, key := range []string{"cluster.adminGroupObjectId", "bootstrap.repositoryUrl", "certificates.listener", "certificates.ingress"} {
			v[key] = ""
		}
		v["operators"] = "{}"
		cfg := load(t, v)
		assert.Equal(t, parts, cfg.Parts)
		assert.Empty(t, cfg.Stamps)
	}
}

// Networks that another stack has are not compared with defaults that nothing uses.
func TestPartsCompareOnlyTheirNetworks(t *testing.T) {
	cfg := load(t, stampsOnly().with("stamps", `[{"name": "01", "addressSpace": "10.241.0.0/16"}]`))
	assert.Equal(t, config.Parts{Stamps: true}, cfg.Parts)
	assert.Equal(t, "network", cfg.Hub.Stack)
	assert.Equal(t, "image", cfg.ImageBuilder.Stack)
}
