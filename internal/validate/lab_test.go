package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const (
	apiHostName = "aks-test-1.guid.privatelink.eastus2.azmk8s.io"
	commit      = "0123456789abcdef0123456789abcdef01234567"
)

// addresses is a resolver with one name for all.
type addresses []string

func (a addresses) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	var found []netip.Addr
	for _, address := range a {
		found = append(found, netip.MustParseAddr(address))
	}
	if found == nil {
		return nil, &net.DNSError{Err: "no such host", Name: apiHostName, IsNotFound: true}
	}
	return found, nil
}

// lab is a cluster in which all is as it should be, until a test changes something.
type lab struct {
	t       *testing.T
	objects []*unstructured.Unstructured
	// rendered are those of the manifests, whose kinds the cluster knows even without objects; folders are the same by folder.
	rendered []*unstructured.Unstructured
	folders  []folder
	expected *Expected
	options  Options
	config   *rest.Config
	user     authenticationv1.UserInfo
	// unknown are kinds that the cluster does not have.
	unknown []string
	// refuse answers a dry run, as admission does.
	refuse func(runtime.Object) error
	// fail answers any request with an error, if it returns one.
	fail func(clienttesting.Action) error
}

func newLab(t *testing.T) *lab {
	t.Helper()
	outputs, err := os.Open("testdata/stamps.json")
	require.NoError(t, err)
	defer outputs.Close()
	expected, err := ReadExpected(outputs, "")
	require.NoError(t, err)
	l := &lab{
		t:        t,
		expected: expected,
		config: &rest.Config{
			Host:         "https://" + apiHostName + ":443",
			ExecProvider: &clientcmdapi.ExecConfig{Command: "kubelogin"},
		},
		user:   authenticationv1.UserInfo{Username: "ops@contoso.com", Groups: []string{"system:authenticated"}},
		refuse: refuseAsAzurePolicy,
		fail:   func(clienttesting.Action) error { return nil },
	}
	server := ingressServer(t, expected.IngressHost, time.Now().Add(time.Hour))
	l.options = Options{
		Manifests: os.DirFS("testdata/manifests"),
		Revision:  commit[:12],
		Resolver:  addresses{"10.240.8.4"},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server)
		},
	}
	l.folders, err = render(expected, l.options.withDefaults())
	require.NoError(t, err)
	for _, f := range l.folders {
		l.rendered = append(l.rendered, f.objects...)
	}
	l.objects = append(l.objects, l.rendered...)
	l.complete()
	return l
}

// find is an object of the cluster by its kind and its name, or namespace/name.
func (l *lab) find(kind, name string) *unstructured.Unstructured {
	l.t.Helper()
	i := l.index(kind, name)
	require.GreaterOrEqual(l.t, i, 0, "%s %s", kind, name)
	return l.objects[i]
}

func (l *lab) index(kind, name string) int {
	return slices.IndexFunc(l.objects, func(o *unstructured.Unstructured) bool { return describe(o) == kind+" "+name })
}

// set sets a field of an object, such as 3 at status.readyReplicas.
func (l *lab) set(kind, name, path string, value any) {
	l.t.Helper()
	require.NoError(l.t, unstructured.SetNestedField(l.find(kind, name).Object, value, strings.Split(path, ".")...))
}

// label sets a label of an object.
func (l *lab) label(kind, name, label, value string) {
	l.t.Helper()
	require.NoError(l.t, unstructured.SetNestedField(l.find(kind, name).Object, value, "metadata", "labels", label))
}

func (l *lab) remove(kind, name string) {
	l.t.Helper()
	i := l.index(kind, name)
	require.GreaterOrEqual(l.t, i, 0, "%s %s", kind, name)
	l.objects = slices.Delete(l.objects, i, i+1)
}

// removeKind removes a kind with all its objects.
func (l *lab) removeKind(kind string) {
	l.unknown = append(l.unknown, kind)
	l.objects = slices.DeleteFunc(l.objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == kind })
}

