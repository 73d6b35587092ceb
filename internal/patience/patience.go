// Package patience waits for what an update cannot hurry: what Azure does not know yet, what others are changing, and what others have to make.
package patience

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/hooks"
)

// retryWait is the time between two tries.
const retryWait = 30 * time.Second

// WhileRefused is the option by which a resource is tried again for some time while Azure refuses it with one of the codes, which the provider
// takes for final. Names are unique in a program.
func WhileRefused(ctx *pulumi.Context, name string, limit time.Duration, codes ...string) (pulumi.ResourceOption, error) {
	client := armclient.New(ctx)
	return hooks.OnError(ctx, name, func(ctx context.Context, failures []string) (bool, error) {
		if time.Duration(len(failures))*retryWait > limit || !hasOne(failures[0], codes) {
			return false, nil
		}
		return true, client.Pause(ctx, retryWait)
	})
}

func hasOne(failure string, codes []string) bool {
	for _, code := range codes {
		if strings.Contains(failure, code) {
			return true
		}
	}
	return false
}

// Awaited is something that others make.
type Awaited struct {
	// Of is what it belongs to; another value is waited for again.
	Of pulumi.StringInput
	// What names it in messages, with what to do about it.
	What string
	// There asks Azure Resource Manager whether it is there by now, given the value of Of.
	There func(ctx context.Context, client *armclient.Client, of string) (bool, *armclient.Answer, error)
	// Limit is how long an update waits.
	Limit time.Duration
}

// Await registers a resource that exists only in the state, and is made once something is there that others make. What needs that depends on
// it. An update that has waited too long fails, and the next one waits again.
func Await(ctx *pulumi.Context, name string, awaited *Awaited, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	client, of := armclient.New(ctx), hooks.Later(awaited.Of.ToStringOutput())
	wait, err := hooks.BeforeCreate(ctx, name+"-await", func(hookCtx context.Context) error {
		id, err := of(hookCtx)
		if err != nil {
			return err
		}
		return awaited.until(hookCtx, client, id.(string), func(message string) error { return ctx.Log.Info(message, nil) })
	})
	if err != nil {
		return nil, err
	}
	there, err := random.NewRandomUuid(ctx, name, &random.RandomUuidArgs{Keepers: pulumi.StringMap{"of": awaited.Of}}, append(opts, wait)...)
	if err != nil {
		return nil, fmt.Errorf("record of %s: %w", awaited.What, err)
	}
	return there, nil
}

func (a *Awaited) until(ctx context.Context, client *armclient.Client, of string, say func(string) error) error {
	var began time.Time
	for {
		there, answer, err := a.There(ctx, client, of)
		if err != nil {
			return fmt.Errorf("look for %s: %w", a.What, err)
		}
		if there {
			return nil
		}
		if began.IsZero() {
			began = answer.Now
			if err := say(fmt.Sprintf("Waiting up to %s for %s.", a.Limit, a.What)); err != nil {
				return fmt.Errorf("report progress: %w", err)
			}
		}
		if answer.Now.Sub(began) >= a.Limit {
			return fmt.Errorf("after %s there is still no sign of %s; the next update goes on from here", a.Limit, a.What)
		}
		if err := client.Wait(ctx, answer, 15*time.Second); err != nil {
			return err
		}
	}
}
