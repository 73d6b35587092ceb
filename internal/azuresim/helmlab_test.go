package azuresim

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/tree"
)

var releaseURN = string(resource.NewURN("dev", "lab", "", tokens.Type("kubernetes:helm.sh/v3:Release"), "nodes"))

// releaseInputs are those of a release that brings virtual nodes, as a program gives them.
func (l *lab) releaseInputs() object {
	image := func(name string) string { return "acraks.azurecr.io/live/aci/" + name + ":main@" + liveDigest }
	return object{
		"chart": "virtualnode", "version": "1.3508.26100701", "name": "nodes", "namespace": "vn2", "repositoryOpts": object{"repo": kube.VirtualNodeRepository},
		"values": object{
			"replicaCount": 2.0, "aciResourceGroupName": "rg-containers", "aciSubnetName": "cg",
			"nodeSelector": object{"kubernetes.io/os": "linux", "pci-scope": "out-of-scope"},
			"acrTrustedAccess": object{
				"enabled": true, "identityResourceId": pullIdentityID, "identityPrincipalId": tree.Text(l.read(pullIdentityID).Outputs, "principalId"),
			},
			"images": object{"kubeletImage": image("kubelet"), "proxycriImage": image("proxy-cri"), "initImage": image("init-config"), "pullPolicy": "Always"},
		},
	}
}

// helm is a lab with a cluster in which a release can bring virtual nodes.
func helm(t *testing.T, opts Options) *lab {
	t.Helper()
	l := inside(t, opts)
	deployVirtualNodes(l)
	return l
}

func (l *lab) checkRelease(news, olds object) (object, map[string]string) {
	l.t.Helper()
	sent, err := provider.Encode(news)
	require.NoError(l.t, err)
	known, err := provider.Encode(olds)
	require.NoError(l.t, err)
	response, err := l.kubernetes.Check(context.Background(), &pulumirpc.CheckRequest{Urn: releaseURN, News: sent, Olds: known, RandomSeed: []byte("seed")})
	require.NoError(l.t, err)
	inputs, err := provider.Decode(response.GetInputs())
	require.NoError(l.t, err)
	failures := map[string]string{}
	for _, failure := range response.GetFailures() {
		failures[failure.GetProperty()] = failure.GetReason()
	}
	return inputs, failures
}

// install creates a release and returns its id and outputs.
func (l *lab) install(inputs object) (string, object, error) {
	properties, err := provider.Encode(inputs)
	require.NoError(l.t, err)
	response, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: releaseURN, Properties: properties})
	if err != nil {
		return "", nil, err
	}
	outputs, err := provider.Decode(response.GetProperties())
	require.NoError(l.t, err)
	return response.GetId(), outputs, nil
}

func (l *lab) upgrade(id string, inputs object) (object, error) {
	properties, err := provider.Encode(inputs)
	require.NoError(l.t, err)
	response, err := l.kubernetes.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: releaseURN, Id: id, News: properties})
	if err != nil {
		return nil, err
	}
	return provider.Decode(response.GetProperties())
}

func (l *lab) uninstall(id string) {
	l.t.Helper()
	_, err := l.kubernetes.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: releaseURN, Id: id})
	require.NoError(l.t, err)
}

// installed reads a release as a refresh does; both are nil if it is gone.
func (l *lab) installed(id string, known object) (inputs, outputs object) {
	l.t.Helper()
	request := &pulumirpc.ReadRequest{Urn: releaseURN, Id: id}
	if known != nil {
		encoded, err := provider.Encode(known)
		require.NoError(l.t, err)
		request.Inputs = encoded
	}
	response, err := l.kubernetes.Read(context.Background(), request)
	require.NoError(l.t, err)
	if response.GetId() == "" {
		return nil, nil
	}
	inputs, err = provider.Decode(response.GetInputs())
	require.NoError(l.t, err)
	outputs, err = provider.Decode(response.GetProperties())
	require.NoError(l.t, err)
	return inputs, outputs
}
