// Package validate checks a finished deployment from inside its network, with the user's own kubeconfig: what an operator would
// look at by hand on a jump box. It reads, and tries what policies must refuse without creating anything.
package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/manifests"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Defaults of Options.
const (
	DefaultTimeout      = 2 * time.Minute
	DefaultCheckTimeout = 30 * time.Second
)

// Resolver looks up addresses; *net.Resolver is one.
type Resolver interface {
	// LookupNetIP returns the addresses of host; network is "ip".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Dial opens a connection; the method DialContext of *net.Dialer is one.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Options configure Run.
type Options struct {
	// Manifests hold the kustomization that Flux applies, in Directory; empty is the root.
	Manifests fs.FS
	Directory string
	// Revision is the commit that has to be there, in full or from its beginning; empty accepts what Flux has.
	Revision string
	// Only are ids of the checks to run; empty runs all.
	Only []string
	// Timeout bounds all checks together, and before them the sign-in. CheckTimeout bounds each. 0 is the default.
	Timeout, CheckTimeout time.Duration
	// Resolver and Dial reach the network; nil is that of the machine.
	Resolver Resolver
	Dial     Dial
}

func (o Options) withDefaults() Options {
	if o.Directory == "" {
		o.Directory = "."
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.CheckTimeout == 0 {
		o.CheckTimeout = DefaultCheckTimeout
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	return o
}

// subject is what checks judge.
type subject struct {
	*Cluster
	expected *Expected
	options  Options
	user     authenticationv1.UserInfo
	// objects are what the manifests say should be there. folders are the same by the folder that Flux applies.
	objects []*unstructured.Unstructured
	folders []folder
}

// folder is a folder of the repository that Flux applies.
type folder struct {
	path    string
	objects []*unstructured.Unstructured
}

// Run runs the checks one after the other. Failed checks are in the report; an error says that nothing could be checked: an
// unknown check, manifests without values, no connection, no sign-in.
func Run(ctx context.Context, cluster *Cluster, expected *Expected, options Options) (*Report, error) {
	options = options.withDefaults()
	chosen, err := choose(options.Only)
	if err != nil {
		return nil, err
	}
	if err := expected.validate(); err != nil {
		return nil, fmt.Errorf("expectations: %w", err)
	}
	folders, err := render(expected, options)
	if err != nil {
		return nil, fmt.Errorf("what should be in the cluster: %w", err)
	}
	user, err := signIn(ctx, cluster, options.Timeout)
	if err != nil {
		return nil, err
	}
	s := &subject{Cluster: cluster, expected: expected, options: options, user: user, folders: folders}
	for _, f := range folders {
		s.objects = append(s.objects, f.objects...)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, options.Timeout, fmt.Errorf("%s are over", options.Timeout))
	defer cancel()
	report := &Report{Stamp: expected.Stamp, Cluster: expected.ClusterName, Checks: []Outcome{}}
	for _, c := range chosen {
		v, err := c.perform(ctx, s)
		if err != nil {
			return nil, err
		}
		report.add(c, v)
	}
	return report, nil
}

// render builds what Flux applies: what every cluster has, beside it Falco, and the folder of virtual nodes where there are any.
func render(expected *Expected, options Options) ([]folder, error) {
	values := map[string]map[string]string{}
	directories := []string{clustermanifests.UnifiedDirectory, clustermanifests.FalcoDirectory}
	for _, directory := range directories {
		values[directory] = expected.GitOps.Substitutions
	}
	if expected.VirtualNodes.Enabled {
		directory := expected.virtualNodesDirectory()
		directories = append(directories, directory)
		values[directory] = maps.Clone(expected.GitOps.Substitutions)
		maps.Copy(values[directory], expected.VirtualNodes.Substitutions)
	}
	var folders []folder
	for _, directory := range directories {
		objects, err := manifests.Render(options.Manifests, path.Join(options.Directory, directory), values[directory])
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder{path.Join(expected.GitOps.Path, directory), objects})
	}
	return folders, nil
}

// choose returns checks by their ids in the order of the table.
func choose(ids []string) ([]check, error) {
	if len(ids) == 0 {
		return checks, nil
	}
	var chosen []check
	unknown := slices.Clone(ids)
	for _, c := range checks {
		if slices.Contains(ids, c.ID) {
			chosen = append(chosen, c)
			unknown = slices.DeleteFunc(unknown, func(id string) bool { return id == c.ID })
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("no check %s: --list names them all", strings.Join(unknown, ", "))
	}
	return chosen, nil
}

// signIn asks the API server who the user is: any user who can sign in may ask, so it also shows whether there is a
// connection.
func signIn(ctx context.Context, cluster *Cluster, timeout time.Duration) (authenticationv1.UserInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	reviews := cluster.Typed.AuthenticationV1().SelfSubjectReviews()
	review, err := reviews.Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	switch {
	case err == nil:
		return review.Status.UserInfo, nil
	case apierrors.IsUnauthorized(err):
		return authenticationv1.UserInfo{}, fmt.Errorf("sign in at %s, which refuses this user: %w", cluster.Config.Host, err)
	case isStatus(err):
		return authenticationv1.UserInfo{}, fmt.Errorf("ask %s who the user is: %w", cluster.Config.Host, err)
	}
	return authenticationv1.UserInfo{}, fmt.Errorf(
		"no connection to %s: run this on a jump box or agent inside the network: %w", cluster.Config.Host, err)
}

// isStatus reports whether an error is an answer of the API server.
func isStatus(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}
