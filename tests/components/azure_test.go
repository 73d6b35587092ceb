package components

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"strings"

	"aks-regulated-pulumi/tests/internal/typetoken"
)

var placeholder = regexp.MustCompile(`\{[A-Za-z]+\}`)

// armID builds the id that Azure would give. Every name in it must be among the inputs: names are explicit.
func armID(typ string, inputs map[string]any) (string, error) {
	pattern := azureTypes[typ].id
	if pattern == "" {
		return "", fmt.Errorf("unexpected type %s", typ)
	}
	if strings.HasPrefix(pattern, "Microsoft.") {
		pattern = subscription + "/resourceGroups/{resourceGroupName}/providers/" + pattern
	}
	var missing []string
	id := placeholder.ReplaceAllStringFunc(pattern, func(name string) string {
		value, _ := inputs[strings.Trim(name, "{}")].(string)
		if value == "" {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("%s is registered without %s", typ, strings.Join(missing, ", "))
	}
	return id, nil
}

// answer is the id and the state of a resource that has just been created.
func answer(typ, name string, inputs map[string]any) (string, map[string]any, error) {
	outputs := maps.Clone(inputs)
	if outputs == nil {
		outputs = map[string]any{}
	}
	if strings.HasPrefix(typ, "aksregulated:") {
		return "", outputs, nil
	}
	if typ == typetoken.UUID {
		outputs["result"] = stableGUID("random", name)
		return stableGUID("random", name), outputs, nil
	}
	if strings.HasPrefix(typ, "kubernetes:") || strings.HasPrefix(typ, "pulumi:providers:") {
		return name, outputs, nil
	}
	id, err := armID(typ, inputs)
	if err != nil {
		return "", nil, err
	}
	outputs["id"], outputs["name"] = id, path.Base(id)
	if compute := azureTypes[typ].computed; compute != nil {
		maps.Copy(outputs, compute(id, inputs))
	}
	return id, outputs, nil
}

// firewallIP is the address that Azure gives to a firewall: the fourth of its subnet.
const firewallIP = "10.200.0.4"

// addressed returns a firewall's configurations with the private address, which only the one with a subnet has.
func addressed(configurations any) []any {
	var result []any
	list, _ := configurations.([]any)
	for _, element := range list {
		configuration, _ := element.(map[string]any)
		configuration = maps.Clone(configuration)
		if _, carries := configuration["subnet"]; carries {
			configuration["privateIPAddress"] = firewallIP
		}
		result = append(result, configuration)
	}
	return result
}

// principalOf is the Entra object id of a managed identity.
func principalOf(identityID string) string { return stableGUID("principal", identityID) }
