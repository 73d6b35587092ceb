package config

import (
	"fmt"
	"net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode"
)

var (
	entraGUID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hostName  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$`)
	// A host of a firewall rule is a host name, or one with a leading *.
	ruleHost    = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$`)
	timeOfDay   = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	pinnedImage = regexp.MustCompile(`^[a-z0-9.-]+\.[a-z]+(/[a-z0-9]+([._-][a-z0-9]+)*)+:[\w][\w.-]{0,127}@sha256:[0-9a-f]{64}$`)
)

// loadStamps reads the keys about the clusters; suffix is appended to the names of resource groups.
func (r *reader) loadStamps(cfg *Config, suffix string) {
	cfg.Stamps = r.stamps("stamps", r.text("resourceGroups.workload"), suffix)
	for i, stamp := range cfg.Stamps {
		// checkVirtualNodesGroups refuses an empty name.
		if name := r.text("virtualNodes.resourceGroup"); name != "" {
			cfg.Stamps[i].VirtualNodesGroup = stamp.Shared(name) + suffix
		}
	}
	cfg.Cluster = r.cluster()
	cfg.Bootstrap = r.bootstrap()
	cfg.NodePools = r.nodePools()
	cfg.Gateway = Gateway{
		HostName:     r.matching("gateway.hostName", hostName, "a host name in lower case, such as www.example.com"),
		FirewallMode: r.oneOf("gateway.firewallMode", "Prevention", "Detection"),
		MinCapacity:  r.integer("gateway.minCapacity", 0, 100),
		MaxCapacity:  r.integer("gateway.maxCapacity", 2, 125),
	}
	cfg.Ingress = Ingress{Domain: r.matching("ingress.domain", hostName, "a domain in lower case, such as ingress.example.com")}
	cfg.Certificates = Certificates{Listener: r.secret("certificates.listener"), Ingress: r.secret("certificates.ingress")}
	cfg.Registry = Registry{
		GeoReplication: r.text("registry.geoReplication"),
		Images:         r.eachMatching("registry.images", pinnedImage, "host/repository:tag@sha256:digest, with 64 hexadecimal digits"),
		AgentPool:      r.boolean("registry.agentPool"),
		DockerHubUser:  r.text("registry.dockerHubUser"),
		DockerHubToken: r.token("registry.dockerHubToken"),
	}
	cfg.Monitoring = r.monitoring()
	cfg.Operators = r.operators("operators")
	cfg.JumpBoxes = JumpBoxes{
		VMSize: r.vmSize("jumpBoxes.vmSize"), Count: r.integer("jumpBoxes.count", 0, 10), AllowedHosts: r.hosts("jumpBoxes.allowedHosts"),
	}
	cfg.BuildAgents = BuildAgents{AllowedHosts: r.hosts("buildAgents.allowedHosts")}
	cfg.VirtualNodes = r.virtualNodes()
	r.checkStamps(cfg)
	r.checkVirtualNodes(cfg)
	r.checkClusters(cfg)
	r.checkCertificates(cfg)
	r.checkBootstrap(cfg.Bootstrap)
}

func (r *reader) cluster() Cluster {
	administrators := r.guid("cluster.adminGroupObjectId", true)
	// A group that is not configured is that of the administrators, for whom its bindings change nothing.
	group := func(key string) string {
		if configured := r.guid(key, false); configured != "" {
			return configured
		}
		return administrators
	}
	return Cluster{
		AdminGroupObjectID:           administrators,
		AdminTenantID:                r.guid("cluster.adminTenantId", false),
		NamespaceAdminGroupObjectID:  group("cluster.namespaceAdminGroupObjectId"),
		NamespaceEditorGroupObjectID: group("cluster.namespaceEditorGroupObjectId"),
		NamespaceViewerGroupObjectID: group("cluster.namespaceViewerGroupObjectId"),
		ViewerGroupObjectID:          group("cluster.viewerGroupObjectId"),
		SKUTier:                      r.oneOf("cluster.skuTier", "Standard", "Premium"),
		MaintenanceDay:               r.oneOf("cluster.maintenanceDay", weekdays()...),
		MaintenanceStart:             r.matching("cluster.maintenanceStart", timeOfDay, "a time of day as HH:MM"),
		MaintenanceHours:             r.integer("cluster.maintenanceHours", 4, 24),
		NodeResourceGroupLockdown:    r.boolean("cluster.nodeResourceGroupLockdown"),
	}
}

// maxDomain leaves room for the rest of the names of gateway parts, which have at most 80 characters.
const maxDomain = 54

const (
	// maxNodes is AKS's limit for one pool (Azure document "Quotas, virtual machine size restrictions, and region availability in AKS").
	// Usually the subnet of a pool has addresses for fewer.
	maxNodes = 1000
	// maxGeneration has two digits, as in npooscope01: names of pools end after 12 characters.
	maxGeneration = 98
)

