package validate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Modes of GitOps.
const (
	ModeFlux      = "flux"      // the Flux extension of AKS
	ModeManifests = "manifests" // Flux applied by the program, from inside the network
)

// Expected is what a stamp should be like: an element of the stack output "stamps".
type Expected struct {
	// Stamp is the stamp's name, such as 01.
	Stamp string `json:"-"`
	// ClusterName is the name of the AKS cluster.
	ClusterName string `json:"clusterName"`
	// AddressSpace is the range of the stamp's virtual network, in CIDR form.
	AddressSpace string `json:"addressSpace"`
	// KubernetesVersion is the configured version, such as 1.35.
	KubernetesVersion string `json:"kubernetesVersion"`
	// VaultName is the key vault with the ingress certificate.
	VaultName string `json:"vaultName"`
	// IngressClientID is the client id of the identity by which the ingress controller reads the vault.
	IngressClientID string `json:"ingressClientId"`
	// IngressAddress is the private address of the ingress controller's load balancer.
	IngressAddress string `json:"ingressAddress"`
	// IngressHost is the name by which the gateway calls the ingress controller.
	IngressHost string `json:"ingressHost"`
	// NodePools are the pools of the cluster.
	NodePools []NodePool `json:"nodePools"`
	// GitOps is where the cluster gets its manifests from.
	GitOps GitOps `json:"gitOps"`
	// VirtualNodes are those on Azure Container Instances; outputs without them say that there are none.
	VirtualNodes VirtualNodes `json:"virtualNodes"`

	addressSpace   netip.Prefix
	ingressAddress netip.Addr
}

// NodePool is a pool of nodes.
type NodePool struct {
	// Name is the pool's name.
	Name string `json:"name"`
	// Scope is the value of its nodes' label pci-scope; empty for the system pool.
	Scope string `json:"scope"`
	// MinCount and MaxCount bound the number of nodes.
	MinCount int `json:"minCount"`
	MaxCount int `json:"maxCount"`
	// Zones are the availability zones, such as 1; empty in a region without zones.
	Zones []string `json:"zones"`
}

// GitOps is the source of the cluster's manifests.
type GitOps struct {
	// Mode is ModeFlux or ModeManifests.
	Mode string `json:"mode"`
	// RepositoryURL, Branch and Path say where the manifests are read from.
	RepositoryURL string `json:"repositoryUrl"`
	Branch        string `json:"branch"`
	Path          string `json:"path"`
	// Substitutions are the values of the manifests' variables.
	Substitutions map[string]string `json:"substitutions"`
}

// Substitutions that checks compare with by themselves.
const (
	substitutionRegistry = "registry"
	substitutionTenant   = "tenant_id"
)

// ReadExpected reads one stamp from what "pulumi stack output stamps --json" prints. The name of the stamp may be empty if there
// is one only. The error names every value that is missing.
func ReadExpected(r io.Reader, stamp string) (*Expected, error) {
	var stamps map[string]json.RawMessage
	if err := json.NewDecoder(r).Decode(&stamps); err != nil {
		return nil, fmt.Errorf("read outputs, which are those of \"pulumi stack output stamps --json\": %w", err)
	}
	name, err := chooseStamp(slices.Sorted(maps.Keys(stamps)), stamp)
	if err != nil {
		return nil, err
	}
	expected := &Expected{Stamp: name}
	if err := json.Unmarshal(stamps[name], expected); err != nil {
		return nil, fmt.Errorf("outputs of stamp %s: %w", name, err)
	}
	if err := expected.validate(); err != nil {
		return nil, fmt.Errorf("outputs of stamp %s: %w", name, err)
	}
	return expected, nil
}

func chooseStamp(names []string, wanted string) (string, error) {
	switch {
	case len(names) == 0:
		return "", errors.New("the outputs hold no stamp")
	case wanted == "" && len(names) == 1:
		return names[0], nil
	case wanted == "":
		return "", fmt.Errorf("the outputs hold the stamps %s: choose one with --stamp", strings.Join(names, ", "))
	case !slices.Contains(names, wanted):
		return "", fmt.Errorf("no stamp %q in the outputs, which hold %s", wanted, strings.Join(names, ", "))
	}
	return wanted, nil
}

// validate reports all that is missing or unreadable at once, and parses addresses.
func (e *Expected) validate() error {
	var problems []string
	if missing := e.missing(); len(missing) > 0 {
		problems = append(problems, "missing: "+strings.Join(missing, ", "))
	}
	var err error
	if e.addressSpace, err = netip.ParsePrefix(e.AddressSpace); err != nil && e.AddressSpace != "" {
		problems = append(problems, fmt.Sprintf("addressSpace %q is no range", e.AddressSpace))
	}
	if e.ingressAddress, err = netip.ParseAddr(e.IngressAddress); err != nil && e.IngressAddress != "" {
		problems = append(problems, fmt.Sprintf("ingressAddress %q is no address", e.IngressAddress))
	}
	if mode := e.GitOps.Mode; mode != "" && mode != ModeFlux && mode != ModeManifests {
		problems = append(problems, fmt.Sprintf("gitOps.mode %q is neither %s nor %s", mode, ModeFlux, ModeManifests))
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	return nil
}

func (e *Expected) missing() []string {
	values := []struct{ field, value string }{
		{"clusterName", e.ClusterName},
		{"addressSpace", e.AddressSpace},
		{"kubernetesVersion", e.KubernetesVersion},
		{"vaultName", e.VaultName},
		{"ingressClientId", e.IngressClientID},
		{"ingressAddress", e.IngressAddress},
		{"ingressHost", e.IngressHost},
		{"gitOps.mode", e.GitOps.Mode},
		{"gitOps.repositoryUrl", e.GitOps.RepositoryURL},
		{"gitOps.branch", e.GitOps.Branch},
		{"gitOps.path", e.GitOps.Path},
		{"gitOps.substitutions." + substitutionRegistry, e.GitOps.Substitutions[substitutionRegistry]},
		{"gitOps.substitutions." + substitutionTenant, e.GitOps.Substitutions[substitutionTenant]},
	}
	var missing []string
	for _, v := range values {
		if v.value == "" {
			missing = append(missing, v.field)
		}
	}
	if e.VirtualNodes.Enabled && e.VirtualNodes.Nodes == 0 {
		missing = append(missing, "virtualNodes.nodes")
	}
	if len(e.NodePools) == 0 {
		missing = append(missing, "nodePools")
	}
	for i, pool := range e.NodePools {
		missing = append(missing, pool.missing(fmt.Sprintf("nodePools[%d]", i))...)
	}
	return missing
}

func (p NodePool) missing(field string) []string {
	var missing []string
	if p.Name == "" {
		missing = append(missing, field+".name")
	}
	if p.MinCount == 0 {
		missing = append(missing, field+".minCount")
	}
	if p.MaxCount == 0 {
		missing = append(missing, field+".maxCount")
	}
	return missing
}
