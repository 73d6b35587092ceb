package offline

import "path/filepath"

// Variable is one environment variable.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Environment returns the variables with which any Pulumi CLI works on this stack's state and attaches to its simulator
// for as long as the Runner is open.
func (r *Runner) Environment() []Variable {
	return append([]Variable(nil), r.env...)
}

// Command returns the path of the Pulumi CLI in use.
func (r *Runner) Command() string {
	return r.command.Path()
}

// Starts returns how many processes of the CLI this Runner has started.
func (r *Runner) Starts() int { return r.command.Starts() }

// ConfigFile returns the path of the working copy of Pulumi.<stack>.yaml. The engine writes the salt of the secrets
// provider into the configuration file it is given, so a CLI must be given this one and not the checked-in one.
func (r *Runner) ConfigFile() string {
	return filepath.Join(r.layout.project, stackFile(r.opts.Stack))
}

func environment(l layout, passphrase string, simulator Simulator) []Variable {
	env := []Variable{
		{"PULUMI_HOME", l.home},
		{"PULUMI_BACKEND_URL", "file://" + filepath.ToSlash(l.backend)},
		{"PULUMI_CONFIG_PASSPHRASE", passphrase},
		{"PULUMI_SKIP_UPDATE_CHECK", "true"},
		// Without this the CLI tries to download the plugins that the simulator stands in for.
		{"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true"},
		// The engine keeps a copy of every state that it replaces. What the simulator has can be made again.
		{"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS", "true"},
	}
	if simulator != nil {
		env = append(env, Variable{"PULUMI_DEBUG_PROVIDERS", simulator.DebugProviders()})
	}
	return env
}
