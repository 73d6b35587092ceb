package config

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/crypto/ssh"
)

// Bootstrap configures how Flux gets into every cluster, and what it follows.
type Bootstrap struct {
	// Mode is ModeFlux, ModeManifests or ModeNone.
	Mode string
	// Login is how kubelogin signs in to the cluster in ModeManifests.
	Login string
	// Repository is what Flux follows.
	Repository Repository
	// Variables are values for the manifests in addition to those of the platform.
	Variables map[string]string
	// WaitMinutes is how long an update waits until the manifests are applied and everything in them is ready.
	WaitMinutes int
	// Seconds between two fetches of the repository, between two applications, and between retries after a failure.
	SourceIntervalSeconds, SyncIntervalSeconds, RetryIntervalSeconds int
	// Seconds that one fetch, and one application, may take.
	SourceTimeoutSeconds, SyncTimeoutSeconds int
}

// Repository is a Git repository and how to sign in to it.
type Repository struct {
	// URL is https://host/path, or ssh://user@host/path for a repository that is read with a key.
	URL string
	// Branch is what is followed, Path the directory with the manifests in it, from ./ on.
	Branch, Path string
	// HTTPSUser and HTTPSToken sign in to a private repository over HTTPS; both or neither are set.
	HTTPSUser  string
	HTTPSToken Secret
	// SSHPrivateKey signs in over SSH (PEM, without passphrase) and ends with one newline; SSHKnownHosts are lines of a known_hosts file with the host's keys.
	SSHPrivateKey Secret
	SSHKnownHosts string
}

// Modes of the bootstrap.
const (
	ModeFlux      = "flux"
	ModeManifests = "manifests"
	ModeNone      = "none"
)

// kubelogins are the non-interactive ways in which kubelogin gets a token from Entra.
var kubelogins = []string{"azurecli", "workloadidentity", "msi", "spn"}

const sshScheme = "ssh"

// minWaitMinutes is the shortest wait that makes sense for an update.
const minWaitMinutes = 5

// Host is the host name of the repository.
func (r Repository) Host() string {
	parsed, err := url.Parse(r.URL)
	if err != nil {
		return "" // Load refuses such a repository
	}
	return parsed.Hostname()
}

// SSH reports whether the repository is read over SSH.
func (r Repository) SSH() bool { return strings.HasPrefix(r.URL, sshScheme+"://") }

// Port is the port of the repository's host: 22 for SSH, 443 for HTTPS.
func (r Repository) Port() string {
	if r.SSH() {
		return "22"
	}
	return "443"
}

var (
	// A host with a dot: Azure Firewall filters by name.
	repositoryURL = regexp.MustCompile(
		`^(https://|ssh://[A-Za-z0-9_][A-Za-z0-9_.-]*@)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}(/[A-Za-z0-9._~%-]+)+$`)
	branchName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9_-])?$`)
	repositoryPath = regexp.MustCompile(`^\./[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)
)

func (r *reader) bootstrap() Bootstrap {
	return Bootstrap{
		Mode:  r.oneOf("bootstrap.mode", ModeFlux, ModeManifests, ModeNone),
		Login: r.oneOf("bootstrap.login", kubelogins...),
		Repository: Repository{
			URL: r.matching("bootstrap.repositoryUrl", repositoryURL,
				"the URL of a Git repository as https://host/path or ssh://user@host/path, without port, user of HTTPS or password"),
			Branch:        r.branch("bootstrap.branch"),
			Path:          r.matching("bootstrap.path", repositoryPath, "a directory of the repository such as ./cluster-manifests"),
			HTTPSUser:     r.text("bootstrap.httpsUser"),
			HTTPSToken:    r.token("bootstrap.httpsToken"),
			SSHPrivateKey: endedByNewline(r.secret("bootstrap.sshPrivateKey")),
			SSHKnownHosts: r.text("bootstrap.sshKnownHosts"),
		},
		Variables:             r.variables("bootstrap.variables"),
		WaitMinutes:           r.integer("bootstrap.waitMinutes", minWaitMinutes, 120),
		SourceIntervalSeconds: r.integer("bootstrap.sourceIntervalSeconds", 60, 86400),
		SourceTimeoutSeconds:  r.integer("bootstrap.sourceTimeoutSeconds", 20, 3600),
		SyncIntervalSeconds:   r.integer("bootstrap.syncIntervalSeconds", 60, 86400),
		SyncTimeoutSeconds:    r.integer("bootstrap.syncTimeoutSeconds", 60, 3600),
		RetryIntervalSeconds:  r.integer("bootstrap.retryIntervalSeconds", 60, 86400),
	}
}

