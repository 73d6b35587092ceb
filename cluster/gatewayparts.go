package cluster

import (
	"strings"

	azurenetwork "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/network"
)

// IngressHealthPath is where the ingress controller reports its health over HTTPS, under the backend's host name. The gateway probes
// it, so that no workload decides about the health of the gateway's backend.
const IngressHealthPath = "/healthz"

// Names of the gateway's parts; those that carry configured names are methods.
const (
	gatewayIPConfiguration = "agw-ip-configuration"
	gatewayFrontend        = "agw-frontend-ip-configuration"
	gatewayPort            = "agw-frontend-ports"
	gatewayListener        = "listener-https"
	gatewayRule            = "agw-routing-rules"
)

func (a *GatewayArgs) certificateName() string { return a.Names().Gateway + "-ssl-certificate" }

func (a *GatewayArgs) trustedRootName() string { return "root-cert-wildcard-" + a.ingressName() }

func (a *GatewayArgs) probeName() string { return "probe-" + a.Ingress.BackendHostName() }

func (a *GatewayArgs) backendSettingsName() string {
	return a.ingressName() + "-backendpool-httpsettings"
}

// ingressName is the ingress domain without its last label, joined by dashes: aks-ingress-contoso.
func (a *GatewayArgs) ingressName() string {
	labels := strings.Split(a.Ingress.Domain, ".")
	return strings.Join(labels[:len(labels)-1], "-")
}

// part refers to a part of the gateway by the id that Azure will give it, since the parts come in one request.
func (a *GatewayArgs) part(collection, name string) azurenetwork.SubResourceArgs {
	return azurenetwork.SubResourceArgs{Id: pulumi.Sprintf(
		"/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/applicationGateways/%s/%s/%s",
		a.SubscriptionID, a.ResourceGroupName, a.Names().Gateway, collection, name,
	).ToStringPtrOutput()}
}

func applicationGateway(args *GatewayArgs, identityID, policyID pulumi.StringOutput) *azurenetwork.ApplicationGatewayArgs {
	gateway := &azurenetwork.ApplicationGatewayArgs{
		ApplicationGatewayName: pulumi.String(args.Names().Gateway),
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(args.Location),
		Tags:                   pulumi.ToStringMap(args.Tags),
		Zones:                  pulumi.ToStringArray(args.Zones),
		Sku:                    azurenetwork.ApplicationGatewaySkuArgs{Name: pulumi.String("WAF_v2"), Tier: pulumi.String("WAF_v2")},
		AutoscaleConfiguration: azurenetwork.ApplicationGatewayAutoscaleConfigurationArgs{
			MinCapacity: pulumi.Int(args.Gateway.MinCapacity), MaxCapacity: pulumi.Int(args.Gateway.MaxCapacity),
		},
		Identity: azurenetwork.ManagedServiceIdentityArgs{
			Type:                   azurenetwork.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.StringArray{identityID},
		},
		FirewallPolicy: azurenetwork.SubResourceArgs{Id: policyID.ToStringPtrOutput()},
		// The strictest predefined policy: TLS 1.2 and 1.3 with forward secrecy. HTTP/2 came with it; hand-picked cipher lists
		// of type Custom know neither.
		SslPolicy: azurenetwork.ApplicationGatewaySslPolicyArgs{
			PolicyType: pulumi.String("Predefined"), PolicyName: pulumi.String("AppGwSslPolicy20220101S"),
		},
		EnableHttp2: pulumi.Bool(true),
	}
	addFrontend(gateway, args)
	addBackend(gateway, args)
	gateway.RequestRoutingRules = azurenetwork.ApplicationGatewayRequestRoutingRuleArray{
		azurenetwork.ApplicationGatewayRequestRoutingRuleArgs{
			Name:                pulumi.String(gatewayRule),
			RuleType:            pulumi.String("Basic"),
			Priority:            pulumi.Int(1),
			HttpListener:        args.part("httpListeners", gatewayListener),
			BackendAddressPool:  args.part("backendAddressPools", args.Ingress.BackendHostName()),
			BackendHttpSettings: args.part("backendHttpSettingsCollection", args.backendSettingsName()),
		},
	}
	return gateway
}

