package delivery

import (
	"regexp"
	"slices"
	"strings"
)

// expectation is a difference that appears by itself and needs no fix. docs/operations.md explains them.
type expectation struct {
	// kind is the end of the resource's type.
	kind string
	// path is the property; nil for a resource that is gone.
	path *regexp.Regexp
	// holds judges the value in the state and that in Azure; nil takes any.
	holds func(old, new any) bool
	// why is the rest of a sentence that begins with "since"; source is the document that says so.
	why, source string
}

var expectedDrift = []expectation{
	{
		kind: ":AzureCliScript", why: "Azure deletes the record of a deployment script after 26 hours at most",
		source: `Azure document "Use deployment scripts in templates", retentionInterval`,
	},
	{
		kind: ":ManagedCluster", path: regexp.MustCompile(`^(kubernetesVersion|agentPoolProfiles\[\d+\]\.orchestratorVersion)$`), holds: sameMinor,
		why: "AKS installs patch releases by itself", source: `Azure document "Automatically upgrade an AKS cluster", channel patch`,
	},
	{
		kind: ":AgentPool", path: regexp.MustCompile(`^orchestratorVersion$`), holds: sameMinor,
		why: "AKS installs patch releases by itself", source: `Azure document "Automatically upgrade an AKS cluster", channel patch`,
	},
	{
		kind: ":ManagedCluster", path: regexp.MustCompile(`^agentPoolProfiles\[\d+\]\.count$`), holds: numbers,
		why: "the autoscaler sets the number of nodes", source: `Azure document "Use the cluster autoscaler in AKS"`,
	},
	{
		kind: ":AgentPool", path: regexp.MustCompile(`^count$`), holds: numbers,
		why: "the autoscaler sets the number of nodes", source: `Azure document "Use the cluster autoscaler in AKS"`,
	},
	{
		kind: ":VirtualNetwork", path: regexp.MustCompile(`^subnets\[\d+\]\.applicationGatewayIPConfigurations$`), holds: nothingBefore,
		why: "a subnet lists the gateway that has joined it", source: `Azure document "Subnets - Get"`,
	},
	{
		kind: ":DiagnosticSetting", path: regexp.MustCompile(`^logAnalyticsDestinationType$`), holds: nothingBefore,
		why: "Azure fills in a default of diagnostic settings", source: "Azure/azure-rest-api-specs, issue 22400",
	},
	{
		kind: ":DiagnosticSetting", path: regexp.MustCompile(`^(logs|metrics)\[\d+\]$`), holds: switchedOff,
		why: "Azure lists categories of diagnostic settings that are off", source: "Azure/azure-rest-api-specs, issue 22400",
	},
	{
		kind: ":DiagnosticSetting", path: regexp.MustCompile(`^(logs|metrics)\[\d+\]\.retentionPolicy$`), holds: switchedOff,
		why:    "Azure fills in a default of diagnostic settings",
		source: `Azure document "Migrate from diagnostic settings storage retention to Azure Storage lifecycle management"`,
	},
}

// Difference is one property of a resource that a refresh found changed.
type Difference struct {
	// Path is the property, such as agentPoolProfiles[0].count.
	Path string `json:"path"`
	// Why says why the difference is expected; empty if it is not.
	Why string `json:"why,omitempty"`
}

// whyExpected is empty for an unexpected difference; path is empty for a resource that is gone.
func whyExpected(kind, path string, old, new any) string {
	for _, e := range expectedDrift {
		if !strings.HasSuffix(kind, e.kind) || (e.path == nil) != (path == "") || e.path != nil && !e.path.MatchString(path) {
			continue
		}
		if e.holds == nil || e.holds(old, new) {
			return e.why
		}
	}
	return ""
}

// reasons are why a difference of a resource is expected, each once; none if any part of it is not.
func (r Resource) reasons() []string {
	if r.Op == "delete" {
		if why := whyExpected(r.Type, "", nil, nil); why != "" {
			return []string{why}
		}
		return nil
	}
	var reasons []string
	for _, difference := range r.Differences {
		if difference.Why == "" {
			return nil
		}
		reasons = append(reasons, difference.Why)
	}
	slices.Sort(reasons)
	return slices.Compact(reasons)
}

// unexpectedPaths are the properties that need somebody's attention, as the end of a line.
func (r Resource) unexpectedPaths() string {
	var paths []string
	for _, difference := range r.Differences {
		if difference.Why == "" {
			paths = append(paths, difference.Path)
		}
	}
	if len(paths) == 0 {
		return ""
	}
	return ": " + strings.Join(paths, ", ")
}

// minorVersion is a Kubernetes version with its minor release in front, such as 1.35 or 1.35.6.
var minorVersion = regexp.MustCompile(`^(\d+\.\d+)(\.\d+)?$`)

func sameMinor(old, new any) bool {
	before, after := minorOf(old), minorOf(new)
	return before != "" && before == after
}

func minorOf(version any) string {
	text, _ := version.(string)
	match := minorVersion.FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1]
}

// numbers hold where a pool has a number of nodes on one side at least: the program may leave it to the autoscaler.
func numbers(old, new any) bool {
	_, before := old.(float64)
	_, after := new.(float64)
	return after && (before || old == nil)
}

func nothingBefore(old, new any) bool { return old == nil && new != nil }

// switchedOff holds for a part that Azure adds, and that is off.
func switchedOff(old, new any) bool {
	added, _ := new.(map[string]any)
	return old == nil && added != nil && added["enabled"] == false
}
