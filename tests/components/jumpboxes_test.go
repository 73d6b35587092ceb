package components

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
)

// Any 32 bytes are an ED25519 public key; these have no private halves.
const (
	firstKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIxSvDNT4QXeaLJ7aPdU3mB2gJlZ2cOa8pYtM7cKq9Yh one"
	secondKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB7mYq0Zk3h6vQq4h5cEo8nV1wTt9uRj2LxSdGfHa3Kp two"
)

var (
	twoOperators     = settings{"operators": `{"opsuser02":"` + secondKey + `","opsuser01":"` + firstKey + `"}`}
	stampScaleSetID  = armPath(workloadGroup, "Microsoft.Compute/virtualMachineScaleSets/vmss-jumpboxes")
	stampJumpBoxRole = armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-"+stampUnique+"-jumpboxes")
)

func runJumpBoxes(t *testing.T, m *recordingMonitor, cfg *config.Config, trustedLaunch bool) error {
	t.Helper()
	return m.run(t, nil, func(ctx *pulumi.Context) error {
		f, err := layFoundations(ctx, cfg, 0)
		if err != nil {
			return err
		}
		boxes, err := cluster.NewJumpBoxes(ctx, "jumpboxes", &cluster.JumpBoxesArgs{
			Site: f.site, JumpBoxes: cfg.JumpBoxes, Operators: cfg.Operators, Spoke: f.spoke, CollectionRuleID: f.monitoring.JumpBoxRuleID,
			ImageID: pulumi.String(stampImageID), TrustedLaunch: trustedLaunch,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"id": boxes.ScaleSetID})
		return nil
	})
}

func deployJumpBoxes(t *testing.T, s settings, trustedLaunch bool) *recordingMonitor {
	t.Helper()
	m := &recordingMonitor{}
	require.NoError(t, runJumpBoxes(t, m, loadConfig(t, s), trustedLaunch))
	return m
}

// scaleSetProfile is one part of the machines' profile.
func scaleSetProfile(t *testing.T, m *recordingMonitor, part string) object {
	t.Helper()
	return m.one(t, typetoken.ScaleSet, "jumpboxes").Inputs["virtualMachineProfile"].(object)[part].(object)
}

// Jump boxes are a component: machines, the identity of their monitoring agent, and what it collects.
func TestJumpBoxesFamily(t *testing.T) {
	m := deployJumpBoxes(t, twoOperators, false)
	assertFamily(t, m, "aksregulated:cluster:JumpBoxes", "jumpboxes",
		typetoken.Identity+" jumpboxes", typetoken.ScaleSet+" jumpboxes", typetoken.Association+" jumpboxes")
	assertInputs(t, m.one(t, typetoken.Identity, "jumpboxes"), object{
		"resourceName": "mi-aks-" + stampUnique + "-jumpboxes", "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
	})
	link := m.one(t, typetoken.Association, "jumpboxes")
	assertInputs(t, without(t, link, "description"), object{
		"associationName": "dcra-vmss-jumpboxes", "resourceUri": stampScaleSetID, "dataCollectionRuleId": stampRuleID,
	})
	assert.Empty(t, m.OfType(typetoken.RoleAssignment), "the agent's identity needs no role")
	assert.Equal(t, map[string]any{"id": stampScaleSetID}, m.Exports)
}

// The scale set has every setting of the walkthrough; today's sizes, agent and disk placement replace what Azure retired.
func TestJumpBoxScaleSet(t *testing.T) {
	m := deployJumpBoxes(t, twoOperators, false)
	admin := "a" + config.Unique("aks-"+stampUnique, workloadGroup)
	customData := scaleSetProfile(t, m, "osProfile")["customData"]
	assertInputs(t, m.one(t, typetoken.ScaleSet, "jumpboxes"), object{
		"vmScaleSetName": "vmss-jumpboxes", "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"zones": list{"1", "2", "3"}, "zoneBalance": false, "singlePlacementGroup": true, "overprovision": false,
		"orchestrationMode": "Uniform", "upgradePolicy": object{"mode": "Automatic"},
		"additionalCapabilities": object{"ultraSSDEnabled": false},
		"sku":                    object{"name": "Standard_D2ds_v5", "tier": "Standard", "capacity": 2},
		"identity":               object{"type": "UserAssigned", "userAssignedIdentities": list{stampJumpBoxRole}},
		"virtualMachineProfile": object{
			"osProfile": object{
				"computerNamePrefix": "aksjmp", "adminUsername": admin, "customData": customData,
				"linuxConfiguration": object{
					"disablePasswordAuthentication": true, "provisionVMAgent": true,
					"ssh": object{"publicKeys": list{object{"path": "/home/" + admin + "/.ssh/authorized_keys", "keyData": firstKey}}},
				},
			},
			"storageProfile": object{
				"imageReference": object{"id": stampImageID},
				"osDisk": object{
					"createOption": "FromImage", "osType": "Linux", "caching": "ReadOnly",
					"diffDiskSettings": object{"option": "Local", "placement": "ResourceDisk"},
				},
			},
			"networkProfile": object{"networkInterfaceConfigurations": list{object{
				"name": "vnet-spoke-bu0001a0005-01-nic01", "primary": true, "enableIPForwarding": false, "enableAcceleratedNetworking": false,
				"ipConfigurations": list{object{
					"name": "default", "primary": true, "privateIPAddressVersion": "IPv4",
					"subnet": object{"id": stampVNetID + "/subnets/snet-management-ops"},
				}},
			}}},
			"securityProfile":    object{"encryptionAtHost": true},
			"diagnosticsProfile": object{"bootDiagnostics": object{"enabled": true}},
			"extensionProfile": object{"extensions": list{object{
				"name": "AzureMonitorLinuxAgent", "publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent",
				"typeHandlerVersion": "1.33", "autoUpgradeMinorVersion": true, "enableAutomaticUpgrade": true,
				"settings": object{"authentication": object{"managedIdentity": object{
					"identifier-name": "mi_res_id", "identifier-value": stampJumpBoxRole,
				}}},
			}}},
		},
	})
}

