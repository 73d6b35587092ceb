package kubernetesconfiguration

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// toPtr resolves in, whose element type is T, to an output of *T.
func toPtr[T any](ctx context.Context, in pulumi.Input) pulumi.Output {
	return pulumi.ToOutputWithContext(ctx, in).ApplyTWithContext(ctx, func(_ context.Context, v T) *T { return &v })
}
