package config

// Values of governance.mode.
const (
	GovernanceAssign = "assign"
	GovernanceNone   = "none"
)

// Governance says whether the stack brings policies.
type Governance struct {
	// Mode is GovernanceAssign or GovernanceNone.
	Mode string
}

// governanceKeys are about who governs the subscription.
var governanceKeys = []Key{
	{
		Name: "governance.mode", Kind: String, Default: GovernanceAssign,
		Description: "Who governs: assign for definitions and assignments of policies and Defender plans by the stack, or none where another team has its own.",
	},
}

func (r *reader) governance() Governance {
	return Governance{Mode: r.oneOf("governance.mode", GovernanceAssign, GovernanceNone)}
}

// checkGovernance refuses what asks for policies while there are none.
func (r *reader) checkGovernance(cfg *Config) {
	if cfg.Governance.Mode != GovernanceNone {
		return
	}
	const while = " while governance.mode is none"
	if cfg.BuiltInRoles.Restrict {
		r.reject("builtInRoles.restrict", "true", "false"+while)
	}
	if len(cfg.Policies.AdditionalTypes) > 0 {
		r.reject("policies.additionalTypes", cfg.Policies.AdditionalTypes[0], "no types"+while)
	}
}
