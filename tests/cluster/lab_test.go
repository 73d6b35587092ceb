//go:build cluster

package cluster_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/validate"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	// apiHost is what a private cluster is called; apiAddress is in the stamp's range.
	apiHost    = "aks-test-1.00000000-0000-0000-0000-000000000000.privatelink.eastus2.azmk8s.io:443"
	apiAddress = "10.240.8.4"
	// administrators is the group of those who may do everything.
	administrators = "00000000-0000-0000-0000-000000000001"
)

// lab is a finished deployment in which all is as it should be, until a test changes something.
type lab struct {
	*flux
	expected *validate.Expected
	cluster  *validate.Cluster
	options  validate.Options
}

// newLab lets Flux apply the manifests, brings the cluster up, and signs in as an operator does.
func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{flux: startFlux(t)}
	var err error
	l.expected, err = validate.ReadExpected(bytes.NewReader(stamps(t)), stampOfTests)
	require.NoError(t, err)
	l.expected.GitOps.RepositoryURL = l.repository.URL
	revision := l.commit(t, "Add the manifests", tree(t))
	l.requireApplied(t, revision)
	playAKS(t, l.client, l.expected)
	create(t, l.client, object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "administrators", map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": administrators}},
	}))
	l.cluster = connect(t, l.plane.SignIn(t, apiHost, "operator@example.com", administrators))
	l.options = validate.Options{
		Manifests: clustermanifests.Files, Resolver: resolver(apiAddress), Dial: l.answering(t, l.expected.IngressHost),
	}
	return l
}

// connect does what validate does, but without its limit of requests a second: there are many runs, and nobody else to wait
// for them.
func connect(t *testing.T, config *rest.Config) *validate.Cluster {
	t.Helper()
	cluster, err := validate.Connect(config)
	require.NoError(t, err)
	unlimited := rest.CopyConfig(cluster.Config)
	unlimited.QPS = -1
	cluster.Typed, err = kubernetes.NewForConfig(unlimited)
	require.NoError(t, err)
	cluster.Dynamic, err = dynamic.NewForConfig(unlimited)
	require.NoError(t, err)
	return cluster
}

// resolver knows one address for all names.
type resolver string

// LookupNetIP returns the one address.
func (r resolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr(string(r))}, nil
}

// answering leads every connection to a server with a certificate of host.
func (l *lab) answering(t *testing.T, host string) validate.Dial {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = connection.(*tls.Conn).Handshake()
				_ = connection.Close()
			}()
		}
	}()
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
	}
}

// requireReport waits until exactly the given checks do not pass, each with a line that contains the text.
func (l *lab) requireReport(t *testing.T, want map[string]string) {
	t.Helper()
	deadline := time.Now().Add(patience / 3)
	for {
		report, err := validate.Run(t.Context(), l.cluster, l.expected, l.options)
		require.NoError(t, err)
		problem := differing(report, want)
		if problem == "" {
			return
		}
		// Admission hears of a changed policy a little later, and so do the controllers of Flux of their objects.
		if time.Now().After(deadline) {
			require.Fail(t, problem)
		}
		time.Sleep(time.Second)
	}
}

// settle waits until Kubernetes' controllers and those of Flux have seen that all is as before: what Flux is still about to
// apply, it would take away from the next test.
func (l *lab) settle(t *testing.T) {
	t.Helper()
	bringUp(t, l.client)
	for _, o := range []*unstructured.Unstructured{l.source, l.sync} {
		requireSoon(t, func() error {
			stored, err := l.client.Get(t.Context(), o)
			if err != nil {
				return err
			}
			observed, _, _ := unstructured.NestedInt64(stored.Object, "status", "observedGeneration")
			if observed != stored.GetGeneration() || readiness(stored) != "True" {
				return fmt.Errorf("%s is not settled: %v", label(o), stored.Object["status"])
			}
			return nil
		})
	}
}

// edit changes an object until the test ends; with the name of a subresource that part of it.
func (l *lab) edit(t *testing.T, o *unstructured.Unstructured, change func(map[string]any), subresources ...string) {
	t.Helper()
	before, err := l.client.Get(t.Context(), o)
	require.NoError(t, err, label(o))
	changed := before.DeepCopy()
	change(changed.Object)
	require.NoError(t, l.client.Update(t.Context(), changed, subresources...), label(o))
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		now, err := l.client.Get(ctx, o)
		require.NoError(t, err, label(o))
		before.SetResourceVersion(now.GetResourceVersion())
		require.NoError(t, l.client.Update(ctx, before, subresources...), label(o))
	})
}

// set sets a field of an object until the test ends.
func (l *lab) set(t *testing.T, o *unstructured.Unstructured, value any, path ...string) {
	t.Helper()
	var subresources []string
	if path[0] == "status" && o.GetKind() != "SecretProviderClassPodStatus" {
		subresources = []string{"status"}
	}
	change := func(fields map[string]any) { require.NoError(t, unstructured.SetNestedField(fields, value, path...)) }
	l.edit(t, o, change, subresources...)
}

// remove deletes an object until the test ends.
func (l *lab) remove(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	before, err := l.client.Get(t.Context(), o)
	require.NoError(t, err, label(o))
	require.NoError(t, l.client.Delete(t.Context(), o), label(o))
	if o.GetKind() == "Namespace" {
		l.finalize(t, o)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		before.SetResourceVersion("")
		before.SetUID("")
		_, err := l.client.Create(ctx, before, false)
		require.NoError(t, err, label(o))
	})
}

// finalize ends a namespace as its controller would, but that it leaves what is inside.
func (l *lab) finalize(t *testing.T, namespace *unstructured.Unstructured) {
	t.Helper()
	stored, err := l.client.Get(t.Context(), namespace)
	require.NoError(t, err, label(namespace))
	unstructured.RemoveNestedField(stored.Object, "spec", "finalizers")
	require.NoError(t, l.client.Update(t.Context(), stored, "finalize"), label(namespace))
}

// add makes an object until the test ends.
func (l *lab) add(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	create(t, l.client, o)
	l.dropLater(t, o)
}

func (l *lab) dropLater(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() { require.NoError(t, l.client.Delete(ctx, o), label(o)) })
}

// skippedHere are checks of what the deployment of these tests has none of.
var skippedHere = []string{"virtual-nodes", "virtual-nodes-scope"}

// differing says how a report is not as wanted; empty if it is.
func differing(report *validate.Report, want map[string]string) string {
	problem := ""
	for _, outcome := range report.Checks {
		text, wanted := want[outcome.ID]
		switch {
		case wanted && outcome.Result != validate.Failed:
			problem += fmt.Sprintf("%s has not failed, but %s: %s\n", outcome.ID, outcome.Result, outcome.Details)
		case wanted && !bytes.Contains([]byte(outcome.Details), []byte(text)):
			problem += fmt.Sprintf("%s says %q, without %q\n", outcome.ID, outcome.Details, text)
		case !wanted && outcome.Result == validate.Skipped && slices.Contains(skippedHere, outcome.ID):
		case !wanted && outcome.Result != validate.Passed:
			problem += fmt.Sprintf("%s has %s: %s\n", outcome.ID, outcome.Result, outcome.Details)
		}
	}
	return problem
}
