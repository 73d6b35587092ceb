package governance

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/stamp"
)

// PoliciesArgs configures Policies.
type PoliciesArgs struct {
	stamp.Site
	// BootstrapMode is how Flux gets into the cluster, such as config.ModeFlux; VirtualNodes is whether the cluster has virtual nodes.
	BootstrapMode string
	VirtualNodes  bool
	// Shared means that the group belongs to others, whose resources may be of any type.
	Shared bool
	// Governance has the custom definitions.
	Governance *Governance
	// Inventory knows what the program registers in the stamp's resource group.
	Inventory *Inventory
}

// Policies are the policies of one stamp: what is allowed in its resource group, and inside its cluster. The cluster's add-on reads
// them when it starts, so the cluster has to wait for them.
type Policies struct {
	pulumi.ResourceState
	component.Roster
}

// NewPolicies assigns the policies to the stamp's resource group.
func NewPolicies(ctx *pulumi.Context, name string, args *PoliciesArgs, opts ...pulumi.ResourceOption) (*Policies, error) {
	policies := &Policies{}
	if err := component.Register(ctx, "aksregulated:cluster:Policies", name, policies, opts...); err != nil {
		return nil, fmt.Errorf("policies of stamp %s: %w", args.Stamp.Name, err)
	}
	child := pulumi.Parent(policies)
	for _, policy := range workloadPolicies(args.Governance.definitions) {
		if args.Shared && policy.definition.id == allowedTypes.id {
			continue
		}
		parameters := map[string]pulumi.Input{}
		if policy.effect != "" {
			parameters["effect"] = pulumi.String(policy.effect)
		}
		if policy.definition.id == allowedTypes.id {
			parameters["listOfResourceTypesAllowed"] = args.Inventory.Types(args.Stamp.ResourceGroup)
		}
		assignment := groupAssignment(policy.definition, args.SubscriptionID, args.Stamp.ResourceGroup, args.ResourceGroupName,
			policy.description, parameters)
		if _, err := assignPolicy(ctx, name+"-"+policy.logicalName, assignment, child); err != nil {
			return nil, err
		}
	}
	names := args.Names()
	for _, policy := range kubernetesPolicies(args.BootstrapMode, args.VirtualNodes, names.Registry) {
		assignment := groupAssignment(policy.definition, args.SubscriptionID, args.Stamp.ResourceGroup, args.ResourceGroupName,
			policy.description, policy.inputs())
		assignment.nameParts = append(assignment.nameParts, names.Cluster)
		assignment.displayName = fmt.Sprintf("[%s] %s", names.Cluster, policy.definition.displayName)
		if _, err := assignPolicy(ctx, name+"-"+policy.logicalName, assignment, child); err != nil {
			return nil, err
		}
	}
	if err := ctx.RegisterResourceOutputs(policies, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("outputs of policies of stamp %s: %w", args.Stamp.Name, err)
	}
	return policies, nil
}

// workloadPolicy evaluates Azure resources of the stamp.
type workloadPolicy struct {
	logicalName string
	definition  policyDefinition
	// effect is empty where the definition takes none.
	effect      string
	description string
}

// workloadPolicies are the policies of the stamp's resource group. Where a definition can only audit, the description says so.
func workloadPolicies(custom map[string]policyDefinition) []workloadPolicy {
	return []workloadPolicy{
		{"types", allowedTypes, "", "Denies resources of types that the platform has none of here."},
		{"private-cluster", privateCluster, "Deny", "Denies AKS clusters whose API server has a public address."},
		{"defender", custom[denyNonDefenderAKS], "", "Denies AKS clusters without the profile of Microsoft Defender for Containers."},
		{"public-scale-sets", custom[noPublicScaleSets], "", "Denies scale sets whose instances have public IP addresses."},
		{"policy-add-on", policyAddOn, "Audit", "Audits that AKS clusters run the Azure Policy add-on; the definition cannot deny."},
		{"gateway-sku", custom[denyGatewayNoWAF], "", "Denies Application Gateways of a SKU without web application firewall."},
		// The SKU alone does not say that a firewall is configured.
		{"gateway-firewall", firewallOnGateway, "Deny", "Denies Application Gateways without a web application firewall policy."},
		{"kubernetes-rbac", kubernetesRBAC, "Audit", "Audits that AKS clusters use Kubernetes RBAC; the definition cannot deny."},
		{"kubernetes-version", kubernetesVersion, "Audit",
			"Audits AKS clusters of versions known as vulnerable; the definition cannot deny, and names versions up to 1.13 only."},
		{"customer-managed-keys", customerManagedKeys, "Audit",
			"Audits AKS clusters whose disks are not encrypted with customer-managed keys. Finding this cluster is expected: its " +
				"disks are encrypted with platform-managed keys."},
		{"encryption-at-host", encryptionAtHost, "Audit", "Audits AKS node pools without encryption at host."},
	}
}
