package report

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const typeDeployment = "Microsoft.Resources/deployments"

func privateCluster(r *Resource) bool {
	access := tree.At(r.Outputs, "apiServerAccessProfile")
	return tree.Truth(access, "enablePrivateCluster") && !tree.Truth(access, "enablePrivateClusterPublicFQDN")
}

var (
	clusterPrivate = every(typeCluster, privateCluster, "The API server has a private endpoint and no public name.", "The API server has a public name or address.")

	noLocalAccounts = every(typeCluster, func(r *Resource) bool { return tree.Truth(r.Outputs, "disableLocalAccounts") },
		"Local accounts of the cluster are off.", "Local accounts of the cluster are on.")

	noRegistryAdmin = every(typeRegistry, func(r *Resource) bool {
		return !tree.Truth(r.Outputs, "adminUserEnabled") && !tree.Truth(r.Outputs, "anonymousPullEnabled")
	}, "The registry has neither an admin user nor anonymous pull.", "The registry has an admin user or anonymous pull.")

	noPasswords = every(typeScaleSet, func(r *Resource) bool {
		return tree.Truth(r.Outputs, "virtualMachineProfile", "osProfile", "linuxConfiguration", "disablePasswordAuthentication")
	}, "Jump boxes take SSH keys only.", "Machines take passwords.")

	entraSignIn = every(typeCluster, func(r *Resource) bool {
		return tree.Truth(r.Outputs, "aadProfile", "managed") && len(texts(r.Outputs, "aadProfile", "adminGroupObjectIDs")) > 0
	}, "People sign in to the cluster by Entra ID; administrators are a group.", "The cluster has no sign-in by Entra ID, or no group of administrators.")

	vaultByRoles = every(typeVault, func(r *Resource) bool {
		return tree.Truth(r.Outputs, "properties", "enableRbacAuthorization") && tree.Truth(r.Outputs, "properties", "enablePurgeProtection")
	}, "The vault goes by roles, and what is deleted cannot be purged.", "The vault goes by access policies, or can be purged.")

	wafPrevents = every(typeWAF, func(r *Resource) bool {
		return text(r.Outputs, "policySettings", "mode") == "Prevention" && text(r.Outputs, "policySettings", "state") == "Enabled" &&
			len(tree.List(r.Outputs, "managedRules", "managedRuleSets")) > 0
	}, "The web application firewall is in Prevention with managed rule sets.", "The web application firewall is off, or only detects.")

	gatewayGuarded = every(typeGateway, func(r *Resource) bool { return text(r.Outputs, "firewallPolicy", "id") != "" },
		"Each gateway has a policy of the web application firewall.", "A gateway has no policy of the web application firewall.")

	gatewayTLS = every(typeGateway, func(r *Resource) bool {
		for _, listener := range tree.List(r.Outputs, "httpListeners") {
			if text(listener, "protocol") != "Https" {
				return false
			}
		}
		return strings.HasPrefix(text(r.Outputs, "sslPolicy", "policyName"), "AppGwSslPolicy2022")
	}, "The gateway listens on HTTPS alone, with TLS 1.2 and later.", "The gateway takes plain HTTP, or an older policy of TLS.")

	backendTLS = every(typeGateway, func(r *Resource) bool {
		for _, backend := range tree.List(r.Outputs, "backendHttpSettingsCollection") {
			if text(backend, "protocol") != "Https" || len(tree.List(backend, "trustedRootCertificates")) == 0 {
				return false
			}
		}
		return true
	}, "The gateway opens a new TLS connection to the ingress, and checks its certificate.", "Requests reach the ingress in plain text or unchecked.")

	encryptedNodes = every(typeCluster, func(r *Resource) bool {
		return everyPool(r, func(pool any) bool { return tree.Truth(pool, "enableEncryptionAtHost") })
	}, "Disks and caches of nodes are encrypted at the host, with keys of the platform.", "Pools without encryption at host.")

	apartScopes = every(typeCluster, func(r *Resource) bool {
		subnets := map[string][]string{}
		for _, pool := range tree.List(r.Outputs, "agentPoolProfiles") {
			id := text(pool, "vnetSubnetID")
			subnets[id] = union(subnets[id], []string{text(pool, "nodeLabels", "pci-scope")})
		}
		for _, scopes := range subnets {
			if len(scopes) > 1 {
				return false
			}
		}
		return len(subnets) > 1
	}, "Nodes in and out of scope are pools of their own, in subnets of their own.", "Pools of both scopes share a subnet.")

	autoUpgraded = every(typeCluster, func(r *Resource) bool {
		upgrade := tree.At(r.Outputs, "autoUpgradeProfile")
		return !slices.Contains([]string{"", "none"}, text(upgrade, "upgradeChannel")) &&
			!slices.Contains([]string{"", "None", "Unmanaged"}, text(upgrade, "nodeOSUpgradeChannel"))
	}, "Nodes and Kubernetes are patched automatically.", "Automatic upgrades of nodes or Kubernetes are off.")

	fewServices = all(
		every(typeCluster, func(r *Resource) bool { return tree.Truth(r.Outputs, "apiServerAccessProfile", "disableRunCommand") },
			"Run command of the cluster is off.", "Run command of the cluster is on."),
		every(typeBastion, func(r *Resource) bool {
			return tree.Truth(r.Outputs, "disableCopyPaste") && !tree.Truth(r.Outputs, "enableFileCopy") &&
				!tree.Truth(r.Outputs, "enableShareableLink") && !tree.Truth(r.Outputs, "enableIpConnect")
		}, "Bastion has neither copy and paste, files, shareable links nor connections by address.", "Bastion offers more than sessions."))

	workloadIdentity = every(typeCluster, func(r *Resource) bool {
		return tree.Truth(r.Outputs, "securityProfile", "workloadIdentity", "enabled") && tree.Truth(r.Outputs, "oidcIssuerProfile", "enabled")
	}, "Pods act as identities by federation, without a stored password.", "Workload identity is off.")

	closedLogStorage = byOwners(typeStorage, ownersOfStorage, every(typeStorage, func(r *Resource) bool {
		return tree.At(r.Outputs, "allowSharedKeyAccess") == false && text(r.Outputs, "networkRuleSet", "defaultAction") == "Deny"
	}, "The storage of flow logs takes no keys and is closed to the network.", "Storage takes keys, or is open to the network."))

	sensor = every(typeCluster, func(r *Resource) bool {
		return tree.Truth(r.Outputs, "securityProfile", "defender", "securityMonitoring", "enabled")
	}, "Defender's sensor runs on the nodes.", "Defender's sensor is off.")
)

