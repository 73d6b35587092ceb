package bootstrap

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/stamp"
)

// The chart and where it is published. Its name is also that of the release, which names the nodes: virtualnode-0.
const (
	virtualNodesChart      = "virtualnode"
	virtualNodesRepository = "https://microsoft.github.io/virtualnodesOnAzureContainerInstances"
)

// virtualNodesImageValues are the chart's values for images, by the names of config.VirtualNodeImages. Container Instances itself pulls
// those that are missing here, from Microsoft's registry.
var virtualNodesImageValues = map[string]string{
	"aci":                  "noddriverregistrarImage",
	"admission-controller": "admissioncontrollerImage",
	"cri-socket-adapter":   "crisockettotcpadapterImage",
	"init-config":          "initImage",
	"kubelet":              "kubeletImage",
	"proxy-cri":            "proxycriImage",
	"spdy-compat":          "spdycompatImage",
	"virtual-csi":          "virtualcsiImage",
}

// newVirtualNodesChart registers the Helm release. The SDK's type for it depends on every Kubernetes API and takes minutes to build, so
// it is registered by token, as objects are.
func newVirtualNodesChart(ctx *pulumi.Context, name string, args *StampArgs, opts ...pulumi.ResourceOption) error {
	release := &object{}
	wait := time.Duration(args.Settings.Bootstrap.WaitMinutes) * time.Minute
	err := ctx.RegisterResource("kubernetes:helm.sh/v3:Release", name, kubernetes.UntypedArgs{
		"name": virtualNodesChart, "namespace": stamp.VirtualNodesNamespace,
		"chart": virtualNodesChart, "version": config.VirtualNodesChart,
		"repositoryOpts": map[string]any{"repo": virtualNodesRepository},
		"values":         virtualNodesValues(args),
		"skipAwait":      false,
		"timeout":        int(wait.Seconds()),
	}, release, utilities.PkgResourceDefaultOpts(opts)...)
	if err != nil {
		return fmt.Errorf("chart of virtual nodes: %w", err)
	}
	return nil
}

// virtualNodesValues are what differs from the chart's own values.
func virtualNodesValues(args *StampArgs) map[string]any {
	images := map[string]any{"pullPolicy": "IfNotPresent"} // a digest never changes
	for name, value := range virtualNodesImageValues {
		images[value] = pulumi.Sprintf("%s/live/aci/virtual-node-2-%s:%s@%s",
			args.Registry.LoginServer, name, config.VirtualNodesImageTag, args.Settings.VirtualNodes.ImageDigests[name])
	}
	return map[string]any{
		"replicaCount":         args.Settings.VirtualNodes.Nodes,
		"aciResourceGroupName": args.VirtualNodes.ResourceGroupName,
		"aciSubnetName":        args.VirtualNodes.SubnetID,
		"customTags":           args.ContainerGroupTags(),
		// The registry has no public access: container groups pull as a trusted service, with an identity of their own.
		"acrTrustedAccess": map[string]any{
			"enabled": true, "identityResourceId": args.VirtualNodes.PullIdentityID, "identityPrincipalId": args.VirtualNodes.PullPrincipalID,
		},
		// Nodes with Cilium run no kube-proxy, so there is none for container groups.
		"kubeProxy": map[string]any{"enabled": false},
		"images":    images,
		// Joins the operating system in the chart's own values. Its template names that, too; Helm takes the key twice.
		"nodeSelector": map[string]any{stamp.ScopeLabel: "out-of-scope"},
	}
}
