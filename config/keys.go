package config

import "slices"

// Kind is the type of a configuration key, in the words of the config schema of Pulumi.yaml.
type Kind string

// The kinds that the schema of Pulumi.yaml knows and this program uses.
const (
	String  Kind = "string"
	Integer Kind = "integer"
	Boolean Kind = "boolean"
	Array   Kind = "array"  // of strings
	Object  Kind = "object" // of strings
	// Objects is an array of objects, whose properties are listed in Key.Properties.
	Objects Kind = "array of objects"
)

// Key describes one configuration key. Pulumi.yaml repeats the table for the Pulumi CLI; a test holds the two equal.
type Key struct {
	Name        string
	Kind        Kind
	Default     any // string, int, bool, []string, map[string]string or []map[string]string, according to Kind
	Description string
	// Secret values must be encrypted in the stack's file and appear in no message.
	Secret bool
	// Properties are those of each element of a key of kind Objects. Their values are strings.
	Properties []Key
}

// Keys lists every key that the program reads, in the order of the documentation.
var Keys = slices.Concat(partKeys, platformKeys, landingZoneKeys, networkKeys, clusterKeys, subscriptionKeys, logKeys, governanceKeys)

// platformKeys are about the stack, the hub and the image of the jump boxes.
var platformKeys = []Key{
	{Name: "location", Kind: String, Default: "eastus2", Description: "Azure region of everything, by its short name."},
	{
		Name: "zones", Kind: Array, Default: []string{"1", "2", "3"},
		Description: "Availability zones of zonal and zone-redundant resources, fixed for the life of a stack; empty in a region " +
			"without zones.",
	},
	{Name: "tags", Kind: Object, Default: map[string]string{}, Description: "Tags of every resource that takes tags."},
	{
		Name: "protect", Kind: Boolean, Default: false,
		Description: "Protect the resources that hold data or identity from deletion; set it in production.",
	},
	{Name: "stamps", Kind: Objects, Default: []map[string]string{{"name": "01", "addressSpace": "10.240.0.0/16"}}, Properties: stampProperties,
		Description: "The clusters, each a stamp of its own: spoke, registry, vault, gateway, policies, monitoring, cluster, jump boxes."},
	{
		Name: "operators", Kind: Object, Default: map[string]string{},
		Description: "Users of the jump boxes: user name and SSH public key (ED25519, or RSA of 2048 bits or more). At least one " +
			"is required.",
	},

	{
		Name: "resourceGroups.hub", Kind: String, Default: "rg-enterprise-networking-hubs",
		Description: "Resource group of the regional hub.",
	},
	{
		Name: "resourceGroups.spokes", Kind: String, Default: "rg-enterprise-networking-spokes",
		Description: "Resource group of the spokes.",
	},
	{
		Name: "resourceGroups.workload", Kind: String, Default: "rg-bu0001a0005",
		Description: "Resource group of the workload.",
	},
	{
		Name: "resourceGroups.image", Kind: String, Default: "",
		Description: "Resource group that receives the jump box image, with template, script and gallery; empty means resourceGroups.workload. It may " +
			"be that of the spokes; in a subscription of its own, it also has the spoke of the image builder.",
	},
	{
		Name: "resourceGroups.existing", Kind: Array, Default: []string{},
		Description: "Groups that exist and belong to others, out of hub, spokes, workload, image and the names of stamps with groups of their own. They are " +
			"neither made nor deleted, may be in any region, and get no policy on types of resources.",
	},
	{
		Name: "resourceGroups.regionSuffix", Kind: Boolean, Default: false,
		Description: "Append -<location> to the resource group names.",
	},
	{
		Name: "networkWatcher.resourceGroup", Kind: String, Default: "NetworkWatcherRG",
		Description: "Resource group of the region's Network Watcher, which Azure creates and this program only refers to.",
	},
	{
		Name: "networkWatcher.name", Kind: String, Default: "",
		Description: "Name of the region's Network Watcher; empty means NetworkWatcher_<location>, as Azure names it.",
	},

	{Name: "hub.addressSpace", Kind: String, Default: "10.200.0.0/24", Description: "Address space of the hub network (CIDR)."},
	{Name: "hub.firewallSubnet", Kind: String, Default: "10.200.0.0/26", Description: "AzureFirewallSubnet (CIDR, /26 or larger)."},
	{
		Name: "hub.gatewaySubnet", Kind: String, Default: "10.200.0.64/27",
		Description: "GatewaySubnet, reserved for a hybrid gateway (CIDR, /27 or larger).",
	},
	{
		Name: "hub.bastionSubnet", Kind: String, Default: "10.200.0.128/26",
		Description: "AzureBastionSubnet (CIDR, /26 or larger); with hub.mode existing that of the hub, and none unless it is set.",
	},
	{
		Name: "hub.logRetentionDays", Kind: Integer, Default: 90,
		Description: "Days that the hub's Log Analytics workspace keeps logs (30 to 730). A preview warns if hub.workspaceId keeps them for less.",
	},
	{
		Name: "hub.flowLogRetentionDays", Kind: Integer, Default: 365,
		Description: "Days that network flow logs are kept in storage (90 to 365).",
	},
	{
		Name: "hub.workspaceSuffix", Kind: String, Default: "",
		Description: "Up to 4 letters and digits that end the name of the hub's Log Analytics workspace. Choose another after a destroy: for 14 " +
			"days Azure brings the deleted workspace of the same name back.",
	},
	{
		Name: "hub.activityLog", Kind: Boolean, Default: false,
		Description: "Send the activity log of each subscription of the stack to the hub's workspace, where it is kept as long as the hub's logs. A " +
			"subscription has at most five such settings.",
	},
	{Name: "bastion.sku", Kind: String, Default: "Standard", Description: "Azure Bastion SKU: Standard or Premium."},
	{
		Name: "bastion.zones", Kind: Array, Default: []string{},
		Description: "Availability zones of Azure Bastion, in regions that offer it zones.",
	},

	{
		Name: "firewall.tier", Kind: String, Default: "Premium",
		Description: "Azure Firewall tier, fixed for the life of a stack: Premium or Standard. Standard has no intrusion " +
			"detection.",
	},
	{
		Name: "firewall.publicIpCount", Kind: Integer, Default: 3,
		Description: "Number of public IP addresses of the firewall (1 to 250). Each gives 2,496 connections at a time to one destination, on " +
			"each of two instances or more; more addresses are an update in place.",
	},
	{
		Name: "firewall.dnsServers", Kind: Array, Default: []string{},
		Description: "IPv4 addresses of the DNS servers that the firewall asks for all spokes, such as those of your company; empty for " +
			"Azure's. They must be reachable from the hub, and answer names of the platform's private zones as Azure's DNS does in the hub.",
	},
	{
		Name: "firewall.nodeHosts", Kind: Array, Default: []string{},
		Description: "Further hosts that the nodes of all clusters may reach over HTTPS, beyond what AKS and the platform need.",
	},
	{
		Name: "firewall.intrusionDetection", Kind: String, Default: "Deny",
		Description: "Intrusion detection and prevention mode: Deny, Alert or Off. Premium tier only.",
	},

	{
		Name: "imageBuilder.addressSpace", Kind: String, Default: "10.241.0.0/28",
		Description: "Address space of the image builder spoke (CIDR).",
	},
	{
		Name: "imageBuilder.subnet", Kind: String, Default: "10.241.0.0/28",
		Description: "Subnet in which images are built (CIDR, /28 or larger). With imageBuilder.subnetId the range of that.",
	},
	{
		Name: "imageBuilder.subnetId", Kind: String, Default: "",
		Description: "Azure resource id of a subnet that exists, in which images are built; its owner made it with security group and routes. Empty for a " +
			"network to make.",
	},
	{
		Name: "imageBuilder.mode", Kind: String, Default: "build",
		Description: "Where the jump box image comes from: build, or existing to bring your own.",
	},
	{
		Name: "imageBuilder.existingImageId", Kind: String, Default: "",
		Description: "Azure resource id of the managed image or gallery image version, for mode existing. Jump boxes get no " +
			"Trusted Launch then, so a definition must not require it.",
	},
	{
		Name: "imageBuilder.retain", Kind: Boolean, Default: true,
		Description: "Keep template and script after the build. With false the next update deletes them, and the resource group of " +
			"the build with its logs; the image stays.",
	},
	{
		Name: "imageBuilder.distribute", Kind: String, Default: "SharedImage",
		Description: "What the build produces: SharedImage, a version in an Azure Compute Gallery with Trusted Launch, or ManagedImage, " +
			"which Azure does not support for source images such as the default.",
	},
	{
		Name: "imageBuilder.sourceImage", Kind: String, Default: "Canonical:ubuntu-24_04-lts:server:latest",
		Description: "Marketplace image to start from, as publisher:offer:sku:version. Must be a Generation 2 Ubuntu LTS.",
	},
	{Name: "imageBuilder.vmSize", Kind: String, Default: "Standard_D2ds_v5", Description: "Size of the build VM."},
	{
		Name: "imageBuilder.proxyVmSize", Kind: String, Default: "",
		Description: "Size of the VM through which Azure Image Builder reaches the build VM; empty means imageBuilder.vmSize.",
	},
	{
		Name: "imageBuilder.osDiskSizeGB", Kind: Integer, Default: 32,
		Description: "OS disk of the image in GiB (30 to 1024). It has to fit the temporary disk of jumpBoxes.vmSize, of which Trusted " +
			"Launch takes one.",
	},
	{
		Name: "imageBuilder.buildTimeoutMinutes", Kind: Integer, Default: 150,
		Description: "Minutes after which a build times out, distribution included (30 to 960).",
	},
	{
		Name: "imageBuilder.toolVersions", Kind: Object, Default: map[string]string{},
		Description: "Version per tool that differs from the built-in table, for example {\"kubectl\": \"1.35.1\"}; none leaves a " +
			"tool out. aks-preview is left out unless it is given a version.",
	},
	{
		Name: "imageBuilder.useCustomRoles", Kind: Boolean, Default: true,
		Description: "Use the least-privilege custom roles, also for the import of container images. With false built-in roles are " +
			"assigned, of which Network Contributor and Contributor are wider.",
	},
	{
		Name: "imageBuilder.customRoleSuffix", Kind: String, Default: "",
		Description: "Text appended to the display names of the custom roles, which must be unique in the Entra tenant.",
	},

	{
		Name: "scripts.runBy", Kind: String, Default: "azure",
		Description: "Who runs the image build and imports container images: azure, in deployment scripts, or caller, the update itself, " +
			"where policies forbid what deployment scripts need.",
	},
	{
		Name: "scripts.storageAccountId", Kind: String, Default: "",
		Description: "Azure resource id of a storage account of your own for deployment scripts; empty lets Azure make one for each script.",
	},
	{
		Name: "scripts.storageAccountKey", Kind: String, Default: "", Secret: true,
		Description: "Key of scripts.storageAccountId. Required with it, unless scripts.subnetId is set: scripts sign in with their identity then.",
	},
	{
		Name: "scripts.subnetId", Kind: String, Default: "",
		Description: "Azure resource id of a subnet of your own in which deployment scripts run, delegated to " +
			"Microsoft.ContainerInstance/containerGroups. Needs scripts.storageAccountId.",
	},
}

