package reference

import (
	"fmt"
	"strings"
	"unicode"

	"aks-regulated-pulumi/config"
)

// example is one complete stack file in the reference, without the lines that name the project.
type example struct {
	title string
	text  string
	// yaml is what stands under config: in Pulumi.<stack>.yaml.
	yaml string
	// pulumi are commands that write the same; empty where editing the file is simpler.
	pulumi []string
}

const introduction = "# Configuration\n\n" +
	"<!-- Written by `go run ./cmd/docs` from config/keys.go and internal/reference/configuration.go. -->\n\n" +
	"A stack is configured in `Pulumi.<stack>.yaml`. [Pulumi.dev.yaml](../Pulumi.dev.yaml) and " +
	"[Pulumi.prod.yaml](../Pulumi.prod.yaml) are complete except for your own values: `operators` and `certificates` are required and have " +
	"no default. Offline runs use temporary ones.\n\n" +
	"- A name with a dot is a property of an object: `hub.logRetentionDays` is `logRetentionDays` under `hub`. The Pulumi CLI " +
	"takes the same name with `--path`: `pulumi config set --path hub.logRetentionDays 365`. A property that is not set keeps its default.\n" +
	"- Tenant and subscription are those of the Azure login (or of `azure-native:subscriptionId`); the program has no key for them.\n" +
	"- Secrets (`certificates`, `registry.dockerHubToken`, `bootstrap.httpsToken`, `bootstrap.sshPrivateKey`) are set with `--secret`; the " +
	"program refuses them in plain text, and never shows them.\n" +
	"- All mistakes are reported together, each with its key, its value and what is allowed, before anything is registered.\n"

// rulesAcrossKeys are the checks that look at more than one key.
var rulesAcrossKeys = []string{
	"Subnets lie inside their address space and do not overlap; address spaces of hub, image builder and stamps do not overlap either, are " +
		"private (RFC 1918, or 100.64.0.0/10 of RFC 6598), and leave out 172.16.0.0/16, the range of Kubernetes services, and what AKS reserves.",
	"The three resource groups have different names, and so have those of the stamps. Only stamp 01 shares `resourceGroups.workload`.",
	"Stamps have different names. Every subnet of a stamp has a place by default in a /16; in a smaller address space each has a range by key.",
	"The subnets of a stamp have addresses for what the configuration puts into them, and five more for Azure: 31 for each node of a pool, upgrades " +
		"included; one for each instance of the gateway, each jump box, each private endpoint; 200 for each virtual node.",
	"`firewall.tier: Standard` needs `firewall.intrusionDetection: Off`, because that tier has no intrusion detection.",
	"`imageBuilder.mode: existing` needs `imageBuilder.existingImageId`; mode `build` needs it empty, and a `location` in which " +
		"Azure Image Builder runs.",
	"`imageBuilder.toolVersions` knows the tools of the image only. A version that is not the built-in one is checked against the " +
		"checksum that upstream publishes, not against a pinned one.",
	"`certificates.listener` is for `gateway.hostName`; `certificates.ingress` is for the host names in `ingress.domain`, and chains to its last " +
		"certificate. Neither has expired.",
	"`nodePools.*Max` and `gateway.maxCapacity` are not below their minimum.",
	"`registry.geoReplication` is another region than `location`.",
	"`registry.dockerHubUser` and `registry.dockerHubToken` are set together.",
	"`bootstrap.httpsUser` and `bootstrap.httpsToken` are set together, for a repository over HTTPS only. A repository over SSH needs " +
		"`bootstrap.sshPrivateKey`, and `bootstrap.sshKnownHosts` with a line for its host.",
	"`virtualNodes.enabled` needs every digest in `virtualNodes.imageDigests`, stamps of the Kubernetes version that the virtual nodes' own " +
		"kubelet has, and no more `virtualNodes.nodes` than `nodePools.userMax`. `virtualNodes.resourceGroup` is a group with nothing else in it, " +
		"neither another stamp's nor, once the subscription is known, a cluster's node resource group.",
	"`bootstrap.waitMinutes` is not shorter than `bootstrap.sourceTimeoutSeconds` and `bootstrap.syncTimeoutSeconds` together.",
}

