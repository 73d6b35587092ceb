package docscheck

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
)

// azureNativeKeys are keys of the provider that documents may set.
var azureNativeKeys = []string{"azure-native:location", "azure-native:subscriptionId", "azure-native:tenantId"}

// keyFlags are the flags of pulumi config and its subcommands that take the next argument.
var keyFlags = []string{"--type", "--stack", "-s", "--config-file", "--cwd", "-C"}

// keyProblems wants configuration keys that the program reads.
func (c *Checker) keyProblems(args []string) []string {
	var words []string
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains(keyFlags, args[i]):
			i++
		case !strings.HasPrefix(args[i], "-"):
			words = append(words, args[i])
		}
	}
	if len(words) < 3 || words[0] != "config" || !slices.Contains([]string{"set", "get", "rm"}, words[1]) {
		return nil
	}
	return c.configKey(words[1], words[2], slices.Contains(args, "--path"), slices.Contains(args, "--secret"))
}

// configKey says what is wrong with the key of a configuration command.
func (c *Checker) configKey(verb, name string, path, secret bool) []string {
	if namespace, _, namespaced := strings.Cut(name, ":"); namespaced {
		if namespace == c.Project {
			return []string{fmt.Sprintf("the key %s needs no namespace", name)}
		}
		if !slices.Contains(azureNativeKeys, name) {
			return []string{fmt.Sprintf("%s is not a key of the provider that documents may set", name)}
		}
		return nil
	}
	key, ok := c.findKey(name)
	switch {
	case !ok:
		return []string{fmt.Sprintf("%s is not a configuration key", name)}
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
