package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aks-regulated-pulumi/config"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// testRegistry is an empty registry on this machine.
func testRegistry(t *testing.T) source {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return source{registry: strings.TrimPrefix(server.URL, "http://"), transport: http.DefaultTransport}
}

// push puts an image of several platforms into the registry and returns its digest.
func (s source) push(t *testing.T, image, tag string) string {
	t.Helper()
	reference, err := name.NewTag(s.registry + "/aci/virtual-node-2-" + image + ":" + tag)
	require.NoError(t, err)
	index, err := random.Index(64, 1, 2)
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(reference, index))
	hash, err := index.Digest()
	require.NoError(t, err)
	return hash.String()
}

func run(from source, args ...string) (string, error) {
	var printed bytes.Buffer
	cmd := rootCommand(from, &printed)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return printed.String(), err
}

// What is printed pins every image that virtual nodes need, and configuration takes it as it is.
func TestAllDigestsArePrinted(t *testing.T) {
	from := testRegistry(t)
	want := map[string]string{}
	for _, image := range config.VirtualNodeImages {
		want[image] = from.push(t, image, config.VirtualNodesImageTag)
		from.push(t, image, "other")
	}
	printed, err := run(from)
	require.NoError(t, err)
	var found struct {
		ImageDigests map[string]string `json:"imageDigests"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(printed), &found))
	assert.Equal(t, want, found.ImageDigests)
	assert.Contains(t, printed, config.VirtualNodesImageTag)
}

// A flag chooses another tag, to look at a release before the program goes to it.
func TestTagFlag(t *testing.T) {
	from := testRegistry(t)
	for _, image := range config.VirtualNodeImages {
		from.push(t, image, "main_20991231.1")
	}
	printed, err := run(from, "--tag", "main_20991231.1")
	require.NoError(t, err)
	assert.Contains(t, printed, "tag main_20991231.1")
	_, err = run(from, "--tag", "no tag")
	assert.ErrorContains(t, err, `tag "no tag"`)
}

// All images that are not there are named at once, and nothing is printed that could be pasted by mistake.
func TestMissingImagesAreNamedAtOnce(t *testing.T) {
	from := testRegistry(t)
	missing := map[string]bool{config.VirtualNodeImages[1]: true, config.VirtualNodeImages[4]: true}
	for _, image := range config.VirtualNodeImages {
		if !missing[image] {
			from.push(t, image, config.VirtualNodesImageTag)
		}
	}
	printed, err := run(from)
	require.ErrorContains(t, err, "has no tag "+config.VirtualNodesImageTag)
	for _, image := range config.VirtualNodeImages {
		assert.Equal(t, missing[image], strings.Contains(err.Error(), "aci/virtual-node-2-"+image), image)
	}
	assert.Empty(t, printed)
}

// Without a connection the message says so, and what a registry refuses is not taken for that.
func TestNoConnection(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	from := source{registry: strings.TrimPrefix(server.URL, "http://"), transport: http.DefaultTransport}
	server.Close()
	printed, err := run(from)
	require.ErrorContains(t, err, "no connection to "+from.registry)
	assert.Empty(t, printed)

	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer server.Close()
	_, err = run(source{registry: strings.TrimPrefix(server.URL, "http://"), transport: http.DefaultTransport})
	require.ErrorContains(t, err, "403")
	assert.NotContains(t, err.Error(), "no connection")
}