// stampProperties are the properties of one element of stamps.
var stampProperties = append([]Key{
	{Name: "name", Kind: String, Description: "Two digits that identify the stamp, and end the name of the spoke. Required."},
	{
		Name: "addressSpace", Kind: String,
		Description: "Address space of the spoke (CIDR). In a /16 or larger every subnet has its place; a smaller one needs a range for each. Required.",
	},
	{Name: "kubernetesVersion", Kind: String, Default: defaultKubernetesVersion, Description: "Kubernetes version as major.minor."},
	{
		Name: "resourceGroup", Kind: String, Default: "",
		Description: "Resource group of the stamp; empty means resourceGroups.workload for stamp 01, and the same followed by " +
			"-<name> for others.",
	},
	{
		Name: "vaultSuffix", Kind: String, Default: "",
		Description: "Up to 4 letters and digits that end the key vault's name. Choose another after a destroy: Azure keeps the " +
			"name of a deleted vault for 90 days.",
	},
	{
		Name: "workspaceSuffix", Kind: String, Default: "",
		Description: "Up to 4 letters and digits that end the name of the Log Analytics workspace. Choose another after a destroy: for 14 " +
			"days Azure brings the deleted workspace of the same name back.",
	},
}, subnetProperties()...)

// defaultKubernetesVersion is generally available in AKS since 2026-03 and in support until 2027-03.
const defaultKubernetesVersion = "1.35"

func lookupKey(name string) Key {
	for _, key := range Keys {
		if key.Name == name {
			return key
		}
	}
	return Key{Name: name}
}
