// Package reference renders what repeats the table of configuration keys: the reference in docs/configuration.md, and Pulumi.yaml.
package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
)

const projectHeader = `# Written by "go run ./cmd/docs" from config/keys.go.
name: aks-regulated-pulumi
runtime:
  name: go
  options:
    # Where the program is built, so that Go links it again only after a change.
    buildTarget: .bin/aks-regulated-pulumi
description: A PCI-DSS regulated Azure Kubernetes platform, from hub network to GitOps, in one update
`

// template is what "pulumi new" shows and asks. It stores an answer under the literal name of its key, so it can ask only for keys
// without a dot; the others come from --config with --config-path, or from "pulumi config set --path" afterwards.
const template = `template:
  displayName: Regulated AKS platform
  description: A PCI-DSS regulated Azure Kubernetes platform, from hub network to GitOps, in one update
  quickstart: |
    What is left to set before the first "pulumi up"; the rest is in docs/operations.md:
      pulumi config set --path cluster.adminGroupObjectId <object id of an Entra group>
      pulumi config set --path operators.<user> "$(cat <file of the SSH public key>)"
      pulumi config set --path bootstrap.repositoryUrl https://<host>/<your copy of the repository>
      make dev-certs STACK=<stack>
  config:
`

// Prompted are the keys that "pulumi new" asks for: fixed for the life of a stack, and with a default that is a guess.
var Prompted = []string{"location"}

// Project renders the content of Pulumi.yaml, whose schema repeats the table of keys for the Pulumi CLI.
func Project() string {
	var b strings.Builder
	b.WriteString(projectHeader)
	b.WriteString(template)
	for _, key := range config.Keys {
		if !slices.Contains(Prompted, key.Name) {
			continue
		}
		fmt.Fprintf(&b, "    %s:\n      description: %s\n      default: %s\n", key.Name, yamlFlow(key.Description), yamlFlow(key.Default))
		if key.Secret {
			b.WriteString("      secret: true\n")
		}
	}
	b.WriteString("config:\n")
	for _, key := range config.Keys {
		fmt.Fprintf(&b, "  %s:\n    type: %s\n", key.Name, schemaType(key.Kind))
		if items := itemType(key.Kind); items != "" {
			fmt.Fprintf(&b, "    items:\n      type: %s\n", items)
		}
		fmt.Fprintf(&b, "    default: %s\n    description: %s\n", yamlFlow(key.Default), yamlFlow(key.Description))
	}
	return b.String()
}

// schemaType is a kind in the words of Pulumi's schema.
func schemaType(kind config.Kind) string {
	if kind == config.Objects {
		return "array"
	}
	return string(kind)
}

// itemType is that of an array's elements; empty for anything else.
func itemType(kind config.Kind) string {
	switch kind {
	case config.Array:
		return "string"
	case config.Objects:
		return "object"
	}
	return ""
}

// yamlFlow renders a value as JSON, which is YAML too.
func yamlFlow(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		// Keys have only plain values, which always encode.
		return ""
	}
	return strings.TrimSpace(b.String())
}
