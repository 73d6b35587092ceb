package platform

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
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
	}{
		{&p.groups.hub, "hub", p.cfg.ResourceGroups.Hub},
		{&p.groups.spokes, "spokes", p.cfg.ResourceGroups.Spokes},
		{&p.groups.workload, "workload", p.cfg.ResourceGroups.Workload},
	} {
		if *group.target, err = p.newResourceGroup(group.logicalName, group.name); err != nil {
			return err
		}
	}
	for _, configured := range p.cfg.Stamps {
		p.groups.stamps[configured.Name] = p.groups.workload
		if configured.ResourceGroup == p.cfg.ResourceGroups.Workload {
			continue
		}
		if p.groups.stamps[configured.Name], err = p.newResourceGroup("stamp"+configured.Name, configured.ResourceGroup); err != nil {
			return err
		}
	}
	return nil
}

func (p *platform) newResourceGroup(logicalName, name string) (*resources.ResourceGroup, error) {
	group, err := resources.NewResourceGroup(p.ctx, logicalName, &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(name),
		Location:          pulumi.String(p.cfg.Location),
		Tags:              pulumi.ToStringMap(p.cfg.Tags),
	}, pulumi.Protect(p.cfg.Protect))
	if err != nil {
		return nil, fmt.Errorf("resource group %s: %w", name, err)
	}
	return group, nil
}
