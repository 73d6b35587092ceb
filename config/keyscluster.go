package config

// clusterKeys are about the clusters, and what is around and inside them.
var clusterKeys = []Key{
	{
		Name: "cluster.adminGroupObjectId", Kind: String, Default: "",
		Description: "Object id (GUID) of the Entra group whose members are cluster administrators. Required.",
	},
	{
		Name: "cluster.adminTenantId", Kind: String, Default: "",
		Description: "Entra tenant (GUID) of the Kubernetes API's users; empty means the tenant of the Azure login.",
	},
	{
		Name: "cluster.namespaceAdminGroupObjectId", Kind: String, Default: "",
		Description: "Object id (GUID) of the Entra group that administers the workload's namespaces and that of the agents; empty " +
			"means the cluster's administrators.",
	},
	{
		Name: "cluster.namespaceEditorGroupObjectId", Kind: String, Default: "",
		Description: "Object id (GUID) of the Entra group that changes what is in the workload's namespaces and in that of the " +
			"agents; empty means the cluster's administrators.",
	},
	{
		Name: "cluster.namespaceViewerGroupObjectId", Kind: String, Default: "",
		Description: "Object id (GUID) of the Entra group that sees what is in the workload's namespaces and in that of the " +
			"agents; empty means the cluster's administrators.",
	},
	{
		Name: "cluster.viewerGroupObjectId", Kind: String, Default: "",
		Description: "Object id (GUID) of the Entra group that sees the whole cluster except its secrets; empty means the " +
			"cluster's administrators.",
	},
	{
		Name: "cluster.skuTier", Kind: String, Default: "Standard",
		Description: "Tier of the AKS control plane: Standard or Premium, which adds long-term support.",
	},
	{
		Name: "cluster.maintenanceDay", Kind: String, Default: "Sunday",
		Description: "Day of the week on which Kubernetes and node images are upgraded.",
	},
	{
		Name: "cluster.maintenanceStart", Kind: String, Default: "02:00",
		Description: "Time of day (HH:MM, UTC) at which the maintenance window opens.",
	},
	{
		Name: "cluster.maintenanceHours", Kind: Integer, Default: 4,
		Description: "Hours for which the maintenance window is open (4 to 24).",
	},
	{
		Name: "cluster.nodeResourceGroupLockdown", Kind: Boolean, Default: false,
		Description: "Only AKS may change what is in the cluster's node resource group (restriction level ReadOnly).",
	},
	{
		Name: "nodePools.generation", Kind: Integer, Default: 1,
		Description: "Number in the names of the node pools (1 to 98). It goes up by one when pools of another size have taken over.",
	},
	{
		Name: "nodePools.vmSize", Kind: String, Default: "Standard_D4ds_v5",
		Description: "Size of the nodes; needs 4 vCPUs and a temporary disk that holds the OS disk (80 and 120 GiB). A pool keeps its size for life: " +
			"another one needs the next generation of pools.",
	},
	{
		Name: "nodePools.nextVmSize", Kind: String, Default: "",
		Description: "Size of the nodes of the next generation of pools, beside those in use while the workloads move; empty for none.",
	},
	{Name: "nodePools.systemMin", Kind: Integer, Default: 3, Description: "Fewest nodes of the system pool (3 to 1000)."},
	{
		Name: "nodePools.systemMax", Kind: Integer, Default: 4,
		Description: "Most nodes of the system pool (3 to 1000; the default range of its subnet is for 24).",
	},
	{Name: "nodePools.userMin", Kind: Integer, Default: 2, Description: "Fewest nodes of each user pool (2 to 1000)."},
	{
		Name: "nodePools.userMax", Kind: Integer, Default: 5,
		Description: "Most nodes of each user pool (2 to 1000; the default ranges of their subnets are for 24).",
	},
	{
		Name: "gateway.hostName", Kind: String, Default: "bicycle.contoso.com",
		Description: "Public host name of the workload, which the listener's certificate is for.",
	},
	{
		Name: "gateway.firewallMode", Kind: String, Default: "Prevention",
		Description: "What the web application firewall does with a request that breaks its rules: Prevention blocks it, Detection " +
			"only logs it.",
	},
	{
		Name: "gateway.minCapacity", Kind: Integer, Default: 0,
		Description: "Fewest instances of the Application Gateway, of ten capacity units each (0 to 100).",
	},
	{Name: "gateway.maxCapacity", Kind: Integer, Default: 10, Description: "Most instances of the Application Gateway (2 to 125)."},
	{
		Name: "ingress.domain", Kind: String, Default: "aks-ingress.contoso.com",
		Description: "Domain behind the gateway; the ingress controller's certificate is for *.<domain>.",
	},
	{
		Name: "certificates.listener", Kind: String, Default: "", Secret: true,
		Description: "Certificate of the gateway's listener with its key: base64 of a PKCS#12 file without password. Required.",
	},
	{
		Name: "certificates.ingress", Kind: String, Default: "", Secret: true,
		Description: "Certificate of the ingress controller as PEM: private key, certificate, and what it chains to, the root " +
			"last. Required.",
	},
	{
		Name: "bootstrap.mode", Kind: String, Default: "flux",
		Description: "How Flux gets into the cluster: flux for the AKS extension, manifests to apply it to the Kubernetes API, for " +
			"updates that run inside the network, or none to leave it out or remove it.",
	},
	{
		Name: "bootstrap.repositoryUrl", Kind: String, Default: "",
		Description: "Git repository that Flux follows: https://host/path, or ssh://user@host/path. Required.",
	},
	{Name: "bootstrap.branch", Kind: String, Default: "main", Description: "Branch that Flux follows."},
	{
		Name: "bootstrap.path", Kind: String, Default: "./cluster-manifests",
		Description: "Directory of the repository that Flux applies, from ./ on.",
	},
	{
		Name: "bootstrap.sourceIntervalSeconds", Kind: Integer, Default: 300,
		Description: "Seconds between two looks at the repository (60 to 86400).",
	},
	{
		Name: "bootstrap.sourceTimeoutSeconds", Kind: Integer, Default: 180,
		Description: "Seconds that a look at the repository may take (20 to 3600).",
	},
	{
		Name: "bootstrap.syncIntervalSeconds", Kind: Integer, Default: 300,
		Description: "Seconds after which Flux applies the manifests again, and so reverts what was changed by hand (60 to 86400).",
	},
	{
		Name: "bootstrap.syncTimeoutSeconds", Kind: Integer, Default: 300,
		Description: "Seconds that applying the manifests may take, until everything in them is ready (60 to 3600).",
	},
	{
		Name: "bootstrap.retryIntervalSeconds", Kind: Integer, Default: 300,
		Description: "Seconds after which a failed application is tried again (60 to 86400).",
	},
	{
		Name: "bootstrap.waitMinutes", Kind: Integer, Default: 30,
		Description: "Minutes that an update waits until the manifests are applied and everything in them is ready (5 to 120).",
	},
	{Name: "bootstrap.httpsUser", Kind: String, Default: "", Description: "User of a private repository over HTTPS."},
	{
		Name: "bootstrap.httpsToken", Kind: String, Default: "", Secret: true,
		Description: "Access token of bootstrap.httpsUser; it only needs to read the repository.",
	},
	{
		Name: "bootstrap.sshPrivateKey", Kind: String, Default: "", Secret: true,
		Description: "Private key of a repository over SSH, as PEM without passphrase; a deploy key that may only read.",
	},
	{
		Name: "bootstrap.sshKnownHosts", Kind: String, Default: "",
		Description: "Lines of a known_hosts file with the keys of the SSH host.",
	},
	{
		Name: "bootstrap.variables", Kind: Object, Default: map[string]string{},
		Description: "Values of further variables in your manifests, by names of letters, digits and _. Not for secrets: they are " +
			"in plain text in state, outputs and cluster.",
	},
	{
		Name: "bootstrap.login", Kind: String, Default: "azurecli",
		Description: "How kubelogin signs in to the cluster in mode manifests: azurecli, workloadidentity, msi or spn.",
	},
	{
		Name: "registry.geoReplication", Kind: String, Default: "",
		Description: "Second region of each registry, preferably the paired one, for example centralus for eastus2; empty for " +
			"none. Azure adds a replica that comes later to the registry's private endpoint.",
	},
	{
		Name: "registry.images", Kind: Array, Default: []string{},
		Description: "Images to import in addition to the bootstrap images, as host/repository:tag@sha256:digest.",
	},
	{
		Name: "registry.agentPool", Kind: Boolean, Default: false,
		Description: "Add a pool of registry task agents (a preview of Azure's) in snet-management-acragents.",
	},
	{
		Name: "registry.dockerHubUser", Kind: String, Default: "",
		Description: "Docker Hub user for imports, which Docker limits for anonymous callers.",
	},
	{Name: "registry.dockerHubToken", Kind: String, Default: "", Secret: true, Description: "Access token of registry.dockerHubUser."},
	{
		Name: "defender.enabled", Kind: Boolean, Default: true,
		Description: "Switch on the Microsoft Defender for Cloud plans of the subscription for containers, key vaults and Resource " +
			"Manager.",
	},
	{
		Name: "defender.enforcePolicies", Kind: Boolean, Default: true,
		Description: "Let Azure Policy set the plans when the subscription changes or a remediation task runs; with false, or " +
			"without defender.enabled, it only reports.",
	},
	{
		Name: "policies.additionalTypes", Kind: Array, Default: []string{},
		Description: "Azure resource types to allow in the resource groups of hub, spokes and stamps beside those of the platform, such as " +
			"Microsoft.Logic/workflows for playbooks of Microsoft Sentinel.",
	},
	{
		Name: "monitoring.logRetentionDays", Kind: Integer, Default: 90,
		Description: "Days that each stamp's Log Analytics workspace keeps logs (30 to 730). A preview warns if monitoring.workspaceId keeps them for less.",
	},
	{
		Name: "monitoring.alertEmails", Kind: Array, Default: []string{},
		Description: "E-mail addresses that alerts go to; with none, alerts show in the portal only.",
	},
	{
		Name: "jumpBoxes.vmSize", Kind: String, Default: "Standard_D2ds_v5",
		Description: "Size of the jump boxes; needs a temporary disk that holds the image.",
	},
	{Name: "jumpBoxes.count", Kind: Integer, Default: 2, Description: "Number of jump boxes per stamp (0 to 10)."},
	{
		Name: "jumpBoxes.allowedHosts", Kind: Array, Default: []string{},
		Description: "Further hosts that operators reach from jump boxes over HTTPS, such as github.com to clone manifests. Operators can " +
			"send data there as well: leave it empty in production.",
	},
	{
		Name: "buildAgents.allowedHosts", Kind: Array, Default: []string{},
		Description: "Hosts that build agents in snet-management-agents may reach over HTTPS; none until an agent platform is " +
			"chosen.",
	},
	{
		Name: "virtualNodes.enabled", Kind: Boolean, Default: false,
		Description: "Add virtual nodes, whose pods run in Azure Container Instances, to every cluster. For workloads out of scope " +
			"only.",
	},
	{
		Name: "virtualNodes.resourceGroup", Kind: String, Default: "rg-bu0001a0005-virtualnodes",
		Description: "Resource group of the container groups of stamp 01, with nothing else in it; followed by -<name> for other " +
			"stamps, and by the region suffix.",
	},
	{
		Name: "virtualNodes.roleName", Kind: String, Default: "virtualnodeCustomRole",
		Description: "Display name of the custom role that places container groups, unique in the Entra tenant; " +
			"imageBuilder.customRoleSuffix is appended, and -<name> for stamps other than 01. The role that joins their subnet has the same " +
			"name with \" for the subnet\" behind it.",
	},
	{
		Name: "virtualNodes.nodes", Kind: Integer, Default: 1,
		Description: "Virtual nodes of each cluster, for 200 pods each (1 to 20). Each takes most of a node of the pool that is " +
			"out of scope.",
	},
	{
		Name: "virtualNodes.imageDigests", Kind: Object, Default: map[string]string{},
		Description: "Digest of each image of the virtual nodes, as \"make virtual-node-digests\" prints them. Required while they " +
			"are enabled.",
	},
	{
		Name: "builtInRoles.restrict", Kind: Boolean, Default: false,
		Description: "Assign an Azure Policy to the subscription that finds new assignments of built-in roles at the subscription " +
			"itself.",
	},
	{Name: "builtInRoles.effect", Kind: String, Default: "Audit", Description: "What that policy does: Audit or Deny."},
	{
		Name: "builtInRoles.exemptRoleIds", Kind: Array, Default: []string{},
		Description: "GUIDs of role definitions that may still be assigned at the subscription: your custom roles, and built-in " +
			"ones that you need.",
	},
	{
		Name: "builtInRoles.exemptPrincipalIds", Kind: Array, Default: []string{},
		Description: "Entra object ids of principals that may be given any role at the subscription, such as that of emergency " +
			"access.",
	},
}
