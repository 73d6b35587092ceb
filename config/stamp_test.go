package config_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/devcerts"
)

const (
	operatorKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEAP2hzoVZBvNuMyXW3xlKNFcLAvbWWvgUZHWUlZZ8"
	pinnedImage = "docker.io/library/busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0"
)

func made(host, domain string, when time.Time) *devcerts.Certificates {
	certificates, err := devcerts.Make(host, domain, when)
	if err != nil {
		panic(err)
	}
	return certificates
}

func listenerFor(host string) string  { return made(host, "x.example.com", time.Now()).Listener }
func ingressFor(domain string) string { return made("x.example.com", domain, time.Now()).Ingress }

const twoStamps = `[{"name": "01", "addressSpace": "10.240.0.0/16"}, {"name": "02", "addressSpace": "10.242.0.0/16", "kubernetesVersion": "1.36"}]`

// A further stamp gets names and ranges of its own wherever stamps share a resource group, a network or a subscription, and
// changes nothing about the first.
func TestSecondStamp(t *testing.T) {
	alone := load(t, nil).Stamps[0]
	stamps := load(t, values{"stamps": twoStamps}).Stamps
	require.Len(t, stamps, 2)
	assert.Equal(t, alone, stamps[0])
	second := stamps[1]
	assert.Equal(t, "1.36", second.KubernetesVersion)
	assert.Equal(t, "rg-bu0001a0005-02", second.ResourceGroup)
	assert.Equal(t, "vnet-spoke-bu0001a0005-02", second.VNetName())
	assert.Equal(t, "pip-bu0001a0005-00-02", second.GatewayPublicIPName())
	assert.Equal(t, netip.MustParsePrefix("10.242.12.0/22"), second.Subnets.InScopeNodePools)
	assert.Equal(t, netip.MustParseAddr("10.242.4.4"), second.IngressAddress())
	assert.Equal(t, netip.MustParseAddr("10.240.4.4"), alone.IngressAddress())
	ours, theirs := alone.Names(subscription), second.Names(subscription)
	assert.NotEqual(t, ours.Registry, theirs.Registry)
	assert.NotEqual(t, ours.Vault, theirs.Vault)
	assert.NotEqual(t, ours.Cluster, theirs.Cluster)
}

// smallStamp has a network of 2,048 addresses in the shared space of RFC 6598, with a range for each subnet.
const smallStamp = `[{"name": "01", "addressSpace": "100.64.8.0/21", "managementOpsSubnet": "100.64.8.0/28", "managementAgentsSubnet": "100.64.8.16/29",
	"ingressServicesSubnet": "100.64.8.32/29", "privateLinkEndpointsSubnet": "100.64.8.40/29", "managementAcrAgentsSubnet": "100.64.8.48/29",
	"applicationGatewaySubnet": "100.64.8.128/25", "systemNodePoolSubnet": "100.64.10.0/23", "inScopeNodePoolsSubnet": "100.64.12.0/23",
	"outOfScopeNodePoolsSubnet": "100.64.14.0/23"}]`

// A stamp needs no /16: with a range for each subnet its address space can be as small as they are together, and shared space.
func TestRangesOfAStamp(t *testing.T) {
	stamp := load(t, values{"stamps": smallStamp}).Stamps[0]
	assert.Equal(t, netip.MustParsePrefix("100.64.12.0/23"), stamp.Subnets.InScopeNodePools)
	assert.Equal(t, netip.MustParseAddr("100.64.8.36"), stamp.IngressAddress())
	moved := load(t, values{"stamps": ranged("inScopeNodePoolsSubnet", "10.240.64.0/18"), "nodePools.userMax": "24"}).Stamps[0]
	assert.Equal(t, netip.MustParsePrefix("10.240.64.0/18"), moved.Subnets.InScopeNodePools)
	assert.Equal(t, netip.MustParsePrefix("10.240.16.0/22"), moved.Subnets.OutOfScopeNodePools, "what has no range keeps its place")
}

// ranged is the default stamp with one more property.
func ranged(property, value string) string {
	return fmt.Sprintf(`[{"name": "01", "addressSpace": "10.240.0.0/16", %q: %q}]`, property, value)
}

