package components

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/imagebuilder"
)

// egressHosts are the hosts that the firewall allows for a set of tools, by rule.
func egressHosts(versions map[string]string) map[string][]string {
	hosts := map[string][]string{}
	for _, rule := range imagebuilder.EgressRules(versions) {
		hosts[rule.Name] = rule.FQDNs
	}
	return hosts
}

// stepOf returns the commands that install a tool, or nothing if the image does not get it.
func stepOf(tool string, versions map[string]string) []string {
	for _, step := range imagebuilder.Customizers(versions) {
		if strings.HasPrefix(step.Name, "Install "+tool+" ") {
			return step.Inline
		}
	}
	return nil
}

// The image has the walkthrough's tools, each pinned; what has been retired since is gone.
func TestToolTable(t *testing.T) {
	assert.Equal(t, []string{
		"azure-cli", "aks-preview", "kubectl", "kubelogin", "helm", "flux", "azwi", "terraform",
	}, imagebuilder.ToolNames())
	for _, tool := range imagebuilder.Tools {
		assert.Regexp(t, `^\d+\.\d+\.\d+[0-9a-z.]*$`, tool.Version, "%s is not pinned to a release", tool.Name)
		assert.NotEmpty(t, tool.Origin.Hosts, tool.Name)
		for _, host := range tool.Origin.Hosts {
			assert.NotContains(t, host, "*", "%s needs hosts that are known by name", tool.Name)
		}
	}
}

// everyTool asks for all tools at their pinned versions, also for those that are left out otherwise.
func everyTool() map[string]string {
	versions := map[string]string{}
	for _, tool := range imagebuilder.Tools {
		versions[tool.Name] = tool.Version
	}
	return versions
}

// aks-preview replaces commands that operators need, so an image has it only if it is asked for; then a command that loads it is tried.
func TestPreviewExtensionIsOptional(t *testing.T) {
	assert.Nil(t, stepOf("aks-preview", nil))
	assert.NotContains(t, egressHosts(nil), "install-azcli-extensions")
	assert.Contains(t, strings.Join(stepOf("aks-preview", everyTool()), "\n"), "az aks get-credentials --help")
	assert.Subset(t, egressHosts(everyTool())["install-azcli-extensions"], []string{"pypi.org", "files.pythonhosted.org"})
}

// The steps come in the walkthrough's order: packages, sshd, then the tools; two tools never share a step. The build user goes last.
func TestCustomizerOrder(t *testing.T) {
	var names []string
	for _, step := range imagebuilder.Customizers(nil) {
		names = append(names, step.Name)
	}
	want := []string{"Update package lists", "Adjust sshd settings"}
	for _, tool := range imagebuilder.Tools {
		if !tool.Optional {
			want = append(want, "Install "+tool.Name+" "+tool.Version)
		}
	}
	assert.Equal(t, append(want, "Forget the build user"), names)
}

// Leaving a tool out drops its step, and of its hosts exactly those that no remaining tool of the same rule needs.
func TestToolLeftOut(t *testing.T) {
	for _, left := range imagebuilder.Tools {
		t.Run(left.Name, func(t *testing.T) {
			versions := everyTool()
			versions[left.Name] = "none"
			require.NotNil(t, stepOf(left.Name, everyTool()))
			assert.Nil(t, stepOf(left.Name, versions))
			assert.Len(t, imagebuilder.Customizers(versions), len(imagebuilder.Customizers(everyTool()))-1)

			before, after := egressHosts(everyTool()), egressHosts(versions)
			var remaining []string
			for _, tool := range imagebuilder.Tools {
				if tool.Name != left.Name && tool.Origin.Rule == left.Origin.Rule {
					remaining = append(remaining, tool.Origin.Hosts...)
				}
			}
			for rule, hosts := range before {
				if rule != left.Origin.Rule {
					assert.Equal(t, hosts, after[rule], "rule %s has nothing to do with %s", rule, left.Name)
					continue
				}
				assert.ElementsMatch(t, compact(remaining), after[rule], "rule %s", rule)
			}
			for _, rule := range imagebuilder.EgressRules(versions) {
				assert.NotEmpty(t, rule.Why, "rule %s loses its reason with %s", rule.Name, left.Name)
			}
		})
	}
}

func compact(hosts []string) []string {
	sorted := slices.Sorted(slices.Values(hosts))
	return slices.Compact(sorted)
}

// An image without tools reaches the service's own hosts only.
func TestNoToolsAtAll(t *testing.T) {
	versions := map[string]string{}
	for _, name := range imagebuilder.ToolNames() {
		versions[name] = "none"
	}
	assert.Len(t, imagebuilder.Customizers(versions), 3)
	assert.Equal(t, map[string][]string{
		"to-azuremanagement": {"management.azure.com"},
		"to-blobstorage":     {"*.blob.core.windows.net"},
		"apt-get":            {"azure.archive.ubuntu.com", "archive.ubuntu.com", "security.ubuntu.com"},
	}, egressHosts(versions))
}

