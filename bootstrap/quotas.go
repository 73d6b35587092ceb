package bootstrap

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
)

// podResources are the requests and limits of the container of a pod, as in the manifests.
type podResources struct{ requestsCPU, requestsMemory, limitsCPU, limitsMemory string }

// agents are the pods that a namespace runs on every node. Its quota follows from the number of nodes, so that pools can grow to their
// maximum, and upgrades can add nodes.
type agents struct {
	// prefix begins the names of the quota's variables.
	prefix string
	pods   []podResources
}

var (
	standIn = podResources{"50m", "14Mi", "100m", "28Mi"}
	falco   = podResources{"100m", "512Mi", "1000m", "1Gi"}

	// podAmounts are what quotas count, by the ends of their variables' names.
	podAmounts = map[string]func(podResources) string{
		"requests_cpu":    func(p podResources) string { return p.requestsCPU },
		"requests_memory": func(p podResources) string { return p.requestsMemory },
		"limits_cpu":      func(p podResources) string { return p.limitsCPU },
		"limits_memory":   func(p podResources) string { return p.limitsMemory },
	}

	agentsOnEveryNode = []agents{
		{"baseline", []podResources{standIn, standIn}}, // antivirus, file integrity
		{"falco", []podResources{falco}},
	}
)

// quotas are the variables of the quotas, by name.
func quotas(pools config.NodePools) (map[string]string, error) {
	nodes := 0
	for _, pool := range cluster.NodePools(pools) {
		nodes += pool.MaxNodes()
	}
	values := map[string]string{}
	for _, group := range agentsOnEveryNode {
		// A rolling update starts the new pod of a node after the old one has ended, so one for each node is enough.
		values[group.prefix+"_pods"] = fmt.Sprint(nodes * len(group.pods))
		for name, pick := range podAmounts {
			sum := resource.Quantity{}
			for _, pod := range group.pods {
				quantity, err := resource.ParseQuantity(pick(pod))
				if err != nil {
					return nil, fmt.Errorf("quota %s_%s: %w", group.prefix, name, err)
				}
				quantity.Mul(int64(nodes))
				sum.Add(quantity)
			}
			values[group.prefix+"_"+name] = sum.String()
		}
	}
	return values, nil
}
