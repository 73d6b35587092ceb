// Package subscription registers resources in other subscriptions of Azure than that of the login.
package subscription

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	provider = "azure-native"
	// nameLength is how much of a GUID tells a stack's few subscriptions apart in logical names.
	nameLength = 8
)

// Subscription is one of the subscriptions that a stack has resources in. The zero value is that of the login, by no name.
type Subscription struct {
	// ID is the GUID.
	ID string
	// provider is nil for the subscription of the login, whose resources have the default provider.
	provider pulumi.ProviderResource
}

// Scope is the Azure resource id.
func (s Subscription) Scope() string { return "/subscriptions/" + s.ID }

// Foreign reports whether it is another one than that of the login.
func (s Subscription) Foreign() bool { return s.provider != nil }

// Options register a resource, or what a component has of Azure, in the subscription.
func (s Subscription) Options(others ...pulumi.ResourceOption) []pulumi.ResourceOption {
	if s.provider == nil {
		return others
	}
	return append(slices.Clip(others), pulumi.Provider(s.provider))
}

// Lookup makes an invoke of the provider look in the subscription.
func (s Subscription) Lookup() []pulumi.InvokeOption {
	if s.provider == nil {
		return nil
	}
	return []pulumi.InvokeOption{pulumi.Provider(s.provider)}
}

// Name is the logical name of a resource with the subscription in the path of its id. The provider finds no difference between two
// subscriptions and would go on with the old resource; under another name there is a new one, and the old one is deleted.
func (s Subscription) Name(logicalName string) string {
	if s.provider == nil {
		return logicalName
	}
	return logicalName + "-" + s.ID[:nameLength]
}

// Set is the subscriptions of a stack.
type Set struct {
	ctx    *pulumi.Context
	login  Subscription
	others map[string]Subscription
}

// New returns the subscriptions of a stack: so far that of the login, by its GUID.
func New(ctx *pulumi.Context, login string) *Set {
	return &Set{ctx: ctx, login: Subscription{ID: login}, others: map[string]Subscription{}}
}

// Login is the subscription of the login.
func (s *Set) Login() Subscription { return s.login }

// Get returns a subscription by its GUID; empty means that of the login. Another one gets a provider of its own, named after it.
func (s *Set) Get(id string) (Subscription, error) {
	if id == "" || strings.EqualFold(id, s.login.ID) {
		return s.login, nil
	}
	key := strings.ToLower(id)
	if known, ok := s.others[key]; ok {
		return known, nil
	}
	registered := &pulumi.ProviderResourceState{}
	if err := s.ctx.RegisterResource("pulumi:providers:"+provider, "subscription-"+key, providerInputs(s.ctx, key), registered,
		utilities.PkgResourceDefaultOpts(nil)...); err != nil {
		return Subscription{}, fmt.Errorf("provider of subscription %s: %w", id, err)
	}
	s.others[key] = Subscription{ID: key, provider: registered}
	return s.others[key], nil
}

// settings are what a stack's configuration may say of the provider, by the names of its schema. A provider of one's own takes nothing of
// it by itself, and only what the environment says.
var settings = []string{
	"auxiliaryTenantIds", "clientCertificatePassword", "clientCertificatePath", "clientId", "clientSecret", "disablePulumiPartnerId",
	"environment", "location", "metadataHost", "msiEndpoint", "oidcRequestToken", "oidcRequestUrl", "oidcToken", "oidcTokenFilePath",
	"partnerId", "tenantId", "useMsi", "useOidc",
}

// providerInputs are those of the default provider, with another subscription. Lists and booleans are texts in both.
func providerInputs(ctx *pulumi.Context, id string) pulumi.Map {
	inputs := pulumi.Map{"subscriptionId": pulumi.String(id)}
	for _, name := range settings {
		value, set := ctx.GetConfig(provider + ":" + name)
		switch {
		case set && ctx.IsConfigSecret(provider+":"+name):
			inputs[name] = pulumi.ToSecret(pulumi.String(value))
		case set:
			inputs[name] = pulumi.String(value)
		}
	}
	return inputs
}
