package azuresim

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// The one simulated subscription, its tenant, and who deploys.
const (
	// SubscriptionID is the GUID of the simulated subscription.
	SubscriptionID = "0a52ce00-0000-4000-8000-0000005ab5c7"
	// TenantID is the GUID of the simulated Entra tenant.
	TenantID         = "0a52ce00-0000-4000-8000-000000007e4a"
	deployerObjectID = "0a52ce00-0000-4000-8000-00000000de91"
	deployerClientID = "0a52ce00-0000-4000-8000-00000000c11e"
)

const (
	subscriptionPath = "/subscriptions/{subscriptionId}"
	groupPath        = subscriptionPath + "/resourceGroups/{resourceGroupName}"
)

// key is the form in which ids are compared: Azure ignores case.
func key(id string) string { return strings.ToLower(strings.TrimSuffix(id, "/")) }

func lastSegment(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// parentID drops the last type and name of an id, and the provider in front of a top-level type.
func parentID(id string) string {
	segments := strings.Split(id, "/")
	if len(segments) < 3 {
		return ""
	}
	segments = segments[:len(segments)-2]
	if len(segments) >= 2 && strings.EqualFold(segments[len(segments)-2], "providers") {
		segments = segments[:len(segments)-2]
	}
	return strings.Join(segments, "/")
}

// within tells whether id is the scope or lies below it.
func within(id, scope string) bool {
	id, scope = key(id), key(scope)
	return id == scope || strings.HasPrefix(id, scope+"/")
}

// resourceGroupOf returns the name of the resource group in an id.
func resourceGroupOf(id string) string {
	segments := strings.Split(id, "/")
	for i := 0; i+1 < len(segments); i++ {
		if strings.EqualFold(segments[i], "resourceGroups") {
			return segments[i+1]
		}
	}
	return ""
}

// guid derives a stable GUID from what it identifies.
func guid(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(parts, "\n"))))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// publicAddress derives a stable public IPv4 address.
func publicAddress(id string) string {
	sum := sha256.Sum256([]byte(key(id)))
	return fmt.Sprintf("20.%d.%d.%d", sum[0], sum[1], 1+sum[2]%254)
}
