package stamp

// Names inside the cluster on which its policies, its identities and its manifests have to agree.
const (
	// FluxNamespace is where Flux runs, in both modes of the bootstrap.
	FluxNamespace = "flux-system"
	// IngressNamespace and IngressServiceAccount are those of the ingress controller.
	IngressNamespace      = "ingress"
	IngressServiceAccount = "traefik-ingress-controller"
	// VirtualNodesNamespace is where the pods run that stand behind virtual nodes.
	VirtualNodesNamespace = "vn2"
	// ScopeLabel is the tag of every node pool, and the label of user pools and pods, whose value is in-scope or out-of-scope of PCI DSS.
	ScopeLabel = "pci-scope"
)

// LoginServer is the host name of a container registry by its name, for what has to know it before the registry exists.
func LoginServer(registry string) string { return registry + ".azurecr.io" }
