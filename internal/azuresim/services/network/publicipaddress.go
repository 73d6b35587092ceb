package network

import (
	"crypto/sha256"
	"fmt"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var publicIPAddressKind = &arm.Kind{
	Token: "network:PublicIPAddress", Path: networking.Provider + "/publicIPAddresses/{publicIpAddressName}",
	Name: networking.NamePattern, Located: true, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 10 * time.Second,
	Immutable: []arm.Immutable{arm.ZonesFixed, {Paths: []string{"publicIPAddressVersion", "sku.name"}}},
	Rules:     []func(*arm.Operation) error{checkPublicIPAddress},
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"ipAddress": publicAddress(op.GUID()), "resourceGuid": op.GUID()}
	},
}

func checkPublicIPAddress(op *arm.Operation) error {
	if tree.Text(op.Inputs, "sku", "name") != "Standard" {
		return arm.BadRequest("IPv4BasicSkuPublicIpNotAllowed", "%s: the Basic SKU was retired on 2025-09-30", op.ID)
	}
	if tree.Text(op.Inputs, "publicIPAllocationMethod") != "Static" {
		return arm.BadRequest("StandardSkuPublicIpMustBeStatic", "%s: a Standard address must be static", op.ID)
	}
	return nil
}

// publicAddress derives a stable public IPv4 address.
func publicAddress(id string) string {
	sum := sha256.Sum256([]byte(resourceid.Key(id)))
	return fmt.Sprintf("20.%d.%d.%d", sum[0], sum[1], 1+sum[2]%254)
}