var examples = []example{
	{
		title: "Another region, with its own resource groups",
		text:  "Names of Azure resources carry the region already; the suffix keeps the resource groups apart, too.",
		yaml: `
  aks-regulated-pulumi:location: westeurope
  aks-regulated-pulumi:resourceGroups:
    regionSuffix: true
`,
		pulumi: []string{"pulumi config set location westeurope", "pulumi config set --path resourceGroups.regionSuffix true"},
	},
	{
		title: "Build the image: other tool versions",
		text:  "Mode `build` is the default. `none` leaves a tool out, and its hosts out of the firewall.",
		yaml: `
  aks-regulated-pulumi:imageBuilder:
    toolVersions:
      kubectl: "1.35.8"
      terraform: none
`,
		pulumi: []string{
			"pulumi config set --path imageBuilder.toolVersions.kubectl 1.35.8 --type string",
			"pulumi config set --path imageBuilder.toolVersions.terraform none",
		},
	},
	{
		title: "Build the image, then delete what built it",
		text: "The first update builds. The next one finds the image and deletes template and script, with the resource group of the build. " +
			"Identities, spoke, egress and roles stay, so that a changed image can be built again.",
		yaml: `
  aks-regulated-pulumi:imageBuilder:
    retain: false
`,
		pulumi: []string{"pulumi config set --path imageBuilder.retain false"},
	},
	{
		title: "Build a managed image",
		text: "Jump boxes start without Trusted Launch then, and no gallery is made. Azure does not support it for a source that supports " +
			"Trusted Launch, as Ubuntu 24.04 does, and may refuse it at the end of the build: the update warns.",
		yaml: `
  aks-regulated-pulumi:imageBuilder:
    distribute: ManagedImage
`,
		pulumi: []string{"pulumi config set --path imageBuilder.distribute ManagedImage"},
	},
	{
		title: "Bring your own image",
		text:  "Nothing is built: no image builder spoke, egress, roles or template is registered. A gallery image version works as well.",
		yaml: `
  aks-regulated-pulumi:imageBuilder:
    mode: existing
    existingImageId: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-images/providers/Microsoft.Compute/images/img-jumpbox
`,
	},
	{
		title: "Without permission to define roles",
		text: "Network Contributor and Contributor take the place of the custom roles. The update warns: they allow more than " +
			"the build needs.",
		yaml: `
  aks-regulated-pulumi:imageBuilder:
    useCustomRoles: false
`,
		pulumi: []string{"pulumi config set --path imageBuilder.useCustomRoles false"},
	},
	{
		title: "A second cluster",
		text: "Each stamp has its own spoke, resource group, registry, vault, gateway and cluster; the first one's resources stay as they are. " +
			"Its resource group is rg-bu0001a0005-02.",
		yaml: `
  aks-regulated-pulumi:stamps:
    - name: "01"
      addressSpace: 10.240.0.0/16
    - name: "02"
      addressSpace: 10.242.0.0/16
      kubernetesVersion: "1.36"
`,
	},
	{
		title: "Who may sign in to the jump boxes",
		yaml: `
  aks-regulated-pulumi:operators:
    opsuser01: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEAP2hzoVZBvNuMyXW3xlKNFcLAvbWWvgUZHWUlZZ8
`,
		text: "Users get no password and no sudo. The key is an example: use your own.",
	},
	{
		title: "Alerts that reach someone",
		text:  "Without addresses, alerts show in the portal only.",
		yaml: `
  aks-regulated-pulumi:monitoring:
    logRetentionDays: 365
    alertEmails: [platform@example.com]
`,
	},
	{
		title: "Your own repository and branch for Flux",
		text: "The firewall opens to the repository's host and to no other. How to read a private one is in " +
			"[operations](operations.md#where-flux-reads).",
		yaml: `
  aks-regulated-pulumi:bootstrap:
    repositoryUrl: https://git.example.com/platform/clusters
    branch: production
    path: ./regulated/cluster-manifests
`,
		pulumi: []string{
			"pulumi config set --path bootstrap.repositoryUrl https://git.example.com/platform/clusters",
			"pulumi config set --path bootstrap.branch production",
			"pulumi config set --path bootstrap.path ./regulated/cluster-manifests",
		},
	},
	{
		title: "A cheaper firewall for experiments",
		text:  "The Standard tier has no intrusion detection, so it must be set to Off explicitly.",
		yaml: `
  aks-regulated-pulumi:firewall:
    tier: Standard
    intrusionDetection: "Off"
    publicIpCount: 1
`,
		pulumi: []string{
			"pulumi config set --path firewall.tier Standard", "pulumi config set --path firewall.intrusionDetection Off",
			"pulumi config set --path firewall.publicIpCount 1",
		},
	},
}