// addFrontend makes the gateway listen for HTTPS under the workload's name. Nothing listens on port 80.
func addFrontend(gateway *azurenetwork.ApplicationGatewayArgs, args *GatewayArgs) {
	gateway.GatewayIPConfigurations = azurenetwork.ApplicationGatewayIPConfigurationArray{
		azurenetwork.ApplicationGatewayIPConfigurationArgs{
			Name: pulumi.String(gatewayIPConfiguration),
			Subnet: azurenetwork.SubResourceArgs{
				Id: args.Spoke.SubnetID(network.SubnetApplicationGateway).ToStringPtrOutput(),
			},
		},
	}
	gateway.FrontendIPConfigurations = azurenetwork.ApplicationGatewayFrontendIPConfigurationArray{
		azurenetwork.ApplicationGatewayFrontendIPConfigurationArgs{
			Name:            pulumi.String(gatewayFrontend),
			PublicIPAddress: azurenetwork.SubResourceArgs{Id: args.Spoke.GatewayPublicIPID.ToStringPtrOutput()},
		},
	}
	gateway.FrontendPorts = azurenetwork.ApplicationGatewayFrontendPortArray{
		azurenetwork.ApplicationGatewayFrontendPortArgs{Name: pulumi.String(gatewayPort), Port: pulumi.Int(443)},
	}
	gateway.SslCertificates = azurenetwork.ApplicationGatewaySslCertificateArray{
		azurenetwork.ApplicationGatewaySslCertificateArgs{
			Name: pulumi.String(args.certificateName()),
			// Without a version in its URI the gateway picks up a renewed certificate within four hours.
			KeyVaultSecretId: args.Vault.ListenerSecretURI.ToStringPtrOutput(),
		},
	}
	gateway.HttpListeners = azurenetwork.ApplicationGatewayHttpListenerArray{
		azurenetwork.ApplicationGatewayHttpListenerArgs{
			Name:                        pulumi.String(gatewayListener),
			Protocol:                    pulumi.String("Https"),
			HostName:                    pulumi.String(args.Gateway.HostName),
			RequireServerNameIndication: pulumi.Bool(true),
			FrontendIPConfiguration:     args.part("frontendIPConfigurations", gatewayFrontend),
			FrontendPort:                args.part("frontendPorts", gatewayPort),
			SslCertificate:              args.part("sslCertificates", args.certificateName()),
		},
	}
}

// addBackend makes the gateway call the ingress controller, which must show a certificate of the vault's root.
func addBackend(gateway *azurenetwork.ApplicationGatewayArgs, args *GatewayArgs) {
	backendHost := args.Ingress.BackendHostName()
	gateway.TrustedRootCertificates = azurenetwork.ApplicationGatewayTrustedRootCertificateArray{
		azurenetwork.ApplicationGatewayTrustedRootCertificateArgs{
			Name:             pulumi.String(args.trustedRootName()),
			KeyVaultSecretId: args.Vault.TrustedRootSecretURI.ToStringPtrOutput(),
		},
	}
	gateway.Probes = azurenetwork.ApplicationGatewayProbeArray{azurenetwork.ApplicationGatewayProbeArgs{
		Name:                                pulumi.String(args.probeName()),
		Protocol:                            pulumi.String("Https"),
		Path:                                pulumi.String(IngressHealthPath),
		Interval:                            pulumi.Int(30),
		Timeout:                             pulumi.Int(30),
		UnhealthyThreshold:                  pulumi.Int(3),
		PickHostNameFromBackendHttpSettings: pulumi.Bool(true),
		MinServers:                          pulumi.Int(0),
		Match:                               azurenetwork.ApplicationGatewayProbeHealthResponseMatchArgs{},
	}}
	gateway.BackendAddressPools = azurenetwork.ApplicationGatewayBackendAddressPoolArray{
		azurenetwork.ApplicationGatewayBackendAddressPoolArgs{
			Name: pulumi.String(backendHost),
			BackendAddresses: azurenetwork.ApplicationGatewayBackendAddressArray{
				azurenetwork.ApplicationGatewayBackendAddressArgs{IpAddress: pulumi.String(args.Stamp.IngressAddress().String())},
			},
		},
	}
	gateway.BackendHttpSettingsCollection = azurenetwork.ApplicationGatewayBackendHttpSettingsArray{
		azurenetwork.ApplicationGatewayBackendHttpSettingsArgs{
			Name:                           pulumi.String(args.backendSettingsName()),
			Port:                           pulumi.Int(443),
			Protocol:                       pulumi.String("Https"),
			CookieBasedAffinity:            pulumi.String("Disabled"),
			HostName:                       pulumi.String(backendHost),
			PickHostNameFromBackendAddress: pulumi.Bool(false),
			RequestTimeout:                 pulumi.Int(20),
			Probe:                          args.part("probes", args.probeName()),
			TrustedRootCertificates: azurenetwork.SubResourceArray{
				args.part("trustedRootCertificates", args.trustedRootName()),
			},
		},
	}
}
