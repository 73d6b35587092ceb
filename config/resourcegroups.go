package config

import (
	"slices"
	"strconv"
	"strings"
)

// Elements of resourceGroups.existing, beside the names of stamps.
const (
	GroupHub      = "hub"
	GroupSpokes   = "spokes"
	GroupWorkload = "workload"
	GroupImage    = "image"
)

// ResourceGroups are the names of the resource groups, the region suffix already applied.
type ResourceGroups struct {
	Hub, Spokes, Workload string
	// Image has the jump box image and what builds it; it may be one of the others.
	Image string
	// Existing are the groups that the program neither makes nor deletes: GroupHub and the like, and names of stamps with groups of their own.
	Existing []string
}

// Exists reports whether a group is there already, by its element of resourceGroups.existing.
func (g ResourceGroups) Exists(key string) bool { return slices.Contains(g.Existing, key) }

// OwnImage reports whether the image has a group that has nothing else.
func (g ResourceGroups) OwnImage() bool { return g.Image != g.Workload && g.Image != g.Spokes }

func (r *reader) resourceGroups(suffix string) ResourceGroups {
	groups := ResourceGroups{
		Hub:      r.resourceGroup("resourceGroups.hub", suffix),
		Spokes:   r.resourceGroup("resourceGroups.spokes", suffix),
		Workload: r.resourceGroup("resourceGroups.workload", suffix),
		Existing: r.list("resourceGroups.existing"),
	}
	groups.Image = groups.Workload
	if r.text("resourceGroups.image") != "" {
		groups.Image = r.resourceGroup("resourceGroups.image", suffix)
	}
	return groups
}

// checkExistingGroups checks that each element names a group once.
func (r *reader) checkExistingGroups(cfg *Config) {
	allowed := []string{GroupSpokes, GroupWorkload}
	if cfg.Hub.Mode == HubCreate {
		allowed = append([]string{GroupHub}, allowed...)
	}
	if cfg.ResourceGroups.OwnImage() {
		allowed = append(allowed, GroupImage)
	}
	for _, stamp := range cfg.Stamps {
		if stamp.ResourceGroup != cfg.ResourceGroups.Workload {
			allowed = append(allowed, stamp.Name)
		}
	}
	for i, element := range cfg.ResourceGroups.Existing {
		if !slices.Contains(allowed, element) || slices.Contains(cfg.ResourceGroups.Existing[:i], element) {
			r.reject("resourceGroups.existing["+strconv.Itoa(i)+"]", element, "each once, out of "+strings.Join(allowed, ", ")+
				": hub, spokes, workload, image and stamps, where they have a group of their own")
		}
	}
}
