// Package platform composes the whole platform. It is called by main.go, by the offline runner and by tests.
package platform

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/bootstrap"
	"aks-regulated-pulumi/cluster"
	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/governance"
	"aks-regulated-pulumi/imagebuilder"
	authorization "aks-regulated-pulumi/internal/azurenative/authorization"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// Deploy is the Pulumi program. It fails with one error that names every configuration mistake before it registers anything.
func Deploy(ctx *pulumi.Context) (err error) {
	cfg, err := config.Load(ctx, imagebuilder.ToolNames())
	if err != nil {
		return err
	}
	images, problems := cluster.CheckImages(cfg.Bootstrap.Mode, cfg.VirtualNodes, cfg.Registry.Images)
	problems = append(problems, governance.CheckRoles(cfg.BuiltInRoles, cfg.Defender)...)
	if cfg.Parts.Stamps {
		found, err := bootstrap.Check(&bootstrap.CheckArgs{
			Placement: cfg.Placement, Settings: bootstrapSettings(cfg), Stamp: cfg.Stamps[0], Images: images,
		}, clustermanifests.Files)
		if err != nil {
			return err
		}
		problems = append(problems, found...)
	}
	if len(problems) > 0 {
		return &config.Error{Problems: problems}
	}
	// The login decides on tenant and subscription; they are never configured.
	account, err := authorization.GetClientConfig(ctx)
	if err != nil {
		return fmt.Errorf("read subscription of the Azure provider: %w", err)
	}
	problems = append(cluster.CheckNodeResourceGroups(cfg.ResourceGroups, cfg.Stamps, account.SubscriptionId),
		cfg.GivenNetworkProblems(account.SubscriptionId)...)
	if len(problems) > 0 {
		return &config.Error{Problems: problems}
	}
	options := &azureOptions{}
	if err := ctx.RegisterStackTransformation(options.ofStack); err != nil {
		return fmt.Errorf("options of all resources: %w", err)
	}
	// The policies allow the types of resources that the program registers, so the inventory has to see all of them.
	inventory, err := governance.NewInventory(ctx, cfg.Policies.AdditionalTypes...)
	if err != nil {
		return err
	}
	defer func() { err = inventory.Close(err) }()
	p := &platform{
		ctx: ctx, cfg: cfg, account: account, inventory: inventory, options: options, images: images, governance: &governance.Governance{},
		handover: network.NewHandover(cfg.Placement),
	}
	for _, step := range []func() error{
		p.findParts, p.findSubscriptions, p.check, p.newResourceGroups, p.ifGoverned(p.newGovernance), p.newHub,
		p.ifGoverned(p.assignGovernance), p.ifGoverned(p.newPolicies), p.newJumpBoxImage, p.newImportRole, p.newStamps,
		p.ifGoverned(p.governWatchers), p.exportNetwork, p.exportHandover,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// CheckConfig validates a stack's configuration, by namespaced key as Pulumi stores it, without running the program. The
// Pulumi CLI names only the first value of a wrong type; this names every mistake.
func CheckConfig(project string, values map[string]string) error {
	return config.Check(project, values, imagebuilder.ToolNames())
}

// platform is the state that the steps of Deploy share. It alone knows the whole configuration.
type platform struct {
	ctx       *pulumi.Context
	cfg       *config.Config
	account   *authorization.GetClientConfigResult
	inventory *governance.Inventory
	options   *azureOptions
	images    []cluster.Image // to import into every registry
	handover  *network.Handover

	in         subscriptions
	found      foundLogs
	groups     *resourceGroups
	hub        *network.Hub
	dns        *network.PrivateDNS
	governance *governance.Governance
	policies   map[string]*governance.Policies // by the stamp's name
	parts      foundParts
	importRole pulumi.StringInput // imports images into registries
	image      jumpBoxImage
}

// ifGoverned is a step that there is none of where others govern. What would wait for policies waits for none then.
func (p *platform) ifGoverned(step func() error) func() error {
	if p.cfg.Governance.Mode == config.GovernanceNone {
		return func() error { return nil }
	}
	return step
}

func (p *platform) newGovernance() (err error) {
	p.governance, err = governance.NewGovernance(p.ctx, "governance", &governance.GovernanceArgs{
		Found:     p.parts.definitions,
		Placement: p.cfg.Placement, ResourceGroups: p.cfg.ResourceGroups, NetworkWatcher: p.cfg.NetworkWatcher,
		Defender: p.cfg.Defender, BuiltInRoles: p.cfg.BuiltInRoles, Stamps: p.cfg.Stamps,
		Subscription: p.in.login, ManagementGroupID: p.cfg.Governance.ManagementGroupID, Groups: p.groups.governed(), Inventory: p.inventory,
	})
	return err
}

func (p *platform) assignGovernance() error { return p.governance.Assign(p.ctx, p.hub) }

// newPolicies assigns the policies of each stamp's resource group, before anything else is registered in it: a list of allowed
// types has to grow before the first resource of a new type.
func (p *platform) newPolicies() (err error) {
	p.policies = map[string]*governance.Policies{}
	for _, configured := range p.cfg.Stamps {
		p.policies[configured.Name], err = governance.NewPolicies(p.ctx, "stamp"+configured.Name, &governance.PoliciesArgs{
			Site: p.site(configured), BootstrapMode: p.cfg.Bootstrap.Mode, VirtualNodes: p.cfg.VirtualNodes.Enabled,
			Shared: p.groups.stamps[configured.Name].found, Governance: p.governance, Inventory: p.inventory,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// withPolicyDependency makes each resource of a component that is registered in a resource group wait for the policies of that group, and
// for the one on its stamp's network. The component itself must not wait: its registration would block the program, and the lists
// of allowed types are complete only at the program's end.
func (p *platform) withPolicyDependency(resourceGroup string) pulumi.ResourceOption {
	var policies []pulumi.Resource
	for _, configured := range p.cfg.Stamps {
		if assigned := p.policies[configured.Name]; assigned != nil && configured.ResourceGroup == resourceGroup {
			policies = append(policies, assigned.Members()...)
			policies = append(policies, p.governance.NICs[configured.Name])
		}
	}
	return pulumi.Transformations([]pulumi.ResourceTransformation{p.options.ofComponent(pulumi.DependsOn(policies))})
}

func (p *platform) site(configured config.Stamp) stamp.Site {
	return stamp.Site{
		Placement: p.cfg.Placement, Stamp: configured, SubscriptionID: p.account.SubscriptionId,
		ResourceGroupName: p.groups.stamps[configured.Name].Name,
	}
}

// newStamps registers every stamp. Their egress rules are added to the same firewall policy one after the other.
func (p *platform) newStamps() error {
	if len(p.cfg.Stamps) == 0 {
		return nil
	}
	if cluster.LimitedByDockerHub(p.images) && !p.cfg.Registry.DockerHubToken.IsSet() {
		if err := p.ctx.Log.Warn("registry.dockerHubToken is not set: Docker Hub limits what it gives to all of Azure's registries together, "+
			"and may refuse the imports, without which Flux does not start. Set it and registry.dockerHubUser.", nil); err != nil {
			return fmt.Errorf("warn about Docker Hub: %w", err)
		}
	}
	outputs := pulumi.Map{}
	for _, configured := range p.cfg.Stamps {
		s, err := newStamp(p.ctx, "stamp"+configured.Name, &stampArgs{
			Site: p.site(configured), config: p.cfg, tenantID: p.account.TenantId, subscription: p.in.login, found: p.found, hub: p.hub, dns: p.dns,
			policyDependency: p.withPolicyDependency(configured.ResourceGroup), spokesGroup: p.groups.spokes,
			images: p.images, importRoleID: p.importRole, leftRoles: p.leftRoles(configured), jumpBoxImage: p.image,
		})
		if err != nil {
			return err
		}
		outputs[configured.Name] = s.outputs
	}
	p.ctx.Export("stamps", outputs)
	return nil
}
