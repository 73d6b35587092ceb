package azuresim

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/tree"
)

// CheckConfig refuses a kubeconfig that is known and not acceptable.
func (*kubernetesProvider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	config, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	if hasUnknown(config["kubeconfig"]) {
		return response, nil
	}
	if _, err := parseKubeconfig(tree.Text(config, "kubeconfig")); err != nil {
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: "kubeconfig", Reason: err.Error()})
	}
	return response, nil
}

// DiffConfig replaces the provider, and with it all objects, if it leads to another cluster. The identifier tells, if there is the same one
// before and after; otherwise the address and the authority do, too.
func (*kubernetesProvider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	old, now, err := decodeInputs(req)
	if err != nil {
		return nil, err
	}
	const identifier = "clusterIdentifier"
	return diffResponse(differences(old, now), func(d difference) bool {
		switch given := tree.Text(now, identifier); {
		case given != "" && given == tree.Text(old, identifier):
			return false
		case d.path == identifier:
			return given != "" && tree.Text(old, identifier) != ""
		}
		return d.path == "kubeconfig" && leadsElsewhere(old[d.path], now[d.path])
	}), nil
}

// leadsElsewhere reports whether kubeconfig files lead to different servers. One that is not known yet may.
func leadsElsewhere(old, now any) bool {
	if hasUnknown(now) {
		return true
	}
	before, _ := old.(string)
	after, _ := now.(string)
	was, err := parseKubeconfig(before)
	is, other := parseKubeconfig(after)
	return err == nil && other == nil && was != is
}

// Configure takes the kubeconfig. Whether its cluster is there shows at the first request, since it may come and go meanwhile.
func (p *kubernetesProvider) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	config, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	access, err := parseKubeconfig(tree.Text(config, "kubeconfig"))
	if err != nil {
		return nil, err
	}
	p.configure(ctx, access, p.clusters.isGone)
	return p.protocol.Configure(ctx, req)
}
