// Package config is the typed configuration of a stack: it loads, fills in defaults, validates, and reports every
// mistake in one error. It also owns the names of Azure resources that follow from configuration.
package config

import "strings"

// Placement is where resources are, and what all of them carry. The Args of a component embed it.
type Placement struct {
	// Location is the Azure region's short name, for example eastus2.
	Location string
	// Zones are availability zones, "1" to "3".
	Zones []string
	// Tags are put on every resource that takes tags.
	Tags map[string]string
	// Protect protects resources that hold data or identity from deletion.
	Protect bool
}

// Config is the validated configuration of one stack.
type Config struct {
	Placement

	Parts          Parts
	Subscriptions  Subscriptions
	ResourceGroups ResourceGroups
	NetworkWatcher NetworkWatcher
	Hub            Hub
	Spokes         Spokes
	DNS            DNS
	Handover       Handover
	Bastion        Bastion
	Firewall       Firewall
	ImageBuilder   ImageBuilder
	Scripts        Scripts

	// Stamps are the clusters, at least one; none if Parts lacks them, and then nothing about them is loaded.
	Stamps       []Stamp
	Cluster      Cluster
	NodePools    NodePools
	Gateway      Gateway
	Ingress      Ingress
	Certificates Certificates
	Bootstrap    Bootstrap
	Registry     Registry
	Defender     Defender
	Governance   Governance
	FlowLogs     FlowLogs
	Policies     Policies
	Monitoring   Monitoring
	// Operators are the users of the jump boxes: SSH public keys by user name.
	Operators    map[string]string
	JumpBoxes    JumpBoxes
	BuildAgents  BuildAgents
	VirtualNodes VirtualNodes
	BuiltInRoles BuiltInRoles
}

// NetworkWatcher is the name of the region's Network Watcher. Azure creates it with the first virtual network of a region.
type NetworkWatcher struct {
	ResourceGroup, Name string
}

// Handover configures what is left to the owners of a landing zone.
type Handover struct {
	// WaitMinutes is for how long an update waits for it.
	WaitMinutes int
}

// Bastion configures Azure Bastion.
type Bastion struct {
	// SKU is Standard or Premium.
	SKU string
	// Zones are the availability zones of the host; empty where Azure offers Bastion none.
	Zones []string
}

// Firewall configures Azure Firewall and its policy.
type Firewall struct {
	Tier string // Premium or Standard
	// PublicIPCount is how many public IP addresses the firewall has.
	PublicIPCount int
	// IntrusionDetection is Deny, Alert or Off.
	IntrusionDetection string
	// DNSServers are the IPv4 addresses that the firewall's DNS proxy asks; none for Azure's own.
	DNSServers []string
	// NodeHosts are reached by nodes over HTTPS, beyond what the platform itself needs.
	NodeHosts []string
}

// Cluster configures the Kubernetes control plane of every stamp.
type Cluster struct {
	// AdminGroupObjectID is the Entra object id of the group of cluster administrators.
	AdminGroupObjectID string
	// AdminTenantID is the Entra tenant of the Kubernetes API's users; empty means that of the Azure login.
	AdminTenantID string
	// Entra object ids of the groups whose members administer, change and see the workload's namespaces, and of the one that sees
	// the whole cluster. Where none is configured, AdminGroupObjectID.
	NamespaceAdminGroupObjectID, NamespaceEditorGroupObjectID, NamespaceViewerGroupObjectID, ViewerGroupObjectID string
	// SKUTier is Standard or Premium.
	SKUTier string
	// MaintenanceDay is a day of the week, MaintenanceStart a time of day (HH:MM, UTC).
	MaintenanceDay, MaintenanceStart string
	// MaintenanceHours is how long the window is open.
	MaintenanceHours int
	// NodeResourceGroupLockdown lets only AKS change what is in the cluster's node resource group.
	NodeResourceGroupLockdown bool
}

