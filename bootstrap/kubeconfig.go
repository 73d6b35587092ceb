package bootstrap

import (
	"encoding/base64"
	"fmt"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// aksServerID is the Entra application that AKS API servers are in every tenant (kubelogin document "Concepts").
const aksServerID = "6dae42f8-4368-4678-94ff-3960e28e3630"

// newProvider registers the provider of the cluster's objects. It signs in to Entra each time, as the user or identity that runs the
// update: the state has the address of the API server and its certificate authority, but no credentials.
func newProvider(ctx *pulumi.Context, name string, args *ManifestsArgs, opts ...pulumi.ResourceOption) (*kubernetes.Provider, error) {
	credentials := containerservice.ListManagedClusterUserCredentialsOutput(ctx, containerservice.ListManagedClusterUserCredentialsOutputArgs{
		ResourceGroupName: args.ResourceGroupName,
		ResourceName:      args.Cluster.ClusterName,
		Format:            pulumi.String("exec"),
	})
	login, tenantID := args.Settings.Bootstrap.Login, args.TenantID
	if args.Settings.Cluster.AdminTenantID != "" {
		tenantID = args.Settings.Cluster.AdminTenantID
	}
	kubeconfig := credentials.Kubeconfigs().ApplyT(func(answers []containerservice.CredentialResultResponse) (string, error) {
		if len(answers) == 0 {
			return "", fmt.Errorf("azure gave no kubeconfig for the cluster of stamp %s", args.Stamp.Name)
		}
		return signInConfig(answers[0].Value, login, tenantID)
	}).(pulumi.StringOutput)
	// Azure marks its whole answer as secret; what signInConfig keeps is not.
	provider, err := kubernetes.NewProvider(ctx, name, &kubernetes.ProviderArgs{
		Kubeconfig:            pulumi.Unsecret(kubeconfig).(pulumi.StringOutput),
		EnableServerSideApply: pulumi.Bool(true),
		// Without it the provider treats a cluster with a new certificate authority as another one, and replaces all objects: it deletes
		// Flux's definitions first, and Flux prunes what it has applied.
		ClusterIdentifier: args.Cluster.UID,
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("kubernetes provider: %w", err)
	}
	return provider, nil
}

// signInConfig takes address and certificate authority from Azure's kubeconfig (base64), and signs in with kubelogin. It fails for a
// kubeconfig without either.
func signInConfig(answer, login, tenantID string) (string, error) {
	text, err := base64.StdEncoding.DecodeString(answer)
	if err != nil {
		return "", fmt.Errorf("kubeconfig of the cluster: %w", err)
	}
	given, err := clientcmd.Load(text)
	if err != nil {
		return "", fmt.Errorf("kubeconfig of the cluster: %w", err)
	}
	current, known := given.Contexts[given.CurrentContext]
	if !known || given.Clusters[current.Cluster] == nil {
		return "", fmt.Errorf("kubeconfig of the cluster has no context %q", given.CurrentContext)
	}
	cluster := given.Clusters[current.Cluster]
	if len(cluster.CertificateAuthorityData) == 0 {
		return "", fmt.Errorf("kubeconfig of the cluster has no certificate authority")
	}
	const only = "cluster"
	signIn := api.NewConfig()
	signIn.CurrentContext = only
	signIn.Contexts[only] = &api.Context{Cluster: only, AuthInfo: only}
	signIn.Clusters[only] = &api.Cluster{Server: cluster.Server, CertificateAuthorityData: cluster.CertificateAuthorityData}
	signIn.AuthInfos[only] = &api.AuthInfo{Exec: &api.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: "kubelogin", InteractiveMode: api.NeverExecInteractiveMode,
		Args: []string{"get-token", "--login", login, "--server-id", aksServerID, "--tenant-id", tenantID, "--environment", "AzurePublicCloud"},
	}}
	written, err := clientcmd.Write(*signIn)
	if err != nil {
		return "", fmt.Errorf("kubeconfig to sign in with: %w", err)
	}
	return string(written), nil
}
