package main

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/pulumicli"
)

const project = `name: tiny
runtime: go
config:
  gateway.hostName:
    type: string
    default: shop.example.org
  certificates.listener:
    type: string
    secret: true
    default: ""
`

// fixture is a user with a login to an empty backend, a project with one stack, and a CLI that writes down how it is run.
type fixture struct {
	t         *testing.T
	dir       string
	arguments string // file with the arguments of every run of the CLI
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	root := filepath.Join("..", "..")
	real, err := pulumicli.Find(root)
	require.NoError(t, err)
	real, err = filepath.Abs(real)
	require.NoError(t, err)

	f := &fixture{t: t, dir: t.TempDir(), arguments: filepath.Join(t.TempDir(), "arguments")}
	wrapper := filepath.Join(t.TempDir(), "pulumi")
	script := "#!/bin/sh\nprintf '%s\\n' \"$*\" >> '" + f.arguments + "'\nexec '" + real + "' \"$@\"\n"
	require.NoError(t, os.WriteFile(wrapper, []byte(script), 0o700))
	t.Setenv(pulumicli.Variable, wrapper)
	t.Setenv("PULUMI_HOME", t.TempDir())
	t.Setenv("PULUMI_BACKEND_URL", "file://"+t.TempDir())
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "of the user")
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "Pulumi.yaml"), []byte(project), 0o600))
	f.pulumi("stack", "init", "test")
	return f
}

// pulumi runs the CLI as the user would and returns what it prints.
func (f *fixture) pulumi(args ...string) string {
	f.t.Helper()
	cmd := exec.Command(os.Getenv(pulumicli.Variable), append(args, "--non-interactive")...)
	cmd.Dir = f.dir
	output, err := cmd.Output()
	require.NoError(f.t, err)
	return strings.TrimSpace(string(output))
}

// run runs the command and returns what it prints.
func (f *fixture) run(args ...string) (string, error) {
	var stdout bytes.Buffer
	cmd := rootCommand(f.dir, &stdout)
	cmd.SetArgs(append(args, "--stack", "test"))
	err := cmd.ExecuteContext(f.t.Context())
	return stdout.String(), err
}

// names returns the names that the stored certificates are for, which the user's own passphrase decrypts.
func (f *fixture) names() (listener, ingress string) {
	f.t.Helper()
	file, err := base64.StdEncoding.DecodeString(f.pulumi("config", "get", "--path", "certificates.listener"))
	require.NoError(f.t, err)
	_, certificate, err := pkcs12.Decode(file, "")
	require.NoError(f.t, err)
	bundle := []byte(f.pulumi("config", "get", "--path", "certificates.ingress"))
	pair, err := tls.X509KeyPair(bundle, bundle)
	require.NoError(f.t, err)
	return certificate.Subject.CommonName, pair.Leaf.Subject.CommonName
}

func (f *fixture) read(path string) string {
	f.t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(f.t, err)
	return string(data)
}

// The certificates are for the stack's own names, stand in its file encrypted by its own provider only, and never among
// the arguments of a process.
func TestStore(t *testing.T) {
	f := newFixture(t)
	f.pulumi("config", "set", "--path", "ingress.domain", "in.example.org")
	stdout, err := f.run()
	require.NoError(t, err)
	assert.Regexp(t, `^Stored certificates for shop.example.org and \*.in.example.org, valid until 2\d{3}-\d\d-\d\d, `+
		"encrypted in the configuration of stack test.\n$", stdout)
	listener, ingress := f.names()
	assert.Equal(t, "shop.example.org", listener)
	assert.Equal(t, "*.in.example.org", ingress)

	stored := f.read(filepath.Join(f.dir, "Pulumi.test.yaml"))
	for _, property := range []string{"listener", "ingress"} {
		assert.Contains(t, stored, "\n    "+property+":\n      secure: v1:")
	}
	arguments := f.read(f.arguments)
	for _, text := range []string{stored, arguments, stdout} {
		assert.NotContains(t, text, f.pulumi("config", "get", "--path", "certificates.listener")[:64])
		assert.NotContains(t, text, "PRIVATE KEY")
	}
	assert.Contains(t, arguments, "config set --path certificates.listener --secret")
}

// Certificates that a stack has are replaced only on demand, be they encrypted or not.
func TestForce(t *testing.T) {
	f := newFixture(t)
	f.pulumi("config", "set", "--path", "certificates.ingress", "plain")
	before := f.read(filepath.Join(f.dir, "Pulumi.test.yaml"))
	_, err := f.run()
	require.ErrorContains(t, err, `stack "test" has certificates: --force replaces them`)
	assert.Equal(t, before, f.read(filepath.Join(f.dir, "Pulumi.test.yaml")))

	_, err = f.run("--force")
	require.NoError(t, err)
	listener, ingress := f.names()
	assert.Equal(t, "shop.example.org", listener)
	assert.Equal(t, "*."+devcerts.DefaultIngressDomain, ingress)

	_, err = f.run()
	require.ErrorContains(t, err, "make dev-certs STACK=test ARGS=--force")
	_, err = f.run("--force", "--host-name", "other.example.org", "--ingress-domain", "other.org")
	require.NoError(t, err)
	listener, ingress = f.names()
	assert.Equal(t, "other.example.org", listener)
	assert.Equal(t, "*.other.org", ingress)
}

// What goes wrong is told in the CLI's own words, and nothing is stored.
func TestErrors(t *testing.T) {
	f := newFixture(t)
	_, err := f.run("--host-name", "no name")
	require.ErrorContains(t, err, `listener certificate: "no name" is not a DNS name`)
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "")
	require.NoError(t, os.Unsetenv("PULUMI_CONFIG_PASSPHRASE"))
	_, err = f.run()
	require.ErrorContains(t, err, `store certificates.listener in stack "test": `)
	require.ErrorContains(t, err, "PULUMI_CONFIG_PASSPHRASE")
	assert.NotContains(t, f.read(filepath.Join(f.dir, "Pulumi.test.yaml")), "certificates")

	f.pulumi("stack", "rm", "--yes", "test")
	_, err = f.run()
	assert.ErrorContains(t, err, `read the configuration of stack "test": no stack named 'test' found`)
}