// Operators, and they alone, are users of the jump boxes: with a key, without a password, never root. "default" would be the
// administrator that Azure asks for, with sudo.
func TestJumpBoxUsers(t *testing.T) {
	encoded, _ := scaleSetProfile(t, deployJumpBoxes(t, twoOperators, false), "osProfile")["customData"].(string)
	document, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(document), "#cloud-config\n"), "cloud-init takes it for something else:\n%s", document)
	var parsed any
	require.NoError(t, yaml.Unmarshal(document, &parsed))
	user := func(name, key string) object {
		return object{"name": name, "sudo": nil, "lock_passwd": true, "shell": "/bin/bash", "ssh_authorized_keys": list{key}}
	}
	assert.Equal(t, object{"users": list{user("opsuser01", firstKey), user("opsuser02", secondKey)}}, parsed)
}

// The same operators are the same custom data in every run, whatever the order of a map.
func TestJumpBoxCustomDataIsStable(t *testing.T) {
	first := scaleSetProfile(t, deployJumpBoxes(t, twoOperators, false), "osProfile")
	for range 5 {
		assert.Equal(t, first, scaleSetProfile(t, deployJumpBoxes(t, twoOperators, false), "osProfile"))
	}
}

// Machines read custom data once, so that other operators mean new machines.
func TestJumpBoxesAreReplacedWithTheirOperators(t *testing.T) {
	m := deployJumpBoxes(t, twoOperators, false)
	scaleSet := m.one(t, typetoken.ScaleSet, "jumpboxes")
	assert.ElementsMatch(t, []string{
		"virtualMachineProfile.osProfile.customData", "virtualMachineProfile.securityProfile.securityType", "zones",
	}, scaleSet.ReplaceOnChanges)
	removed := deployJumpBoxes(t, settings{"operators": `{"opsuser01":"` + firstKey + `"}`}, false)
	assert.NotEqual(t, scaleSetProfile(t, m, "osProfile")["customData"], scaleSetProfile(t, removed, "osProfile")["customData"])
}

// An image of a gallery starts with secure boot and a virtual TPM.
func TestJumpBoxTrustedLaunch(t *testing.T) {
	assert.Equal(t, object{
		"encryptionAtHost": true, "securityType": "TrustedLaunch",
		"uefiSettings": object{"secureBootEnabled": true, "vTpmEnabled": true},
	}, scaleSetProfile(t, deployJumpBoxes(t, twoOperators, true), "securityProfile"))
}

// Machines start when their spoke is complete; size, number and zones are configured, and one zone has nothing to balance.
func TestJumpBoxConfiguration(t *testing.T) {
	s := maps.Clone(twoOperators)
	maps.Copy(s, settings{"jumpBoxes.count": "0", "jumpBoxes.vmSize": "Standard_D4ds_v5", "zones": `["2"]`})
	m := deployJumpBoxes(t, s, false)
	scaleSet := m.one(t, typetoken.ScaleSet, "jumpboxes")
	assert.Equal(t, object{"name": "Standard_D4ds_v5", "tier": "Standard", "capacity": 0.}, scaleSet.Inputs["sku"])
	assert.Equal(t, list{"2"}, scaleSet.Inputs["zones"])
	assert.NotContains(t, scaleSet.Inputs, "zoneBalance")
	assertWaits(t, m, scaleSet, m.one(t, typetoken.ResourceGroup, "inside-spoke"))
}

// Operators that Azure could not be told about stop the program, instead of jump boxes that some cannot enter.
func TestJumpBoxesWithoutRoom(t *testing.T) {
	m := &recordingMonitor{}
	cfg := loadConfig(t, nil)
	cfg.Operators = map[string]string{}
	for i := range 400 {
		cfg.Operators[fmt.Sprintf("opsuser%03d", i)] = firstKey + strings.Repeat("x", 100)
	}
	require.ErrorContains(t, runJumpBoxes(t, m, cfg, false), "400 operators")
	assert.False(t, slices.ContainsFunc(m.All(), func(r registration) bool { return r.Type == typetoken.ScaleSet }))

	cfg.Operators = nil
	require.ErrorContains(t, runJumpBoxes(t, m, cfg, false), "no operator")
}
