package platform

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/governance"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
)

// resourceGroup is a resource group as what lies in it needs it: made by the program, or found because it belongs to others.
type resourceGroup struct {
	// planned is its name, Name and ID are its name and its Azure resource id once it exists.
	planned  string
	Name, ID pulumi.StringInput
	in       subscription.Subscription
	found    bool
}

// resourceGroups are those of the stack. Stamp 01 usually shares the workload's, and so does the image. That of a hub that exists is nil.
type resourceGroups struct {
	hub, spokes, workload, image *resourceGroup
	stamps                       map[string]*resourceGroup // by the stamp's name
}

// wantedGroup is a resource group by its place in resourceGroups.existing, which is also its logical name but for stamps.
type wantedGroup struct {
	key, logicalName, name string
	in                     subscription.Subscription
	found                  bool
}

// wantedGroups are all groups, each once.
func (p *platform) wantedGroups() []wantedGroup {
	groups := p.cfg.ResourceGroups
	var wanted []wantedGroup
	// The group of a hub that exists is another team's.
	if p.cfg.Hub.Mode == config.HubCreate {
		wanted = append(wanted, wantedGroup{key: config.GroupHub, name: groups.Hub, in: p.in.hub})
	}
	wanted = append(wanted, wantedGroup{key: config.GroupSpokes, name: groups.Spokes, in: p.in.login, found: !p.cfg.Parts.Network})
	if p.cfg.Parts.Image && !groups.OwnImage() || p.stampInWorkload() {
		wanted = append(wanted, wantedGroup{key: config.GroupWorkload, name: groups.Workload, in: p.in.login})
	}
	if p.cfg.Parts.Image && groups.OwnImage() {
		wanted = append(wanted, wantedGroup{key: config.GroupImage, name: groups.Image, in: p.in.images})
	}
	for _, stamp := range p.cfg.Stamps {
		if stamp.ResourceGroup != groups.Workload {
			wanted = append(wanted, wantedGroup{key: stamp.Name, logicalName: "stamp" + stamp.Name, name: stamp.ResourceGroup, in: p.in.login})
		}
	}
	for i, group := range wanted {
		wanted[i].found = group.found || groups.Exists(group.key)
		if group.logicalName == "" {
			wanted[i].logicalName = group.key
		}
	}
	return wanted
}

// stampInWorkload reports whether a stamp of this stack is in the group of the workload.
func (p *platform) stampInWorkload() bool {
	return slices.ContainsFunc(p.cfg.Stamps, func(stamp config.Stamp) bool { return stamp.ResourceGroup == p.cfg.ResourceGroups.Workload })
}

func (p *platform) newResourceGroups() error {
	known := map[string]*resourceGroup{}
	for _, wanted := range p.wantedGroups() {
		group, err := p.makeOrFind(wanted)
		if err != nil {
			return err
		}
		known[wanted.key] = group
	}
	p.groups = &resourceGroups{
		hub: known[config.GroupHub], spokes: known[config.GroupSpokes], workload: known[config.GroupWorkload], image: known[config.GroupImage],
		stamps: map[string]*resourceGroup{},
	}
	switch p.cfg.ResourceGroups.Image {
	case p.cfg.ResourceGroups.Workload:
		p.groups.image = p.groups.workload
	case p.cfg.ResourceGroups.Spokes:
		p.groups.image = p.groups.spokes
	}
	for _, stamp := range p.cfg.Stamps {
		if p.groups.stamps[stamp.Name] = known[stamp.Name]; known[stamp.Name] == nil {
			p.groups.stamps[stamp.Name] = p.groups.workload
		}
	}
	return nil
}

func (p *platform) makeOrFind(wanted wantedGroup) (*resourceGroup, error) {
	if wanted.found {
		return &resourceGroup{
			planned: wanted.name, Name: pulumi.String(wanted.name), ID: pulumi.String(resourceid.InGroup(wanted.in.ID, wanted.name)), in: wanted.in, found: true,
		}, nil
	}
	group, err := resources.NewResourceGroup(p.ctx, wanted.in.Name(wanted.logicalName), &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(wanted.name),
		Location:          pulumi.String(p.cfg.Location),
		Tags:              pulumi.ToStringMap(p.cfg.Tags),
	}, wanted.in.Options(pulumi.Protect(p.cfg.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("resource group %s: %w", wanted.name, err)
	}
	return &resourceGroup{planned: wanted.name, Name: group.Name, ID: group.ID().ToStringOutput(), in: wanted.in}, nil
}

// governed are the groups whose policies do not belong to a stamp. What is in a group of others is not ours to judge.
func (g *resourceGroups) governed() []governance.Group {
	var governed []governance.Group
	for _, candidate := range []struct {
		key      string
		group    *resourceGroup
		networks bool
	}{
		{config.GroupHub, g.hub, true}, {config.GroupSpokes, g.spokes, true}, {config.GroupImage, g.image, g.image != nil && g.image.in.Foreign()},
	} {
		group := candidate.group
		shared := candidate.key == config.GroupImage && (group == g.workload || group == g.spokes)
		if group == nil || group.found || shared {
			continue
		}
		governed = append(governed, governance.Group{
			Key: candidate.key, Name: group.planned, Known: group.Name, In: group.in, Networks: candidate.networks,
		})
	}
	return governed
}
