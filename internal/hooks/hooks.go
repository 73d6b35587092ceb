// Package hooks runs code of the program at a step of the engine: while a resource is made, in an update and not in a preview. The engine
// decides whether a resource is to be made, so such code runs once for each.
package hooks

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Recorder is told of hooks instead of the engine, where there is none.
type Recorder interface {
	// BeforeCreate is called for each hook of that kind.
	BeforeCreate(name string, run func(context.Context) error) error
	// OnError is called for each hook of that kind.
	OnError(name string, retry func(ctx context.Context, failures []string) (bool, error)) error
}

type recorderKey struct{}

// Record returns a context whose hooks go to a recorder. The SDK's mocks of an engine know no hooks.
func Record(ctx *pulumi.Context, recorder Recorder) *pulumi.Context {
	return ctx.WithValue(recorderKey{}, recorder)
}

// BeforeCreate is the option by which a resource is made only after run has succeeded. What run returns as an error fails the update, and the
// next one runs it again. Names are unique in a program.
func BeforeCreate(ctx *pulumi.Context, name string, run func(context.Context) error) (pulumi.ResourceOption, error) {
	if recorder, ok := ctx.Value(recorderKey{}).(Recorder); ok {
		return pulumi.Composite(), recorder.BeforeCreate(name, run)
	}
	hook, err := ctx.RegisterResourceHook(name, func(*pulumi.ResourceHookArgs) error { return run(ctx.Context()) }, nil)
	if err != nil {
		return nil, fmt.Errorf("hook %s: %w", name, err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeCreate: []*pulumi.ResourceHook{hook}}), nil
}

// OnError is the option by which the engine asks retry, with all messages so far and the newest first, whether to try again what failed.
func OnError(
	ctx *pulumi.Context, name string, retry func(ctx context.Context, failures []string) (bool, error),
) (pulumi.ResourceOption, error) {
	if recorder, ok := ctx.Value(recorderKey{}).(Recorder); ok {
		return pulumi.Composite(), recorder.OnError(name, retry)
	}
	hook, err := ctx.RegisterErrorHook(name, func(args *pulumi.ErrorHookArgs) (bool, error) { return retry(ctx.Context(), args.Errors) })
	if err != nil {
		return nil, fmt.Errorf("hook %s: %w", name, err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}), nil
}

// Later returns what gives a hook the value of an output. The resource of the hook has to depend on what the output comes from.
func Later(output pulumi.Output) func(context.Context) (any, error) {
	resolved := make(chan any, 1)
	output.ApplyT(func(value any) any {
		resolved <- value
		return value
	})
	return func(ctx context.Context) (any, error) {
		select {
		case value := <-resolved:
			resolved <- value // for a hook that runs again
			return value, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
