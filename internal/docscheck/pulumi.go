package docscheck

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
)

// azureNativeKeys are keys of the provider that documents may set.
var azureNativeKeys = []string{"azure-native:location", "azure-native:subscriptionId", "azure-native:tenantId"}

// configValues are the flags of pulumi config and its subcommands that take the next argument.
var configValues = []string{"--type", "--stack", "-s", "--config-file", "--cwd", "-C"}

// checkPulumi wants subcommands and flags of the CLI, if there is one to ask, and configuration keys that the program reads.
func checkPulumi(c *Checker, found command) []string {
	problems := checkHelp(c, found)
	words := positional(found.args, func(flag string) bool { return slices.Contains(configValues, flag) })
	if len(words) < 3 || words[0].text != "config" || !slices.Contains([]string{"set", "get", "rm"}, words[1].text) {
		return problems
	}
	has := func(flag string) bool {
		return slices.ContainsFunc(found.args, func(arg word) bool { return arg.text == flag })
	}
	return append(problems, c.configKey(words[1].text, words[2].text, has("--path"), has("--secret"))...)
}

// configKey says what is wrong with the key of a configuration command.
func (c *Checker) configKey(verb, name string, path, secret bool) []string {
	if namespace, _, namespaced := strings.Cut(name, ":"); namespaced {
		if namespace == c.Project {
			return []string{fmt.Sprintf("the key %s needs no namespace", name)}
		}
		if !slices.Contains(azureNativeKeys, name) {
			return []string{fmt.Sprintf("%s is no key of the provider that is known", name)}
		}
		return nil
	}
	key, ok := c.findKey(name)
	switch {
	case !ok:
		return []string{fmt.Sprintf("%s is no configuration key", name)}
	case strings.ContainsAny(name, ".[") && !path:
		return []string{fmt.Sprintf("the key %s needs --path", name)}
	case verb == "set" && key.Secret && !secret:
		return []string{fmt.Sprintf("the key %s needs --secret", name)}
	}
	return nil
}

// findKey returns the row of a key, or that of the object or list in which a path ends.
func (c *Checker) findKey(name string) (config.Key, bool) {
	for _, key := range c.Keys {
		rest, found := strings.CutPrefix(name, key.Name)
		if !found {
			continue
		}
		switch {
		case rest == "",
			key.Kind == config.Object && strings.HasPrefix(rest, "."),
			key.Kind == config.Array && strings.HasPrefix(rest, "["):
			return key, true
		case key.Kind == config.Objects && strings.HasPrefix(rest, "["):
			_, property, _ := strings.Cut(rest, "].")
			known := slices.ContainsFunc(key.Properties, func(k config.Key) bool { return k.Name == property })
			return key, property == "" || known
		}
	}
	return config.Key{}, false
}
