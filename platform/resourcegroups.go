package platform

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/subscription"
)

// resourceGroups are those that the program owns. Stamp 01 usually shares the workload's.
type resourceGroups struct {
	hub, spokes, workload *resources.ResourceGroup
	stamps                map[string]*resources.ResourceGroup // by the stamp's name
}

func (p *platform) newResourceGroups() (err error) {
	p.groups = &resourceGroups{stamps: map[string]*resources.ResourceGroup{}}
	for _, group := range []struct {
		target            **resources.ResourceGroup
		logicalName, name string
		in                subscription.Subscription
	}{
		{&p.groups.hub, "hub", p.cfg.ResourceGroups.Hub, p.in.hub},
		{&p.groups.spokes, "spokes", p.cfg.ResourceGroups.Spokes, p.in.login},
		{&p.groups.workload, "workload", p.cfg.ResourceGroups.Workload, p.in.login},
	} {
		if *group.target, err = p.newResourceGroup(group.logicalName, group.name, group.in); err != nil {
			return err
		}
	}
	for _, configured := range p.cfg.Stamps {
		p.groups.stamps[configured.Name] = p.groups.workload
		if configured.ResourceGroup == p.cfg.ResourceGroups.Workload {
			continue
		}
		if p.groups.stamps[configured.Name], err = p.newResourceGroup("stamp"+configured.Name, configured.ResourceGroup, p.in.login); err != nil {
			return err
		}
	}
	return nil
}

func (p *platform) newResourceGroup(logicalName, name string, in subscription.Subscription) (*resources.ResourceGroup, error) {
	group, err := resources.NewResourceGroup(p.ctx, in.Name(logicalName), &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(name),
		Location:          pulumi.String(p.cfg.Location),
		Tags:              pulumi.ToStringMap(p.cfg.Tags),
	}, in.Options(pulumi.Protect(p.cfg.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("resource group %s: %w", name, err)
	}
	return group, nil
}
