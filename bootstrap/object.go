package bootstrap

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// object is one object of the cluster. The SDK has a Go type for each kind, in packages that take minutes to build; the engine and the
// provider know objects by token and content alone.
type object struct{ pulumi.CustomResourceState }

// newObject registers an object under the token that the SDK gives its kind.
func newObject(ctx *pulumi.Context, name string, content kubernetes.UntypedArgs, opts ...pulumi.ResourceOption) (*object, error) {
	apiVersion, _ := content["apiVersion"].(string)
	kind, _ := content["kind"].(string)
	parsed, err := schema.ParseGroupVersion(apiVersion)
	if err != nil || kind == "" {
		return nil, fmt.Errorf("object %s: %q and %q are no apiVersion and kind", name, apiVersion, kind)
	}
	if parsed.Group == "" {
		parsed.Group = "core"
	}
	registered := &object{}
	token := fmt.Sprintf("kubernetes:%s/%s:%s", parsed.Group, parsed.Version, kind)
	if err := ctx.RegisterResource(token, name, content, registered, utilities.PkgResourceDefaultOpts(opts)...); err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, name, err)
	}
	return registered, nil
}
