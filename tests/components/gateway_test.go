package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
)

const (
	stampBackendHost   = "bu0001a0005-00.aks-ingress.contoso.com"
	stampBackendSet    = "aks-ingress-contoso-backendpool-httpsettings"
	stampTrustedRoot   = "root-cert-wildcard-aks-ingress-contoso"
	stampGatewayProbes = "probe-" + stampBackendHost
)

var (
	stampGateway   = "agw-aks-" + stampUnique
	stampGatewayID = armPath(workloadGroup, "Microsoft.Network/applicationGateways/"+stampGateway)
	gatewayRoleID  = armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-appgateway")
)

// deployGateway registers the gateway of one stamp, counted from zero.
func deployGateway(t *testing.T, cfg *config.Config, stamp int) *recordingMonitor {
	t.Helper()
	return deploy(t, func(ctx *pulumi.Context) error {
		f, err := layFoundations(ctx, cfg, stamp)
		if err != nil {
			return err
		}
		gateway, err := cluster.NewGateway(ctx, "gateway", &cluster.GatewayArgs{
			Site: f.site, Gateway: cfg.Gateway, Ingress: cfg.Ingress, Spoke: f.spoke, Vault: f.vault, WorkspaceID: f.monitoring.WorkspaceID,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"id": gateway.GatewayID})
		return nil
	})
}

// A gateway is a component with its firewall policy and the identity by which it reads certificates; its logs are kept.
func TestGatewayFamily(t *testing.T) {
	m := deployGateway(t, loadConfig(t, nil), 0)
	component := assertFamily(t, m, "aksregulated:cluster:Gateway", "gateway",
		typetoken.Identity+" gateway", typetoken.WAFPolicy+" gateway", typetoken.ApplicationGateway+" gateway", typetoken.Diagnostic+" gateway",
		typetoken.UUID+" gateway-secrets", typetoken.RoleAssignment+" gateway-secrets", typetoken.UUID+" gateway-read", typetoken.RoleAssignment+" gateway-read")
	assert.Equal(t, []diagnostic{{
		Setting: "default", Resource: stampGatewayID, Dedicated: true, Metrics: []string{"AllMetrics"},
		Logs: []string{"ApplicationGatewayAccessLog", "ApplicationGatewayFirewallLog"},
	}}, diagnosticsUnder(t, m, component, stampWorkspaceID))
	assertInputs(t, m.one(t, typetoken.Identity, "gateway"), object{
		"resourceName": "mi-appgateway", "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
	})
	assert.Equal(t, map[string]any{"id": stampGatewayID}, m.Exports)
}

// The gateway may read the vault of its stamp and its secrets, and does so as soon as it exists: it waits for both roles, for
// everything in the vault and for its network.
func TestGatewayReadsItsCertificates(t *testing.T) {
	m := deployGateway(t, loadConfig(t, nil), 0)
	gateway := m.one(t, typetoken.ApplicationGateway, "gateway")
	const roles = subscription + "/providers/Microsoft.Authorization/roleDefinitions/"
	for name, guid := range map[string]string{
		"gateway-secrets": "4633458b-17de-408a-b874-0445c86b69e6", "gateway-read": "21090545-7ca7-4776-b22c-e363652d74d2",
	} {
		role := assertAssignment(t, m, name, assignmentFact{Role: roles + guid, Principal: principalOf(gatewayRoleID), Scope: stampVaultID})
		assertWaits(t, m, gateway, role)
	}
	assert.Len(t, m.OfType(typetoken.RoleAssignment), 2)
	assertWaits(t, m, gateway, m.one(t, typetoken.ResourceGroup, "inside-vault"))
	assertWaits(t, m, gateway, m.one(t, typetoken.ResourceGroup, "inside-spoke"))
	assertWaits(t, m, gateway, m.one(t, typetoken.WAFPolicy, "gateway"))
}

// The web application firewall blocks by Microsoft's rules against attacks and bots, and looks into bodies.
func TestWebApplicationFirewall(t *testing.T) {
	m := deployGateway(t, loadConfig(t, nil), 0)
	assertInputs(t, m.one(t, typetoken.WAFPolicy, "gateway"), object{
		"policyName": "waf-" + stampGateway, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"policySettings": object{
			"state": "Enabled", "mode": "Prevention", "requestBodyCheck": true, "requestBodyEnforcement": true,
			"requestBodyInspectLimitInKB": 128, "maxRequestBodySizeInKb": 128, "fileUploadEnforcement": true, "fileUploadLimitInMb": 100,
		},
		"managedRules": object{"managedRuleSets": list{
			object{"ruleSetType": "Microsoft_DefaultRuleSet", "ruleSetVersion": "2.1"},
			object{"ruleSetType": "Microsoft_BotManagerRuleSet", "ruleSetVersion": "1.1"},
		}},
	})
}

// gatewayPart refers to a part of the default stamp's gateway.
func gatewayPart(collection, name string) object {
	return object{"id": stampGatewayID + "/" + collection + "/" + name}
}

