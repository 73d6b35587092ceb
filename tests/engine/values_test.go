package engine

// object is shorthand for the objects of inputs and outputs.
type object = map[string]any

const (
	// virtualNodesGroup and virtualNodesSubnet are where container groups run.
	virtualNodesGroup  = "rg-bu0001a0005-virtualnodes"
	virtualNodesSubnet = "snet-cluster-virtualnodes"

	sshRepository = "ssh://git@git.example.com/platform/clusters"
)
