package azuresim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/compute"
	"aks-regulated-pulumi/internal/tree"
)

const scaleSetToken = "compute:VirtualMachineScaleSet"

// boxes are jump boxes on a managed image.
func boxes() object {
	return in(object{
		"vmScaleSetName": "vmss-jumpboxes", "sku": object{"name": "Standard_D2ds_v5", "tier": "Standard", "capacity": 2.0}, "zones": array{"1", "2", "3"},
		"identity": object{"type": "UserAssigned", "userAssignedIdentities": array{groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-controlplane"}},
		"virtualMachineProfile": object{
			"securityProfile": object{"encryptionAtHost": true},
			"osProfile": object{
				"computerNamePrefix": "aksjmp", "adminUsername": "azops1", "customData": encodeBase64("#cloud-config\nusers:\n- default\n- name: opsuser01\n  ssh_authorized_keys:\n  - x\n"),
				"linuxConfiguration": object{"disablePasswordAuthentication": true, "provisionVMAgent": true, "ssh": object{
					"publicKeys": array{object{"path": "/home/azops1/.ssh/authorized_keys", "keyData": sshKey}},
				}},
			},
			"storageProfile": object{
				"imageReference": object{"id": imageID},
				"osDisk":         object{"createOption": "FromImage", "caching": "ReadOnly", "diffDiskSettings": object{"option": "Local", "placement": "ResourceDisk"}},
			},
			"networkProfile": object{"networkInterfaceConfigurations": array{object{
				"name": "nic", "primary": true, "ipConfigurations": array{object{"name": "default", "primary": true, "subnet": ref(spokeSubnet("ops"))}},
			}}},
			"extensionProfile": object{"extensions": array{object{
				"name": "ama", "publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent", "typeHandlerVersion": "1.33", "protectedSettings": object{"key": "hush"},
			}}},
		},
	})
}

func vm(path string, value any) object { return set(boxes(), "virtualMachineProfile."+path, value) }

// deployBoxes makes what jump boxes need beyond the stamp: an image, and the way to Azure and its monitor.
func deployBoxes(l *lab) {
	l.t.Helper()
	l.plant(imageID, "Microsoft.Compute/images", object{"location": "eastus2"})
	l.must("compute:Gallery", in(object{"galleryName": "gal"}))
	for name, features := range map[string]array{"trusted": {object{"name": "SecurityType", "value": "TrustedLaunchSupported"}}, "plain": {}} {
		definition := l.must("compute:GalleryImage", in(object{"galleryName": "gal", "galleryImageName": name, "features": features}))
		l.plant(definition+"/versions/1.0.0", "Microsoft.Compute/galleries/images/versions", object{})
	}
}

// Jump boxes are held against Azure's rules for size, image, users, network and extensions.
func TestScaleSetRules(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	deployBoxes(l)
	gallery := func(name string) string {
		return groupID + "/providers/Microsoft.Compute/galleries/gal/images/" + name + "/versions/1.0.0"
	}
	trusted := func(image string) object {
		return set(vm("securityProfile", object{"securityType": "TrustedLaunch"}), "virtualMachineProfile.storageProfile.imageReference.id", image)
	}
	large := func(gib float64) string {
		id := strings.Replace(gallery("trusted"), "1.0.0", fmt.Sprintf("1.0.%v", gib), 1)
		l.plant(id, "Microsoft.Compute/galleries/images/versions", object{"storageProfile": object{"osDiskImage": object{"sizeInGB": gib}}})
		return id
	}
	key := func(data string) object { return vm("osProfile.linuxConfiguration.ssh.publicKeys.keyData", data) }
	authorized := func(public any) string {
		made, err := ssh.NewPublicKey(public)
		require.NoError(t, err)
		return string(ssh.MarshalAuthorizedKey(made))
	}
	rsaKey := func(bits uint) string {
		modulus := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
		return authorized(&rsa.PublicKey{N: modulus, E: 65537})
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	require.Empty(t, compute.PublicKeyProblem(rsaKey(2048)))
	extension := func(publisher, name string) object {
		return vm("extensionProfile.extensions", array{object{"name": "x", "publisher": publisher, "type": name, "typeHandlerVersion": "1.0"}})
	}
	l.refuses(scaleSetToken, []refusal{
		{"an unknown size", set(boxes(), "sku.name", "Standard_X1"), []string{"SkuNotAvailable"}},
		{"too many machines", set(boxes(), "sku.capacity", 1001.0), []string{"0 to 1000"}},
		{"zone 4", with(boxes(), "zones", array{"4"}), []string{"AvailabilityZoneNotSupported"}},
		{"a disk beyond the temp disk", vm("storageProfile.osDisk.diskSizeGB", 76.0), []string{"OSDiskSizeTooLarge", "temp disk", "75 GiB"}},
		{"a disk beyond the cache", set(vm("storageProfile.osDisk.diskSizeGB", 51.0), "virtualMachineProfile.storageProfile.osDisk.diffDiskSettings.placement", "CacheDisk"), []string{"OSDiskSizeTooLarge", "cache", "50 GiB"}},
		{"a disk on NVMe", vm("storageProfile.osDisk.diffDiskSettings.placement", "NvmeDisk"), []string{"OSDiskSizeTooLarge", "NvmeDisk"}},
		{"a size without local disk", set(boxes(), "sku.name", "Standard_D2s_v5"), []string{"OSDiskSizeTooLarge", "30 GiB"}},
		{"an image beyond the temp disk", vm("storageProfile.imageReference.id", large(76)), []string{"OSDiskSizeTooLarge", "76 GiB"}},
		{"an image that leaves no room for Trusted Launch", trusted(large(75)), []string{"OSDiskSizeTooLarge", "76 GiB"}},
		{"an ephemeral disk that is written", vm("storageProfile.osDisk.caching", "ReadWrite"), []string{"caching ReadOnly"}},
		{"no image", vm("storageProfile.imageReference", object{}), []string{"no image"}},
		{"an image that is gone", vm("storageProfile.imageReference.id", imageID+"x"), []string{"NotFound", "imgx does not exist"}},
		{"Trusted Launch of a managed image", trusted(imageID), []string{"TrustedLaunchNotSupported", "managed image"}},
		{"Trusted Launch of a plain definition", trusted(gallery("plain")), []string{"TrustedLaunchNotSupported", "lacks the feature"}},
		{"a version that is gone", trusted(strings.Replace(gallery("trusted"), "1.0.0", "2.0.0", 1)), []string{"NotFound"}},
		{"admin", vm("osProfile.adminUsername", "admin"), []string{"adminUsername"}},
		{"a name in capitals", vm("osProfile.adminUsername", "Ops"), []string{"adminUsername"}},
		{"no computer name", vm("osProfile.computerNamePrefix", nil), []string{"computerNamePrefix"}},
		{"no way to sign in", vm("osProfile.linuxConfiguration.ssh", nil), []string{"at least one SSH public key"}},
		{"a password besides", vm("osProfile.adminPassword", "x"), []string{"passwords are disabled"}},
		{"somebody else's key file", vm("osProfile.linuxConfiguration.ssh.publicKeys.path", "/root/.ssh/authorized_keys"), []string{"cannot go to"}},
		{"a key that is none", key("hello"), []string{"OpenSSH format"}},
		{"a key cut off", key(sshKey[:60]), []string{"SSH public key"}},
		{"a key of another type", key("ssh-rsa " + strings.Fields(sshKey)[1]), []string{"OpenSSH format"}},
		{"a key of one part", key("ssh-ed25519 " + encodeBase64("\x00\x00")), []string{"OpenSSH format"}},
		{"a key too short", key("ssh-ed25519 " + encodeBase64("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x01k")), []string{"OpenSSH format"}},
		{"a key of no base64", key("ssh-ed25519 %%"), []string{"OpenSSH format"}},
		{"a key of 1024 bits", key(rsaKey(1024)), []string{"2048 bits"}},
		{"a key that Azure does not take", key(authorized(&curve.PublicKey)), []string{"ssh-rsa or ssh-ed25519", "ecdsa-sha2-nistp256"}},
		{"a key with a command", key("command=\"true\" " + sshKey), []string{"OpenSSH format"}},
		{"two keys", key(sshKey + "\n" + sshKey), []string{"OpenSSH format"}},
		{"custom data in plain", vm("osProfile.customData", "#cloud-config"), []string{"not base64"}},
		{"custom data of a script", vm("osProfile.customData", encodeBase64("#!/bin/sh\n")), []string{"InvalidCustomData", "first line"}},
		{"custom data with a tab", vm("osProfile.customData", encodeBase64("#cloud-config\nusers:\n\t- x\n")), []string{"InvalidCustomData", "tab"}},
		{"custom data of nothing", vm("osProfile.customData", encodeBase64("#cloud-config\n")), []string{"InvalidCustomData", "no keys"}},
		{"custom data in prose", vm("osProfile.customData", encodeBase64("#cloud-config\nHello\n")), []string{"InvalidCustomData", "neither a key"}},
		{"custom data of 64 KiB", vm("osProfile.customData", encodeBase64("#cloud-config\na: "+strings.Repeat("x", 65535))), []string{"are the limit"}},
		{"no network interface", vm("networkProfile.networkInterfaceConfigurations", array{}), []string{"exactly one primary"}},
		{"no subnet", vm("networkProfile.networkInterfaceConfigurations.ipConfigurations", array{object{"name": "x"}}), []string{"needs a subnet"}},
		{"Bastion's subnet", vm("networkProfile.networkInterfaceConfigurations.ipConfigurations.subnet", ref(netID+"virtualNetworks/hub/subnets/AzureBastionSubnet")), []string{"SubnetReserved"}},
		{"a full subnet", set(boxes(), "sku.capacity", 12.0), []string{"SubnetIsFull", "11 addresses"}},
		{"another region", with(boxes(), "location", "westus"), []string{"region westus"}},
		{"the Log Analytics agent", extension("Microsoft.EnterpriseCloud.Monitoring", "OmsAgentForLinux"), []string{"VMExtensionRetired", "AzureMonitorLinuxAgent"}},
		{"the Dependency agent", extension("Microsoft.Azure.Monitoring.DependencyAgent", "DependencyAgentLinux"), []string{"VMExtensionRetired"}},
		{"an unknown extension", extension("Contoso", "Agent"), []string{"ArtifactNotFound"}},
		{"an extension of no version", vm("extensionProfile.extensions.typeHandlerVersion", nil), []string{"typeHandlerVersion"}},
		{"two extensions of a name", vm("extensionProfile.extensions",
			array{tree.List(boxes(), "virtualMachineProfile", "extensionProfile", "extensions")[0], tree.List(boxes(), "virtualMachineProfile", "extensionProfile", "extensions")[0]}), []string{"two extensions"}},
		{"an agent without identity", with(boxes(), "identity", nil), []string{"VMIdentityRequired"}},
	})
	openForBoxes(l)
	id, outputs, err := l.create(scaleSetToken, boxes())
	require.NoError(t, err)
	assert.Equal(t, boxesID, id)
	for _, secret := range []string{"I2Nsb3Vk", "hush"} { // custom data in base64, and a protected setting
		assert.NotContains(t, allText(outputs), secret)
		assert.NotContains(t, allText(l.read(id).Inputs), secret)
	}
	assert.ErrorContains(t, l.delete("network:VirtualNetwork", spokeID), "InUse")
	require.NoError(t, l.update(scaleSetToken, id, trusted(gallery("trusted"))))
	for _, fixed := range []object{
		set(boxes(), "virtualMachineProfile.osProfile.computerNamePrefix", "other"), with(boxes(), "singlePlacementGroup", false),
		vm("storageProfile.osDisk.diffDiskSettings.placement", "CacheDisk"),
	} {
		assert.ErrorContains(t, l.update(scaleSetToken, id, fixed), "PropertyChangeNotAllowed")
	}
	for _, elsewhere := range []string{
		"/subscriptions/" + arm.GUID("other") + "/resourceGroups/rg/providers/Microsoft.Compute/images/golden",
		subscriptionScope + "/resourceGroups/rg-images/providers/Microsoft.Compute/images/golden",
	} {
		require.NoError(t, l.update(scaleSetToken, id, vm("storageProfile.imageReference.id", elsewhere)), "somebody else's image")
	}
	require.NoError(t, l.delete(scaleSetToken, id))
}

// openForBoxes lets the jump boxes reach what a rule of the stamp does not name.
func openForBoxes(l *lab) {
	l.t.Helper()
	l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("boxes", 300, allowing("boxes", 300, appRule("azure", "login.microsoftonline.com", "management.azure.com"))))
}

// The agent on the machines reports only through what is open; a failure names host, layer and rule.
func TestScaleSetProvisioning(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	deployBoxes(l)
	openForBoxes(l)
	for _, c := range []struct {
		name, id string
		change   func(object)
		says     []string
	}{
		{"the agent's configuration", egressID, dropHost("*.handler.control.monitor.azure.com"), []string{"global.handler.control.monitor.azure.com", "firewall/implicit-deny"}},
		{"ingestion", egressID, dropHost("*.ods.opinsights.azure.com"), []string{"ods.opinsights.azure.com"}},
		{"name resolution", netID + "networkSecurityGroups/ops", func(group object) {
			tree.List(group,
				"securityRules")[4].(object)["access"] = "Deny"
		}, []string{"layer dns", "nsg-outbound ops/AllowDns"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.drift(c.id, c.change, func() {
				_, _, err := l.create(scaleSetToken, boxes())
				for _, part := range append(c.says, "VMExtensionProvisioningError", "AzureMonitorLinuxAgent") {
					assert.ErrorContains(t, err, part)
				}
				require.NoError(t, l.delete(scaleSetToken, boxesID))
				l.must(scaleSetToken, vm("extensionProfile", nil))
				require.NoError(t, l.delete(scaleSetToken, boxesID), "without the agent nothing has to report")
			})
		})
	}
	l.must(scaleSetToken, boxes())
}
