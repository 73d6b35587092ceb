package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

var (
	bastionID        = armPath(hubGroup, "Microsoft.Network/bastionHosts/ab-eastus2")
	bastionAddressID = armPath(hubGroup, "Microsoft.Network/publicIPAddresses/pip-ab-eastus2")
)

// Bastion's security group has the rules without which Azure refuses a host, and closes both directions.
func TestBastionSecurityRules(t *testing.T) {
	group := deployHub(t, nil).one(t, typetoken.SecurityGroup, "hub-bastion")
	assert.Equal(t, "nsg-eastus2-bastion", group.Inputs["networkSecurityGroupName"])
	assert.Equal(t, testTags, group.Inputs["tags"])
	assertSecurityRules(t, group, []securityRule{
		inboundRule(100, "AllowWebExperienceInbound", "Allow", "Tcp", "Internet", "*", "443"),
		inboundRule(110, "AllowControlPlaneInbound", "Allow", "Tcp", "GatewayManager", "*", "443"),
		inboundRule(120, "AllowHealthProbesInbound", "Allow", "Tcp", "AzureLoadBalancer", "*", "443"),
		inboundRule(130, "AllowBastionHostToHostInbound", "Allow", "*", "VirtualNetwork", "VirtualNetwork", "8080,5701"),
		inboundRule(1000, "DenyAllInbound", "Deny", "*", "*", "*", "*"),
		outboundRule(100, "AllowSshToVnetOutbound", "Allow", "Tcp", "*", "VirtualNetwork", "22"),
		outboundRule(110, "AllowRdpToVnetOutbound", "Allow", "Tcp", "*", "VirtualNetwork", "3389"),
		outboundRule(120, "AllowControlPlaneOutbound", "Allow", "Tcp", "*", "AzureCloud", "443"),
		outboundRule(130, "AllowBastionHostToHostOutbound", "Allow", "*", "VirtualNetwork", "VirtualNetwork", "8080,5701"),
		outboundRule(140, "AllowBastionCertificateValidationOutbound", "Allow", "*", "*", "Internet", "80"),
		outboundRule(1000, "DenyAllOutbound", "Deny", "*", "*", "*", "*"),
	})
}

// The host has its explicit SKU and no zones unless asked for, admits native clients, and lets nothing be copied out or shared.
func TestBastionHost(t *testing.T) {
	m := deployHub(t, nil)
	host := m.one(t, typetoken.Bastion, "hub-bastion")
	assert.Equal(t, bastionID, host.ID)
	assertInputs(t, host, object{
		"bastionHostName": "ab-eastus2", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "Standard"}, "zones": list{},
		"disableCopyPaste": true, "enableFileCopy": false, "enableIpConnect": false, "enableShareableLink": false,
		"enableTunneling": true, "enableKerberos": false, "enablePrivateOnlyBastion": false, "enableSessionRecording": false,
		"ipConfigurations": list{object{
			"name": "hub-subnet", "privateIPAllocationMethod": "Dynamic",
			"subnet":          object{"id": hubVNetID + "/subnets/AzureBastionSubnet"},
			"publicIPAddress": object{"id": bastionAddressID},
		}},
	})
	assertWaits(t, m, host, m.one(t, typetoken.VNet, "hub"))
	assertWaits(t, m, host, m.one(t, typetoken.SecurityGroup, "hub-bastion"))
}

// A Premium host is a matter of one key.
func TestBastionSKU(t *testing.T) {
	host := deployHub(t, settings{"bastion.sku": "Premium"}).one(t, typetoken.Bastion, "hub-bastion")
	assert.Equal(t, object{"name": "Premium"}, host.Inputs["sku"])
}

// Bastion's own address follows the naming, is zone-redundant, and reports attacks; its sessions are audited.
func TestBastionAddressAndDiagnostics(t *testing.T) {
	m := deployHub(t, nil)
	bastion := assertFamily(t, m, "aksregulated:network:Bastion", "hub-bastion",
		typetoken.PublicIP+" hub-bastion", typetoken.Diagnostic+" hub-bastion-address",
		typetoken.Bastion+" hub-bastion", typetoken.Diagnostic+" hub-bastion")
	assertInputs(t, m.one(t, typetoken.PublicIP, "hub-bastion"), object{
		"publicIpAddressName": "pip-ab-eastus2", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "Standard"}, "zones": list{"1", "2", "3"},
		"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4,
	})
	assert.ElementsMatch(t, []diagnostic{
		{Setting: "default", Resource: bastionID, Logs: []string{"BastionAuditLogs"}, Metrics: []string{"AllMetrics"}},
		publicIPDiagnostic(bastionAddressID),
	}, diagnosticsUnder(t, m, bastion, hubWorkspaceID))
}

// Bastion can be used on its own, and has its id as an output.
func TestBastionOutput(t *testing.T) {
	cfg := loadConfig(t, nil)
	m := deploy(t, func(ctx *pulumi.Context) error {
		bastion, err := network.NewBastion(ctx, "bastion", &network.BastionArgs{
			Placement: cfg.Placement, Bastion: cfg.Bastion, ResourceGroupName: pulumi.String(hubGroup),
			SubnetID: pulumi.String(hubVNetID + "/subnets/AzureBastionSubnet"), WorkspaceID: pulumi.String(hubWorkspaceID),
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"bastionId": bastion.BastionID})
		return nil
	})
	assert.Equal(t, map[string]any{"bastionId": bastionID}, m.Exports)
}
