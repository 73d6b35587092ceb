package recovery

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// read reads resources as they are in Azure, by key of their doubts; what does not exist is missing. It writes a state that has nothing but
// them and their providers into a backend of its own, and refreshes that.
func (s *Stack) read(ctx context.Context, state *state, doubts []*doubt) (map[string]*resource, error) {
	dir, err := os.MkdirTemp("", "recovery-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch state: %w", err)
	}
	defer os.RemoveAll(dir)
	scratch, keys := scratchOf(state, doubts)
	file, err := writeScratch(dir, strings.Split(doubts[0].resource.urn(), "::")[1], s.Name, scratch)
	if err != nil {
		return nil, fmt.Errorf("write a scratch state: %w", err)
	}
	env := []string{"PULUMI_BACKEND_URL=file://" + filepath.ToSlash(dir)}
	if _, err := s.CLI(ctx, env, nil, "refresh", "--yes", "--skip-preview", "--stack", s.Name); err != nil {
		return nil, fmt.Errorf("read from Azure: %w", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the scratch state: %w", err)
	}
	var refreshed checkpoint
	if err := json.Unmarshal(content, &refreshed); err != nil {
		return nil, fmt.Errorf("read the scratch state: %w", err)
	}
	found := map[string]*resource{}
	for _, element := range refreshed.Checkpoint.Latest.Resources {
		r := resource{element}
		if key, asked := keys[r.urn()]; asked {
			found[key] = &r
		}
	}
	return found, nil
}

// scratchOf is a state of nothing but some resources and their providers, and the keys of the resources by URN. They get names of their
// own: an id may be in doubt twice under one URN, and nothing about them but type, provider and id counts.
func scratchOf(state *state, doubts []*doubt) (*scratchDeployment, map[string]string) {
	scratch := &scratchDeployment{Manifest: state.deployment["manifest"], SecretsProviders: state.deployment["secrets_providers"]}
	providers, keys := map[string]bool{}, map[string]string{}
	for _, doubt := range doubts {
		providers[doubt.resource.text("provider")] = true
	}
	for _, known := range state.resources {
		if providers[known.urn()+"::"+known.id()] {
			provider := known.withID(known.id()).object
			for _, name := range []string{"parent", "dependencies", "propertyDependencies"} {
				delete(provider, name)
			}
			scratch.Resources = append(scratch.Resources, provider)
		}
	}
	for n, doubt := range doubts {
		urn := strings.TrimSuffix(doubt.resource.urn(), doubt.resource.name()) + fmt.Sprintf("doubt-%d", n)
		keys[urn] = doubt.key()
		scratch.Resources = append(scratch.Resources, object{
			"urn": urn, "type": doubt.resource.token(), "custom": true, "id": doubt.resource.id(), "provider": doubt.resource.text("provider"),
		})
	}
	return scratch, keys
}

// scratchDeployment is the part of a state that is needed to read resources.
type scratchDeployment struct {
	Manifest         any      `json:"manifest"`
	SecretsProviders any      `json:"secrets_providers,omitempty"`
	Resources        []object `json:"resources"`
}

// checkpoint is a file of Pulumi's file backend.
type checkpoint struct {
	Version    int `json:"version"`
	Checkpoint struct {
		Stack  string             `json:"stack"`
		Latest *scratchDeployment `json:"latest"`
	} `json:"checkpoint"`
}

// writeScratch writes a file backend with one stack, and returns the stack's file.
func writeScratch(dir, project, stack string, deployment *scratchDeployment) (string, error) {
	file := filepath.Join(dir, ".pulumi", "stacks", project, stack+".json")
	content := checkpoint{Version: 3}
	content.Checkpoint.Stack, content.Checkpoint.Latest = strings.Join([]string{"organization", project, stack}, "/"), deployment
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, ".pulumi", "meta.yaml"), []byte("version: 1\n"), 0o600); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, encoded, 0o600)
}
