package securitydoc

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/platform"
)

// optional switches on what is off by default, so that its rows are in the tables.
var optional = map[string]map[string]any{
	"virtualNodes": {"enabled": true, "imageDigests": devcerts.Digests()},
	"builtInRoles": {"restrict": true},
	"buildAgents":  {"allowedHosts": []string{"allowed-hosts.example"}},
	"jumpBoxes":    {"allowedHosts": []string{"allowed-hosts.example"}},
	"firewall":     {"nodeHosts": []string{"node-hosts.example"}},
}

// required stands in for what has no default and is in no table.
var required = sync.OnceValues(func() (map[string]map[string]any, error) {
	certificates, err := devcerts.Make("bicycle.contoso.com", "aks-ingress.contoso.com", time.Now())
	if err != nil {
		return nil, err
	}
	key, _, err := devcerts.MakeOperatorKey("opsuser01")
	if err != nil {
		return nil, err
	}
	return map[string]map[string]any{
		"cluster":      {"adminGroupObjectId": "7c1d53cf-6a1e-4f1b-9d0e-2c4a8d6f5b01"},
		"bootstrap":    {"repositoryUrl": devcerts.RepositoryURL},
		"certificates": {"listener": certificates.Listener, "ingress": certificates.Ingress},
		"operators":    {"opsuser01": key},
	}, nil
})

// merged puts sections of a configuration over others, key by key.
func merged(sections ...map[string]map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, each := range sections {
		for section, keys := range each {
			if all[section] == nil {
				all[section] = map[string]any{}
			}
			maps.Copy(all[section], keys)
		}
	}
	return all
}

// stored is a configuration that is complete but for some settings, as Pulumi stores it.
func stored(settings map[string]map[string]any) (map[string]string, error) {
	base, err := required()
	if err != nil {
		return nil, fmt.Errorf("make certificates: %w", err)
	}
	stored := map[string]string{}
	for section, keys := range merged(base, settings) {
		encoded, err := json.Marshal(keys)
		if err != nil {
			return nil, fmt.Errorf("write configuration of %s: %w", section, err)
		}
		stored[recording.Project+":"+section] = string(encoded)
	}
	return stored, nil
}

// register runs the program with the defaults and some settings.
func register(settings map[string]map[string]any) (*recording.Monitor, error) {
	stored, err := stored(settings)
	if err != nil {
		return nil, err
	}
	monitor := &recording.Monitor{}
	return monitor, monitor.Run(stored, platform.Deploy)
}

// Hashes end names that have to be unique: those of stamps and hub, and those of an image template.
var (
	uniqueHash   = regexp.MustCompile(`[a-z2-7]{13}\b`)
	templateHash = regexp.MustCompile(`-[0-9a-f]{10}\b`)
)

// readable is a name without its hash.
func readable(name string) string {
	return templateHash.ReplaceAllString(uniqueHash.ReplaceAllStringFunc(name, func(match string) string {
		if !strings.ContainsAny(match, "234567") {
			return match
		}
		return "<hash>"
	}), "-<hash>")
}

// place is a scope as a reader knows it: subscription, resource group or the name of a resource.
func place(scope string) string {
	switch {
	case resourceid.Equal(scope, recording.Subscription):
		return "subscription"
	case resourceid.Equal(scope, resourceid.InGroup(recording.SubscriptionID, resourceid.Group(scope))):
		return "group " + code(resourceid.Group(scope))
	}
	return code(readable(resourceid.Name(scope)))
}

// principals are the names of identities by their Entra object ids.
func principals(m *recording.Monitor) map[string]string {
	names := map[string]string{}
	for _, r := range m.OfType(typetoken.Identity) {
		names[recording.PrincipalOf(r.ID)] = code(readable(path.Base(r.ID)))
	}
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		names[recording.PrincipalOf(r.ID)] = "the policy assignment's own identity"
	}
	for _, r := range m.OfType(typetoken.ManagedCluster) {
		names[recording.StableGUID("kubelet", r.ID)] = "nodes, " + code(readable(path.Base(r.ID))+"-agentpool") + ", which AKS makes"
	}
	return names
}
