package manifests

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// maxBuilds is how many different builds are kept; a repository has a few directories, and changes seldom.
const maxBuilds = 32

// buildCache keeps what kustomize has built, by what it was built from: it takes half a second, and the same directories are built for each
// sync of a simulated cluster.
type buildCache struct {
	mu    sync.Mutex
	built map[[sha256.Size]byte][]*unstructured.Unstructured
}

var builds = &buildCache{built: map[[sha256.Size]byte][]*unstructured.Unstructured{}}

// keyOf identifies a directory with all contents of files.
func keyOf(directory string, contents map[string][]byte) [sha256.Size]byte {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", directory)
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		fmt.Fprintf(hash, "%q %d\n%s\n", name, len(contents[name]), contents[name])
	}
	return [sha256.Size]byte(hash.Sum(nil))
}

func (c *buildCache) get(key [sha256.Size]byte) ([]*unstructured.Unstructured, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	objects, found := c.built[key]
	return copies(objects), found
}

func (c *buildCache) put(key [sha256.Size]byte, objects []*unstructured.Unstructured) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.built) == maxBuilds {
		clear(c.built)
	}
	c.built[key] = copies(objects)
}

// copies let callers change what they get.
func copies(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	copied := make([]*unstructured.Unstructured, len(objects))
	for i, object := range objects {
		copied[i] = object.DeepCopy()
	}
	return copied
}