func everyPool(r *Resource, holds func(any) bool) bool {
	for _, pool := range tree.List(r.Outputs, "agentPoolProfiles") {
		if !holds(pool) {
			return false
		}
	}
	return true
}

// patchWindows are the names that AKS gives to the windows for Kubernetes and for nodes.
var patchWindows = []string{"aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"}

// weeklyWindows holds if each cluster has a window in each week for Kubernetes and one for nodes.
func weeklyWindows(m *model) evidence {
	return every(typeCluster, func(r *Resource) bool {
		return !slices.ContainsFunc(patchWindows, func(name string) bool {
			window := m.find(r.ID + "/maintenanceConfigurations/" + name)
			return window == nil || number(window.Outputs, "maintenanceWindow", "schedule", "weekly", "intervalWeeks") != 1
		})
	}, "Patches have weekly windows.", "A cluster is without a weekly window for nodes or Kubernetes.")(m)
}

// sentinel holds if Microsoft Sentinel is on for each workspace.
var sentinel = byOwners(typeWorkspace, ownersOfWorkspaces, sentinelHere)

func sentinelHere(m *model) evidence {
	on := map[string]bool{}
	for _, r := range m.of(typeSentinel) {
		on[resourceid.Key(resourceid.Parent(r.ID))] = true
	}
	return every(typeWorkspace, func(r *Resource) bool { return on[resourceid.Key(r.ID)] },
		"Microsoft Sentinel is on for each workspace.", "Workspaces without Microsoft Sentinel.")(m)
}

// defenderPlans holds if deployments set plans of Defender, that for containers among them, each to Standard, and no extension failed.
func defenderPlans(m *model) evidence {
	var names []string
	var links, free, failed []Link
	for _, r := range m.of(typeDeployment) {
		for _, output := range tree.Object(r.Outputs, "properties", "outputs") {
			for _, extension := range tree.List(output, "value") {
				if text(extension, "operationStatus", "code") == "Failed" {
					failed = append(failed, Link{text(extension, "name"), r.Anchor()})
				}
			}
		}
		before := len(names) + len(free)
		for _, plan := range tree.List(r.Inputs, "properties", "template", "resources") {
			switch name := text(plan, "name"); text(plan, "properties", "pricingTier") {
			case "":
			case "Standard":
				names = append(names, name)
			default:
				free = append(free, Link{name, r.Anchor()})
			}
		}
		if len(names)+len(free) > before {
			links = append(links, m.link(r.ID))
		}
	}
	switch {
	case len(free) > 0:
		return missing("Plans of Microsoft Defender for Cloud that are not Standard: "+linkTexts(free)+".", free)
	case len(failed) > 0:
		return missing("Extensions of Defender's plans that Azure could not enable: "+linkTexts(failed)+".", failed)
	case !slices.Contains(names, "Containers"):
		return missing("No plan of Microsoft Defender for Cloud is set by this stack.", nil)
	}
	return found("Defender's plans are set to Standard. They are "+strings.Join(names, ", ")+".", links)
}

func linkTexts(links []Link) string {
	var words []string
	for _, link := range links {
		words = append(words, link.Text)
	}
	return strings.Join(words, ", ")
}

// pinnedImages holds if every image is imported by digest.
func pinnedImages(m *model) evidence {
	images := m.images()
	for _, image := range images {
		if !strings.HasPrefix(image.Digest, "sha256:") {
			return missing("An image is imported without a digest: "+image.Source+".", []Link{image.Script})
		}
	}
	if len(images) == 0 {
		return missing("No script of this state imports images.", nil)
	}
	return found(fmt.Sprintf("%d images come by digest, through quarantine.", len(images)), []Link{{"images", "images"}})
}

// appliedByGit holds if the state has a Flux configuration, or manifests of Flux that Pulumi applied.
func appliedByGit(m *model) evidence {
	if setups := m.to(typeFluxSetup); len(setups) > 0 {
		return found("Flux applies what is in the branch, and takes back what is changed by hand.", setups)
	}
	for i := range m.export.Resources {
		r := &m.export.Resources[i]
		if strings.HasPrefix(r.Type, "kubernetes:") && strings.Contains(r.Type, "toolkit.fluxcd.io") {
			return found("Pulumi has installed Flux, which applies what is in the branch.", []Link{{r.Name, r.Anchor()}})
		}
	}
	return missing("Nothing of Flux is in this state: it is installed from inside the network, or not at all.", nil)
}
