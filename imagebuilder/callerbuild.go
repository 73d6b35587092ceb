package imagebuilder

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/hooks"
	"aks-regulated-pulumi/internal/tree"
)

// buildVersion is the version of the API with which templates are run.
const buildVersion = "?api-version=2024-02-01"

// callerGrace is how long a build may take beyond its own limit: the service sets up its machines, and removes them.
const callerGrace = time.Hour

// runByCaller has the update itself run the template, before it notes in the state, as a resource of its own, that this has been done.
func (b *Build) runByCaller(ctx *pulumi.Context, name string, args *BuildArgs) (pulumi.CustomResource, error) {
	if args.Dropped {
		return nil, nil
	}
	templateID := hooks.Later(args.Template.TemplateID)
	client := armclient.New(ctx)
	limit := time.Duration(args.ImageBuilder.BuildTimeoutMinutes)*time.Minute + callerGrace
	say := func(message string) error {
		return ctx.Log.Info(message, &pulumi.LogArgs{Resource: b, Ephemeral: true})
	}
	name += "-" + args.Names.Hash
	run, err := hooks.BeforeCreate(ctx, name+"-run", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		id, err := templateID(ctx)
		if err != nil {
			return err
		}
		return runTemplate(ctx, client, id.(string), say)
	})
	if err != nil {
		return nil, err
	}
	done, err := random.NewRandomUuid(ctx, name, &random.RandomUuidArgs{
		// Azure gives each template a staging group of its own, which tells one that was deleted and created again.
		Keepers: pulumi.StringMap{"templateId": args.Template.TemplateID, "stagingGroup": args.Template.resource.ExactStagingResourceGroup},
		// The build reaches its hosts only through the spoke's peerings, routes and egress.
	}, pulumi.Parent(b), run, pulumi.DependsOn(args.Spoke.Members()), pulumi.ReplaceWith([]pulumi.Resource{args.Template.resource}))
	if err != nil {
		return nil, fmt.Errorf("record of the image build: %w", err)
	}
	return done, nil
}

// lastRun is what a template reports of its last run.
type lastRun struct{ started, state, step, message, group string }

func readLastRun(ctx context.Context, client *armclient.Client, templateID string) (lastRun, *armclient.Answer, error) {
	answer, err := client.Get(ctx, templateID+buildVersion)
	if err != nil {
		return lastRun{}, nil, fmt.Errorf("read image template: %w", err)
	}
	status := func(name string) string { return tree.Text(answer.Body, "properties", "lastRunStatus", name) }
	return lastRun{
		status("startTime"), status("runState"), status("runSubState"), status("message"),
		tree.Text(answer.Body, "properties", "exactStagingResourceGroup"),
	}, answer, nil
}

// ended reports whether a run has ended, as Azure Image Builder names its states.
func (r lastRun) ended() bool { return r.state != "" && r.state != "Running" && r.state != "Canceling" }

// runTemplate runs a template and waits for the image. A build that is under way is waited for, and one that has succeeded is left alone.
func runTemplate(ctx context.Context, client *armclient.Client, templateID string, say func(string) error) error {
	run, answer, err := readLastRun(ctx, client, templateID)
	if err != nil {
		return err
	}
	if run.ended() && run.state != "Succeeded" || run.state == "" {
		if run, answer, err = startRun(ctx, client, templateID, run.started); err != nil {
			return err
		}
	}
	for !run.ended() {
		if err := say(strings.TrimSpace(fmt.Sprintf("Image build: %s %s", run.state, run.step))); err != nil {
			return fmt.Errorf("report progress: %w", err)
		}
		if err := client.Wait(ctx, answer, 30*time.Second); err != nil {
			return fmt.Errorf("wait for the image build, which goes on: %w", err)
		}
		if run, answer, err = readLastRun(ctx, client, templateID); err != nil {
			return err
		}
	}
	if run.state != "Succeeded" {
		group := run.group[strings.LastIndex(run.group, "/")+1:]
		return fmt.Errorf("image build %s: %s\nSee blob customization.log in container packerlogs of the storage account in resource group %s",
			run.state, run.message, group)
	}
	return nil
}

// startRun starts a run and waits until the template tells of it. Until then it tells of the one before.
func startRun(ctx context.Context, client *armclient.Client, templateID, before string) (lastRun, *armclient.Answer, error) {
	_, err := client.Post(ctx, templateID+"/run"+buildVersion, nil)
	var refusal *armclient.Error
	if errors.As(err, &refusal) && refusal.Status < 500 {
		return lastRun{}, nil, fmt.Errorf("start image build: %w", err)
	}
	// Without an answer, the build may have started all the same: the template tells.
	for range 20 {
		run, answer, readErr := readLastRun(ctx, client, templateID)
		if readErr != nil || run.started != before {
			return run, answer, readErr
		}
		if err := client.Wait(ctx, answer, 15*time.Second); err != nil {
			return lastRun{}, nil, err
		}
	}
	return lastRun{}, nil, fmt.Errorf("start image build: the template tells of no new run: %w", err)
}
