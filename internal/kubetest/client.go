package kubetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/utils/ptr"
)

// Manager is who owns the fields that a Client applies.
const Manager = "kubetest"

// Client reads and writes objects of any kind, and collects what the API server warns of.
type Client struct {
	// Warnings are the warnings of all requests so far.
	Warnings *Warnings

	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

// Warnings are what an API server said beside its answers. They may be read while requests run.
type Warnings struct {
	lock sync.Mutex
	said []string
}

// HandleWarningHeader takes a warning of a response.
func (w *Warnings) HandleWarningHeader(_ int, _, text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.said = append(w.said, text)
}

// Take returns the warnings since the last call, in their order.
func (w *Warnings) Take() []string {
	w.lock.Lock()
	defer w.lock.Unlock()
	said := slices.Clone(w.said)
	w.said = nil
	return said
}

// NewClient makes a client out of a configuration such as that of ControlPlane.Admin.
func NewClient(t testing.TB, config *rest.Config) *Client {
	t.Helper()
	c := &Client{Warnings: &Warnings{}}
	config = rest.CopyConfig(config)
	config.WarningHandler = c.Warnings
	var err error
	c.dynamic, err = dynamic.NewForConfig(config)
	require.NoError(t, err)
	found, err := discovery.NewDiscoveryClientForConfig(config)
	require.NoError(t, err)
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(found))
	return c
}

// Apply applies an object by server-side apply and returns what is stored then. With dryRun nothing is.
func (c *Client) Apply(ctx context.Context, object *unstructured.Unstructured, dryRun bool) (*unstructured.Unstructured, error) {
	resource, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	options := metav1.ApplyOptions{FieldManager: Manager, Force: true}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return resource.Apply(ctx, object.GetName(), object, options)
}

// Create creates an object. With dryRun it only has to pass admission.
func (c *Client) Create(ctx context.Context, object *unstructured.Unstructured, dryRun bool) (*unstructured.Unstructured, error) {
	resource, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	options := metav1.CreateOptions{FieldManager: Manager, FieldValidation: metav1.FieldValidationStrict}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return resource.Create(ctx, object, options)
}

// Get reads the object that has the kind, namespace and name of the given one.
func (c *Client) Get(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	return resource.Get(ctx, object.GetName(), metav1.GetOptions{})
}

// List reads the objects of a kind in all namespaces.
func (c *Client) List(ctx context.Context, version, kind string) ([]unstructured.Unstructured, error) {
	example := &unstructured.Unstructured{}
	example.SetAPIVersion(version)
	example.SetKind(kind)
	resource, err := c.resource(example)
	if err != nil {
		return nil, err
	}
	list, err := resource.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// Update replaces a stored object, or with the name of a subresource that part of it.
func (c *Client) Update(ctx context.Context, object *unstructured.Unstructured, subresources ...string) error {
	resource, err := c.resource(object)
	if err != nil {
		return err
	}
	_, err = resource.Update(ctx, object, metav1.UpdateOptions{FieldManager: Manager}, subresources...)
	return err
}

// SetStatus replaces the status of a stored object by that of the given one, as its controller does.
func (c *Client) SetStatus(ctx context.Context, object *unstructured.Unstructured) error {
	stored, err := c.Get(ctx, object)
	if err != nil {
		return err
	}
	stored.Object["status"] = object.Object["status"]
	return c.Update(ctx, stored, "status")
}

// Delete deletes the object that has the kind, namespace and name of the given one, at once: no kubelet says that a pod has
// ended.
func (c *Client) Delete(ctx context.Context, object *unstructured.Unstructured) error {
	resource, err := c.resource(object)
	if err != nil {
		return err
	}
	return resource.Delete(ctx, object.GetName(), metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
}

// resource is where an object of this kind and namespace is read and written.
func (c *Client) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		c.mapper.Reset()
		mapping, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("resource of %s: %w", kind, err)
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return c.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
	}
	return c.dynamic.Resource(mapping.Resource), nil
}
