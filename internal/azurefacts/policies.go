package azurefacts

import (
	"strings"
	"sync"
)

// Effect is the parameter of that name: the values that an assignment may give, with their case, and the one that holds without.
type Effect struct {
	Allowed []string `json:"allowed"`
	Default string   `json:"default"`
}

// PolicyParameter is a further parameter of a policy.
type PolicyParameter struct {
	Name string `json:"name"`
	// Type is one of Azure Policy: String, Array, Object, Boolean.
	Type string `json:"type"`
	// Allowed are the only values, if there are any.
	Allowed []string `json:"allowed"`
	// Required means that there is no default.
	Required bool `json:"required"`
}

// Policy is a built-in policy definition or initiative.
type Policy struct {
	// GUID is the last part of its id.
	GUID        string `json:"name"`
	DisplayName string `json:"displayName"`
	Version     string `json:"version"`
	// Mode is Indexed, All or Microsoft.Kubernetes.Data; empty for initiatives.
	Mode       string            `json:"mode"`
	Initiative bool              `json:"initiative"`
	Effect     Effect            `json:"effect"`
	Parameters []PolicyParameter `json:"parameters"`
}

type policyFile struct {
	Document    Document `json:"document"`
	Definitions []Policy `json:"definitions"`
}

var policies = sync.OnceValue(func() policyFile {
	var file policyFile
	readInto("data/policies.json", &file)
	return file
})

// Policies are the built-in definitions and initiatives that the platform may assign.
func Policies() []Policy { return policies().Definitions }

// BuiltInPolicy finds a built-in definition or initiative by its GUID.
func BuiltInPolicy(guid string) (Policy, bool) {
	for _, policy := range Policies() {
		if strings.EqualFold(policy.GUID, guid) {
			return policy, true
		}
	}
	return Policy{}, false
}
