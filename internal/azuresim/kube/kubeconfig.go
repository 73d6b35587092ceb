package kube

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	clientcmdlatest "k8s.io/client-go/tools/clientcmd/api/latest"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Application ids that AKS has in Entra, as its kubeconfig files name them.
const (
	clusterServerApp = "6dae42f8-4368-4678-94ff-3960e28e3630"
	clusterClientApp = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
)

// listCredentials is the action by which a kubeconfig for users is had (Azure document "Limit access to kubeconfig", 2024-09).
const listCredentials = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"

// Access is where a kubeconfig leads, and by which authority it knows the server.
type Access struct {
	Host, Authority string // in lower case, and in PEM
}

// UserCredentials answers listManagedClusterUserCredentials in a subscription.
func (s *Clusters) UserCredentials(ctx context.Context, subscription string, inputs map[string]any) (map[string]any, error) {
	k := s.Catalog().ByToken[aks.ClusterToken]
	id, complete := k.ID(subscription, inputs)
	if !complete {
		return nil, fmt.Errorf("listManagedClusterUserCredentials needs %s", strings.Join(k.PathInputs(), ", "))
	}
	if _, err := s.LookUp(ctx, k, id); err != nil {
		return nil, err
	}
	s.Lock()
	defer s.Unlock()
	if err := authz.RequirePermission(s.Subscription, arm.DeployerObjectID, listCredentials, id); err != nil {
		return nil, err
	}
	cluster := s.Find(id)
	if cluster == nil || !cluster.Usable() {
		return nil, arm.Conflict("OperationNotAllowed", "cluster %s is not in a state in which it has credentials", id)
	}
	if format := tree.Text(inputs, "format"); format != "" && format != "exec" {
		return nil, arm.BadRequest("BadRequest", "format must be exec, not %q: kubectl has dropped the other one", format)
	}
	if !tree.Truth(cluster.Inputs, "aadProfile", "managed") {
		return nil, arm.BadRequest("BadRequest", "%s does not sign users in with Entra; the simulator hands out no certificates of users", id)
	}
	host := tree.Text(cluster.Outputs, "privateFQDN")
	if wanted := tree.Text(inputs, "serverFqdn"); host == "" || wanted != "" && wanted != "private" {
		if host = tree.Text(cluster.Outputs, "fqdn"); host == "" {
			return nil, arm.BadRequest("BadRequest", "%s has no public name", id)
		}
	}
	authority, err := s.authorityOf(cluster)
	if err != nil {
		return nil, err
	}
	content, err := UserKubeconfig(resourceid.Name(id), resourceid.Group(id), host, authority)
	if err != nil {
		return nil, fmt.Errorf("write a kubeconfig for %s: %w", id, err)
	}
	return map[string]any{"kubeconfigs": []any{map[string]any{
		"name": "clusterUser", "value": base64.StdEncoding.EncodeToString(content),
	}}}, s.Save()
}

// UserKubeconfig is what AKS gives users of a cluster with Entra: no secret, but a command that gets a token.
func UserKubeconfig(name, group, host, authority string) ([]byte, error) {
	user := "clusterUser_" + group + "_" + name
	return runtime.Encode(clientcmdlatest.Codec, &clientcmdapi.Config{
		CurrentContext: name,
		Clusters: map[string]*clientcmdapi.Cluster{
			name: {Server: "https://" + host + ":443", CertificateAuthorityData: []byte(authority)},
		},
		Contexts: map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: user}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{user: {Exec: &clientcmdapi.ExecConfig{
			APIVersion: "client.authentication.k8s.io/v1beta1", Command: "kubelogin",
			Args: []string{
				"get-token", "--environment", "AzurePublicCloud", "--server-id", clusterServerApp, "--client-id", clusterClientApp,
				"--tenant-id", arm.TenantID, "--login", "devicecode",
			},
		}}},
	})
}

// authorityOf is the certificate of a cluster's authority in PEM, made when it is first asked for. Nothing is signed with its key,
// which is thrown away.
func (s *Clusters) authorityOf(cluster *arm.Record) (string, error) {
	if s.Authority != "" {
		return s.Authority, nil
	}
	if made := tree.Text(cluster.Contents, "authority"); made != "" {
		return made, nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make the authority of %s: %w", cluster.ID, err)
	}
	now := s.Clock.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, NotBefore: now, NotAfter: now.AddDate(30, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", fmt.Errorf("make the authority of %s: %w", cluster.ID, err)
	}
	if cluster.Contents == nil {
		cluster.Contents = map[string]any{}
	}
	made := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	cluster.Contents["authority"] = made
	s.Touch(cluster)
	return made, nil
}