func (r *reader) nodePools() NodePools {
	pools := NodePools{
		Generation: r.integer("nodePools.generation", 1, maxGeneration),
		VMSize:     r.vmSize("nodePools.vmSize"),
		SystemMin:  r.integer("nodePools.systemMin", 3, maxNodes),
		SystemMax:  r.integer("nodePools.systemMax", 3, maxNodes),
		UserMin:    r.integer("nodePools.userMin", 2, maxNodes),
		UserMax:    r.integer("nodePools.userMax", 2, maxNodes),
	}
	if r.text("nodePools.nextVmSize") != "" {
		pools.NextVMSize = r.vmSize("nodePools.nextVmSize")
	}
	return pools
}

// ServiceRange is that of Kubernetes services, inside clusters only; no network may contain any of it.
var ServiceRange = netip.MustParsePrefix("172.16.0.0/16")

// reservedByAKS are ranges that no network of a cluster may contain (Azure document "Configure Azure CNI networking in AKS").
var reservedByAKS = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.30.0.0/16"), netip.MustParsePrefix("172.31.0.0/16"),
	netip.MustParsePrefix("192.0.2.0/24"),
}

// ReservedByClusters are all ranges that no network of a cluster may contain.
func ReservedByClusters() []netip.Prefix {
	return append([]netip.Prefix{ServiceRange}, reservedByAKS...)
}

func weekdays() []string {
	var days []string
	for day := time.Sunday; day <= time.Saturday; day++ {
		days = append(days, day.String())
	}
	return days
}

func (r *reader) matching(key string, pattern *regexp.Regexp, allowed string) string {
	value := r.text(key)
	if !pattern.MatchString(value) {
		r.reject(key, value, allowed)
	}
	return value
}

func (r *reader) eachMatching(key string, pattern *regexp.Regexp, allowed string) []string {
	values := r.list(key)
	for i, value := range values {
		if !pattern.MatchString(value) {
			r.reject(fmt.Sprintf("%s[%d]", key, i), value, allowed)
		}
	}
	return values
}

func (r *reader) guid(key string, required bool) string {
	value := r.text(key)
	if value == "" && !required {
		return ""
	}
	if !entraGUID.MatchString(value) {
		r.reject(key, value, "a GUID, as Microsoft Entra shows it")
	}
	return value
}

func (r *reader) emails(key string) []string {
	values := r.list(key)
	for i, value := range values {
		if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
			r.reject(fmt.Sprintf("%s[%d]", key, i), value, "an e-mail address")
		}
	}
	return values
}

// secret reads a value that must not be shown. If the source says which values are encrypted, it must be one of them.
func (r *reader) secret(key string) Secret {
	value := r.text(key)
	section, _, _ := strings.Cut(key, ".")
	source, known := r.source.(interface{ IsConfigSecret(key string) bool })
	if value != "" && known && !source.IsConfigSecret(r.source.Project()+":"+section) {
		r.reject(key, value, "a value that is encrypted: set it with pulumi config set --path --secret "+key)
	}
	return NewSecret(value)
}

// token reads a secret of one line, in which white space can only come from how it was entered: it would be sent with the token.
func (r *reader) token(key string) Secret {
	secret := r.secret(key)
	if strings.ContainsFunc(secret.Reveal(), unicode.IsSpace) {
		r.reject(key, hidden, "a token without spaces and line breaks")
	}
	return secret
}

// maxImages limits the import to the day that a deployment script may take.
const maxImages = 100

// checkClusters checks the keys about clusters against each other.
func (r *reader) checkClusters(cfg *Config) {
	for _, pool := range []struct {
		key      string
		min, max int
	}{
		{"nodePools.system", cfg.NodePools.SystemMin, cfg.NodePools.SystemMax},
		{"nodePools.user", cfg.NodePools.UserMin, cfg.NodePools.UserMax},
	} {
		if pool.max < pool.min {
			r.reject(pool.key+"Max", fmt.Sprint(pool.max), fmt.Sprintf("at least %sMin, %d", pool.key, pool.min))
		}
	}
	if cfg.Gateway.MaxCapacity < cfg.Gateway.MinCapacity {
		r.reject("gateway.maxCapacity", fmt.Sprint(cfg.Gateway.MaxCapacity),
			fmt.Sprintf("at least gateway.minCapacity, %d", cfg.Gateway.MinCapacity))
	}
	if replica := cfg.Registry.GeoReplication; replica != "" && (!regionName.MatchString(replica) || replica == cfg.Location) {
		r.reject("registry.geoReplication", replica, "empty, or the short name of a region other than location "+cfg.Location)
	}
	if count := len(cfg.Registry.Images); count > maxImages {
		r.reject("registry.images", fmt.Sprintf("%d images", count), fmt.Sprintf("at most %d images", maxImages))
	}
	if (cfg.Registry.DockerHubUser == "") == cfg.Registry.DockerHubToken.IsSet() {
		r.reject("registry.dockerHubToken", hidden, "a token together with registry.dockerHubUser, or neither")
	}
	if len(cfg.Ingress.Domain) > maxDomain {
		r.reject("ingress.domain", cfg.Ingress.Domain,
			fmt.Sprintf("at most %d characters, since parts of the gateway are named after it", maxDomain))
	}
	if strings.HasSuffix(cfg.Gateway.HostName, "."+cfg.Ingress.Domain) {
		r.reject("gateway.hostName", cfg.Gateway.HostName,
			"a name outside ingress.domain "+cfg.Ingress.Domain+", which only the gateway resolves")
	}
}
