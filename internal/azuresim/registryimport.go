package azuresim

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// importTime is how long the registry takes to copy one image.
const importTime = time.Minute

// Permissions that an import needs (Azure document "Import container images to a container registry").
const (
	readRegistry  = "Microsoft.ContainerRegistry/registries/read"
	importIntoIt  = "Microsoft.ContainerRegistry/registries/importImage/action"
	pullFromIt    = "Microsoft.ContainerRegistry/registries/pull/read"
	defaultTag    = "latest"
	azureRegistry = ".azurecr.io"
)

// publicRegistries are the public registries that the simulator knows.
var publicRegistries = []string{"docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "mcr.microsoft.com"}

// imagePattern splits repository[:tag][@digest] by the grammar of the OCI distribution specification. go-containerregistry's name package
// reads more than that, drops a tag beside a digest and turns docker.io into index.docker.io, which no firewall rule names.
var imagePattern = regexp.MustCompile(`^([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`)

// imageReference is one image in a registry, by tag, digest or both.
type imageReference struct{ repository, tag, digest string }

func parseImage(reference string) (imageReference, error) {
	match := imagePattern.FindStringSubmatch(reference)
	if match == nil {
		return imageReference{}, fmt.Errorf("%q is not an image: it must look like repository:tag or repository@sha256:<64 hexadecimal digits>", reference)
	}
	return imageReference{match[1], match[2], match[3]}, nil
}

// imageImport is one az acr import.
type imageImport struct {
	name, group, source, sourceRegistry, user, password string
	targets                                             []string
	force                                               bool
}

// importOptions reads the options of az acr import.
func importOptions(arguments []string) (*imageImport, error) {
	made, output := &imageImport{}, ""
	values := map[string]*string{
		"--name": &made.name, "-n": &made.name, "--resource-group": &made.group, "-g": &made.group, "--source": &made.source,
		"--registry": &made.sourceRegistry, "-r": &made.sourceRegistry, "--username": &made.user, "-u": &made.user,
		"--password": &made.password, "-p": &made.password, "--output": &output, "-o": &output,
	}
	for i := 0; i < len(arguments); i++ {
		option := arguments[i]
		if option == "--force" {
			made.force = true
			continue
		}
		if i+1 == len(arguments) {
			return nil, fmt.Errorf("the simulator's az acr import cannot use argument %q", option)
		}
		i++
		switch value := values[option]; {
		case option == "--image" || option == "-t":
			made.targets = append(made.targets, arguments[i])
		case value != nil:
			*value = arguments[i]
		default:
			return nil, fmt.Errorf("the simulator's az acr import cannot use argument %q", option)
		}
	}
	if made.name == "" || made.source == "" {
		return nil, errors.New("the following arguments are required: --name, --source")
	}
	if (made.user == "") != (made.password == "") {
		return nil, errors.New("--username and --password go together")
	}
	return made, nil
}

// acrImport copies an image into a registry. The service copies, so that no network of the caller's counts.
func (h *scriptHost) acrImport(running *scriptSession, arguments []string) error {
	made, err := importOptions(arguments)
	if err != nil {
		return err
	}
	s := h.subscription
	s.Lock()
	_, err = s.planImport(running.principal, made)
	s.Unlock()
	if err != nil {
		return err
	}
	if err := h.sleep(running, importTime); err != nil {
		return err
	}
	s.Lock()
	defer s.Unlock()
	// Things may have changed while the image was copied.
	plan, err := s.planImport(running.principal, made)
	if err != nil {
		return err
	}
	plan.apply(s.clock.now(), running.principal)
	s.touch(plan.registry)
	return s.save()
}

// importPlan is what an import that is allowed will change.
type importPlan struct {
	registry *record
	source   string // as it was given, with its host
	digest   string
	targets  []imageReference
}

// planImport holds an import against what Azure refuses.
func (s *subscription) planImport(principal string, made *imageImport) (*importPlan, error) {
	s.completeDue()
	registry := s.registryNamed(made.name)
	if registry == nil || made.group != "" && !strings.EqualFold(resourceid.Group(registry.ID), made.group) {
		return nil, notFound("ResourceNotFound", "the resource with name %s and type Microsoft.ContainerRegistry/registries could not be found", made.name)
	}
	for _, action := range []string{readRegistry, importIntoIt} {
		if err := s.requirePermission(principal, action, registry.ID); err != nil {
			return nil, err
		}
	}
	if !registry.usable() {
		return nil, conflict("RegistryNotReady", "registry %s is in state %s", registry.ID, registry.State)
	}
	plan := &importPlan{registry: registry}
	found, err := s.findSource(principal, made, plan)
	if err != nil {
		return nil, err
	}
	targets := made.targets
	if len(targets) == 0 {
		if targets = []string{found.repository + ":" + found.tag}; found.tag == "" {
			targets = []string{found.repository}
		}
	}
	for _, target := range targets {
		to, err := parseImage(target)
		if err != nil {
			return nil, err
		}
		if to.digest != "" {
			return nil, fmt.Errorf("%q cannot be a target: the digest is that of the source", target)
		}
		if to.tag == "" {
			to.tag = defaultTag
		}
		if tagged := digestOf(registry, imageReference{to.repository, to.tag, ""}); tagged != "" && !made.force {
			return nil, conflict("Conflict", "Tag %s:%s already exists in target registry", to.repository, to.tag)
		}
		plan.targets = append(plan.targets, to)
	}
	return plan, nil
}

// findSource finds what to copy and its digest.
func (s *subscription) findSource(principal string, made *imageImport, plan *importPlan) (imageReference, error) {
	host, reference := "", made.source
	var from *record
	if made.sourceRegistry != "" {
		if from = s.find(made.sourceRegistry); from == nil || from.Token != registryToken {
			return imageReference{}, notFound("ResourceNotFound", "--registry %s is not the id of a registry", made.sourceRegistry)
		}
		host = loginServer(from.ID)
	} else {
		var cut bool
		if host, reference, cut = strings.Cut(made.source, "/"); !cut {
			return imageReference{}, fmt.Errorf("--source %q names no registry", made.source)
		}
		if name, ours := strings.CutSuffix(strings.ToLower(host), azureRegistry); ours {
			from = s.registryNamed(name)
		}
		if from == nil && !slices.Contains(publicRegistries, strings.ToLower(host)) {
			return imageReference{}, badRequest("InvalidParameters", "the source registry %s could not be reached", host)
		}
	}
	found, err := parseImage(reference)
	if err != nil {
		return found, err
	}
	if found.tag == "" && found.digest == "" {
		found.tag = defaultTag
	}
	plan.source, plan.digest = host+"/"+reference, found.digest
	if from == nil {
		if plan.digest == "" {
			plan.digest = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.ToLower(host)+"/"+found.repository+":"+found.tag)))
		}
		return found, nil
	}
	if err := s.requirePermission(principal, pullFromIt, from.ID); err != nil {
		return found, err
	}
	if tree.Text(from.Inputs, "policies", "exportPolicy", "status") == "disabled" {
		return found, forbidden("ExportDisabled", "registry %s exports nothing, not even into itself", from.ID)
	}
	if plan.digest = digestOf(from, found); plan.digest == "" {
		return found, notFound("ManifestUnknown", "%s does not exist in registry %s", reference, from.ID)
	}
	return found, nil
}

