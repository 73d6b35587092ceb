// Package kubetest starts a real Kubernetes API server on a real etcd, and Flux's controllers against it, for tests.
// Everything listens on loopback and ends with the test. There are no nodes, no scheduler and no controllers of Kubernetes:
// tests play them.
//
// controller-runtime's envtest starts etcd and an API server, too, but gives the server no certificate for the names of private clusters, starts
// no controllers, and leaves its processes behind when a test's process is killed. The authority and the processes here would have to stay.
package kubetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// BinariesVariable names the environment variable with the directory of etcd, kube-apiserver, Flux's controllers and Pulumi's provider
// for Kubernetes, which tools/cluster builds.
const BinariesVariable = "KUBETEST_BINARIES"

// authorityName is the name of the file with the certificate of the authority.
const authorityName = "ca.crt"

// ControlPlane is a running API server with admission and authorization as a cluster has them.
type ControlPlane struct {
	directory string
	binaries  string
	address   string // host:port of the API server
	authority *authority
}

// Start starts a control plane that nothing else shares and stops it when the test ends.
func Start(t testing.TB) *ControlPlane {
	t.Helper()
	binaries := os.Getenv(BinariesVariable)
	require.NotEmpty(t, binaries, "%s does not say where etcd and kube-apiserver are: run make test-cluster", BinariesVariable)
	c := &ControlPlane{directory: t.TempDir(), binaries: binaries}
	store := c.startEtcd(t)
	c.startServer(t, store)
	return c
}

// startEtcd returns the URL at which etcd serves.
func (c *ControlPlane) startEtcd(t testing.TB) string {
	t.Helper()
	client, _, err := freeAddress()
	require.NoError(t, err)
	peer, _, err := freeAddress()
	require.NoError(t, err)
	url := "http://" + client
	c.run(t, "etcd", nil, func(ctx context.Context) error { return get(ctx, http.DefaultClient, url+"/health") },
		"--data-dir", filepath.Join(c.directory, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", url, "--advertise-client-urls", url,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer,
		"--initial-cluster", "default=http://"+peer)
	return url
}

func (c *ControlPlane) startServer(t testing.TB, store string) {
	t.Helper()
	var err error
	c.authority, err = newAuthority()
	require.NoError(t, err)
	serving, err := c.authority.server(serverName, privateNames)
	require.NoError(t, err)
	accounts, err := c.authority.client("service-accounts", nil)
	require.NoError(t, err)
	authorityFile := c.file(t, authorityName, c.authority.pem)
	accountsFile := c.file(t, "service-accounts.key", accounts.key)
	var port string
	c.address, port, err = freeAddress()
	require.NoError(t, err)
	probe, err := kubernetes.NewForConfig(c.Admin(t))
	require.NoError(t, err)
	ready := func(ctx context.Context) error {
		_, err := probe.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	}
	c.run(t, "kube-apiserver", nil, ready,
		"--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", port, "--advertise-address", "127.0.0.1",
		// An address on loopback is no endpoint for pods, and there are none.
		"--endpoint-reconciler-type", "none",
		"--tls-cert-file", c.file(t, "server.crt", serving.certificate), "--tls-private-key-file", c.file(t, "server.key", serving.key),
		"--client-ca-file", authorityFile,
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", accountsFile, "--service-account-signing-key-file", accountsFile,
		"--service-cluster-ip-range", "172.16.0.0/16",
		"--authorization-mode", "Node,RBAC",
		// Beyond the defaults, which hold PodSecurity, LimitRanger, ResourceQuota, ServiceAccount and ValidatingAdmissionPolicy.
		"--enable-admission-plugins", "NodeRestriction",
		// Falco's pods are privileged; that others are not is the matter of PodSecurity.
		"--allow-privileged")
}

// run starts one of the built programs, waits until check succeeds, and stops it when the test ends.
func (c *ControlPlane) run(
	t testing.TB, program string, environment []string, check func(context.Context) error, arguments ...string,
) *process {
	t.Helper()
	p, err := launch(c.directory, c.Program(program), environment, arguments...)
	require.NoError(t, err)
	t.Cleanup(p.stop)
	require.NoError(t, p.await(t.Context(), check))
	return p
}

// Admin is the configuration of a client that may do everything.
func (c *ControlPlane) Admin(t testing.TB) *rest.Config {
	t.Helper()
	return c.As(t, "admin", "system:masters")
}

// AsServiceAccount is the configuration of a client that the API server takes for a service account.
func (c *ControlPlane) AsServiceAccount(t testing.TB, namespace, name string) *rest.Config {
	t.Helper()
	user, groups := serviceAccount(namespace, name)
	return c.As(t, user, groups...)
}

// serviceAccount is how the API server calls a service account, and the groups that it is in.
func serviceAccount(namespace, name string) (user string, groups []string) {
	const all = "system:serviceaccounts"
	return "system:serviceaccount:" + namespace + ":" + name, []string{all, all + ":" + namespace}
}

// As is the configuration of a client that the API server takes for the user in these groups. It is not rate limited.
func (c *ControlPlane) As(t testing.TB, user string, groups ...string) *rest.Config {
	t.Helper()
	identity, err := c.authority.client(user, groups)
	require.NoError(t, err)
	return &rest.Config{
		Host: "https://" + c.address, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.pem, CertData: identity.certificate, KeyData: identity.key},
	}
}