// ParseKubeconfig reads where the current context leads. It takes only users that sign in with kubelogin: a token, a password or a
// certificate makes an administrator past Entra.
func ParseKubeconfig(content string) (Access, error) {
	config := &clientcmdapi.Config{}
	kind := clientcmdapi.SchemeGroupVersion.WithKind("Config")
	kind.Version = clientcmdlatest.Version
	if _, _, err := clientcmdlatest.Codec.Decode([]byte(content), &kind, config); err != nil {
		// Not the parser's words: they show what it read.
		return Access{}, errors.New("the kubeconfig cannot be read")
	}
	var cluster *clientcmdapi.Cluster
	var user *clientcmdapi.AuthInfo
	if current := config.Contexts[config.CurrentContext]; current != nil {
		cluster, user = config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo]
	}
	if cluster == nil || user == nil {
		return Access{}, errors.New("the kubeconfig has no current context with a cluster and a user")
	}
	if err := checkKubeconfigUser(user); err != nil {
		return Access{}, err
	}
	if cluster.InsecureSkipTLSVerify {
		return Access{}, errors.New("the kubeconfig does not verify the server")
	}
	server, err := url.Parse(cluster.Server)
	if err != nil || server.Scheme != "https" || server.Hostname() == "" {
		return Access{}, errors.New("the server of the kubeconfig is not an HTTPS address")
	}
	if len(cluster.CertificateAuthorityData) == 0 {
		return Access{}, errors.New("the kubeconfig has no certificate-authority-data")
	}
	return Access{strings.ToLower(server.Hostname()), string(cluster.CertificateAuthorityData)}, nil
}

func checkKubeconfigUser(user *clientcmdapi.AuthInfo) error {
	for _, refused := range []struct {
		name string
		set  bool
	}{
		{"token", user.Token != ""}, {"tokenFile", user.TokenFile != ""}, {"username", user.Username != ""}, {"password", user.Password != ""},
		{"client-certificate", user.ClientCertificate != ""}, {"client-certificate-data", len(user.ClientCertificateData) > 0},
		{"client-key", user.ClientKey != ""}, {"client-key-data", len(user.ClientKeyData) > 0}, {"auth-provider", user.AuthProvider != nil},
	} {
		if refused.set {
			return fmt.Errorf("the user of the kubeconfig has %s; only exec with kubelogin is accepted", refused.name)
		}
	}
	if user.Exec == nil || user.Exec.Command != "kubelogin" {
		return errors.New("the user of the kubeconfig does not sign in by exec with kubelogin")
	}
	for _, argument := range user.Exec.Args {
		if slices.Contains([]string{"--client-secret", "--password", "--client-certificate-password"}, argument) {
			return fmt.Errorf("the kubeconfig hands kubelogin a secret with %s", argument)
		}
	}
	return nil
}

// clusterAt finds the cluster to which a kubeconfig leads. The program is assumed to run inside the network: from elsewhere
// the name of a private API server does not resolve, and the real provider would time out.
func (s *Clusters) clusterAt(access Access) (*arm.Record, error) {
	for _, r := range s.Sorted() {
		if r.Token != aks.ClusterToken || !r.Usable() || !strings.EqualFold(aks.APIServerOf(s.Subscription, r), access.Host) {
			continue
		}
		if tree.Text(r.Contents, "authority") != access.Authority {
			return nil, fmt.Errorf("configured Kubernetes cluster is unreachable: %s: x509: certificate signed by unknown authority", access.Host)
		}
		return r, nil
	}
	return nil, fmt.Errorf("configured Kubernetes cluster is unreachable: %s is not the name of a cluster that is up", access.Host)
}

// IsGone reports whether a kubeconfig leads to no cluster.
func (s *Clusters) IsGone(access Access) bool {
	s.Lock()
	defer s.Unlock()
	_, err := s.clusterAt(access)
	return err != nil
}