// NodePools configures the three node pools of every stamp.
type NodePools struct {
	// Generation is the number in the pools' names.
	Generation int
	VMSize     string
	// NextVMSize is the size of the nodes of a further generation of pools, beside the one in use; empty for none.
	NextVMSize string
	// The fewest and the most nodes of the system pool, and of each user pool.
	SystemMin, SystemMax, UserMin, UserMax int
}

// Gateway configures the Application Gateway of every stamp.
type Gateway struct {
	// HostName is the public host name of the workload.
	HostName string
	// FirewallMode of the web application firewall is Prevention or Detection.
	FirewallMode string
	// MinCapacity and MaxCapacity bound autoscaling, in instances of about ten capacity units.
	MinCapacity, MaxCapacity int
}

// Ingress configures what is behind the gateway.
type Ingress struct {
	// Domain is the DNS domain of the ingress controllers.
	Domain string
}

// Certificates are the TLS certificates with their keys.
type Certificates struct {
	// Listener is the gateway's, as base64 of a PKCS#12 file without password.
	Listener Secret
	// Ingress is the ingress controller's as PEM: private key, certificate, and what it chains to, the root last.
	Ingress Secret
}

// Registry configures the container registry of every stamp.
type Registry struct {
	// GeoReplication is the region of the replica; empty for none.
	GeoReplication string
	// Images are imported in addition to the bootstrap images, as host/repository:tag@sha256:digest.
	Images []string
	// AgentPool adds a pool of registry task agents.
	AgentPool bool
	// DockerHubUser and DockerHubToken sign in to Docker Hub for imports; both or neither are set.
	DockerHubUser  string
	DockerHubToken Secret
}

// Defender configures Microsoft Defender for Cloud on the subscription.
type Defender struct {
	// Enabled switches the plans on; EnforcePolicies lets Azure Policy set them again.
	Enabled, EnforcePolicies bool
}

// Monitoring configures logs and alerts of every stamp.
type Monitoring struct {
	LogRetentionDays int
	// WorkspaceID is the Azure resource id of a Log Analytics workspace for the logs of all stamps, MetricsWorkspaceID that of an Azure Monitor
	// workspace for their metrics; empty for new ones.
	WorkspaceID, MetricsWorkspaceID string
	// AlertEmails receive the alerts.
	AlertEmails []string
}

// JumpBoxes configures the operators' jump boxes of every stamp.
type JumpBoxes struct {
	VMSize string
	Count  int
	// AllowedHosts are reached over HTTPS, beyond what operators need for Azure.
	AllowedHosts []string
}

// BuildAgents configures the subnet for build agents of every stamp.
type BuildAgents struct {
	// AllowedHosts are reached over HTTPS.
	AllowedHosts []string
}