// Names keep to Azure's limits: a vault has 3 to 24 characters, a registry letters and digits only.
func TestStampNames(t *testing.T) {
	names := load(t, nil).Stamps[0].Names(subscription)
	assert.Regexp(t, `^aks-[a-z2-7]{13}$`, names.Cluster)
	assert.Regexp(t, `^acraks[a-z2-7]{13}$`, names.Registry)
	assert.Regexp(t, `^kv-aks-[a-z2-7]{13}$`, names.Vault)
	renamed := load(t, values{"stamps": `[{"name": "01", "addressSpace": "10.240.0.0/16", "vaultSuffix": "b2b2", "workspaceSuffix": "c3"}]`}).Stamps[0]
	assert.Equal(t, names.Vault+"b2b2", renamed.Names(subscription).Vault)
	assert.Equal(t, names.Workspace+"c3", renamed.Names(subscription).Workspace)
	assert.LessOrEqual(t, len(renamed.Names(subscription).Vault), 24)
	assert.Equal(t, "rg-"+names.Cluster+"-nodepools", names.NodeResourceGroup)
}

// The suffix of resource groups goes on a stamp's as well.
func TestStampResourceGroupSuffix(t *testing.T) {
	cfg := load(t, values{"resourceGroups.regionSuffix": "true", "stamps": twoStamps})
	assert.Equal(t, cfg.ResourceGroups.Workload, cfg.Stamps[0].ResourceGroup)
	assert.Equal(t, "rg-bu0001a0005-02-eastus2", cfg.Stamps[1].ResourceGroup)
}

var stampMistakes = map[string]mistake{
	"no stamp": set("stamps", "[]", "at least one stamp"),
	"stamp 00": set("stamps", `[{"name": "00", "addressSpace": "10.240.0.0/16"}]`, "01 to 99").of("stamps[0].name", "00"),
	"small range without subnets": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/20", "managementOpsSubnet": "10.240.1.0/28"}]`,
		"a /16 or larger, or a range for each subnet: managementAgentsSubnet, ").of("stamps[0].addressSpace", "10.240.0.0/20"),
	"unknown property": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "size": "big"}]`, "name, addressSpace").
		of("stamps[0].size", "big"),
	"version with a v": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "kubernetesVersion": "v1.35"}]`, "such as 1.35").
		of("stamps[0].kubernetesVersion", "v1.35"),
	"long vault suffix": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "vaultSuffix": "again"}]`, "up to 4").
		of("stamps[0].vaultSuffix", "again"),
	"same range twice": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16"}, {"name": "02", "addressSpace": "10.240.0.0/16"}]`,
		"not overlap stamps[0].addressSpace").of("stamps[1].addressSpace", "10.240.0.0/16"),
	"same resource group twice": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16"},
		{"name": "02", "addressSpace": "10.242.0.0/16", "resourceGroup": "RG-bu0001a0005"}]`,
		"different from stamps[0].resourceGroup").of("stamps[1].resourceGroup", "RG-bu0001a0005"),
	"group of the hub": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "resourceGroup": "rg-enterprise-networking-hubs"}]`,
		"different from resourceGroups.hub").of("stamps[0].resourceGroup", "rg-enterprise-networking-hubs"),
	"range over the builder's": set("stamps", `[{"name": "01", "addressSpace": "10.241.0.0/16"}]`, "not overlap imageBuilder.addressSpace").
		of("stamps[0].addressSpace", "10.241.0.0/16"),
	"range of AKS's own": set("stamps", `[{"name": "01", "addressSpace": "172.31.0.0/16"}]`, "AKS reserves").
		of("stamps[0].addressSpace", "172.31.0.0/16"),
	"patch version": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "kubernetesVersion": "1.35.2"}]`, "AKS chooses the patch").
		of("stamps[0].kubernetesVersion", "1.35.2"),
	"workload group in other case": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "resourceGroup": "RG-bu0001a0005"}]`,
		"exact spelling").of("stamps[0].resourceGroup", "RG-bu0001a0005"),
	"space too small": set("stamps", `[{"name": "01", "addressSpace": "10.240.0.0/16", "systemNodePoolSubnet": "10.240.8.0/23"}]`,
		"a /22 or larger: the nodes of nodePools.systemMax 20").of("stamps[0].systemNodePoolSubnet", "10.240.8.0/23").with("nodePools.systemMax", "20"),
	"smaller than Azure takes": set("stamps", ranged("ingressServicesSubnet", "10.240.4.0/30"), "/29 or larger").
		of("stamps[0].ingressServicesSubnet", "10.240.4.0/30"),
	"endpoints with a replica": set("stamps", ranged("privateLinkEndpointsSubnet", "10.240.250.0/29"), "a /28 or larger: the private endpoints of vault and registry need 4").
		of("stamps[0].privateLinkEndpointsSubnet", "10.240.250.0/29").with("registry.geoReplication", "westus2"),
	"more jump boxes": set("stamps", ranged("managementOpsSubnet", "10.240.1.0/29"), "the jump boxes need 4").
		of("stamps[0].managementOpsSubnet", "10.240.1.0/29").with("jumpBoxes.count", "4"),
	"subnet outside": set("stamps", ranged("managementAgentsSubnet", "10.250.0.0/26"), "inside stamps[0].addressSpace 10.240.0.0/16").
		of("stamps[0].managementAgentsSubnet", "10.250.0.0/26"),
	"subnet over another": set("stamps", ranged("inScopeNodePoolsSubnet", "10.240.16.0/21"), "not overlap stamps[0].inScopeNodePoolsSubnet").
		of("stamps[0].outOfScopeNodePoolsSubnet", "10.240.16.0/22"),
	"subnet with host bits": set("stamps", ranged("managementOpsSubnet", "10.240.1.1/28"), "without host bits").
		of("stamps[0].managementOpsSubnet", "10.240.1.1/28"),
	"public range": set("stamps", `[{"name": "01", "addressSpace": "11.0.0.0/16"}]`, "100.64.0.0/10 of RFC 6598").of("stamps[0].addressSpace", "11.0.0.0/16"),
	"range of services": set("stamps", `[{"name": "01", "addressSpace": "172.16.0.0/16"}]`, "Kubernetes services").
		of("stamps[0].addressSpace", "172.16.0.0/16"),
}

