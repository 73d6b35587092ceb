package config

import (
	"slices"
	"strings"
)

// Subscriptions are the GUIDs of other subscriptions than that of the login, which has spokes and stamps; empty means that of the login.
type Subscriptions struct {
	// Hub has the hub that the stack makes, Images the image builder's spoke with template, gallery and image.
	Hub, Images string
}

// subscriptionKeys say in which subscriptions parts of the platform are.
var subscriptionKeys = []Key{
	{
		Name: "subscriptions.hub", Kind: String, Default: "",
		Description: "GUID of the subscription in which the hub is made; empty means that of the login. Spokes, stamps and private DNS zones " +
			"are in that of the login.",
	},
	{
		Name: "subscriptions.images", Kind: String, Default: "",
		Description: "GUID of the subscription in which the jump box image is built and kept, all in resourceGroups.image; empty means that of the login.",
	},
}

func (r *reader) subscriptions() Subscriptions {
	return Subscriptions{Hub: r.guid("subscriptions.hub", false), Images: r.guid("subscriptions.images", false)}
}

// checkSubscriptions checks where the image is built.
func (r *reader) checkSubscriptions(cfg *Config) {
	const images, group = "subscriptions.images", "resourceGroups.image"
	groups := cfg.ResourceGroups
	foreign := cfg.Subscriptions.Images != ""
	taken := []string{groups.Hub}
	for _, stamp := range cfg.Stamps {
		taken = append(taken, stamp.ResourceGroup, stamp.VirtualNodesGroup)
	}
	if groups.OwnImage() && slices.ContainsFunc(append(taken, groups.Workload, groups.Spokes), func(name string) bool {
		return strings.EqualFold(name, groups.Image)
	}) {
		r.reject(group, groups.Image, "a group of its own, or exactly resourceGroups.workload or resourceGroups.spokes")
	}
	if !foreign {
		return
	}
	if cfg.ImageBuilder.Mode == ModeExisting {
		r.reject(images, cfg.Subscriptions.Images, "empty while imageBuilder.mode is existing")
		return
	}
	if !groups.OwnImage() {
		r.reject(group, groups.Image, "a group of its own, since subscriptions.images is set")
	}
	// Only galleries are shared between subscriptions (Azure document "Share a gallery").
	if cfg.ImageBuilder.Distribute == ManagedImage {
		r.reject("imageBuilder.distribute", ManagedImage, SharedImage+", since subscriptions.images is set")
	}
	// A container group is in the subscription of its network, and there is one for the build and one for each registry.
	if cfg.Scripts.SubnetID != "" {
		r.reject("scripts.subnetId", cfg.Scripts.SubnetID, "empty, or scripts.runBy caller, since scripts run in two subscriptions with subscriptions.images")
	}
}