// Load reads and validates the configuration of a stack. The error is an *Error that lists every mistake. knownTools
// are the names that imageBuilder.toolVersions may use.
func Load(source Source, knownTools []string) (*Config, error) {
	r := newReader(source)
	cfg := &Config{
		Placement: Placement{
			Location: r.location("location"),
			Zones:    r.zones("zones"),
			Tags:     r.tags("tags"),
			Protect:  r.boolean("protect"),
		},
		Hub:      r.hub(),
		DNS:      r.dns(),
		Handover: Handover{WaitMinutes: r.integer("handover.waitMinutes", 0, 1440)},
		Bastion: Bastion{
			SKU:   r.oneOf("bastion.sku", "Standard", "Premium"),
			Zones: r.zones("bastion.zones"),
		},
		Firewall: Firewall{
			Tier:               r.oneOf("firewall.tier", "Premium", "Standard"),
			PublicIPCount:      r.integer("firewall.publicIpCount", 1, 250),
			IntrusionDetection: r.oneOf("firewall.intrusionDetection", "Deny", "Alert", "Off"),
			DNSServers:         r.dnsServers("firewall.dnsServers"),
			NodeHosts:          r.hosts("firewall.nodeHosts"),
		},
		ImageBuilder: ImageBuilder{
			AddressSpace:        r.prefix("imageBuilder.addressSpace", 28),
			Subnet:              r.prefix("imageBuilder.subnet", 28),
			SubnetID:            strings.TrimRight(r.text("imageBuilder.subnetId"), "/"),
			Mode:                r.oneOf("imageBuilder.mode", ModeBuild, ModeExisting),
			ExistingImageID:     r.text("imageBuilder.existingImageId"),
			Retain:              r.boolean("imageBuilder.retain"),
			Distribute:          r.oneOf("imageBuilder.distribute", ManagedImage, SharedImage),
			SourceImage:         r.marketplaceImage("imageBuilder.sourceImage"),
			VMSize:              r.vmSize("imageBuilder.vmSize"),
			ProxyVMSize:         r.vmSizeOr("imageBuilder.proxyVmSize", "imageBuilder.vmSize"),
			OSDiskSizeGB:        r.integer("imageBuilder.osDiskSizeGB", 30, 1024),
			BuildTimeoutMinutes: r.integer("imageBuilder.buildTimeoutMinutes", 30, 960),
			ToolVersions:        r.toolVersions("imageBuilder.toolVersions", knownTools),
			UseCustomRoles:      r.boolean("imageBuilder.useCustomRoles"),
			CustomRoleSuffix:    r.text("imageBuilder.customRoleSuffix"),
		},
	}
	cfg.Subscriptions, cfg.Governance, cfg.FlowLogs = r.subscriptions(), r.governance(), r.flowLogs()
	cfg.Spokes = r.spokes()
	cfg.Scripts = Scripts{
		RunBy:             r.oneOf("scripts.runBy", RunByAzure, RunByCaller),
		StorageAccountID:  r.text("scripts.storageAccountId"),
		StorageAccountKey: r.secret("scripts.storageAccountKey"),
		SubnetID:          r.text("scripts.subnetId"),
	}
	suffix := ""
	if r.boolean("resourceGroups.regionSuffix") {
		suffix = "-" + cfg.Location
	}
	cfg.ResourceGroups = r.resourceGroups(suffix)
	cfg.NetworkWatcher = NetworkWatcher{
		ResourceGroup: r.resourceGroup("networkWatcher.resourceGroup", ""),
		Name:          r.networkWatcherName("networkWatcher.name", cfg.Location),
	}
	cfg.Parts = r.parts("parts")
	cfg.Hub.Stack = r.otherStack("hub.stack", PartNetwork, cfg.Parts.Network)
	cfg.ImageBuilder.Stack = r.otherStack("imageBuilder.stack", PartImage, cfg.Parts.Image)
	cfg.Defender = Defender{Enabled: r.boolean("defender.enabled"), EnforcePolicies: r.boolean("defender.enforcePolicies")}
	cfg.Policies = r.policies()
	cfg.BuiltInRoles = r.builtInRoles()
	if cfg.Parts.Stamps {
		r.loadStamps(cfg, suffix)
	}
	r.checkParts(cfg)
	r.checkZones(cfg)
	r.checkHub(cfg.Hub)
	r.checkDNS(cfg.DNS, cfg.Location)
	r.checkNetworks(cfg)
	r.checkResourceGroups(cfg)
	r.checkFirewall(cfg.Firewall, cfg.Hub)
	r.checkBuildSubnet(cfg.ImageBuilder)
	r.checkGivenNetworks(cfg)
	r.checkImageBuilder(cfg.ImageBuilder, cfg.Location, cfg.Parts.Image)
	r.checkScripts(cfg.Scripts, cfg.ResourceGroups)
	r.checkSubscriptions(cfg)
	r.checkExistingGroups(cfg)
	r.checkLogs(cfg)
	r.checkGovernance(cfg)
	r.checkImageDisk(cfg.ImageBuilder, cfg.JumpBoxes.VMSize)
	if len(r.problems) > 0 {
		return nil, &Error{Problems: r.problems}
	}
	return cfg, nil
}