// The gateway has every setting of the walkthrough, with today's TLS policy and a probe on the ingress controller's own health.
func TestApplicationGateway(t *testing.T) {
	m := deployGateway(t, loadConfig(t, nil), 0)
	assertInputs(t, m.one(t, typetoken.ApplicationGateway, "gateway"), object{
		"applicationGatewayName": stampGateway, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"zones": list{"1", "2", "3"}, "sku": object{"name": "WAF_v2", "tier": "WAF_v2"},
		"autoscaleConfiguration": object{"minCapacity": 0, "maxCapacity": 10},
		"identity":               object{"type": "UserAssigned", "userAssignedIdentities": list{gatewayRoleID}},
		"firewallPolicy":         object{"id": m.one(t, typetoken.WAFPolicy, "gateway").ID},
		"sslPolicy":              object{"policyType": "Predefined", "policyName": "AppGwSslPolicy20220101S"}, "enableHttp2": true,
		"gatewayIPConfigurations": list{object{
			"name": "agw-ip-configuration", "subnet": object{"id": stampVNetID + "/subnets/snet-applicationgateway"},
		}},
		"frontendIPConfigurations": list{object{
			"name": "agw-frontend-ip-configuration", "publicIPAddress": object{"id": stampPublicIPID},
		}},
		"frontendPorts":   list{object{"name": "agw-frontend-ports", "port": 443}},
		"sslCertificates": list{object{"name": stampGateway + "-ssl-certificate", "keyVaultSecretId": stampVaultURI + "sslcert"}},
		"httpListeners": list{object{
			"name": "listener-https", "protocol": "Https", "hostName": "bicycle.contoso.com", "requireServerNameIndication": true,
			"frontendIPConfiguration": gatewayPart("frontendIPConfigurations", "agw-frontend-ip-configuration"),
			"frontendPort":            gatewayPart("frontendPorts", "agw-frontend-ports"),
			"sslCertificate":          gatewayPart("sslCertificates", stampGateway+"-ssl-certificate"),
		}},
		"trustedRootCertificates": list{object{
			"name": stampTrustedRoot, "keyVaultSecretId": stampVaultURI + "agw-ingress-internal-aks-ingress-contoso-com-tls",
		}},
		"probes": list{object{
			"name": stampGatewayProbes, "protocol": "Https", "path": "/healthz", "interval": 30, "timeout": 30, "unhealthyThreshold": 3,
			"pickHostNameFromBackendHttpSettings": true, "minServers": 0, "match": object{},
		}},
		"backendAddressPools": list{object{
			"name": stampBackendHost, "backendAddresses": list{object{"ipAddress": "10.240.4.4"}},
		}},
		"backendHttpSettingsCollection": list{object{
			"name": stampBackendSet, "port": 443, "protocol": "Https", "cookieBasedAffinity": "Disabled", "hostName": stampBackendHost,
			"pickHostNameFromBackendAddress": false, "requestTimeout": 20, "probe": gatewayPart("probes", stampGatewayProbes),
			"trustedRootCertificates": list{gatewayPart("trustedRootCertificates", stampTrustedRoot)},
		}},
		"requestRoutingRules": list{object{
			"name": "agw-routing-rules", "ruleType": "Basic", "priority": 1,
			"httpListener":        gatewayPart("httpListeners", "listener-https"),
			"backendAddressPool":  gatewayPart("backendAddressPools", stampBackendHost),
			"backendHttpSettings": gatewayPart("backendHttpSettingsCollection", stampBackendSet),
		}},
	})
}

// A gateway belongs to its stamp: names, the ids that hold its parts together, and the ingress address are those of the stamp.
func TestGatewayOfAnotherStamp(t *testing.T) {
	m := deployGateway(t, loadConfig(t, settings{
		"stamps":              `[{"name":"01","addressSpace":"10.240.0.0/16"},{"name":"02","addressSpace":"10.250.0.0/16"}]`,
		"gateway.minCapacity": "2", "gateway.maxCapacity": "4", "gateway.firewallMode": "Detection", "zones": "[]", "protect": "true",
	}), 1)
	gateway := m.one(t, typetoken.ApplicationGateway, "gateway")
	group := workloadGroup + "-02"
	name := "agw-aks-" + config.Unique("aks", subscriptionID, group)
	assert.Equal(t, armPath(group, "Microsoft.Network/applicationGateways/"+name), gateway.ID)
	pool := gateway.Inputs["backendAddressPools"].([]any)[0].(object)
	assert.Equal(t, object{"name": "bu0001a0005-00.aks-ingress.contoso.com", "backendAddresses": list{object{"ipAddress": "10.250.4.4"}}}, pool)
	assert.Equal(t, object{"minCapacity": 2., "maxCapacity": 4.}, gateway.Inputs["autoscaleConfiguration"])
	assert.Empty(t, gateway.Inputs["zones"])
	assert.Equal(t, "Detection", m.one(t, typetoken.WAFPolicy, "gateway").Inputs["policySettings"].(object)["mode"])
	rule := gateway.Inputs["requestRoutingRules"].([]any)[0].(object)
	for _, part := range []string{"httpListener", "backendAddressPool", "backendHttpSettings"} {
		id, _ := rule[part].(object)["id"].(string)
		assert.True(t, strings.HasPrefix(id, gateway.ID+"/"), "%s refers to %s", part, id)
	}
	assert.True(t, m.one(t, typetoken.Identity, "gateway").Protect)
}

// Parts are named after the configured domain, and all of them by the same name wherever they are referred to.
func TestGatewayOfAnotherDomain(t *testing.T) {
	cfg := loadConfig(t, nil)
	cfg.Ingress.Domain = "in.shop.example.org"
	gateway := deployGateway(t, cfg, 0).one(t, typetoken.ApplicationGateway, "gateway")
	backend := gateway.Inputs["backendHttpSettingsCollection"].([]any)[0].(object)
	assert.Equal(t, "in-shop-example-backendpool-httpsettings", backend["name"])
	assert.Equal(t, "bu0001a0005-00.in.shop.example.org", backend["hostName"])
	assert.Equal(t, gatewayPart("probes", "probe-bu0001a0005-00.in.shop.example.org"), backend["probe"])
	assert.Equal(t, list{gatewayPart("trustedRootCertificates", "root-cert-wildcard-in-shop-example")}, backend["trustedRootCertificates"])
	root := gateway.Inputs["trustedRootCertificates"].([]any)[0].(object)
	assert.Equal(t, "root-cert-wildcard-in-shop-example", root["name"])
}
