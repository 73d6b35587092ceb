package provider

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/tree"
)

// CheckConfig refuses a kubeconfig that is known and not acceptable.
func (*Kubernetes) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	config, err := Decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	if diff.HasUnknown(config["kubeconfig"]) {
		return response, nil
	}
	if _, err := kube.ParseKubeconfig(tree.Text(config, "kubeconfig")); err != nil {
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: "kubeconfig", Reason: err.Error()})
	}
	return response, nil
}

// DiffConfig replaces the provider, and with it all objects, if it leads to another cluster. The identifier tells, if there is the same one
// before and after; otherwise the address and the authority do, too.
func (*Kubernetes) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	old, now, err := decodeInputs(req)
	if err != nil {
		return nil, err
	}
	const identifier = "clusterIdentifier"
	return diffResponse(diff.Compare(old, now), func(d diff.Difference) bool {
		switch given := tree.Text(now, identifier); {
		case given != "" && given == tree.Text(old, identifier):
			return false
		case d.Path == identifier:
			return given != "" && tree.Text(old, identifier) != ""
		}
		return d.Path == "kubeconfig" && leadsElsewhere(old[d.Path], now[d.Path])
	}), nil
}

// leadsElsewhere reports whether kubeconfig files lead to different servers. One that is not known yet may.
func leadsElsewhere(old, now any) bool {
	if diff.HasUnknown(now) {
		return true
	}
	before, _ := old.(string)
	after, _ := now.(string)
	was, err := kube.ParseKubeconfig(before)
	is, other := kube.ParseKubeconfig(after)
	return err == nil && other == nil && was != is
}

// Configure takes the kubeconfig. Whether its cluster is there shows at the first request, since it may come and go meanwhile.
func (p *Kubernetes) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	config, err := Decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	access, err := kube.ParseKubeconfig(tree.Text(config, "kubeconfig"))
	if err != nil {
		return nil, err
	}
	p.configure(ctx, access, p.clusters.IsGone)
	return p.protocol.Configure(ctx, req)
}
