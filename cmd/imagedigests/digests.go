package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// repositoryPrefix is what the names of the images have in common.
const repositoryPrefix = "aci/virtual-node-2-"

// digest is that of an image by the last part of its name.
type digest struct{ image, value string }

// digests looks up images in their order. One error names all that the registry does not have: a wrong tag misses every one.
func (s source) digests(ctx context.Context, tag string, images []string) ([]digest, error) {
	var found []digest
	var missing []string
	for _, image := range images {
		reference, err := name.NewTag(s.registry+"/"+repositoryPrefix+image+":"+tag, name.StrictValidation)
		if err != nil {
			return nil, fmt.Errorf("tag %q: %w", tag, err)
		}
		// The whole manifest: Head believes what a header says.
		manifest, err := remote.Get(reference, remote.WithContext(ctx), remote.WithTransport(s.transport))
		switch {
		case isMissing(err):
			missing = append(missing, reference.Context().RepositoryStr())
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("look up %s: %w", reference, context.Cause(ctx))
		case isAnswer(err):
			return nil, fmt.Errorf("look up %s: %w", reference, err)
		case err != nil:
			return nil, fmt.Errorf("no connection to %s: run this where it can be reached: %w", s.registry, err)
		default:
			found = append(found, digest{image, manifest.Digest.String()})
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s has no tag %s of %s", s.registry, tag, strings.Join(missing, ", "))
	}
	return found, nil
}

// isAnswer reports whether an error is what a registry says, not that there is none.
func isAnswer(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer)
}

func isMissing(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}

// write prints the configuration value.
func write(w io.Writer, tag string, digests []digest) error {
	text := fmt.Sprintf("# %s/%s*, tag %s\nimageDigests:\n", microsoftRegistry, repositoryPrefix, tag)
	for _, d := range digests {
		text += fmt.Sprintf("  %s: %s\n", d.image, d.value)
	}
	_, err := io.WriteString(w, text)
	return err
}
