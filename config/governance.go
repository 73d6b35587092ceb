package config

import "regexp"

// Values of governance.mode.
const (
	GovernanceAssign = "assign"
	GovernanceNone   = "none"
)

// Governance says whether the stack brings policies.
type Governance struct {
	// Mode is GovernanceAssign or GovernanceNone.
	Mode string
	// ManagementGroupID is the Azure resource id of the management group that has what stands at the subscription otherwise; empty for none.
	ManagementGroupID string
}

var managementGroupID = regexp.MustCompile(`(?i)^/providers/Microsoft\.Management/managementGroups/[-\w.()]{1,90}$`)

// governanceKeys are about who governs the subscription.
var governanceKeys = []Key{
	{
		Name: "governance.mode", Kind: String, Default: GovernanceAssign,
		Description: "Who governs: assign for definitions and assignments of policies and Defender plans by the stack, or none where another team has its own.",
	},
	{
		Name: "governance.managementGroupId", Kind: String, Default: "",
		Description: "Azure resource id of a management group with the subscription in it (/providers/Microsoft.Management/managementGroups/<name>): definitions of " +
			"policies, and what is assigned to the subscription, go there, and hold for all subscriptions in it. Empty for the subscription.",
	},
}

func (r *reader) governance() Governance {
	return Governance{
		Mode:              r.oneOf("governance.mode", GovernanceAssign, GovernanceNone),
		ManagementGroupID: r.id("governance.managementGroupId", managementGroupID, "a management group"),
	}
}

// checkGovernance refuses what asks for policies while there are none.
func (r *reader) checkGovernance(cfg *Config) {
	if cfg.Governance.Mode != GovernanceNone {
		return
	}
	const while = " while governance.mode is none"
	if id := cfg.Governance.ManagementGroupID; id != "" {
		r.reject("governance.managementGroupId", id, "empty"+while)
	}
	if cfg.BuiltInRoles.Restrict {
		r.reject("builtInRoles.restrict", "true", "false"+while)
	}
	if len(cfg.Policies.AdditionalTypes) > 0 {
		r.reject("policies.additionalTypes", cfg.Policies.AdditionalTypes[0], "no types"+while)
	}
}
