package imagebuilder

import "aks-regulated-pulumi/config"

// Tool is one tool of the jump box image, with its installation and the hosts that the installation contacts: adding a tool opens the
// firewall to them, and leaving it out closes it.
type Tool struct {
	// Name is the tool's key in imageBuilder.toolVersions, and the name of its program.
	Name string
	// Version is the pinned release, without a leading v.
	Version string
	// Optional leaves the tool out unless it is given a version. Its own is one that is known to exist.
	Optional bool
	// Origin is where the tool is downloaded from.
	Origin Origin
	// Install renders the shell commands of the installation.
	Install Installer
}

// Installer renders the shell commands that install one version. They run as one script under sh -e, as a user who may sudo.
type Installer interface {
	commands(tool Tool) []string
}

// Origin is a place that tools are downloaded from. Tools may share one; no two origins share a host, so that every
// firewall rule is needed.
type Origin struct {
	// Rule is the name of the firewall rule that allows Hosts.
	Rule string
	// What is downloaded from there, for the description of the rule.
	What string
	// Hosts are all hosts that a download contacts over HTTPS, redirects included.
	Hosts []string
}

var (
	microsoftPackages = Origin{"install-azcli", "Microsoft's signed package repository", []string{"packages.microsoft.com"}}
	// The index is behind a short link, in a different storage account from the packages. What a package depends on comes from PyPI.
	azureCLIExtensions = Origin{"install-azcli-extensions", "Azure CLI extension index and packages", []string{
		"aka.ms", "azcliextensionsync.blob.core.windows.net", "azcliprod.blob.core.windows.net", "pypi.org", "files.pythonhosted.org",
	}}
	kubernetesReleases = Origin{"install-k8scli", "Kubernetes releases", []string{"dl.k8s.io", "cdn.dl.k8s.io"}}
	// A release's page redirects to a content host.
	githubReleases = Origin{"install-github-releases", "GitHub releases", []string{
		"github.com", "release-assets.githubusercontent.com",
	}}
	helmReleases      = Origin{"install-helm", "Helm releases", []string{"get.helm.sh"}}
	hashicorpReleases = Origin{"install-terraform", "HashiCorp releases", []string{"releases.hashicorp.com"}}
)

// Tools are the tools of the image, in the order in which they are installed. A checksum is pinned where several public
// sources agree on it; otherwise, and for configured versions, the checksum that upstream publishes is used.
var Tools = []Tool{
	{
		Name: "azure-cli", Version: "2.91.0", Origin: microsoftPackages,
		Install: azureCLIPackage{},
	},
	{
		// It replaces commands of the CLI, also those that operators need, and again and again does not fit a newer CLI.
		Name: "aks-preview", Version: "21.0.0b8", Optional: true, Origin: azureCLIExtensions,
		Install: azureCLIExtension{probe: "az aks get-credentials --help >/dev/null && az aks list --help >/dev/null"},
	},
	{
		Name: "kubectl", Version: "1.35.9", Origin: kubernetesReleases,
		Install: release{
			url:       "https://dl.k8s.io/release/v{version}/bin/linux/amd64/kubectl",
			checksums: "https://dl.k8s.io/release/v{version}/bin/linux/amd64/kubectl.sha256",
			sha256:    "3cfeaf80be482b435b0aa214aff6e0b2c312ee23c0ff20810c75517b6004c6eb",
			program:   "kubectl", probe: "kubectl version --client",
		},
	},
	{
		Name: "kubelogin", Version: "0.2.19", Origin: githubReleases,
		Install: release{
			url:       "https://github.com/Azure/kubelogin/releases/download/v{version}/kubelogin-linux-amd64.zip",
			checksums: "https://github.com/Azure/kubelogin/releases/download/v{version}/kubelogin-linux-amd64.zip.sha256",
			sha256:    "ebaeff02aa899c5cae6a2b954b64fc02738185319df2570f7dc053451efa4b2f",
			program:   "bin/linux_amd64/kubelogin", probe: "kubelogin --version",
		},
	},
	{
		Name: "helm", Version: "4.3.0", Origin: helmReleases,
		Install: release{
			url:       "https://get.helm.sh/helm-v{version}-linux-amd64.tar.gz",
			checksums: "https://get.helm.sh/helm-v{version}-linux-amd64.tar.gz.sha256sum",
			sha256:    "86584a54def73570558f66f5111cc53dfed56689637ae32c1201205d494f54fb",
			program:   "linux-amd64/helm", probe: "helm version --short",
		},
	},
	{
		Name: "flux", Version: "2.9.5", Origin: githubReleases,
		Install: release{
			url:       "https://github.com/fluxcd/flux2/releases/download/v{version}/flux_{version}_linux_amd64.tar.gz",
			checksums: "https://github.com/fluxcd/flux2/releases/download/v{version}/flux_{version}_checksums.txt",
			sha256:    "b853df82adfd7736f580692f9f734473d571606307139f8fd20c2a80dd1ff473",
			program:   "flux", probe: "flux --version",
		},
	},
	{
		Name: "azwi", Version: "1.5.1", Origin: githubReleases,
		Install: release{
			url:       "https://github.com/Azure/azure-workload-identity/releases/download/v{version}/azwi-v{version}-linux-amd64.tar.gz",
			checksums: "https://github.com/Azure/azure-workload-identity/releases/download/v{version}/sha256sums.txt",
			program:   "azwi", probe: "azwi version",
		},
	},
	{
		Name: "terraform", Version: "1.16.5", Origin: hashicorpReleases,
		Install: release{
			url:       "https://releases.hashicorp.com/terraform/{version}/terraform_{version}_linux_amd64.zip",
			checksums: "https://releases.hashicorp.com/terraform/{version}/terraform_{version}_SHA256SUMS",
			sha256:    "2bc2fcfff033265c9e02ca0351f01794eb122f62a9b2a49a3294b9e49eaab5e4",
			program:   "terraform", probe: "CHECKPOINT_DISABLE=1 terraform version",
		},
	},
}

// ToolNames are the names that imageBuilder.toolVersions may use.
func ToolNames() []string {
	names := make([]string, 0, len(Tools))
	for _, tool := range Tools {
		names = append(names, tool.Name)
	}
	return names
}

// selectTools returns the tools of the image with the versions that configuration asks for.
func selectTools(versions map[string]string) []Tool {
	var selected []Tool
	for _, tool := range Tools {
		version, chosen := versions[tool.Name]
		if tool.Optional && !chosen {
			continue
		}
		if chosen && version != tool.Version {
			tool.Version = version
			// A pinned checksum belongs to the pinned version only.
			if download, ok := tool.Install.(release); ok {
				download.sha256 = ""
				tool.Install = download
			}
		}
		if tool.Version != config.ToolNone {
			selected = append(selected, tool)
		}
	}
	return selected
}

func (t Tool) customizer() Customizer {
	return Customizer{Name: "Install " + t.Name + " " + t.Version, Inline: t.Install.commands(t)}
}
