package platform

import (
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/rbac"
)

// Outputs that other stacks of the project read. Their names never change, nor those of the properties of hub and dns, which are those of the
// configuration's keys. docs/architecture.md lists them.
const (
	outputHub           = "hub"
	outputDNS           = "dns"
	outputFlowLogs      = "flowLogs"
	outputDefinitions   = "policyDefinitions"
	outputImportRole    = "imageImportRoleId"
	outputImageID       = "jumpBoxImageId"
	outputImageName     = "jumpBoxImageName"
	outputTrustedLaunch = "jumpBoxImageTrustedLaunch"
)

// foundParts is what other stacks of the project have made, as far as it is not as good as configured.
type foundParts struct {
	// madeHub is whether the stack with the part network has made the hub, rather than found it.
	madeHub bool
	// madeZones is the same of the private DNS zones.
	madeZones   bool
	definitions map[string]string
	importRole  string
	image       foundImage
}

// foundImage is the jump box image of another stack.
type foundImage struct {
	id, name      string
	trustedLaunch bool
}

// findParts reads the stacks that have what this one does not make. One error names all that is missing, before anything is registered.
func (p *platform) findParts() error {
	var problems []config.Problem
	if name := p.cfg.Hub.Stack; name != "" {
		other, err := readStack(p.ctx, "hub.stack", name, outputHub, outputDNS, outputFlowLogs, outputDefinitions, outputImportRole)
		if err != nil {
			return err
		}
		problems = p.findNetwork(other)
	}
	if name := p.cfg.ImageBuilder.Stack; name != "" {
		other, err := readStack(p.ctx, "imageBuilder.stack", name, outputImageID, outputImageName, outputTrustedLaunch)
		if err != nil {
			return err
		}
		p.parts.image = foundImage{other.text(outputImageID), other.text(outputImageName), other.flag(outputTrustedLaunch)}
		problems = append(problems, other.problems...)
	}
	if len(problems) > 0 {
		return &config.Error{Problems: problems}
	}
	if !p.cfg.Parts.Network && p.parts.definitions == nil {
		p.parts.definitions = map[string]string{}
	}
	return nil
}

// findNetwork takes hub and zones as if they were configured, and the rest besides.
func (p *platform) findNetwork(other *otherStack) []config.Problem {
	hub := config.ExistingHub{
		NetworkID: other.text(outputHub, "networkId"), AddressSpaces: other.prefixes(outputHub, "addressSpaces"),
		NextHop: other.text(outputHub, "nextHop"), FirewallPolicyID: other.optional(outputHub, "firewallPolicyId"),
		FirewallID: other.optional(outputHub, "firewallId"), Peering: other.text(outputHub, "peering"), Egress: other.text(outputHub, "egress"),
	}
	p.parts = foundParts{
		madeHub:    other.text(outputHub, "mode") == config.HubCreate,
		importRole: other.text(outputImportRole),
	}
	p.cfg.DNS.Mode, p.cfg.DNS.Links = other.text(outputDNS, "mode"), other.text(outputDNS, "links")
	p.parts.madeZones = other.flag(outputDNS, "made")
	p.cfg.DNS.APIServerZoneID = other.optional(outputDNS, "apiServerZoneId")
	if p.cfg.DNS.Mode != config.DNSNone {
		p.cfg.DNS.RegistryZoneID, p.cfg.DNS.VaultZoneID = other.text(outputDNS, "registryZoneId"), other.text(outputDNS, "vaultZoneId")
	}
	if p.cfg.Governance.Mode != config.GovernanceNone {
		p.parts.definitions = other.texts(outputDefinitions)
	}
	p.cfg.Hub.WorkspaceID, p.cfg.FlowLogs = other.text(outputHub, "workspaceId"), config.FlowLogs{
		StorageAccountID: other.text(outputFlowLogs, "storageAccountId"), IdentityID: other.text(outputFlowLogs, "identityId"),
	}
	priority := other.number(outputHub, "egressPriority")
	// There is none without Bastion.
	bastion, _ := netip.ParsePrefix(other.optional(outputHub, "bastionSubnet"))
	if len(other.problems) > 0 {
		return other.problems
	}
	return p.cfg.UseHub(hub, bastion, priority)
}

// newImportRole defines the role that imports images into registries, once for all stacks of the platform: display names of roles are unique
// in the Entra tenant.
func (p *platform) newImportRole() error {
	if p.cfg.Hub.Stack != "" {
		p.importRole = pulumi.String(p.parts.importRole)
		return nil
	}
	if !p.cfg.Parts.Network && !p.cfg.Parts.Stamps {
		return nil
	}
	role, err := rbac.NewImageImportRole(p.ctx, "imageimport", &rbac.ImageImportRoleArgs{
		SubscriptionID: p.account.SubscriptionId, UseCustomRoles: p.cfg.ImageBuilder.UseCustomRoles,
		DisplayNameSuffix: p.cfg.ImageBuilder.CustomRoleSuffix,
	})
	if err != nil {
		return err
	}
	p.importRole = role.RoleDefinitionID
	return nil
}

// exportNetwork exports what stacks without the part network need to find it.
func (p *platform) exportNetwork() error {
	if !p.cfg.Parts.Network {
		return nil
	}
	mode, peering, egress := p.cfg.Hub.Mode, p.cfg.Hub.Existing.Peering, p.cfg.Hub.Existing.Egress
	hub := pulumi.Map{
		"mode": pulumi.String(mode), "peering": pulumi.String(peering), "egress": pulumi.String(egress),
		"networkId": p.hub.VNetID, "addressSpaces": pulumi.ToStringArray(texts(p.hub.AddressSpaces)), "nextHop": p.hub.NextHop,
		"workspaceId": p.hub.WorkspaceID, "egressPriority": pulumi.Int(p.cfg.Hub.EgressPriority),
	}
	for name, id := range map[string]pulumi.StringInput{"firewallPolicyId": p.hub.FirewallPolicyID, "firewallId": p.hub.FirewallID} {
		if id != nil {
			hub[name] = id
		}
	}
	if bastion := p.hub.BastionSubnet; bastion.IsValid() {
		hub["bastionSubnet"] = pulumi.String(bastion.String())
	}
	p.ctx.Export(outputHub, hub)
	zones := p.dns.Found()
	// What this stack has made exists for other stacks.
	zones["mode"], zones["links"] = pulumi.String(config.DNSExisting), pulumi.String(p.cfg.DNS.Links)
	zones["made"] = pulumi.Bool(p.cfg.DNS.Mode == config.DNSCreate)
	if p.cfg.DNS.Mode == config.DNSNone {
		zones["mode"] = pulumi.String(config.DNSNone)
	}
	p.ctx.Export(outputDNS, zones)
	p.ctx.Export(outputFlowLogs, pulumi.Map{"storageAccountId": p.hub.FlowLogs.StorageAccountID, "identityId": p.hub.FlowLogs.IdentityID})
	if p.cfg.Governance.Mode != config.GovernanceNone {
		p.ctx.Export(outputDefinitions, p.governance.DefinitionIDs())
	}
	p.ctx.Export(outputImportRole, p.importRole)
	return nil
}

func texts(prefixes []netip.Prefix) []string {
	var texts []string
	for _, prefix := range prefixes {
		texts = append(texts, prefix.String())
	}
	return texts
}
