package kube

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// checkFetch says why source-controller cannot fetch a repository: its pod runs on any pool that takes it, so all have to reach the
// host.
func (s *Clusters) checkFetch(net *flow.Network, cluster *arm.Record, address string) error {
	git, err := parseGitURL(address)
	if err != nil {
		return arm.BadRequest("GitOperationFailed", "%v", err)
	}
	app := flow.HTTPS
	if git.ssh {
		app = ""
	}
	for _, pool := range aks.PoolsOf(cluster) {
		result := net.Check(flow.Flow{
			From: flow.Subnet(tree.Text(pool, "vnetSubnetID")), To: flow.Host(git.host), Protocol: flow.TCP, Port: git.port, App: app,
		})
		if why := networking.DescribeBlock(result); why != "" {
			return arm.BadRequest("GitOperationFailed",
				"failed to fetch the repository: nodes of pool %s of %s have no connection to %s on port %d. %s",
				tree.Text(pool, "name"), cluster.ID, git.host, git.port, why)
		}
	}
	return nil
}

// revision is what source-controller fetches: the commit that is asked for, or one that changes with the repository's content.
func (s *Clusters) revision(ref any) (string, error) {
	commit := tree.Text(ref, "commit")
	if commit == "" {
		var err error
		if commit, err = contentHash(s.Repository); err != nil {
			return "", arm.BadRequest("GitOperationFailed", "read the repository: %v", err)
		}
	}
	for _, name := range []string{"branch", "tag", "semver"} {
		if at := tree.Text(ref, name); at != "" {
			return at + "@sha1:" + commit, nil
		}
	}
	return "sha1:" + commit, nil
}

// contentHash stands for the commit of a working tree. What Git would not hold does not count: hidden folders such as the simulator's own
// state, and what goes while it is read.
func contentHash(repository fs.FS) (string, error) {
	hash := sha1.New()
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name != "." && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := fs.ReadFile(repository, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(hash, "%s\n%d\n%s\n", name, len(content), content)
		return nil
	})
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}

// kustomizationSpec is what a Kustomization of Flux says.
type kustomizationSpec struct {
	path   string
	values map[string]string
	// unwatched is applied without a health check: it is ready once the API server has taken it (Flux document "Kustomization", wait).
	unwatched bool
	// only is the one namespace that it may write to; empty means all of the cluster.
	namespace string
}

// kustomizationFiles are the names under which kustomize looks for a kustomization.
var kustomizationFiles = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// renderDirectory renders a directory of the repository. Flux would generate a kustomization where there is none, of every file that it
// finds, and before 2.9 would leave a variable without value empty; the simulator takes both for mistakes.
func (s *Clusters) renderDirectory(k kustomizationSpec) ([]*unstructured.Unstructured, error) {
	directory := strings.TrimPrefix(path.Clean("/"+k.path), "/")
	if directory == "" {
		directory = "."
	}
	if found, err := fs.Stat(s.Repository, directory); err != nil || !found.IsDir() {
		return nil, arm.NotFound("ArtifactFailed", "kustomization path not found: the repository has no directory %q", k.path)
	}
	found := false
	for _, name := range kustomizationFiles {
		_, err := fs.Stat(s.Repository, path.Join(directory, name))
		found = found || err == nil
	}
	if !found {
		return nil, arm.NotFound("BuildFailed", "directory %q of the repository has no kustomization.yaml", k.path)
	}
	objects, err := manifests.Render(s.Repository, directory, k.values)
	if err != nil {
		return nil, arm.BadRequest("BuildFailed", "%v", err)
	}
	return objects, nil
}

// checkApply says why kustomize-controller cannot build and apply a directory, and make it run if it watches that; before are objects
// that earlier kustomizations brought.
func (s *Clusters) checkApply(cluster *arm.Record, k kustomizationSpec,
	before []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	objects, err := s.renderDirectory(k)
	if err != nil {
		return nil, err
	}
	coming, err := s.rolloutOf(cluster, objects...)
	if err != nil {
		return nil, err
	}
	coming.present = append(coming.present, before...)
	if k.namespace != "" {
		if err := coming.checkNamespaceScope(k.namespace); err != nil {
			return nil, err
		}
	}
	if k.unwatched {
		return objects, coming.passes(admissionChecks)
	}
	return objects, coming.check()
}