func (l *lab) add(apiVersion, kind, name string, fields map[string]any) {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	for field, value := range fields {
		object.Object[field] = value
	}
	object.SetAPIVersion(apiVersion)
	object.SetKind(kind)
	if namespace, inside, ok := strings.Cut(name, "/"); ok {
		object.SetNamespace(namespace)
		name = inside
	}
	object.SetName(name)
	l.objects = append(l.objects, object)
}

// cluster puts the lab's objects behind fake clients.
func (l *lab) cluster() *Cluster {
	lists, mapper := l.kinds()
	typed := fake.NewClientset()
	untyped := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists)
	for _, object := range l.objects {
		resource := resourceOf(object.GroupVersionKind())
		require.NoError(l.t, untyped.Tracker().Create(resource, object.DeepCopy(), object.GetNamespace()))
		into, err := scheme.Scheme.New(object.GroupVersionKind())
		if err != nil {
			continue
		}
		text, err := json.Marshal(object.Object)
		require.NoError(l.t, err)
		require.NoError(l.t, json.Unmarshal(text, into), describe(object))
		require.NoError(l.t, typed.Tracker().Create(resource, into, object.GetNamespace()))
	}
	answer := func(action clienttesting.Action) (bool, runtime.Object, error) {
		if slices.ContainsFunc(l.unknown, func(kind string) bool {
			guessed, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Kind: kind})
			return action.GetResource().Resource == guessed.Resource
		}) {
			return true, nil, apierrors.NewNotFound(action.GetResource().GroupResource(), "")
		}
		err := l.fail(action)
		return err != nil, nil, err
	}
	typed.PrependReactor("create", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		create := action.(clienttesting.CreateAction)
		if _, ok := create.GetObject().(*authenticationv1.SelfSubjectReview); ok {
			return true, &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: l.user}}, nil
		}
		return true, create.GetObject(), l.refuse(create.GetObject())
	})
	typed.PrependReactor("*", "*", answer)
	untyped.PrependReactor("*", "*", answer)
	return &Cluster{Config: l.config, Typed: typed, Dynamic: untyped, Mapper: mapper}
}

// kinds are those of the cluster: for lists, and for the way from a kind to its resource.
func (l *lab) kinds() (map[schema.GroupVersionResource]string, meta.RESTMapper) {
	lists := map[schema.GroupVersionResource]string{
		templatesResource: "List", gitRepositories: "List", kustomizations: "List", podStatuses: "List",
	}
	for _, kind := range templateNames {
		lists[constraintsResources.WithResource(strings.ToLower(kind))] = "List"
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	for _, object := range slices.Concat(l.rendered, l.objects) {
		kind := object.GroupVersionKind()
		lists[resourceOf(kind)] = kind.Kind + "List"
		if slices.Contains(l.unknown, kind.Kind) {
			continue
		}
		scope := meta.RESTScopeRoot
		if object.GetNamespace() != "" {
			scope = meta.RESTScopeNamespace
		}
		resource := resourceOf(kind)
		mapper.AddSpecific(kind, resource, resource, scope)
	}
	return lists, mapper
}

// resourceOf is the resource of a kind; that of a Gatekeeper constraint is called like its kind.
func resourceOf(kind schema.GroupVersionKind) schema.GroupVersionResource {
	if kind.Group == constraintsResources.Group {
		return kind.GroupVersion().WithResource(strings.ToLower(kind.Kind))
	}
	resource, _ := meta.UnsafeGuessKindToResource(kind)
	return resource
}

func (l *lab) run(only ...string) (*Report, error) {
	l.options.Only = only
	return Run(l.t.Context(), l.cluster(), l.expected, l.options)
}

// failures are the ids of checks that did not pass, with their details.
func failures(report *Report) map[string]string {
	found := map[string]string{}
	for _, c := range report.Checks {
		if c.Result != Passed {
			found[c.ID] = fmt.Sprintf("%s: %s", c.Result, c.Details)
		}
	}
	return found
}