const (
	givenNetwork = "/subscriptions/" + subscription + "/resourceGroups/rg-theirs/providers/Microsoft.Network/virtualNetworks/vnet-theirs"
	givenStamp   = `[{"name": "01", "addressSpace": "10.240.0.0/16", "networkId": "` + givenNetwork + `"`
)

// In a given network each subnet has the name that it has there, and the others those of the program.
func TestNamesInAGivenNetwork(t *testing.T) {
	stamp := load(t, values{"stamps": givenStamp + `, "managementOpsSubnetName": "ops"}]`}.atHub()).Stamps[0]
	assert.Equal(t, givenNetwork, stamp.NetworkID)
	shared := values{"stamps": givenStamp + "}]", "imageBuilder.subnetId": givenNetwork + "/subnets/build", "imageBuilder.subnet": "10.240.200.0/28"}.atHub()
	assert.Equal(t, netip.MustParsePrefix("10.240.200.0/28"), load(t, shared).ImageBuilder.Subnet, "images may be built in the same network")
	assert.Equal(t, "ops", stamp.SubnetName(config.SubnetManagementOps))
	assert.Equal(t, config.SubnetSystemNodePool, stamp.SubnetName(config.SubnetSystemNodePool))
	assert.Equal(t, givenNetwork, stamp.NetworkIn("/subscriptions/s/resourceGroups/g"))
}

// Machines join networks of their own subscription only, so one of another is refused once the login is known; the image may be built elsewhere.
func TestNetworksOfAnotherSubscription(t *testing.T) {
	const images = "0f000000-0000-4000-8000-00000000000f"
	cfg := load(t, values{"stamps": givenStamp + "}]", "imageBuilder.subnetId": givenNetwork + "/subnets/build", "imageBuilder.subnet": "10.9.0.0/28"}.atHub())
	assert.Empty(t, cfg.GivenNetworkProblems(strings.ToUpper(subscription)))
	var keys []string
	for _, problem := range cfg.GivenNetworkProblems(images) {
		keys = append(keys, problem.Key)
		assert.Contains(t, problem.Allowed, "subscription "+images+" of the Azure login")
	}
	assert.Equal(t, []string{"imageBuilder.subnetId", "stamps[0].networkId"}, keys)
	cfg.Subscriptions.Images = images
	found := cfg.GivenNetworkProblems(subscription)
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Allowed, "that of subscriptions.images")
}