// Every rule says why it exists, names hosts, and keeps to the firewall's own limits.
func TestEgressRulesAreComplete(t *testing.T) {
	for _, rule := range imagebuilder.EgressRules(everyTool()) {
		assert.NotEmpty(t, rule.Why, rule.Name)
		assert.NotEmpty(t, rule.FQDNs, rule.Name)
		assert.Equal(t, rule.Name == "apt-get", rule.PlainHTTP, "only package mirrors speak plain HTTP: %s", rule.Name)
		assert.Equal(t, compact(rule.FQDNs), slices.Sorted(slices.Values(rule.FQDNs)), "%s lists a host twice", rule.Name)
	}
	// A host that stood in two rules would stay allowed after its tool has been left out of one.
	allowedBy := map[string]string{}
	for _, rule := range imagebuilder.EgressRules(everyTool()) {
		for _, host := range rule.FQDNs {
			assert.Empty(t, allowedBy[host], "%s is in two rules", host)
			allowedBy[host] = rule.Name
		}
	}
	// What a rule is given for one stack must not leak into the next.
	assert.Equal(t, imagebuilder.EgressRules(nil), imagebuilder.EgressRules(map[string]string{"kubectl": "1.34.0"}))
}

var inlineURL = regexp.MustCompile(`https?://[^\s"']+`)

// Every host that a step's commands name is one that the firewall allows for that tool, and is spoken to over HTTPS.
func TestEveryURLIsAllowed(t *testing.T) {
	seen := 0
	for _, versions := range []map[string]string{everyTool(), otherVersions()} {
		for _, tool := range imagebuilder.Tools {
			for _, found := range inlineURL.FindAllString(strings.Join(stepOf(tool.Name, versions), "\n"), -1) {
				parsed, err := url.Parse(found)
				require.NoError(t, err)
				assert.Equal(t, "https", parsed.Scheme, found)
				assert.Contains(t, tool.Origin.Hosts, parsed.Host, "%s downloads from a host that the firewall denies", tool.Name)
				assert.NotContains(t, found, "{version}", "the version belongs into the address")
				seen++
			}
		}
	}
	assert.Greater(t, seen, 2*len(imagebuilder.Tools)-2, "the pattern finds the addresses")
	for _, step := range imagebuilder.Customizers(nil)[:2] {
		assert.Empty(t, inlineURL.FindAllString(strings.Join(step.Inline, "\n"), -1), step.Name)
	}
}

// otherVersions asks for another version of every tool.
func otherVersions() map[string]string {
	versions := map[string]string{}
	for _, name := range imagebuilder.ToolNames() {
		versions[name] = "9.8.7"
	}
	return versions
}

// packaged are the tools whose package manager verifies the download: apt with Microsoft's key, the Azure CLI by its index.
var packaged = []string{"azure-cli", "aks-preview"}

// No download is installed unverified: a checksum is checked between the download and the first use of the file.
func TestEveryDownloadIsVerified(t *testing.T) {
	for name, versions := range map[string]map[string]string{"pinned": everyTool(), "chosen": otherVersions()} {
		for _, tool := range imagebuilder.Tools {
			if slices.Contains(packaged, tool.Name) {
				continue
			}
			t.Run(name+"/"+tool.Name, func(t *testing.T) {
				commands := stepOf(tool.Name, versions)
				verified := slices.IndexFunc(commands, func(c string) bool { return strings.Contains(c, "sha256sum --check --strict") })
				require.GreaterOrEqual(t, verified, 0)
				for i, command := range commands {
					if strings.HasPrefix(command, "curl ") {
						assert.Less(t, i, verified, "a download after the check: %s", command)
						assert.Contains(t, command, "--fail")
						assert.Contains(t, command, "--proto '=https'")
					}
					if regexp.MustCompile(`^(tar|unzip|sudo install) `).MatchString(command) {
						assert.Greater(t, i, verified, "used before it is verified: %s", command)
					}
				}
			})
		}
	}
	azureCLI := strings.Join(stepOf("azure-cli", nil), "\n")
	assert.Contains(t, azureCLI, "signed-by=/etc/apt/keyrings/microsoft.gpg")
	assert.NotContains(t, azureCLI, "--allow-unauthenticated")
}

// A pinned checksum belongs to the pinned version: another version is checked against what upstream publishes for it.
func TestPinnedChecksums(t *testing.T) {
	pinned := regexp.MustCompile(`(?m)^sum=[0-9a-f]{64}$`)
	for _, tool := range imagebuilder.Tools {
		chosen := strings.Join(stepOf(tool.Name, otherVersions()), "\n")
		assert.NotRegexp(t, pinned, chosen, tool.Name)
		same := map[string]string{tool.Name: tool.Version}
		assert.Equal(t, stepOf(tool.Name, everyTool()), stepOf(tool.Name, same), "naming the pinned version changes nothing")
	}
	for _, tool := range []string{"kubectl", "kubelogin", "helm", "flux", "terraform"} {
		assert.Regexp(t, pinned, strings.Join(stepOf(tool, nil), "\n"), tool)
	}
}

// versionOf is the pinned version of a tool.
func versionOf(t *testing.T, name string) string {
	t.Helper()
	at := slices.Index(imagebuilder.ToolNames(), name)
	require.GreaterOrEqual(t, at, 0)
	return imagebuilder.Tools[at].Version
}
