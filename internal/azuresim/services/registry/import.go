package registry

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Permissions that an import needs (Azure document "Import container images to a container registry").
const (
	ReadRegistry  = "Microsoft.ContainerRegistry/registries/read"
	ImportIntoIt  = "Microsoft.ContainerRegistry/registries/importImage/action"
	PullFromIt    = "Microsoft.ContainerRegistry/registries/pull/read"
	defaultTag    = "latest"
	AzureRegistry = ".azurecr.io"
)

// publicRegistries are the public registries that the simulator knows.
var publicRegistries = []string{"docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "mcr.microsoft.com"}

// ImageImport is one az acr import, or one request to import.
type ImageImport struct {
	// The options of the command.
	Name, Group, Source, SourceRegistry, User, Password string
	// RegistryID names the registry by its id, instead of Name and Group.
	RegistryID string
	Targets    []string // as repository[:tag]
	Force      bool     // replaces a tag that exists
}

// ImportPlan is what an import that is allowed will change.
type ImportPlan struct {
	Registry *arm.Record      // that takes the image
	source   string           // as it was given, with its host
	Digest   string           // of the image
	Targets  []ImageReference // by tag
}

// PlanImport refuses what Azure refuses, and says what an import will change.
func PlanImport(s *arm.Subscription, principal string, made *ImageImport) (*ImportPlan, error) {
	s.CompleteDue()
	registry := RegistryNamed(s, made.Name)
	if made.RegistryID != "" {
		registry = s.Find(made.RegistryID)
	}
	if registry == nil || made.Group != "" && !strings.EqualFold(resourceid.Group(registry.ID), made.Group) {
		return nil, arm.NotFound("ResourceNotFound",
			"the resource with name %s and type Microsoft.ContainerRegistry/registries could not be found", made.Name)
	}
	for _, action := range []string{ReadRegistry, ImportIntoIt} {
		if err := authz.RequirePermission(s, principal, action, registry.ID); err != nil {
			return nil, err
		}
	}
	if !registry.Usable() {
		return nil, arm.Conflict("RegistryNotReady", "registry %s is in state %s", registry.ID, registry.State)
	}
	plan := &ImportPlan{Registry: registry}
	found, err := findSource(s, principal, made, plan)
	if err != nil {
		return nil, err
	}
	targets := made.Targets
	if len(targets) == 0 {
		if targets = []string{found.Repository + ":" + found.Tag}; found.Tag == "" {
			targets = []string{found.Repository}
		}
	}
	for _, target := range targets {
		to, err := ParseImage(target)
		if err != nil {
			return nil, err
		}
		if to.Digest != "" {
			return nil, fmt.Errorf("%q cannot be a target: the digest is that of the source", target)
		}
		if to.Tag == "" {
			to.Tag = defaultTag
		}
		if tagged := DigestOf(registry, ImageReference{to.Repository, to.Tag, ""}); tagged != "" && !made.Force {
			return nil, arm.Conflict("Conflict", "Tag %s:%s already exists in target registry", to.Repository, to.Tag)
		}
		plan.Targets = append(plan.Targets, to)
	}
	return plan, nil
}

// findSource finds what to copy and its digest.
func findSource(s *arm.Subscription, principal string, made *ImageImport, plan *ImportPlan) (ImageReference, error) {
	host, reference := "", made.Source
	var from *arm.Record
	if made.SourceRegistry != "" {
		if from = s.Find(made.SourceRegistry); from == nil || from.Token != RegistryToken {
			return ImageReference{}, arm.NotFound("ResourceNotFound", "--registry %s is not the id of a registry", made.SourceRegistry)
		}
		host = loginServer(from.ID)
	} else {
		var cut bool
		if host, reference, cut = strings.Cut(made.Source, "/"); !cut {
			return ImageReference{}, fmt.Errorf("--source %q names no registry", made.Source)
		}
		if name, ours := strings.CutSuffix(strings.ToLower(host), AzureRegistry); ours {
			from = RegistryNamed(s, name)
		}
		if from == nil && !slices.Contains(publicRegistries, strings.ToLower(host)) {
			return ImageReference{}, arm.BadRequest("InvalidParameters", "the source registry %s could not be reached", host)
		}
	}
	found, err := ParseImage(reference)
	if err != nil {
		return found, err
	}
	if found.Tag == "" && found.Digest == "" {
		found.Tag = defaultTag
	}
	plan.source, plan.Digest = host+"/"+reference, found.Digest
	if from == nil {
		if plan.Digest == "" {
			plan.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.ToLower(host)+"/"+found.Repository+":"+found.Tag)))
		}
		return found, nil
	}
	if err := authz.RequirePermission(s, principal, PullFromIt, from.ID); err != nil {
		return found, err
	}
	if tree.Text(from.Inputs, "policies", "exportPolicy", "status") == "disabled" {
		return found, arm.Forbidden("ExportDisabled", "registry %s exports nothing, not even into itself", from.ID)
	}
	if plan.Digest = DigestOf(from, found); plan.Digest == "" {
		return found, arm.NotFound("ManifestUnknown", "%s does not exist in registry %s", reference, from.ID)
	}
	return found, nil
}

// Apply enters the image, and the import itself, which alerts look at.
func (p *ImportPlan) Apply(now time.Time, principal string) {
	contents := p.Registry.Contents
	if contents == nil {
		contents = map[string]any{"images": map[string]any{}, "imports": []any{}}
		p.Registry.Contents = contents
	}
	images, _ := contents["images"].(map[string]any)
	for _, target := range p.Targets {
		repository, ok := images[target.Repository].(map[string]any)
		if !ok {
			repository = map[string]any{"tags": map[string]any{}, "manifests": []any{}}
			images[target.Repository] = repository
		}
		tags, _ := repository["tags"].(map[string]any)
		tags[target.Tag] = p.Digest
		if !slices.Contains(tree.Texts(repository, "manifests"), p.Digest) {
			repository["manifests"] = append(tree.List(repository, "manifests"), p.Digest)
		}
		contents["imports"] = append(tree.List(contents, "imports"), map[string]any{
			"image": target.Repository + ":" + target.Tag, "source": p.source, "digest": p.Digest, "principal": principal,
			"time": now.Format(time.RFC3339),
		})
	}
}
