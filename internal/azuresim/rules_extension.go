package azuresim

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const (
	fluxExtension = "microsoft.flux"
	// fluxVersion is what Azure installs in November 2026.
	fluxVersion = "1.21.1"
)

// extensionComponents are what the agents of the Flux extension belong to.
var extensionComponents = []string{"cluster extensions", "Flux extension"}

// Values that settings of an extension take.
var (
	booleanSetting  = regexp.MustCompile(`^(true|false)$`)
	guidSetting     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	percentSetting  = regexp.MustCompile(`^(100|[1-9]?\d)$`)
	intervalSetting = regexp.MustCompile(`^\d+(ms|s|m)$`)
)

// fluxSettings are the settings of microsoft.flux (Azure documents "Deploy applications using GitOps with Flux v2" and "GitOps with
// Flux v2 configurations"). Azure ignores any other, which is to say that a typing error goes unnoticed; here it does not.
var fluxSettings = map[string]*regexp.Regexp{
	"source-controller.enabled": booleanSetting, "kustomize-controller.enabled": booleanSetting, "helm-controller.enabled": booleanSetting,
	"notification-controller.enabled": booleanSetting, "image-automation-controller.enabled": booleanSetting, "image-reflector-controller.enabled": booleanSetting,
	"multiTenancy.enforce": booleanSetting, "useKubeletIdentity": booleanSetting, "kustomize-controller.strict-substitution-mode": booleanSetting,
	"workloadIdentity.enable": booleanSetting, "workloadIdentity.azureClientId": guidSetting, "workloadIdentity.azureTenantId": guidSetting,
	"helm-controller.detectDrift": booleanSetting, "helm-controller.outOfMemoryWatch.enabled": booleanSetting,
	"helm-controller.outOfMemoryWatch.memoryThreshold": percentSetting, "helm-controller.outOfMemoryWatch.interval": intervalSetting,
}

// checkExtensionCluster: what an extension is for is a managed cluster with a managed identity, under which its agents sign in.
func checkExtensionCluster(op *operation) error {
	cluster := op.sub.find(resourceid.Parent(op.id))
	if cluster == nil || cluster.Token != clusterToken {
		return badRequest("InvalidClusterResource", "%s: clusterRp, clusterResourceName and clusterName must name a managed cluster of "+
			"Microsoft.ContainerService", op.id)
	}
	if kind := tree.Text(cluster.Inputs, "identity", "type"); kind != "SystemAssigned" && kind != "UserAssigned" {
		return badRequest("ExtensionMSIRequired", "%s: cluster extensions need a cluster with a managed identity; %s has a service principal",
			op.id, cluster.ID)
	}
	return nil
}

func checkExtensionType(op *operation) error {
	kind := tree.Text(op.inputs, "extensionType")
	if !strings.EqualFold(kind, fluxExtension) {
		return badRequest("ExtensionTypeRegistrationGetFailed", "%s: extension type %q is not registered; the simulator knows %s",
			op.id, kind, fluxExtension)
	}
	for _, other := range op.others() {
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.id)) &&
			strings.EqualFold(tree.Text(other.Inputs, "extensionType"), kind) {
			return conflict("ExtensionTypeAlreadyInstalled", "%s: the cluster has an extension of type %s already: %s", op.id, kind, other.ID)
		}
	}
	return nil
}

