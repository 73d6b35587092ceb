package config

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
)

// The parts of the platform, as the key parts names them.
const (
	PartNetwork = "network"
	PartImage   = "image"
	PartStamps  = "stamps"
)

// Parts are what a stack makes of the platform. What it does not make, it finds.
type Parts struct {
	// Network is the hub, the private DNS zones, and the policies that all share.
	Network bool
	// Image is the spoke in which the jump box image is built, and the image.
	Image bool
	// Stamps are the clusters.
	Stamps bool
}

// partKeys are about stacks that make only part of the platform.
var partKeys = []Key{
	{
		Name: "parts", Kind: Array, Default: []string{PartNetwork, PartImage, PartStamps},
		Description: "What this stack makes of the platform: network (hub, zones, shared policies), image (build spoke and jump box image), " +
			"stamps (clusters). The rest is found.",
	},
	{
		Name: "hub.stack", Kind: String, Default: "",
		Description: "Name of the stack of this project that has the hub, the zones and the shared policies, for a stack whose parts lack network; " +
			"its outputs are read when an update starts.",
	},
	{
		Name: "imageBuilder.stack", Kind: String, Default: "",
		Description: "Name of the stack of this project whose image the jump boxes start from, for a stack whose parts lack image; its " +
			"outputs are read when an update starts.",
	},
}

// stackName is what a Pulumi stack may be called.
var stackName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

func (r *reader) parts(key string) Parts {
	const allowed = "a list of different parts out of " + PartNetwork + ", " + PartImage + ", " + PartStamps + ", at least one"
	var parts Parts
	fields := map[string]*bool{PartNetwork: &parts.Network, PartImage: &parts.Image, PartStamps: &parts.Stamps}
	// Further mistakes would only follow from this one.
	all := Parts{Network: true, Image: true, Stamps: true}
	names := r.list(key)
	for _, name := range names {
		field, known := fields[name]
		if !known || *field {
			r.reject(key, strings.Join(names, ","), allowed)
			return all
		}
		*field = true
	}
	if len(names) == 0 {
		r.reject(key, "[]", allowed)
		return all
	}
	return parts
}

// otherStack reads the name of a stack that has a part which this one finds.
func (r *reader) otherStack(key, part string, made bool) string {
	name := r.text(key)
	if name != "" && !stackName.MatchString(name) {
		r.reject(key, name, "the name of a stack of this project, up to 100 letters, digits, and -_.")
	}
	if name != "" && made {
		r.reject(key, name, "empty while parts has "+part)
		return ""
	}
	return name
}

// checkParts refuses a stack that lacks a part which it needs and does not say where it is.
func (r *reader) checkParts(cfg *Config) {
	builder := cfg.ImageBuilder
	existing := cfg.Hub.Mode == HubExisting
	if !cfg.Parts.Network && !existing && cfg.Hub.Stack == "" {
		r.reject("hub.stack", "", "the stack that has the hub, or hub.mode existing with ids, since parts lacks "+PartNetwork)
	}
	if existing && cfg.Hub.Stack != "" {
		r.reject("hub.stack", cfg.Hub.Stack, "empty while hub.mode is existing")
	}
	if !cfg.Parts.Network && existing && cfg.Hub.Stack == "" {
		r.checkNetworkByIDs(cfg)
	}
	if cfg.Parts.Stamps && !cfg.Parts.Image && builder.Mode == ModeBuild && builder.Stack == "" {
		r.reject("imageBuilder.stack", "", "the stack that has the image, or imageBuilder.mode existing with an id, since parts lacks "+PartImage)
	}
	if builder.Stack != "" && builder.Mode == ModeExisting {
		r.reject("imageBuilder.stack", builder.Stack, "empty while imageBuilder.mode is existing")
	}
	if stamps, set := r.raw("stamps"); set && !cfg.Parts.Stamps && !isDefault("stamps", stamps) {
		r.reject("stamps", stamps, "no value, since parts lacks "+PartStamps)
	}
}

// checkNetworkByIDs refuses a stack that would make what only the part network makes: several such stacks would make it by one name.
func (r *reader) checkNetworkByIDs(cfg *Config) {
	for _, needed := range []struct{ key, what string }{
		{"hub.workspaceId", "a Log Analytics workspace"}, {"flowLogs.storageAccountId", "a storage account"},
		{"flowLogs.identityId", "a user-assigned identity"},
	} {
		if r.text(needed.key) == "" {
			r.reject(needed.key, "", "the Azure resource id of "+needed.what+", since parts lacks "+PartNetwork+" and hub.stack is empty")
		}
	}
	if cfg.Parts.Stamps && cfg.DNS.Mode == DNSCreate {
		r.reject("dns.mode", cfg.DNS.Mode, "existing or none, since parts lacks "+PartNetwork+" and hub.stack is empty")
	}
}

// isDefault reports whether a list of objects is the default, which the Pulumi CLI sets where a stack's file does not.
func isDefault(key, value string) bool {
	var set []map[string]string
	return json.Unmarshal([]byte(value), &set) == nil && reflect.DeepEqual(set, lookupKey(key).Default)
}

// UseHub has the stack find the hub that Hub.Stack has, which sends the activity log. It returns what is then wrong with the ranges of networks.
func (c *Config) UseHub(found ExistingHub, bastion netip.Prefix, egressPriority int) []Problem {
	c.Hub.Mode, c.Hub.Existing, c.Hub.BastionSubnet, c.Hub.EgressPriority, c.Hub.ActivityLog = HubExisting, found, bastion, egressPriority, false
	r := &reader{}
	r.checkNetworks(c)
	return r.problems
}