// atHub puts a hub of others beside a given network.
func (v values) atHub() values {
	for key, value := range existingHub() {
		v[key] = value
	}
	return v
}

func (m mistake) atHub() mistake {
	m.values.atHub()
	return m
}

var givenMistakes = map[string]mistake{
	"network by name": set("stamps", ranged("networkId", "vnet-theirs"), "resource id of a virtual network").of("stamps[0].networkId", "vnet-theirs"),
	"subnet for a network": set("stamps", ranged("networkId", givenNetwork+"/subnets/a"), "resource id of a virtual network").
		of("stamps[0].networkId", givenNetwork+"/subnets/a"),
	"network without its hub":   set("stamps", givenStamp+"}]", "empty while hub.mode is create").of("stamps[0].networkId", givenNetwork),
	"name without a network":    set("stamps", ranged("managementOpsSubnetName", "ops"), "empty without networkId").of("stamps[0].managementOpsSubnetName", "ops"),
	"roles of nobody's network": set("stamps", ranged("networkRoles", "none"), "none with a networkId").of("stamps[0].networkRoles", "none"),
	"other roles":               set("stamps", ranged("networkRoles", "ours"), "assign, or none").of("stamps[0].networkRoles", "ours"),
	"roles of virtual nodes": virtualBut("stamps", givenStamp+`, "networkRoles": "none"}]`, "a custom one of the stack").atHub().
		of("stamps[0].networkRoles", "none"),
	"name with a slash": set("stamps", givenStamp+`, "managementOpsSubnetName": "subnets/ops"}]`, "1 to 80 letters").atHub().
		of("stamps[0].managementOpsSubnetName", "subnets/ops"),
	"one subnet for two": set("stamps", givenStamp+`, "managementOpsSubnetName": "SNET-management-agents"}]`, "another subnet than that of stamps[0].managementOpsSubnetName").atHub().
		of("stamps[0].managementAgentsSubnetName", "snet-management-agents"),
	"one network for two stamps": set("stamps", givenStamp+`}, {"name": "02", "addressSpace": "10.242.0.0/16", "networkId": "`+givenNetwork+`"}]`,
		"another network than that of stamps[0]").atHub().of("stamps[1].networkId", givenNetwork),
	"build subnet by name":       set("imageBuilder.subnetId", "snet-build", "resource id of a subnet"),
	"build subnet and a network": set("imageBuilder.subnetId", givenNetwork+"/subnets/build", "no value while").with("imageBuilder.subnet", "10.9.0.0/28").with("imageBuilder.addressSpace", "10.9.0.0/28").of("imageBuilder.addressSpace", "10.9.0.0/28"),
	"build subnet for an image":  existingImage(galleryImageVersion, "nothing is built").with("imageBuilder.subnetId", givenNetwork+"/subnets/build").with("imageBuilder.subnet", "10.9.0.0/28").of("imageBuilder.subnetId", givenNetwork+"/subnets/build"),
	"build subnet over a stamp's": set("imageBuilder.subnetId", givenNetwork+"/subnets/build", "not overlap stamps[0].managementOpsSubnet").
		with("stamps", givenStamp+"}]").with("imageBuilder.subnet", "10.240.1.0/28").atHub().of("imageBuilder.subnet", "10.240.1.0/28"),
	"build subnet in the stamp's": set("imageBuilder.subnetId", givenNetwork+"/subnets/build", "not overlap").with("imageBuilder.subnet", "10.240.100.0/28").of("stamps[0].addressSpace", "10.240.0.0/16"),
}

var transitMistakes = map[string]mistake{
	"spokes without the hub": set("hub.useRemoteGateways", "true", "hub.allowGatewayTransit true as well"),
	"routes of no gateway":   set("hub.gatewayRoutes", "true", "hub.useRemoteGateways true as well"),
	"plan by name":           set("spokes.ddosPlanId", "ddos-plan", "Azure resource id of a DDoS protection plan"),
}