// endedByNewline is a text with exactly one newline at its end, as Azure wants it of a key (Azure document "GitOps (Flux v2) supported
// parameters"). "pulumi config set" takes the last one of its input away.
func endedByNewline(text Secret) Secret {
	if !text.IsSet() {
		return text
	}
	return NewSecret(strings.TrimRightFunc(text.Reveal(), unicode.IsSpace) + "\n")
}

// variableName is what Flux substitutes (Flux document "Kustomizations").
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (r *reader) variables(key string) map[string]string {
	values := r.object(key)
	for _, name := range sortedKeys(values) {
		if !variableName.MatchString(name) {
			r.reject(key, name, "names of letters, digits and _ that do not start with a digit")
		}
	}
	return values
}

// branch refuses the names that Git refuses (git check-ref-format).
func (r *reader) branch(key string) string {
	value := r.text(key)
	if !branchName.MatchString(value) || strings.Contains(value, "..") || strings.Contains(value, "//") || strings.HasSuffix(value, ".lock") {
		r.reject(key, value, "the name of a branch, such as main")
	}
	return value
}

// checkBootstrap checks the credentials of the repository against its URL, and times against each other.
func (r *reader) checkBootstrap(bootstrap Bootstrap) {
	repository := bootstrap.Repository
	// Otherwise the update gives up before Flux has reported the reason.
	once := bootstrap.SourceTimeoutSeconds + bootstrap.SyncTimeoutSeconds
	if bootstrap.WaitMinutes >= minWaitMinutes && bootstrap.WaitMinutes*60 < once {
		r.reject("bootstrap.waitMinutes", fmt.Sprint(bootstrap.WaitMinutes), fmt.Sprintf(
			"at least bootstrap.sourceTimeoutSeconds and bootstrap.syncTimeoutSeconds together, %d minutes", (once+59)/60))
	}
	if (repository.HTTPSUser == "") == repository.HTTPSToken.IsSet() {
		r.reject("bootstrap.httpsToken", hidden, "a token together with bootstrap.httpsUser, or neither")
	}
	if repository.HTTPSToken.IsSet() && repository.SSH() {
		r.reject("bootstrap.httpsToken", hidden, "no token, since bootstrap.repositoryUrl is read over SSH")
	}
	if !repository.SSH() {
		r.checkNoSSH(repository)
		return
	}
	if _, err := ssh.ParseRawPrivateKey([]byte(repository.SSHPrivateKey.Reveal())); err != nil {
		r.reject("bootstrap.sshPrivateKey", repository.SSHPrivateKey.Reveal(),
			"a private SSH key in PEM form without passphrase, since bootstrap.repositoryUrl is read over SSH")
	}
	// Without the host's key, another machine could pose as the host and serve other manifests.
	if !knowsHost(repository.SSHKnownHosts, repository.Host()) {
		r.reject("bootstrap.sshKnownHosts", repository.SSHKnownHosts,
			"lines of a known_hosts file, one of them for "+repository.Host()+", as ssh-keyscan prints them")
	}
}

func (r *reader) checkNoSSH(repository Repository) {
	if repository.SSHPrivateKey.IsSet() {
		r.reject("bootstrap.sshPrivateKey", hidden, "no key, since bootstrap.repositoryUrl is read over HTTPS")
	}
	if repository.SSHKnownHosts != "" {
		r.reject("bootstrap.sshKnownHosts", repository.SSHKnownHosts, "no hosts, since bootstrap.repositoryUrl is read over HTTPS")
	}
}

// knowsHost reports whether lines of a known_hosts file are all well-formed, and contain a key of a host under its plain name.
func knowsHost(lines, host string) bool {
	rest, known := []byte(lines), false
	for {
		marker, hosts, _, _, remaining, err := ssh.ParseKnownHosts(rest)
		if errors.Is(err, io.EOF) {
			return known
		}
		if err != nil {
			return false
		}
		// A marked line revokes a key or names an authority; Flux ignores both.
		known = known || marker == "" && slices.Contains(hosts, host)
		rest = remaining
	}
}