// checkNamespaceScope: the service account of a configuration that is for one namespace may do nothing elsewhere.
func (r *rollout) checkNamespaceScope(namespace string) error {
	all := r.all()
	for _, object := range r.objects {
		if !Namespaced(all, object.GetAPIVersion(), object.GetKind()) || namespaceOf(object) != namespace {
			return arm.Forbidden("ReconciliationFailed", "%s is forbidden: service account flux-applier may apply nothing outside of namespace %s",
				Describe(object.Object), namespace)
		}
	}
	return nil
}

// substitutes are the variables that a postBuild gives values to.
func substitutes(postBuild any) map[string]string {
	values := map[string]string{}
	given, _ := tree.At(postBuild, "substitute").(map[string]any)
	for name, value := range given {
		values[name] = fmt.Sprint(value)
	}
	return values
}

// syncResult is how the sync of one object of Flux ended.
type syncResult struct {
	kind, name string
	revision   string // of what was fetched; for a source only
	err        error
}

// syncConfiguration does what the agents do with a Flux configuration: fetch the repository, then apply each kustomization after those
// that it depends on. What waits for something that failed fails too. strict also looks at the health of what Flux does not watch.
func (s *Clusters) syncConfiguration(id string, inputs map[string]any, strict bool) []syncResult {
	cluster, name := s.Find(resourceid.Parent(id)), resourceid.Name(id)
	source := syncResult{kind: "GitRepository", name: name}
	if cluster == nil {
		source.err = arm.NotFound("ParentResourceNotFound", "the cluster of %s is gone", id)
		return []syncResult{source}
	}
	net, err := s.Network(flow.Options{})
	if err == nil {
		err = s.checkFetch(net, cluster, tree.Text(inputs, "gitRepository", "url"))
	}
	if err == nil {
		source.revision, err = s.revision(tree.At(inputs, "gitRepository", "repositoryRef"))
	}
	source.err = err
	results := []syncResult{source}
	kustomizations, _ := tree.At(inputs, "kustomizations").(map[string]any)
	ended, brought, owners := map[string]error{}, []*unstructured.Unstructured{}, map[string]string{}
	for _, part := range dependencyOrder(kustomizations) {
		problem := source.err
		for _, other := range tree.Texts(kustomizations[part], "dependsOn") {
			if problem == nil && ended[other] != nil {
				problem = arm.BadRequest("DependencyNotReady", "dependency %s-%s is not ready", name, other)
			}
		}
		if problem == nil {
			wanted := kustomizationSpec{
				path: tree.Text(kustomizations[part], "path"), values: substitutes(tree.At(kustomizations[part], "postBuild")),
				// Azure waits unless it is told not to (azurerm document "azurerm_kubernetes_flux_configuration", wait).
				unwatched: !strict && tree.At(kustomizations[part], "wait") == false,
			}
			if tree.Text(inputs, "scope") == "namespace" {
				wanted.namespace = configurationNamespace(inputs)
			}
			var objects []*unstructured.Unstructured
			objects, problem = s.checkApply(cluster, wanted, brought)
			brought = append(brought, objects...)
			if problem == nil {
				problem = claim(owners, part, objects)
			}
		}
		ended[part] = problem
		results = append(results, syncResult{kind: "Kustomization", name: name + "-" + part, err: problem})
	}
	return results
}

// claim enters a kustomization as the owner of its objects. Two owners of one object overwrite each other's labels with every sync, and
// whichever leaves first prunes it (Flux document "Kustomization", garbage collection): the simulator refuses that.
func claim(owners map[string]string, kustomization string, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		identity := IdentityOf(object.Object)
		if other, taken := owners[identity]; taken {
			return arm.BadRequest("ReconciliationFailed", "%s is applied by kustomization %s and by %s", Describe(object.Object), other, kustomization)
		}
		owners[identity] = kustomization
	}
	return nil
}

// configurationNamespace is where a configuration's objects are.
func configurationNamespace(inputs map[string]any) string {
	if namespace := tree.Text(inputs, "namespace"); namespace != "" {
		return namespace
	}
	return "default"
}

// firstError is why a sync is not complete, or nil.
func firstError(results []syncResult) error {
	for _, result := range results {
		if result.err != nil {
			return result.err
		}
	}
	return nil
}
