// Package manifests builds Kubernetes manifests the way Flux's kustomize-controller does: kustomize first, then the substitution
// of variables. It refuses variables without a value, which Flux before 2.9 leaves empty.
package manifests

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Build runs kustomize on a directory of files, such as ./cluster-manifests, which must hold a kustomization and all that it refers to
// but directories beside it. Objects come in the order of the kustomization, with their variables in place.
func Build(files fs.FS, directory string) ([]*unstructured.Unstructured, error) {
	contents := map[string][]byte{}
	if err := load(files, path.Clean(directory), contents); err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	key := keyOf(directory, contents)
	if known, found := builds.get(key); found {
		return known, nil
	}
	objects, err := build(directory, contents)
	if err != nil {
		return nil, err
	}
	builds.put(key, objects)
	return objects, nil
}

func build(directory string, contents map[string][]byte) ([]*unstructured.Unstructured, error) {
	memory := filesys.MakeFsInMemory()
	for name, content := range contents {
		if err := memory.WriteFile(path.Join("/", name), content); err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
	}
	// Restrictions as Flux has them: nothing from outside, no plugins.
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsRootOnly
	built, err := krusty.MakeKustomizer(options).Run(memory, path.Join("/", directory))
	if err != nil {
		return nil, fmt.Errorf("kustomize build of %s: %w", directory, err)
	}
	var objects []*unstructured.Unstructured
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return nil, fmt.Errorf("render %s: %w", resource.CurId(), err)
		}
		object, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", resource.CurId(), err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// load reads a directory, and directories outside that its kustomizations take in. The whole tree may be a repository with much else.
func load(files fs.FS, directory string, contents map[string][]byte) error {
	var outside []string
	err := fs.WalkDir(files, directory, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if entry.Name() == "kustomization.yaml" {
			outside = append(outside, taken(content, path.Dir(name))...)
		}
		contents[name] = content
		return nil
	})
	for _, other := range outside {
		if err != nil || holds(contents, other) {
			continue
		}
		// What is no directory is for kustomize to refuse.
		if found, missing := fs.Stat(files, other); missing == nil && found.IsDir() {
			err = load(files, other, contents)
		}
	}
	return err
}

// holds reports whether anything of a directory, or the file of that name, has been read.
func holds(contents map[string][]byte, name string) bool {
	for read := range contents {
		if read == name || strings.HasPrefix(read, name+"/") {
			return true
		}
	}
	return false
}

// taken are the resources of a kustomization that lie outside its directory. One that is no YAML has none: kustomize says so later.
func taken(content []byte, directory string) []string {
	var kustomization types.Kustomization
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		return nil
	}
	var outside []string
	for _, resource := range kustomization.Resources {
		if name := path.Join(directory, resource); strings.HasPrefix(resource, "../") && fs.ValidPath(name) {
			outside = append(outside, name)
		}
	}
	return outside
}

// Render builds a directory and substitutes its variables. The error names every variable that has no value.
func Render(files fs.FS, directory string, values map[string]string) ([]*unstructured.Unstructured, error) {
	objects, err := Build(files, directory)
	if err != nil {
		return nil, err
	}
	return Substitute(objects, values)
}

// Images are the container images of objects with pods, init containers included, sorted, each once.
func Images(objects []*unstructured.Unstructured) []string {
	found := map[string]bool{}
	for _, object := range objects {
		spec := PodSpec(object)
		for _, kind := range []string{"containers", "initContainers", "ephemeralContainers"} {
			containers, _ := spec[kind].([]any)
			for _, container := range containers {
				fields, _ := container.(map[string]any)
				if image, ok := fields["image"].(string); ok {
					found[image] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// PodSpec is the spec of an object's pods; nil if it has none.
func PodSpec(object *unstructured.Unstructured) map[string]any {
	steps := []string{"spec", "template", "spec"}
	switch object.GetKind() {
	case "Pod":
		steps = []string{"spec"}
	case "CronJob":
		steps = []string{"spec", "jobTemplate", "spec", "template", "spec"}
	}
	spec, _, err := unstructured.NestedMap(object.Object, steps...)
	if err != nil {
		return nil
	}
	return spec
}

// parse reads an object as the API's own reader does, which tells integers from fractions.
func parse(text []byte) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, object); err != nil {
		return nil, err
	}
	return object, nil
}