// SignIn is the configuration of a client that calls the API server by the given host name, which no DNS needs to know, and
// that gets its certificate from a command, as it would get a token from kubelogin.
func (c *ControlPlane) SignIn(t testing.TB, host, user string, groups ...string) *rest.Config {
	t.Helper()
	return &rest.Config{
		Host: "https://" + host, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.pem, ServerName: serverName},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, c.address)
		},
		ExecProvider: &api.ExecConfig{
			APIVersion: credentialVersion, Command: "cat", Args: []string{c.Credential(t, user, groups...)},
			InteractiveMode: api.NeverExecInteractiveMode,
		},
	}
}

// credentialVersion is the version of the API of commands that sign in.
const credentialVersion = "client.authentication.k8s.io/v1"

// Credential writes a file with what a command such as kubelogin prints for the user in these groups, and returns its path.
func (c *ControlPlane) Credential(t testing.TB, user string, groups ...string) string {
	t.Helper()
	identity, err := c.authority.client(user, groups)
	require.NoError(t, err)
	credential, err := json.Marshal(map[string]any{"apiVersion": credentialVersion, "kind": "ExecCredential", "status": map[string]any{
		"clientCertificateData": string(identity.certificate), "clientKeyData": string(identity.key),
	}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "credential.json")
	require.NoError(t, os.WriteFile(file, credential, 0o600))
	return file
}

// Address is host:port of the API server.
func (c *ControlPlane) Address() string { return c.address }

// Authority is the certificate, in PEM, by which clients know the API server.
func (c *ControlPlane) Authority() []byte { return c.authority.pem }

// NewAuthority is the certificate, in PEM, of an authority that has issued nothing.
func NewAuthority(t testing.TB) []byte {
	t.Helper()
	a, err := newAuthority()
	require.NoError(t, err)
	return a.pem
}

// AuthorityFile is the path of a file with Authority.
func (c *ControlPlane) AuthorityFile() string { return filepath.Join(c.directory, authorityName) }

// Program is the path of one of the programs that tools/cluster builds.
func (c *ControlPlane) Program(name string) string { return filepath.Join(c.binaries, name) }

// kubeconfig writes a file with which programs reach the API server as the user in these groups, and returns its path.
func (c *ControlPlane) kubeconfig(t testing.TB, user string, groups ...string) string {
	t.Helper()
	client := c.As(t, user, groups...)
	config := api.NewConfig()
	config.Clusters["test"] = &api.Cluster{Server: client.Host, CertificateAuthorityData: client.CAData}
	config.AuthInfos["test"] = &api.AuthInfo{ClientCertificateData: client.CertData, ClientKeyData: client.KeyData}
	config.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: "test"}
	config.CurrentContext = "test"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	return path
}

// file writes a file of the control plane and returns its path.
func (c *ControlPlane) file(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(c.directory, name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// get succeeds if the URL answers with status 200.
func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}
