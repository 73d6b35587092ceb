package azuresim

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Create is [arm.Create].
const Create = arm.Create

// Fault is [arm.Fault].
type Fault = arm.Fault

// SubscriptionID is [arm.SubscriptionID].
const SubscriptionID = arm.SubscriptionID

// TenantID is [arm.TenantID].
const TenantID = arm.TenantID