func checkExtensionVersion(op *operation) error {
	if train := tree.Text(op.inputs, "releaseTrain"); train != "" && !slices.Contains([]string{"stable", "preview"}, strings.ToLower(train)) {
		return badRequest("InvalidReleaseTrain", "%s: releaseTrain must be Stable or Preview, not %q", op.id, train)
	}
	// Azure upgrades by itself unless it is told not to.
	upgrades, told := tree.At(op.inputs, "autoUpgradeMinorVersion").(bool)
	if version := tree.Text(op.inputs, "version"); version != "" && (upgrades || !told) {
		return badRequest("InvalidExtensionVersion", "%s: version %s must stay unset while autoUpgradeMinorVersion is on", op.id, version)
	}
	return nil
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func checkExtensionScope(op *operation) error {
	if tree.At(op.inputs, "scope", "namespace") != nil {
		return badRequest("InvalidExtensionScope", "%s: extension type %s is for a whole cluster; set scope.cluster", op.id, fluxExtension)
	}
	if namespace := tree.Text(op.inputs, "scope", "cluster", "releaseNamespace"); namespace != "" && !dnsLabel.MatchString(namespace) {
		return badRequest("InvalidExtensionScope", "%s: releaseNamespace %q is not the name of a namespace", op.id, namespace)
	}
	return nil
}

func checkExtensionSettings(op *operation) error {
	settings, _ := tree.At(op.inputs, "configurationSettings").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		allowed, known := fluxSettings[name]
		if !known {
			return badRequest("InvalidConfigurationSetting", "%s: %s has no setting %q; it has %s",
				op.id, fluxExtension, name, strings.Join(slices.Sorted(maps.Keys(fluxSettings)), ", "))
		}
		value, isText := settings[name].(string)
		if !isText {
			return badRequest("InvalidConfigurationSetting", "%s: setting %s must be a string such as \"true\", not %v", op.id, name, settings[name])
		}
		if !allowed.MatchString(value) {
			return badRequest("InvalidConfigurationSetting", "%s: setting %s must match %s, not %q", op.id, name, allowed, value)
		}
	}
	return nil
}

// checkExtensionRemoval: without the agents nobody would take away what configurations made in the cluster.
func checkExtensionRemoval(op *operation) error {
	for _, r := range op.sub.sorted() {
		if r.Token == fluxConfigurationToken && resourceid.Equal(resourceid.Parent(r.ID), resourceid.Parent(op.id)) {
			return conflict("ExtensionInUse", "%s cannot be deleted before Flux configuration %s, whose objects it would leave behind", op.id, r.ID)
		}
	}
	return nil
}

// startExtension is where nodes pull the agents' images, and the agents report to Azure.
func startExtension(op *operation) error {
	return op.sub.checkExtensionHosts(op.id, op.sub.find(resourceid.Parent(op.id)))
}

func (s *subscription) checkExtensionHosts(id string, cluster *record) error {
	if cluster == nil {
		return notFound("ParentResourceNotFound", "the cluster of %s is gone", id)
	}
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, pool := range pools(cluster.Inputs) {
		for _, component := range extensionComponents {
			if host, why := s.blockedHost(net, tree.Text(pool, "vnetSubnetID"), cluster.Inputs, component); why != "" {
				return badRequest("ExtensionOperationFailed", "the extension operation on %s failed: the agents report no status. "+
					"Nodes of pool %s of %s have no connection to %s on port 443. %s", id, tree.Text(pool, "name"), cluster.ID, host, why)
			}
		}
	}
	return nil
}

// extensionOutputs are what Azure tells of an extension. Its agents sign in as an identity of its own.
func extensionOutputs(op *operation) map[string]any {
	version := tree.Text(op.inputs, "version")
	if version == "" {
		version = fluxVersion
	}
	assigned := map[string]any{"type": "SystemAssigned", "principalId": op.guid("principal"), "tenantId": TenantID}
	if kind := tree.Text(op.inputs, "aksAssignedIdentity", "type"); kind != "" {
		assigned["type"] = kind
	}
	return map[string]any{
		"currentVersion": version, "isSystemExtension": false, "aksAssignedIdentity": assigned,
		"customLocationSettings": map[string]any{}, "statuses": []any{},
	}
}

// fluxOf is the usable Flux extension of a cluster, or nil.
func (s *subscription) fluxOf(clusterID string) *record {
	for _, r := range s.childrenOf(clusterID, extensionToken) {
		if r.usable() && strings.EqualFold(tree.Text(r.Inputs, "extensionType"), fluxExtension) {
			return r
		}
	}
	return nil
}

// hasController reports whether an extension has a controller. Those of sources and kustomizations are on unless they are turned off.
func hasController(extension *record, controller string) bool {
	return tree.Text(extension.Inputs, "configurationSettings", controller+".enabled") != "false"
}

// releaseNamespace is where an extension's controllers are.
func releaseNamespace(extension *record) string {
	if namespace := tree.Text(extension.Inputs, "scope", "cluster", "releaseNamespace"); namespace != "" {
		return namespace
	}
	return "flux-system"
}
