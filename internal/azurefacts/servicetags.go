package azurefacts

import (
	"strings"
	"sync"
)

// ServiceTag is a name by which rules and routes know the addresses of an Azure service.
type ServiceTag struct {
	Name string `json:"name"`
	// Regional tags also exist for each region, as Storage.WestUS.
	Regional bool `json:"regional"`
	// Firewall tags can be destinations of Azure Firewall's network rules; security groups know all of them.
	Firewall bool `json:"firewall"`
}

var serviceTags = sync.OnceValue(func() map[string]ServiceTag {
	var file struct {
		Document Document     `json:"document"`
		Tags     []ServiceTag `json:"tags"`
	}
	readInto("data/service-tags.json", &file)
	tags := map[string]ServiceTag{}
	for _, tag := range file.Tags {
		tags[strings.ToLower(tag.Name)] = tag
	}
	return tags
})

// FindServiceTag finds the tag that a rule names, with or without a region; ok is false if there is none.
func FindServiceTag(name string) (tag ServiceTag, ok bool) {
	if tag, ok = serviceTags()[strings.ToLower(name)]; ok {
		return tag, true
	}
	base, region, regional := strings.Cut(strings.ToLower(name), ".")
	tag, ok = serviceTags()[base]
	return tag, ok && regional && tag.Regional && region != ""
}