var clusterMistakes = map[string]mistake{
	"no admin group":        set("cluster.adminGroupObjectId", "", "GUID"),
	"name of a group":       set("cluster.adminGroupObjectId", "cluster-admins", "GUID"),
	"free tier":             set("cluster.skuTier", "Free", "Standard, Premium"),
	"unknown day":           set("cluster.maintenanceDay", "Sun", "Sunday"),
	"time without minutes":  set("cluster.maintenanceStart", "2", "HH:MM"),
	"fewer than the fewest": set("nodePools.userMax", "2", "at least nodePools.userMin, 3").with("nodePools.userMin", "3"),
	"more than a subnet":    set("nodePools.systemMax", "25", "at most 24, for which stamps[0].systemNodePoolSubnet 10.240.8.0/22"),
	"more than AKS takes":   set("nodePools.systemMax", "1001", "3 to 1000"),
	"instances of the gateway": set("stamps", ranged("applicationGatewaySubnet", "10.240.5.0/28"), "a /27 or larger: the gateway's instances need 12").
		of("stamps[0].applicationGatewaySubnet", "10.240.5.0/28").with("gateway.maxCapacity", "12"),
	"no next size":        set("nodePools.nextVmSize", "large", "an Azure VM size"),
	"two in a subnet":     set("nodePools.userMax", "13", "at most 12 while nodePools.nextVmSize").with("nodePools.nextVmSize", "Standard_D8ds_v5"),
	"generation zero":     set("nodePools.generation", "0", "1 to 98"),
	"day in lower case":   set("cluster.maintenanceDay", "sunday", "Sunday"),
	"operator of systemd": set("operators", `{"systemd-network": "`+operatorKey+`"}`, "does not use").at("systemd-network"),
	"operator mail":       set("operators", `{"mail": "`+operatorKey+`"}`, "does not use").at("mail"),
	"future listener":     hiddenSet("certificates.listener", made("bicycle.contoso.com", "x.example.com", time.Now().AddDate(1, 0, 0)).Listener, "valid already"),
	"listener with AES":   hiddenSet("certificates.listener", reencoded(listenerFor("bicycle.contoso.com")), "older encryption"),
	"replica at home":     set("registry.geoReplication", "eastus2", "other than location eastus2"),
	"image by tag":        set("registry.images", `["docker.io/library/busybox:1.37.0"]`, "@sha256:digest").of("registry.images[0]", "docker.io/library/busybox:1.37.0"),
	"user without token":  set("registry.dockerHubUser", "someone", "together with").of("registry.dockerHubToken", "[secret]"),
	"no e-mail address":   set("monitoring.alertEmails", `["platform"]`, "e-mail").of("monitoring.alertEmails[0]", "platform"),
	"no operator":         set("operators", "{}", "at least one user"),
	"too many operators":  set("operators", crowd(400), "64 KiB").at("400 users"),
	"operator root":       set("operators", `{"root": "`+operatorKey+`"}`, "does not use").at("root"),
	"private key":         set("operators", `{"me": "-----BEGIN OPENSSH PRIVATE KEY-----"}`, "SSH public key").of("operators.me", "[secret]"),
	"two keys in one": set("operators", `{"me": "`+operatorKey+`\nssh-ed25519 AAAA"}`, "one SSH public key").
		of("operators.me", operatorKey+"\nssh-ed25519 AAAA"),
	"short RSA key":              set("operators", `{"me": "`+shortKey+`"}`, "not of 1024 bits").of("operators.me", shortKey),
	"host with a path":           set("buildAgents.allowedHosts", `["github.com/owner"]`, "host name").of("buildAgents.allowedHosts[0]", "github.com/owner"),
	"no listener certificate":    set("certificates.listener", "", "PKCS#12"),
	"listener for another host":  hiddenSet("certificates.listener", listenerFor("other.example.com"), "for bicycle.contoso.com"),
	"listener that is no PFX":    hiddenSet("certificates.listener", "c2VjcmV0", "PKCS#12"),
	"expired listener":           hiddenSet("certificates.listener", made("bicycle.contoso.com", "x.example.com", time.Now().AddDate(-3, 0, 0)).Listener, "expired"),
	"ingress for another domain": hiddenSet("certificates.ingress", ingressFor("other.example.com"), "for bu0001a0005-00.aks-ingress.contoso.com"),
	"ingress without its root":   hiddenSet("certificates.ingress", withoutRoot(ingressFor("aks-ingress.contoso.com")), "the root last"),
	"ingress without its key":    hiddenSet("certificates.ingress", "-----BEGIN CERTIFICATE-----", "private key"),
}

