package config

import "regexp"

// Policies configures the policies of the platform.
type Policies struct {
	// AdditionalTypes are ARM types that are allowed beside the platform's own.
	AdditionalTypes []string
}

var armType = regexp.MustCompile(`^[A-Za-z0-9]+(\.[A-Za-z0-9]+)+(/[A-Za-z0-9]+)+$`)

func (r *reader) policies() Policies {
	return Policies{AdditionalTypes: r.eachMatching("policies.additionalTypes", armType, "a type such as Microsoft.Logic/workflows")}
}
