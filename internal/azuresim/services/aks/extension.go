package aks

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Tokens of what lies on a cluster.
const (
	ExtensionToken         = "kubernetesconfiguration:Extension"
	FluxConfigurationToken = "kubernetesconfiguration:FluxConfiguration"

	// InClusterPath is that of what lies on a cluster. Azure deletes it with the cluster, so that it does not keep that from being deleted.
	InClusterPath = arm.GroupPath + "/providers/{clusterRp}/{clusterResourceName}/{clusterName}/providers/Microsoft.KubernetesConfiguration"
)

var extensionKind = &arm.Kind{
	Token: ExtensionToken, Path: InClusterPath + "/extensions/{extensionName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`), DeletedWithParent: true,
	Create: 5 * time.Minute, Update: 3 * time.Minute, Remove: 3 * time.Minute,
	Immutable: []arm.Immutable{{Paths: []string{"extensionType", "scope", "plan"}}},
	Rules: []func(*arm.Operation) error{
		checkExtensionCluster, checkExtensionType, checkExtensionVersion, checkExtensionScope, checkExtensionSettings,
	},
	CheckStartup: startExtension, Compute: extensionOutputs, UnknownInPreview: []string{"aksAssignedIdentity"},
	WriteOnly:    []string{"configurationProtectedSettings"},
	CheckRemoval: checkExtensionRemoval,
	Locks:        lockCluster, Busy: clusterBusy,
}

// The extension that the simulator knows.
const (
	// FluxExtension is its type.
	FluxExtension = "microsoft.flux"
	// FluxVersion is what Azure installs where no version is set: the newest in Azure's document "What's new with GitOps (Flux v2)", of
	// August 2026, with Flux 2.7.5. The document supports the last three minor versions.
	FluxVersion = "1.24.1"
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
	"notification-controller.enabled": booleanSetting, "image-automation-controller.enabled": booleanSetting,
	"image-reflector-controller.enabled": booleanSetting,
	"multiTenancy.enforce":               booleanSetting, "useKubeletIdentity": booleanSetting,
	"kustomize-controller.strict-substitution-mode": booleanSetting,
	"workloadIdentity.enable":                       booleanSetting,
	"workloadIdentity.azureClientId":                guidSetting, "workloadIdentity.azureTenantId": guidSetting,
	"helm-controller.detectDrift": booleanSetting, "helm-controller.outOfMemoryWatch.enabled": booleanSetting,
	"helm-controller.outOfMemoryWatch.memoryThreshold": percentSetting, "helm-controller.outOfMemoryWatch.interval": intervalSetting,
}

// checkExtensionCluster: what an extension is for is a managed cluster with a managed identity, under which its agents sign in.
func checkExtensionCluster(op *arm.Operation) error {
	cluster := op.Sub.Find(resourceid.Parent(op.ID))
	if cluster == nil || cluster.Token != ClusterToken {
		return arm.BadRequest("InvalidClusterResource", "%s: clusterRp, clusterResourceName and clusterName must name a managed cluster of "+
			"Microsoft.ContainerService", op.ID)
	}
	if kind := tree.Text(cluster.Inputs, "identity", "type"); kind != "SystemAssigned" && kind != "UserAssigned" {
		return arm.BadRequest("ExtensionMSIRequired", "%s: cluster extensions need a cluster with a managed identity; %s has a service principal",
			op.ID, cluster.ID)
	}
	return nil
}

func checkExtensionType(op *arm.Operation) error {
	kind := tree.Text(op.Inputs, "extensionType")
	if !strings.EqualFold(kind, FluxExtension) {
		return arm.BadRequest("ExtensionTypeRegistrationGetFailed", "%s: extension type %q is not registered; the simulator knows %s",
			op.ID, kind, FluxExtension)
	}
	for _, other := range op.Others() {
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.ID)) &&
			strings.EqualFold(tree.Text(other.Inputs, "extensionType"), kind) {
			return arm.Conflict("ExtensionTypeAlreadyInstalled", "%s: the cluster has an extension of type %s already: %s", op.ID, kind, other.ID)
		}
	}
	return nil
}

func checkExtensionVersion(op *arm.Operation) error {
	if train := tree.Text(op.Inputs, "releaseTrain"); train != "" && !slices.Contains([]string{"stable", "preview"}, strings.ToLower(train)) {
		return arm.BadRequest("InvalidReleaseTrain", "%s: releaseTrain must be Stable or Preview, not %q", op.ID, train)
	}
	// Azure upgrades by itself unless it is told not to.
	upgrades, told := tree.At(op.Inputs, "autoUpgradeMinorVersion").(bool)
	if version := tree.Text(op.Inputs, "version"); version != "" && (upgrades || !told) {
		return arm.BadRequest("InvalidExtensionVersion", "%s: version %s must stay unset while autoUpgradeMinorVersion is on", op.ID, version)
	}
	return nil
}

