package platform

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
)

// lookup is a question about something of others, which is asked before the first resource is registered.
type lookup struct {
	// key and value name it in the configuration, what says what it is, name is its name in Azure.
	key, value, what, name string
	in                     subscription.Subscription
	// function of the provider, with its inputs; into is a pointer to a struct for the answer.
	function string
	inputs   map[string]any
	into     any
}

// preflight are the mistakes that only Azure shows, so that all of them come in one error.
type preflight struct {
	p        *platform
	problems []config.Problem
}

var (
	lookupMissing   = regexp.MustCompile(`\b(ResourceGroup|Resource|Subscription|ParentResource|Namespace)NotFound\b`)
	lookupForbidden = regexp.MustCompile(`\b(AuthorizationFailed|Forbidden)\b`)
)

// find asks, and reports whether there was an answer. What is missing is a mistake; where the login may not read, a warning says what is not checked.
func (f *preflight) find(asked lookup, unchecked string) (bool, error) {
	err := f.p.ctx.Invoke(asked.function, asked.inputs, asked.into, utilities.PkgInvokeDefaultOpts(asked.in.Lookup())...)
	switch {
	case err == nil:
		return true, nil
	case lookupMissing.MatchString(err.Error()):
		f.reject(asked, fmt.Sprintf("%s that exists: subscription %s has no %s", asked.what, asked.in.ID, asked.name))
	case lookupForbidden.MatchString(err.Error()):
		warning := fmt.Sprintf("%s: the login may not read %s in subscription %s, so nothing has checked %s.", asked.key, asked.name, asked.in.ID, unchecked)
		if err := f.p.ctx.Log.Warn(warning, nil); err != nil {
			return false, fmt.Errorf("warn about %s: %w", asked.key, err)
		}
	default:
		return false, fmt.Errorf("look up %s of %s: %w", asked.name, asked.key, err)
	}
	return false, nil
}

func (f *preflight) reject(asked lookup, allowed string) {
	f.problems = append(f.problems, config.Problem{Key: asked.key, Value: asked.value, Allowed: allowed})
}

// ofResource is a question about a resource by its Azure resource id, with the provider of its subscription. name is the input that names it.
func (f *preflight) ofResource(key, id, what, function, name string, into any) (lookup, error) {
	in, err := f.p.in.known.Get(resourceid.Subscription(id))
	return lookup{
		key: key, value: id, what: what, name: resourceid.Name(id), in: in, function: function, into: into,
		inputs: map[string]any{"resourceGroupName": resourceid.Group(id), name: resourceid.Name(id)},
	}, err
}

// check asks every question about what belongs to others.
func (p *platform) check() error {
	f := &preflight{p: p}
	for _, ask := range []func(*preflight) error{
		p.checkSubscriptions, p.checkGroups, p.findLogs, p.checkHub, p.checkZones, p.checkGivenNetworks,
	} {
		if err := ask(f); err != nil {
			return err
		}
	}
	if len(f.problems) > 0 {
		return &config.Error{Problems: f.problems}
	}
	return nil
}

// noSubscription is what Azure answers for a subscription that there is none of, that the login has no right in, or of another tenant.
var noSubscription = regexp.MustCompile(`\b(SubscriptionNotFound|InvalidSubscriptionId|InvalidAuthenticationTokenTenant)\b`)

// checkSubscriptions looks into the configured subscriptions, by a group that may or may not be there.
func (p *platform) checkSubscriptions(f *preflight) error {
	for _, wanted := range []struct {
		key, group string
		in         subscription.Subscription
	}{
		{"subscriptions.hub", p.cfg.ResourceGroups.Hub, p.in.hub},
		{"subscriptions.images", p.cfg.ResourceGroups.Image, p.in.images},
	} {
		if !wanted.in.Foreign() {
			continue
		}
		var answer struct{}
		err := p.ctx.Invoke(getResourceGroup, map[string]any{"resourceGroupName": wanted.group}, &answer,
			utilities.PkgInvokeDefaultOpts(wanted.in.Lookup())...)
		if err != nil && noSubscription.MatchString(err.Error()) {
			f.reject(lookup{key: wanted.key, value: wanted.in.ID}, "a subscription of the login's tenant in which the login has rights")
		}
	}
	return nil
}

// getResourceGroup is the function of the provider that looks resource groups up.
const getResourceGroup = "azure-native:resources/v20240301:getResourceGroup"

// checkGroups looks for the groups of resourceGroups.existing.
func (p *platform) checkGroups(f *preflight) error {
	for _, wanted := range p.wantedGroups() {
		if !wanted.found {
			continue
		}
		var answer struct{}
		if _, err := f.find(lookup{
			key: "resourceGroups.existing", value: wanted.key, what: "a resource group", name: wanted.name, in: wanted.in, into: &answer,
			function: getResourceGroup, inputs: map[string]any{"resourceGroupName": wanted.name},
		}, "that it exists"); err != nil {
			return err
		}
	}
	return nil
}
