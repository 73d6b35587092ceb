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
	"stamps that nobody makes":  set("stamps", `[{"name": "02"}]`, "since parts lacks stamps").with("parts", `["network", "image"]`),
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
