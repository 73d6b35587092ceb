package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"aks-regulated-pulumi/internal/pulumicli"
)

// pulumiCLI is the user's own Pulumi CLI with the user's login, working on one stack.
type pulumiCLI struct {
	cli               *pulumicli.CLI
	projectDir, stack string
}

// run runs the CLI with stdin, where values go: anyone on the machine can read the arguments of a process.
func (c *pulumiCLI) run(ctx context.Context, stdin string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	in := pulumicli.Invocation{Dir: c.projectDir, Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr}
	if _, err := c.cli.Run(ctx, in, append(args, "--stack", c.stack)...); err != nil {
		if text := strings.TrimPrefix(strings.TrimSpace(stderr.String()), "error: "); text != "" {
			return nil, errors.New(text)
		}
		return nil, err
	}
	return stdout.Bytes(), nil
}

// setSecret stores a value at a path such as certificates.listener, encrypted.
func (c *pulumiCLI) setSecret(ctx context.Context, path, value string) error {
	_, err := c.run(ctx, value, "config", "set", "--path", path, "--secret")
	return err
}

// settings are a stack's configuration by key without namespace, with the project's defaults in it and without what is
// secret.
type settings map[string]setting

type setting struct {
	ObjectValue json.RawMessage `json:"objectValue"`
	Secret      bool            `json:"secret"`
}

// config reads the stack's configuration, for which the CLI decrypts nothing.
func (c *pulumiCLI) config(ctx context.Context) (settings, error) {
	output, err := c.run(ctx, "", "config", "--json")
	if err != nil {
		return nil, err
	}
	var namespaced map[string]setting
	if err := json.Unmarshal(output, &namespaced); err != nil {
		return nil, fmt.Errorf("read what the Pulumi CLI printed: %w", err)
	}
	project, err := workspace.LoadProject(filepath.Join(c.projectDir, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	own := settings{}
	for key, value := range namespaced {
		if name, ok := strings.CutPrefix(key, string(project.Name)+":"); ok {
			own[name] = value
		}
	}
	return own, nil
}

// text returns a property of an object, or the default if it is not set.
func (s settings) text(object, property, otherwise string) string {
	var properties map[string]any
	// What is no object has no such property; the program reports it.
	_ = json.Unmarshal(s[object].ObjectValue, &properties)
	if text, ok := properties[property].(string); ok && text != "" {
		return text
	}
	return otherwise
}

// hasCertificates reports whether the stack has any certificate. Of an object with secrets the CLI shows nothing else.
func (s settings) hasCertificates() bool {
	const object = "certificates"
	return s[object].Secret || s.text(object, "listener", "") != "" || s.text(object, "ingress", "") != ""
}
