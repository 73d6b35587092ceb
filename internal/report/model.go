package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
)

// Types of resources that several parts of the page read.
const (
	typeAssignment  = "Microsoft.Authorization/roleAssignments"
	typeBastion     = "Microsoft.Network/bastionHosts"
	typeCluster     = "Microsoft.ContainerService/managedClusters"
	typeDiagnostics = "Microsoft.Insights/diagnosticSettings"
	typeEndpoint    = "Microsoft.Network/privateEndpoints"
	typeFirewall    = "Microsoft.Network/azureFirewalls"
	typeFlowLog     = "Microsoft.Network/networkWatchers/flowLogs"
	typeFluxSetup   = "Microsoft.KubernetesConfiguration/fluxConfigurations"
	typeFWPolicy    = "Microsoft.Network/firewallPolicies"
	typeGateway     = "Microsoft.Network/applicationGateways"
	typeGroup       = "Microsoft.Resources/resourceGroups"
	typeIdentity    = "Microsoft.ManagedIdentity/userAssignedIdentities"
	typeIPGroup     = "Microsoft.Network/ipGroups"
	typeNSG         = "Microsoft.Network/networkSecurityGroups"
	typeMaintenance = "Microsoft.ContainerService/managedClusters/maintenanceConfigurations"
	typePeering     = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
	typePolicy      = "Microsoft.Authorization/policyAssignments"
	typePublicIP    = "Microsoft.Network/publicIPAddresses"
	typeRegistry    = "Microsoft.ContainerRegistry/registries"
	typeRuleGroup   = "Microsoft.Network/firewallPolicies/ruleCollectionGroups"
	typeScaleSet    = "Microsoft.Compute/virtualMachineScaleSets"
	typeScript      = "Microsoft.Resources/deploymentScripts"
	typeSentinel    = "Microsoft.SecurityInsights/onboardingStates"
	typeStorage     = "Microsoft.Storage/storageAccounts"
	typeTemplate    = "Microsoft.VirtualMachineImages/imageTemplates"
	typeVault       = "Microsoft.KeyVault/vaults"
	typeVNet        = "Microsoft.Network/virtualNetworks"
	typeWAF         = "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies"
	typeWorkspace   = "Microsoft.OperationalInsights/workspaces"
	typeZone        = "Microsoft.Network/privateDnsZones"
	typeZoneLink    = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
)

// model is an export with what the parts of the page look up in it.
type model struct {
	export *Export
	byType map[string][]*Resource // by Azure type in lower case, sorted by id
	byID   map[string]*Resource   // by idKey
	strict *flow.Network          // VirtualNetwork is the network and its peers
	wide   *flow.Network          // and the prefixes of user-defined routes
	nets   []*vnet
	flows  *flowMatrix
}

func newModel(export *Export) (*model, error) {
	m := &model{export: export, byType: map[string][]*Resource{}, byID: map[string]*Resource{}}
	for i := range export.Resources {
		r := &export.Resources[i]
		if !strings.HasPrefix(r.ID, "/") || r.Deleting {
			continue
		}
		kind := strings.ToLower(resourceid.Type(r.ID))
		m.byType[kind] = append(m.byType[kind], r)
		m.byID[resourceid.Key(r.ID)] = r
	}
	if len(m.byID) == 0 {
		return nil, ErrNothingDeployed
	}
	for _, of := range m.byType {
		slices.SortFunc(of, func(a, b *Resource) int { return cmp.Compare(resourceid.Key(a.ID), resourceid.Key(b.ID)) })
	}
	m.nets = m.readNetworks()
	if err := m.evaluate(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *model) of(armType string) []*Resource { return m.byType[strings.ToLower(armType)] }

func (m *model) find(id string) *Resource { return m.byID[resourceid.Key(id)] }

// Anchor is where a resource stands on the page. It follows from the URN, so links stay right from one report to the next.
func (r *Resource) Anchor() string {
	sum := sha256.Sum256([]byte(r.URN))
	return "r-" + hex.EncodeToString(sum[:6])
}

// AzureName is the resource's name in Azure; services of a storage account, all named default, get their type before it.
func (r *Resource) AzureName() string {
	name := resourceid.Name(r.ID)
	if name == "default" {
		return resourceid.Name(resourceid.Parent(r.ID)) + " / " + resourceid.Name(strings.TrimSuffix(r.ID, "/default"))
	}
	return name
}

// Link leads to a resource of the page, or is plain text without a target.
type Link struct {
	Text, Target string
}

// link names a resource by its id and leads to it if it is in the state.
func (m *model) link(id string) Link {
	if r := m.find(id); r != nil {
		return Link{shortID(id), r.Anchor()}
	}
	// Subnets are part of their network.
	if net := m.find(resourceid.Parent(id)); net != nil && strings.EqualFold(resourceid.Type(id), typeVNet+"/subnets") {
		return Link{shortID(id), net.Anchor()}
	}
	return Link{Text: shortID(id)}
}

// shortID says in few words what an id is of.
func shortID(id string) string {
	switch resourceid.Type(id) {
	case "Microsoft.Resources/subscriptions":
		return "subscription"
	case typeGroup:
		return "resource group " + resourceid.Name(id)
	case typeVNet + "/subnets":
		return "subnet " + resourceid.Name(id)
	}
	if strings.HasSuffix(id, "/default") {
		return resourceid.Name(resourceid.Type(id)) + " of " + resourceid.Name(resourceid.Parent(id))
	}
	return resourceid.Name(id)
}

// to links all resources of some types.
func (m *model) to(armTypes ...string) []Link {
	var found []Link
	for _, t := range armTypes {
		for _, r := range m.of(t) {
			found = append(found, m.link(r.ID))
		}
	}
	return found
}

// head is what the page says about itself.
type head struct {
	Stack, Project, Time, Version string
	Resources, InAzure, Pending   int
	Subscriptions, Regions        []string
}

func (m *model) head() head {
	h := head{
		Stack: m.export.Stack, Project: m.export.Project, Time: m.export.Time, Version: m.export.Version,
		Resources: len(m.export.Resources), InAzure: len(m.byID), Pending: m.export.Pending,
	}
	regions := map[string]int{}
	for _, r := range m.byID {
		if s := resourceid.Subscription(r.ID); s != "" && !slices.Contains(h.Subscriptions, s) {
			h.Subscriptions = append(h.Subscriptions, s)
		}
		if location := text(r.Outputs, "location"); location != "" && location != "global" {
			regions[location]++
		}
	}
	slices.Sort(h.Subscriptions)
	for region := range regions {
		h.Regions = append(h.Regions, region)
	}
	// The region with the most resources is the one that was meant.
	slices.SortFunc(h.Regions, func(a, b string) int { return cmp.Or(cmp.Compare(regions[b], regions[a]), cmp.Compare(a, b)) })
	return h
}
