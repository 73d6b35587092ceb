package bootstrap

import (
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/api/resource"

	"aks-regulated-pulumi/config"
)

// virtualNodesKustomization is the name of what is applied for virtual nodes, beside kustomizationName.
const virtualNodesKustomization = "virtual-nodes"

// VirtualNodesSubstitutions are the values of the variables in the manifests of virtual nodes, by name. None of them is secret.
func VirtualNodesSubstitutions(args *StampArgs) (pulumi.StringMap, error) {
	known, err := virtualNodesKnown(args.Settings.VirtualNodes, args.ContainerGroupTags())
	if err != nil {
		return nil, err
	}
	values := pulumi.ToStringMap(known)
	for name, value := range virtualNodesOutputs {
		values[name] = value(args)
	}
	return values, nil
}

// virtualNodesOutputs are the variables of virtual nodes whose values are of one stamp.
var virtualNodesOutputs = map[string]func(*StampArgs) pulumi.StringInput{
	"registry": outputs["registry"],
	"virtual_nodes_range": func(args *StampArgs) pulumi.StringInput {
		return pulumi.String(args.Stamp.Subnets.VirtualNodes.String())
	},
	"virtual_nodes_resource_group":    func(args *StampArgs) pulumi.StringInput { return args.VirtualNodes.ResourceGroupName },
	"virtual_nodes_subnet_id":         func(args *StampArgs) pulumi.StringInput { return args.VirtualNodes.SubnetID },
	"virtual_nodes_pull_identity_id":  func(args *StampArgs) pulumi.StringInput { return args.VirtualNodes.PullIdentityID },
	"virtual_nodes_pull_principal_id": func(args *StampArgs) pulumi.StringInput { return args.VirtualNodes.PullPrincipalID },
}

// virtualNodesKnown are the variables of virtual nodes whose values follow from the configuration; tags are those of container groups.
func virtualNodesKnown(nodes config.VirtualNodes, tags string) (map[string]string, error) {
	values, err := virtualNodesQuota(nodes.Nodes)
	if err != nil {
		return nil, err
	}
	for _, name := range config.VirtualNodeImages {
		values["virtual_nodes_"+strings.ReplaceAll(name, "-", "_")+"_digest"] = nodes.ImageDigests[name]
	}
	maps.Copy(values, map[string]string{
		"virtual_nodes_tag":   config.VirtualNodesImageTag,
		"virtual_nodes_count": fmt.Sprint(nodes.Nodes),
		"virtual_nodes_tags":  tags,
	})
	return values, nil
}

var (
	// virtualNode is the sum of the containers behind one virtual node, as the chart has them.
	virtualNode = podResources{"2800m", "9G", "14", "57G"}
	// admissionController is the one container of its pod. It runs once, and twice during an update.
	admissionController     = podResources{"100m", "512Mi", "500m", "1G"}
	admissionControllerPods = 2
)

// virtualNodesQuota are the variables of the quota of the namespace, by name. The StatefulSet starts the new pod of a virtual node after
// the old one has ended.
func virtualNodesQuota(nodes int) (map[string]string, error) {
	values := map[string]string{"virtual_nodes_pods": fmt.Sprint(nodes + admissionControllerPods)}
	for name, pick := range podAmounts {
		sum := resource.Quantity{}
		for _, part := range []struct {
			pod  podResources
			pods int
		}{{virtualNode, nodes}, {admissionController, admissionControllerPods}} {
			quantity, err := resource.ParseQuantity(pick(part.pod))
			if err != nil {
				return nil, fmt.Errorf("quota virtual_nodes_%s: %w", name, err)
			}
			quantity.Mul(int64(part.pods))
			sum.Add(quantity)
		}
		values["virtual_nodes_"+name] = sum.String()
	}
	return values, nil
}
