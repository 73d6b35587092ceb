package azuresim

import (
	"regexp"
	"time"
)

const clusterToken = "containerservice:ManagedCluster"

// clusterKinds are the cluster, its gateway and its jump boxes.
var clusterKinds = []*kind{
	{
		token: "network:WebApplicationFirewallPolicy", path: networkProvider + "/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,126}\w)?$`), located: true,
		create: 20 * time.Second, update: 30 * time.Second, remove: 10 * time.Second,
		rules: []func(*operation) error{checkWebApplicationFirewallPolicy},
	},
	{
		token: "network:ApplicationGateway", path: networkProvider + "/applicationGateways/{applicationGatewayName}",
		name: networkName, located: true, create: 6 * time.Minute, update: 3 * time.Minute, remove: 5 * time.Minute,
		replaceOn: []string{"zones"}, joinsSubnets: true,
		rules: []func(*operation) error{
			checkGatewaySize, checkGatewayFirewall, checkGatewayParts, checkGatewayRouting, checkGatewayTLS, checkGatewayNetwork,
		},
		checkStartup: startGateway,
		compute: func(op *operation) map[string]any {
			return map[string]any{"operationalState": "Running", "resourceGuid": op.guid(), "defaultPredefinedSslPolicy": "AppGwSslPolicy20220101"}
		},
		writeOnly: []string{"password"},
	},
	{
		token: clusterToken, path: groupPath + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([\w-]{0,61}[a-zA-Z0-9])?$`), located: true,
		create: 12 * time.Minute, update: 5 * time.Minute, remove: 8 * time.Minute, extraTime: poolTime,
		// Azure refuses to change these in a cluster that exists.
		replaceOn: []string{
			"dnsPrefix", "fqdnSubdomain", "nodeResourceGroup", "identity.type", "diskEncryptionSetID",
			"networkProfile.networkPlugin", "networkProfile.networkMode", "networkProfile.serviceCidr", "networkProfile.dnsServiceIP",
			"networkProfile.podCidr", "networkProfile.outboundType", "networkProfile.loadBalancerSku", "networkProfile.networkDataplane",
			"networkProfile.networkPolicy", "apiServerAccessProfile.enablePrivateCluster", "apiServerAccessProfile.privateDNSZone",
		},
		joinsSubnets: true,
		rules: []func(*operation) error{
			checkClusterVersion, checkClusterAccess, checkNodeResourceGroup, checkLockdown, checkAddons, checkPools, checkPoolChanges,
			checkClusterNetwork, checkClusterAddresses, checkPrivateCluster, checkControlPlaneIdentity,
		},
		checkStartup: startCluster, compute: clusterOutputs, cleanUp: removeClusterInfrastructure, denyAssignment: lockdown,
		unknownInPreview: []string{"addonProfiles", "identityProfile", "oidcIssuerProfile"},
		writeOnly:        []string{"secret", "serverAppSecret", "adminPassword"},
	},
	{
		token: "containerservice:MaintenanceConfiguration",
		path:  groupPath + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}",
		name:  regexp.MustCompile(`^[a-zA-Z]\w{0,62}$`), create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkMaintenance},
	},
	{
		token: "compute:VirtualMachineScaleSet", path: computeProvider + "/virtualMachineScaleSets/{vmScaleSetName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,62}[\w])?$`), located: true,
		create: 3 * time.Minute, update: 2 * time.Minute, remove: time.Minute,
		replaceOn: []string{"zones"}, joinsSubnets: true,
		// An image may be somebody else's, and scale sets outlive theirs.
		weakReferences: []string{"virtualMachineProfile.storageProfile.imageReference"},
		rules: []func(*operation) error{
			checkScaleSetSize, checkScaleSetImage, checkScaleSetUser, checkCustomData, checkScaleSetNetwork, checkExtensions,
			checkScaleSetChanges,
		},
		checkStartup: startScaleSet,
		compute:      func(op *operation) map[string]any { return map[string]any{"uniqueId": op.guid()} },
		writeOnly:    []string{"customData", "adminPassword", "protectedSettings"},
	},
}