// DNSLabel matches names of namespaces.
var DNSLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func checkExtensionScope(op *arm.Operation) error {
	if tree.At(op.Inputs, "scope", "namespace") != nil {
		return arm.BadRequest("InvalidExtensionScope", "%s: extension type %s is for a whole cluster; set scope.cluster", op.ID, FluxExtension)
	}
	if namespace := tree.Text(op.Inputs, "scope", "cluster", "releaseNamespace"); namespace != "" && !DNSLabel.MatchString(namespace) {
		return arm.BadRequest("InvalidExtensionScope", "%s: releaseNamespace %q is not the name of a namespace", op.ID, namespace)
	}
	return nil
}

func checkExtensionSettings(op *arm.Operation) error {
	settings, _ := tree.At(op.Inputs, "configurationSettings").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		allowed, known := fluxSettings[name]
		if !known {
			return arm.BadRequest("InvalidConfigurationSetting", "%s: %s has no setting %q; it has %s",
				op.ID, FluxExtension, name, strings.Join(slices.Sorted(maps.Keys(fluxSettings)), ", "))
		}
		value, isText := settings[name].(string)
		if !isText {
			return arm.BadRequest("InvalidConfigurationSetting", "%s: setting %s must be a string such as \"true\", not %v", op.ID, name,
				settings[name])
		}
		if !allowed.MatchString(value) {
			return arm.BadRequest("InvalidConfigurationSetting", "%s: setting %s must match %s, not %q", op.ID, name, allowed, value)
		}
	}
	return nil
}

// checkExtensionRemoval: without the agents, what configurations made in the cluster would stay there.
func checkExtensionRemoval(op *arm.Operation) error {
	for _, r := range op.Sub.Sorted() {
		if r.Token == FluxConfigurationToken && resourceid.Equal(resourceid.Parent(r.ID), resourceid.Parent(op.ID)) {
			return arm.Conflict("ExtensionInUse", "%s cannot be deleted before Flux configuration %s, whose objects it would leave behind",
				op.ID, r.ID)
		}
	}
	return nil
}

// startExtension is where nodes pull the agents' images, and the agents report to Azure.
func startExtension(op *arm.Operation) error {
	return CheckExtensionHosts(op.Sub, op.ID, op.Sub.Find(resourceid.Parent(op.ID)))
}

// CheckExtensionHosts says which host of the extension nodes do not reach.
func CheckExtensionHosts(s *arm.Subscription, id string, cluster *arm.Record) error {
	if cluster == nil {
		return arm.NotFound("ParentResourceNotFound", "the cluster of %s is gone", id)
	}
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, pool := range PoolsOf(cluster) {
		for _, component := range extensionComponents {
			if host, why := networking.BlockedHost(net, tree.Text(pool, "vnetSubnetID"), cluster.Inputs, workspaceNameOf(s, cluster.Inputs),
				component); why != "" {
				return arm.BadRequest("ExtensionOperationFailed", "the extension operation on %s failed: the agents report no status. "+
					"Nodes of pool %s of %s have no connection to %s on port 443. %s", id, tree.Text(pool, "name"), cluster.ID, host, why)
			}
		}
	}
	return nil
}

// extensionOutputs are what Azure reports of an extension. Its agents sign in as an identity of its own.
func extensionOutputs(op *arm.Operation) map[string]any {
	version := tree.Text(op.Inputs, "version")
	if version == "" {
		version = FluxVersion
	}
	assigned := map[string]any{"type": "SystemAssigned", "principalId": op.GUID("principal"), "tenantId": arm.TenantID}
	if kind := tree.Text(op.Inputs, "aksAssignedIdentity", "type"); kind != "" {
		assigned["type"] = kind
	}
	return map[string]any{
		"currentVersion": version, "isSystemExtension": false, "aksAssignedIdentity": assigned,
		"customLocationSettings": map[string]any{}, "statuses": []any{},
	}
}

// FluxOf is the usable Flux extension of a cluster, or nil.
func FluxOf(s *arm.Subscription, clusterID string) *arm.Record {
	for _, r := range s.ChildrenOf(clusterID, ExtensionToken) {
		if r.Usable() && strings.EqualFold(tree.Text(r.Inputs, "extensionType"), FluxExtension) {
			return r
		}
	}
	return nil
}

// HasController reports whether an extension has a controller. Those of sources and kustomizations are on unless they are turned off.
func HasController(extension *arm.Record, controller string) bool {
	return tree.Text(extension.Inputs, "configurationSettings", controller+".enabled") != "false"
}

// ReleaseNamespace is where an extension's controllers are.
func ReleaseNamespace(extension *arm.Record) string {
	if namespace := tree.Text(extension.Inputs, "scope", "cluster", "releaseNamespace"); namespace != "" {
		return namespace
	}
	return "flux-system"
}