// crowd are operators with one key.
func crowd(count int) string {
	operators := map[string]string{}
	for i := range count {
		operators[fmt.Sprintf("opsuser%03d", i)] = operatorKey
	}
	encoded, err := json.Marshal(operators)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// reencoded is a listener certificate as a file with modern encryption.
func reencoded(listener string) string {
	file, err := base64.StdEncoding.DecodeString(listener)
	if err != nil {
		panic(err)
	}
	key, certificate, err := pkcs12.Decode(file, "")
	if err != nil {
		panic(err)
	}
	modern, err := pkcs12.Modern.Encode(key, certificate, nil, "")
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(modern)
}

// shortKey is an RSA public key of 1024 bits.
const shortKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC5y2zhGTnPnl1xBsXXr9JJHhbTZfwZ9n2sTEhOpmTE4r8wmLqWd1E0kKqLwOYQ7pgYtYjWbX3ndF0bWk0YDMJ3l3FJPfBxhvIVYZPEJzJJ0VQzDAp1Qz0rXwUFmXzNfMOLMmOsIVVGZ4mrEPZ8ZjLPTQ5oMsYWdpOOe6oLdJ0Yww=="

func hiddenSet(key, value, allowedWords string) mistake {
	return set(key, value, allowedWords).at("[secret]")
}

// withoutRoot drops the last certificate of a bundle.
func withoutRoot(bundle string) string {
	return bundle[:strings.LastIndex(bundle, "-----BEGIN CERTIFICATE-----")]
}

// A secret shows itself in no format that Go knows.
func TestSecretHides(t *testing.T) {
	secret := config.NewSecret("open sesame")
	encoded, err := json.Marshal(map[string]any{"secret": secret})
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("read", "secret", secret)
	for _, shown := range []string{
		fmt.Sprint(secret), fmt.Sprintf("%v %+v %#v %s %q", secret, secret, secret, secret, secret), fmt.Sprintf("%+v", config.Certificates{Listener: secret}),
		string(encoded), log.String(),
	} {
		assert.NotContains(t, shown, "sesame")
	}
	assert.Equal(t, "open sesame", secret.Reveal())
}

// tellingSource knows, as the engine does, which values are encrypted.
type tellingSource struct {
	stored
	encrypted string
}

func (s tellingSource) IsConfigSecret(key string) bool { return key == s.encrypted }

// A certificate in plain text is refused where Pulumi can tell, and is not shown then either.
func TestPlainSecretIsRefused(t *testing.T) {
	complete := stored(configtest.Stored(t, project, configtest.Required(nil)))
	_, err := config.Load(tellingSource{complete, project + ":certificates"}, tools)
	require.NoError(t, err)
	_, err = config.Load(tellingSource{complete, project + ":tags"}, tools)
	require.ErrorContains(t, err, `certificates.listener: "[secret]" is not allowed; expected a value that is encrypted`)
	assert.NotContains(t, err.Error(), "PRIVATE KEY")
}

// What stands beside a secret under a wrong name may be the secret, so nothing of its object is shown.
func TestMisplacedSecretIsHidden(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----"
	for _, misplaced := range []map[string]string{
		{project + ":certificates": `{"listner": "` + key + `"}`},
		{project + ":certificates": `["` + key + `"]`},
		{project + ":certificates.listener": key},
		{project + ":registry": `{"dockerHubTokn": "` + key + `"}`},
		{project + ":dockerHubToken": key},
	} {
		err := config.Check(project, misplaced, tools)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), key)
	}
}

// Certificates that the program makes up fit the names that it expects.
func TestMadeUpCertificatesFitTheDefaults(t *testing.T) {
	cfg := load(t, nil)
	assert.Equal(t, cfg.Gateway.HostName, devcerts.DefaultHostName)
	assert.Equal(t, cfg.Ingress.Domain, devcerts.DefaultIngressDomain)
}

// A new stamp starts on a version that AKS supports for at least a month more: the default has to be raised in time.
func TestDefaultKubernetesVersionIsInSupport(t *testing.T) {
	minor := load(t, nil).Stamps[0].KubernetesVersion
	for _, version := range azurefacts.KubernetesVersions() {
		if version.Minor == minor {
			assert.True(t, version.Supported(time.Now().AddDate(0, 1, 0), false), "support of %s ends on %s", minor, version.End)
			return
		}
	}
	t.Errorf("AKS's calendar has no %s", minor)
}
