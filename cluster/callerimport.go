package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/hooks"
)

// importVersion is the version of the API with which images are imported.
const importVersion = "?api-version=2023-07-01"

// importByCaller has the update itself import the images, before it notes in the state, as a resource of its own, that this has been done.
func (r *Registry) importByCaller(
	ctx *pulumi.Context, name string, args *RegistryArgs, azureRegistry, logged pulumi.Resource,
) error {
	registryID := hooks.Later(r.RegistryID)
	imports := &callerImports{
		client: armclient.New(ctx), images: args.Images, user: args.Registry.DockerHubUser, token: args.Registry.DockerHubToken.Reveal(),
		say: func(message string) error {
			return ctx.Log.Info(message, &pulumi.LogArgs{Resource: r, Ephemeral: true})
		},
	}
	hash := imageListHash(args.Images)
	name += "-import-" + hash
	run, err := hooks.BeforeCreate(ctx, name+"-run", func(ctx context.Context) error {
		id, err := registryID(ctx)
		if err != nil {
			return err
		}
		return imports.run(ctx, id.(string))
	})
	if err != nil {
		return err
	}
	done, err := random.NewRandomUuid(ctx, name, &random.RandomUuidArgs{
		Keepers: pulumi.StringMap{"registryId": r.RegistryID, "images": pulumi.String(hash)},
	}, pulumi.Parent(r), run,
		// The registry's log has to contain the imports.
		pulumi.DependsOn(slices.Concat(args.Spoke.Members(), []pulumi.Resource{logged})),
		// A new registry of the same name is empty.
		pulumi.ReplaceWith([]pulumi.Resource{azureRegistry}))
	if err != nil {
		return fmt.Errorf("record of the image import: %w", err)
	}
	r.Imported = done
	return nil
}

// callerImports are the imports of a list of images into quarantine/, and from there into live/, all by digest. An image that is already
// there stays what it is, so they can run again.
type callerImports struct {
	client      *armclient.Client
	images      []Image
	user, token string // of Docker Hub; empty for none
	say         func(string) error
}

// importRequest is the body of a request to import ("Registries - Import Image", API version 2023-07-01).
type importRequest struct {
	Source     importSource `json:"source"`
	TargetTags []string     `json:"targetTags"`
	Mode       string       `json:"mode"`
}

type importSource struct {
	RegistryURI string             `json:"registryUri,omitempty"`
	ResourceID  string             `json:"resourceId,omitempty"`
	SourceImage string             `json:"sourceImage"`
	Credentials *importCredentials `json:"credentials,omitempty"`
}

type importCredentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

func (c *callerImports) run(ctx context.Context, registryID string) error {
	for i, image := range c.images {
		if err := c.say(fmt.Sprintf("Importing image %d of %d: %s", i+1, len(c.images), image.Live())); err != nil {
			return fmt.Errorf("report progress: %w", err)
		}
		source := importSource{RegistryURI: image.Host, SourceImage: image.Repository + "@" + image.Digest}
		if image.Host == dockerHub && c.token != "" {
			source.Credentials = &importCredentials{c.user, c.token}
		}
		tagged := image.Repository + ":" + image.Tag
		if err := c.importOnce(ctx, registryID, source, "quarantine/"+tagged); err != nil {
			return fmt.Errorf("%s: import into quarantine/: %w", image, err)
		}
		own := importSource{ResourceID: registryID, SourceImage: "quarantine/" + image.Repository + "@" + image.Digest}
		if err := c.importOnce(ctx, registryID, own, "live/"+tagged); err != nil {
			return fmt.Errorf("%s: promotion to live/: %w", image, err)
		}
	}
	return nil
}

// importOnce imports one image, with as much patience as importimages.sh.
func (c *callerImports) importOnce(ctx context.Context, registryID string, source importSource, target string) error {
	limited := 0
	for try := 1; ; {
		err := c.request(ctx, registryID, importRequest{source, []string{target}, "Force"})
		if err == nil {
			return nil
		}
		wait := 30 * time.Second
		switch {
		case isRateLimit(err) && limited < 6:
			limited++
			wait = 5 * time.Minute
		case try < 5:
			try++
		default:
			return err
		}
		if err := c.say(fmt.Sprintf("%s: trying again after: %s", target, err)); err != nil {
			return fmt.Errorf("report progress: %w", err)
		}
		if err := c.client.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// request asks for one import and waits for its end.
func (c *callerImports) request(ctx context.Context, registryID string, body importRequest) error {
	answer, err := c.client.Post(ctx, registryID+"/importImage"+importVersion, body)
	for err == nil && answer.Accepted && answer.Location != "" {
		location := answer.Location
		if err := c.client.Wait(ctx, answer, 5*time.Second); err != nil {
			return err
		}
		if answer, err = c.client.Get(ctx, location); err == nil && answer.Location == "" {
			answer.Location = location
		}
	}
	return err
}

// isRateLimit reports whether a source refuses because it has given too much to this address; Docker Hub says it in both ways.
func isRateLimit(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "toomanyrequests") || strings.Contains(text, "too many requests") || strings.Contains(text, "rate limit")
}
