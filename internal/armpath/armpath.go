// Package armpath says which id a resource has in Azure, from its Pulumi type and its inputs alone: names are explicit. Documents and tests
// use it to answer as Azure would, and the recovery of an interrupted update to find what Azure made.
package armpath

import (
	"fmt"
	"regexp"
	"strings"
)

var placeholder = regexp.MustCompile(`\{[A-Za-z]+\}`)

// versionless are the paths by type without API version: a state may have a resource under another version than the program.
var versionless = func() map[string]string {
	found := map[string]string{}
	for token, path := range paths {
		if strings.HasPrefix(path, "Microsoft.") || strings.HasPrefix(path, "{clusterRp}") {
			path = subscription + "/resourceGroups/{resourceGroupName}/providers/" + path
		}
		found[withoutVersion(token)] = path
	}
	return found
}()

// withoutVersion turns azure-native:network/v20240501:VirtualNetwork into azure-native:network:VirtualNetwork.
func withoutVersion(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return token
	}
	module, _, _ := strings.Cut(parts[1], "/")
	return parts[0] + ":" + module + ":" + parts[2]
}

// Known reports whether resources of a type, such as azure-native:network/v20240501:VirtualNetwork, have ids that follow from their inputs.
func Known(token string) bool { return versionless[withoutVersion(token)] != "" }

// ID is the Azure resource id of a resource. It fails for a type that the program does not register, and names the inputs that are missing,
// not yet known, or no text. Scopes may come with or without a slash in front.
func ID(token, subscriptionID string, inputs map[string]any) (string, error) {
	path := versionless[withoutVersion(token)]
	if path == "" {
		return "", fmt.Errorf("unexpected type %s", token)
	}
	var missing []string
	id := placeholder.ReplaceAllStringFunc(path, func(name string) string {
		if name == "{subscriptionId}" {
			return subscriptionID
		}
		value, _ := inputs[strings.Trim(name, "{}")].(string)
		if value == "" {
			missing = append(missing, name)
		}
		return strings.TrimSuffix(value, "/")
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("%s has no value for %s", token, strings.Join(missing, ", "))
	}
	return "/" + strings.TrimLeft(id, "/"), nil
}

// Names are the inputs of a type that its id consists of; they never come back as properties.
func Names(token string) []string {
	var names []string
	path := versionless[withoutVersion(token)]
	for _, name := range placeholder.FindAllString(path, -1) {
		if name != "{subscriptionId}" {
			names = append(names, strings.Trim(name, "{}"))
		}
	}
	return names
}
