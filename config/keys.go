package config

// Kind is the type of a configuration key, in the words of the config schema of Pulumi.yaml.
type Kind string

// The kinds that the schema of Pulumi.yaml knows and this program uses.
const (
	String  Kind = "string"
	Integer Kind = "integer"
	Boolean Kind = "boolean"
	Array   Kind = "array"  // of strings
	Object  Kind = "object" // of strings
)

// Key describes one configuration key. Pulumi.yaml repeats the table for the Pulumi CLI; a test holds the two equal.
type Key struct {
	Name        string
	Kind        Kind
	Default     any // string, int, bool, []string or map[string]string, according to Kind
	Description string
}

// Keys lists every key that the program reads, in the order of the documentation.
var Keys = []Key{
	{"location", String, "eastus2", "Azure region of everything, by its short name."},
	{"zones", Array, []string{"1", "2", "3"}, "Availability zones of zonal and zone-redundant resources, fixed for the life of a stack; empty in a region without zones."},
	{"tags", Object, map[string]string{}, "Tags that every resource which takes tags carries."},
	{"protect", Boolean, false, "Protect the resources that hold data or identity from deletion; set it in production."},

	{"resourceGroups.hub", String, "rg-enterprise-networking-hubs", "Resource group of the regional hub."},
	{"resourceGroups.spokes", String, "rg-enterprise-networking-spokes", "Resource group of the spokes."},
	{"resourceGroups.workload", String, "rg-bu0001a0005", "Resource group of the workload; receives the jump box image."},
	{"resourceGroups.regionSuffix", Boolean, false, "Append -<location> to the three resource group names."},
	{"networkWatcher.resourceGroup", String, "NetworkWatcherRG", "Resource group of the region's Network Watcher, which Azure makes and this program only refers to."},
	{"networkWatcher.name", String, "", "Name of the region's Network Watcher; empty means NetworkWatcher_<location>, as Azure names it."},

	{"hub.addressSpace", String, "10.200.0.0/24", "Address space of the hub network (CIDR)."},
	{"hub.firewallSubnet", String, "10.200.0.0/26", "AzureFirewallSubnet (CIDR, /26 or larger)."},
	{"hub.gatewaySubnet", String, "10.200.0.64/27", "GatewaySubnet, reserved for a hybrid gateway (CIDR, /27 or larger)."},
	{"hub.bastionSubnet", String, "10.200.0.128/26", "AzureBastionSubnet (CIDR, /26 or larger)."},
	{"hub.logRetentionDays", Integer, 90, "Days that the hub's Log Analytics workspace keeps logs (30 to 730)."},
	{"hub.flowLogRetentionDays", Integer, 365, "Days that network flow logs are kept in storage (90 to 365)."},
	{"bastion.sku", String, "Standard", "Azure Bastion SKU: Standard or Premium."},
	{"bastion.zones", Array, []string{}, "Availability zones of Azure Bastion, in regions that offer it zones."},

	{"firewall.tier", String, "Premium", "Azure Firewall tier, fixed for the life of a stack: Premium or Standard. Standard has no intrusion detection."},
	{"firewall.publicIpCount", Integer, 3, "Number of public IP addresses of the firewall (1 to 250)."},
	{"firewall.intrusionDetection", String, "Deny", "Intrusion detection and prevention mode: Deny, Alert or Off. Premium tier only."},

	{"imageBuilder.addressSpace", String, "10.241.0.0/28", "Address space of the image builder spoke (CIDR)."},
	{"imageBuilder.subnet", String, "10.241.0.0/28", "Subnet in which images are built (CIDR, /28 or larger)."},
	{"imageBuilder.mode", String, "build", "Where the jump box image comes from: build, or existing to bring your own."},
	{"imageBuilder.existingImageId", String, "", "Azure resource id of the managed image or gallery image version, for mode existing."},
	{"imageBuilder.retain", Boolean, true, "Keep template, identity and role assignments after the build. With false the next update drops them; the image stays."},
	{"imageBuilder.distribute", String, "ManagedImage", "What the build produces: ManagedImage, or SharedImage for an Azure Compute Gallery with Trusted Launch."},
	{"imageBuilder.sourceImage", String, "Canonical:ubuntu-24_04-lts:server:latest", "Marketplace image to start from, as publisher:offer:sku:version. Must be a Generation 2 Ubuntu LTS."},
	{"imageBuilder.vmSize", String, "Standard_D2ds_v5", "Size of the build VM."},
	{"imageBuilder.osDiskSizeGB", Integer, 32, "OS disk of the image in GiB (30 to 1024)."},
	{"imageBuilder.buildTimeoutMinutes", Integer, 60, "Minutes after which a build is given up (30 to 960)."},
	{"imageBuilder.toolVersions", Object, map[string]string{}, "Version per tool that differs from the built-in table, for example {\"kubectl\": \"1.35.1\"}; none leaves a tool out."},
	{"imageBuilder.useCustomRoles", Boolean, true, "Use the least-privilege custom roles. With false the wider built-in Network Contributor and Contributor are assigned."},
	{"imageBuilder.customRoleSuffix", String, "", "Text appended to the display names of the custom roles, which must be unique in the Entra tenant."},
}

func lookupKey(name string) Key {
	for _, key := range Keys {
		if key.Name == name {
			return key
		}
	}
	return Key{Name: name}
}