// registryNamed finds a registry by its name, which no other one has.
func (s *subscription) registryNamed(name string) *record {
	for r := range s.all() {
		if r.Token == registryToken && strings.EqualFold(resourceid.Name(r.ID), name) {
			return r
		}
	}
	return nil
}

// requirePermission refuses what a principal may not do.
func (s *subscription) requirePermission(principal, action, scope string) error {
	if err := checkDenied(s, principal, action, scope); err != nil {
		return err
	}
	if s.allows(principal, action, scope) {
		return nil
	}
	return forbidden("AuthorizationFailed", "the client with object id %s does not have authorization to perform action %s over scope %s",
		principal, action, scope)
}

// digestOf is the digest of an image that a registry holds, or the empty string.
func digestOf(registry *record, wanted imageReference) string {
	if wanted.digest != "" {
		if slices.Contains(tree.Texts(registry.Contents, "images", wanted.repository, "manifests"), wanted.digest) {
			return wanted.digest
		}
		return ""
	}
	return tree.Text(registry.Contents, "images", wanted.repository, "tags", wanted.tag)
}

// apply enters the image, and the import itself, which alerts look at.
func (p *importPlan) apply(now time.Time, principal string) {
	contents := p.registry.Contents
	if contents == nil {
		contents = map[string]any{"images": map[string]any{}, "imports": []any{}}
		p.registry.Contents = contents
	}
	images, _ := contents["images"].(map[string]any)
	for _, target := range p.targets {
		repository, ok := images[target.repository].(map[string]any)
		if !ok {
			repository = map[string]any{"tags": map[string]any{}, "manifests": []any{}}
			images[target.repository] = repository
		}
		tags, _ := repository["tags"].(map[string]any)
		tags[target.tag] = p.digest
		if !slices.Contains(tree.Texts(repository, "manifests"), p.digest) {
			repository["manifests"] = append(tree.List(repository, "manifests"), p.digest)
		}
		contents["imports"] = append(tree.List(contents, "imports"), map[string]any{
			"image": target.repository + ":" + target.tag, "source": p.source, "digest": p.digest, "principal": principal,
			"time": now.Format(time.RFC3339),
		})
	}
}
