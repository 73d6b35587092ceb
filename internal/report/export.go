// Package report turns the export of a stack into one page for auditors and for the team that runs the platform. It reads the
// export only, so what it shows is what Pulumi has recorded, not what Azure holds at the moment.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// signature marks objects of an export that are not plain JSON: secrets, assets, references. None of them is ever shown.
const signature = "4dabf18193072939515e22adb298388d"

// hidden stands for what an export keeps secret.
const hidden = "[hidden]"

// ErrNothingDeployed says that an export is of a stack with nothing in Azure.
var ErrNothingDeployed = errors.New("the stack has no resources in Azure: deploy it first, offline by make up")

// Resource is one resource of a stack as its state has it. Whatever was secret is gone.
type Resource struct {
	URN       string
	Type      string // Pulumi type token such as azure-native:network/v20240501:VirtualNetwork
	Name      string // Pulumi's logical name
	ID        string // the provider's id; empty for components
	Custom    bool
	Protected bool
	Deleting  bool // an update that was interrupted left it to be deleted
	Inputs    map[string]any
	Outputs   map[string]any
}

// Export is a stack's state.
type Export struct {
	Stack, Project string
	Time           string // when the deployment was recorded, in RFC 3339
	Version        string // version of the Pulumi CLI that recorded it
	Pending        int    // operations that an interrupted update left open
	Resources      []Resource
}

type exportFile struct {
	Version    int `json:"version"`
	Deployment *struct {
		Manifest struct {
			Time    string `json:"time"`
			Version string `json:"version"`
		} `json:"manifest"`
		Resources         []exportedResource `json:"resources"`
		PendingOperations []json.RawMessage  `json:"pending_operations"`
	} `json:"deployment"`
}

type exportedResource struct {
	URN     string         `json:"urn"`
	Type    string         `json:"type"`
	ID      string         `json:"id"`
	Custom  bool           `json:"custom"`
	Protect bool           `json:"protect"`
	Delete  bool           `json:"delete"`
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

// Read reads what pulumi stack export writes, with or without --show-secrets.
func Read(r io.Reader) (*Export, error) {
	var file exportFile
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("this is no export of a stack: %w", err)
	}
	if file.Deployment == nil {
		return nil, errors.New("this is no export of a stack: it has no deployment")
	}
	if file.Version < 3 || file.Version > 4 {
		return nil, fmt.Errorf("exports of version %d cannot be read, only 3 and 4", file.Version)
	}
	export := &Export{
		Time: file.Deployment.Manifest.Time, Version: file.Deployment.Manifest.Version, Pending: len(file.Deployment.PendingOperations),
	}
	for _, r := range file.Deployment.Resources {
		stack, project, name, err := splitURN(r.URN)
		if err != nil {
			return nil, err
		}
		export.Stack, export.Project = stack, project
		export.Resources = append(export.Resources, Resource{
			URN: r.URN, Type: r.Type, Name: name, ID: r.ID, Custom: r.Custom, Protected: r.Protect, Deleting: r.Delete,
			Inputs: withoutSecrets(r.Inputs), Outputs: withoutSecrets(r.Outputs),
		})
	}
	return export, nil
}

// splitURN takes stack, project and logical name out of urn:pulumi:<stack>::<project>::<types>::<name>.
func splitURN(urn string) (stack, project, name string, err error) {
	parts := strings.SplitN(urn, "::", 4)
	prefixed, ok := strings.CutPrefix(parts[0], "urn:pulumi:")
	if !ok || len(parts) != 4 {
		return "", "", "", fmt.Errorf("%q is no URN of a resource", urn)
	}
	return prefixed, parts[1], parts[3], nil
}

func withoutSecrets(values map[string]any) map[string]any {
	clean, plain := hide(values).(map[string]any)
	if !plain {
		// All of it is secret.
		return nil
	}
	return clean
}

// hide replaces every marked object, and all that is in it.
func hide(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if _, marked := v[signature]; marked {
			return hidden
		}
		clean := make(map[string]any, len(v))
		for name, item := range v {
			clean[name] = hide(item)
		}
		return clean
	case []any:
		clean := make([]any, len(v))
		for i, item := range v {
			clean[i] = hide(item)
		}
		return clean
	}
	return value
}
