package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

const projectHeader = `# Written by "go run ./cmd/docs" from config/keys.go.
name: aks-regulated-pulumi
runtime: go
description: A PCI-DSS regulated Azure Kubernetes platform, from hub network to GitOps, in one update
config:
`

// Project renders the content of Pulumi.yaml, whose schema repeats the table of keys for the Pulumi CLI.
func Project() string {
	var b strings.Builder
	b.WriteString(projectHeader)
	for _, key := range Keys {
		fmt.Fprintf(&b, "  %s:\n    type: %s\n", key.Name, schemaType(key.Kind))
		if items := itemType(key.Kind); items != "" {
			fmt.Fprintf(&b, "    items:\n      type: %s\n", items)
		}
		fmt.Fprintf(&b, "    default: %s\n    description: %s\n", yamlFlow(key.Default), yamlFlow(key.Description))
	}
	return b.String()
}

// schemaType is a kind in the words of Pulumi's schema.
func schemaType(kind Kind) string {
	if kind == Objects {
		return "array"
	}
	return string(kind)
}

// itemType is that of an array's elements; empty for anything else.
func itemType(kind Kind) string {
	switch kind {
	case Array:
		return "string"
	case Objects:
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
		// Keys holds plain values only, which always encode.
		return ""
	}
	return strings.TrimSpace(b.String())
}
