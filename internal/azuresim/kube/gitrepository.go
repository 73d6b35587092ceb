package kube

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// gitAddress is where a Git URL leads.
type gitAddress struct {
	host string
	port uint16
	ssh  bool
}

var scpForm = regexp.MustCompile(`^[\w.-]+@([\w.-]+):[^/].*$`)

// parseGitURL reads https://host/path, ssh://user@host/path and user@host:path.
func parseGitURL(address string) (gitAddress, error) {
	if match := scpForm.FindStringSubmatch(address); match != nil {
		return gitAddress{match[1], 22, true}, nil
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "https" && parsed.Scheme != "ssh" {
		return gitAddress{}, fmt.Errorf("%q is not https://host/path, ssh://user@host/path or git@host:path", address)
	}
	if _, secret := parsed.User.Password(); secret {
		return gitAddress{}, fmt.Errorf("the URL of the repository at %s holds a password", parsed.Hostname())
	}
	found := gitAddress{host: strings.ToLower(parsed.Hostname()), port: 443, ssh: parsed.Scheme == "ssh"}
	if found.ssh {
		found.port = 22
	}
	if parsed.Port() != "" {
		port, err := strconv.ParseUint(parsed.Port(), 10, 16)
		if err != nil {
			return gitAddress{}, fmt.Errorf("%q is not a port", parsed.Port())
		}
		found.port = uint16(port)
	}
	return found, nil
}

var commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

func checkGitRepository(op *arm.Operation) error {
	if kind := tree.Text(op.Inputs, "sourceKind"); kind != "GitRepository" {
		return arm.BadRequest(InvalidFlux, "%s: sourceKind must be GitRepository, which alone the simulator knows, not %q", op.ID, kind)
	}
	for _, other := range []string{"bucket", "azureBlob"} {
		if tree.At(op.Inputs, other) != nil {
			return arm.BadRequest(InvalidFlux, "%s: %s does not go with sourceKind GitRepository", op.ID, other)
		}
	}
	repository := tree.At(op.Inputs, "gitRepository")
	if _, err := parseGitURL(tree.Text(repository, "url")); err != nil {
		return arm.BadRequest(InvalidFlux, "%s: url of gitRepository: %v", op.ID, err)
	}
	if err := checkSeconds(op, "gitRepository", repository); err != nil {
		return err
	}
	var set []string
	for _, name := range []string{"branch", "tag", "semver", "commit"} {
		if tree.Text(repository, "repositoryRef", name) != "" {
			set = append(set, name)
		}
	}
	// A commit may say on which branch it is, so that less has to be fetched.
	if len(set) != 1 && !slices.Equal(set, []string{"branch", "commit"}) {
		return arm.BadRequest(InvalidFlux, "%s: repositoryRef must have one of branch, tag, semver and commit, not %v", op.ID, set)
	}
	if commit := tree.Text(repository, "repositoryRef", "commit"); commit != "" && !commitHash.MatchString(commit) {
		return arm.BadRequest(InvalidFlux, "%s: commit %q is not a SHA-1 of 40 hexadecimal digits", op.ID, commit)
	}
	return nil
}

// wellKnownHosts are those whose SSH keys Azure's Flux knows (Azure document "GitOps (Flux v2) supported parameters").
var wellKnownHosts = []string{"bitbucket.org", "github.com", "gitlab.com", "ssh.dev.azure.com", "vs-ssh.visualstudio.com"}

// checkGitCredentials checks that the secrets of a repository fit its URL. No message shows a secret.
func checkGitCredentials(op *arm.Operation) error {
	repository := tree.At(op.Inputs, "gitRepository")
	address, err := parseGitURL(tree.Text(repository, "url"))
	if err != nil {
		return arm.BadRequest(InvalidFlux, "%s: url of gitRepository: %v", op.ID, err)
	}
	secrets, _ := tree.At(op.Inputs, "configurationProtectedSettings").(map[string]any)
	decoded := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if name != "sshPrivateKey" && name != "httpsKey" {
			return arm.BadRequest(InvalidFlux, "%s: configurationProtectedSettings of a Git repository are sshPrivateKey and httpsKey, not %q",
				op.ID, name)
		}
		value, _ := secrets[name].(string)
		if decoded[name], err = base64.StdEncoding.DecodeString(value); err != nil || value == "" {
			return arm.BadRequest(InvalidFlux, "%s: %s of configurationProtectedSettings must be base64", op.ID, name)
		}
	}
	for _, name := range []string{"sshKnownHosts", "httpsCACert"} {
		if _, err := base64.StdEncoding.DecodeString(tree.Text(repository, name)); err != nil {
			return arm.BadRequest(InvalidFlux, "%s: %s of gitRepository must be base64", op.ID, name)
		}
	}
	if tree.Text(repository, "localAuthRef") != "" {
		if len(decoded) > 0 || tree.Text(repository, "httpsUser") != "" {
			return arm.BadRequest(InvalidFlux, "%s: localAuthRef excludes other credentials", op.ID)
		}
		return nil
	}
	if address.ssh {
		return checkSSHCredentials(op, address.host, repository, decoded)
	}
	if decoded["sshPrivateKey"] != nil || tree.Text(repository, "sshKnownHosts") != "" {
		return arm.BadRequest(InvalidFlux, "%s: sshPrivateKey and sshKnownHosts are for an SSH URL", op.ID)
	}
	if (tree.Text(repository, "httpsUser") == "") != (decoded["httpsKey"] == nil) {
		return arm.BadRequest(InvalidFlux, "%s: httpsUser of gitRepository and httpsKey of configurationProtectedSettings go together", op.ID)
	}
	return nil
}

// checkSSHCredentials demands a key. Without one Azure would make a pair, and the first sync would fail until an operator has entered
// the public half in the repository.
func checkSSHCredentials(op *arm.Operation, host string, repository any, secrets map[string][]byte) error {
	if secrets["httpsKey"] != nil || tree.Text(repository, "httpsUser") != "" || tree.Text(repository, "httpsCACert") != "" {
		return arm.BadRequest(InvalidFlux, "%s: httpsUser, httpsKey and httpsCACert are for an HTTPS URL", op.ID)
	}
	block, _ := pem.Decode(secrets["sshPrivateKey"])
	if block == nil || !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return arm.BadRequest(InvalidFlux, "%s: an SSH URL needs sshPrivateKey in configurationProtectedSettings, a PEM private key in base64", op.ID)
	}
	// Azure document "GitOps (Flux v2) supported parameters", 2026-06: the key must end with a newline.
	if !bytes.HasSuffix(secrets["sshPrivateKey"], []byte("\n")) {
		return arm.BadRequest(InvalidFlux, "%s: the private key in sshPrivateKey must end with a newline", op.ID)
	}
	if tree.Text(repository, "sshKnownHosts") == "" && !slices.Contains(wellKnownHosts, host) {
		return arm.BadRequest(InvalidFlux, "%s: %s is not a host whose SSH key Flux knows; set sshKnownHosts", op.ID, host)
	}
	return nil
}