// Configuration renders the reference of all configuration keys, grouped by prefix, with rules and examples: the content of
// docs/configuration.md.
func Configuration() string {
	var b strings.Builder
	b.WriteString(introduction)
	prefix := "-"
	for _, key := range config.Keys {
		if p := keyPrefix(key.Name); p != prefix {
			prefix = p
			fmt.Fprintf(&b, "\n## %s\n\n| Key | Type | Default | Meaning |\n|---|---|---|---|\n", heading(prefix))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key.Name, kindText(key.Kind), defaultText(key.Default), cell(key.Description))
	}
	for _, key := range config.Keys {
		if key.Kind == config.Objects {
			writeProperties(&b, key)
		}
	}
	b.WriteString("\n## Rules across keys\n\n")
	for _, rule := range rulesAcrossKeys {
		fmt.Fprintf(&b, "- %s\n", rule)
	}
	b.WriteString("\n## Examples\n")
	for _, e := range examples {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n```yaml\nconfig:\n%s\n```\n", e.title, e.text, strings.Trim(e.yaml, "\n"))
		if len(e.pulumi) > 0 {
			fmt.Fprintf(&b, "\nThe same with the Pulumi CLI:\n\n```bash\n%s\n```\n", strings.Join(e.pulumi, "\n"))
		}
	}
	return b.String()
}

// writeProperties lists the properties of the elements of an array of objects.
func writeProperties(b *strings.Builder, key config.Key) {
	fmt.Fprintf(b, "\n## Elements of %s\n\n", key.Name)
	for _, property := range key.Properties {
		fmt.Fprintf(b, "- `%s`", property.Name)
		if value, _ := property.Default.(string); value != "" {
			fmt.Fprintf(b, " (default `%s`)", value)
		}
		fmt.Fprintf(b, ": %s\n", property.Description)
	}
}

func keyPrefix(name string) string {
	prefix, _, found := strings.Cut(name, ".")
	if !found {
		return ""
	}
	return prefix
}

// heading turns a prefix such as resourceGroups into words; keys without one are about the whole stack.
func heading(prefix string) string {
	if prefix == "" {
		return "Stack"
	}
	var b strings.Builder
	for i, r := range prefix {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func kindText(kind config.Kind) string {
	if kind == config.Array || kind == config.Object {
		return string(kind) + " of strings"
	}
	return string(kind)
}

func defaultText(value any) string {
	switch value := value.(type) {
	case string:
		if value == "" {
			return "(empty)"
		}
		return "`" + value + "`"
	case map[string]string:
		if len(value) == 0 {
			return "(empty)"
		}
	}
	return "`" + yamlFlow(value) + "`"
}

// cell escapes text for a table cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;").Replace(text)
}
