package validate

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Objects of Gatekeeper, by which Azure Policy judges what comes into the cluster.
var (
	templatesGroup       = schema.GroupVersion{Group: "templates.gatekeeper.sh", Version: "v1"}
	templatesResource    = templatesGroup.WithResource("constrainttemplates")
	constraintsResources = schema.GroupVersion{Group: "constraints.gatekeeper.sh", Version: "v1beta1"}
)

const policyHint = "Azure Policy syncs every 15 minutes: look at the assignments, and at the logs of azure-policy in kube-system"

// templateName is what names of Azure's templates look like: k8sazurev3noprivilege, or k8sazurevolumetypes of older ones.
var templateName = regexp.MustCompile(`^k8sazure(?:v\d+)?(.+)$`)

// template is what a policy judges by. Names in the cluster follow the template and its version, which Azure changes at will;
// so pattern looks only for what is particular in the name, after the prefix.
type template struct {
	policy  string
	pattern *regexp.Regexp
}

// initiativeTemplates are those of the restricted initiative (paths in Azure's policy store, 2026-04).
var initiativeTemplates = []template{
	{"container-no-privilege", regexp.MustCompile(`noprivileged?$`)},
	{"container-no-privilege-escalation", regexp.MustCompile(`privilegeescalation`)},
	{"host-network-ports", regexp.MustCompile(`hostnetwork`)},
	{"block-host-namespace", regexp.MustCompile(`hostnamespace`)},
	{"container-allowed-capabilities", regexp.MustCompile(`allowedcapabilities`)},
	{"allowed-volume-types", regexp.MustCompile(`volumetypes`)},
	{"allowed-users-groups", regexp.MustCompile(`allowedusers`)},
	{"allowed-seccomp-profiles", regexp.MustCompile(`seccomp`)},
}

// policyTemplates are those of the ten single policies.
var policyTemplates = []template{
	{"ingress-https-only", regexp.MustCompile(`httpsonly`)},
	{"load-balancer-no-public-ips", regexp.MustCompile(`loadbalancer`)},
	{"block-automount-token", regexp.MustCompile(`automounttoken`)},
	{"pod-enforce-labels", regexp.MustCompile(`enforcelabels`)},
	{"allowed-external-ips", regexp.MustCompile(`externalips`)},
	{"service-allowed-ports", regexp.MustCompile(`serviceallowedports`)},
	{"read-only-root-filesystem", regexp.MustCompile(`readonlyroot`)},
	{"block-default-namespace", regexp.MustCompile(`blockdefault|defaultnamespace`)},
	{"container-resource-limits", regexp.MustCompile(`containerlimits|resourcelimits`)},
	{"container-allowed-images", regexp.MustCompile(`allowedimages`)},
}

// templates are the names of Azure's constraint templates in the cluster.
func (s *subject) templates(ctx context.Context) ([]string, error) {
	list, err := s.Dynamic.Resource(templatesResource).List(ctx, metav1.ListOptions{})
	// Without Gatekeeper there is not even the kind.
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, item := range list.Items {
		if templateName.MatchString(item.GetName()) {
			names = append(names, item.GetName())
		}
	}
	return names, nil
}

// among are the names of this template's versions.
func (t template) among(names []string) []string {
	var found []string
	for _, name := range names {
		if match := templateName.FindStringSubmatch(name); match != nil && t.pattern.MatchString(match[1]) {
			found = append(found, name)
		}
	}
	return found
}

func checkTemplates(ctx context.Context, s *subject) (verdict, error) {
	names, err := s.templates(ctx)
	if err != nil {
		return verdict{}, err
	}
	if len(names) == 0 {
		return failed("no constraint template of Azure Policy. %s", policyHint), nil
	}
	var missing []string
	for _, t := range append(append([]template{}, initiativeTemplates...), policyTemplates...) {
		if len(t.among(names)) == 0 {
			missing = append(missing, t.policy)
		}
	}
	if len(missing) > 0 {
		return failed("%d templates, but none for %s. %s", len(names), strings.Join(missing, ", "), policyHint), nil
	}
	return passed("%d templates, among them %d of the restricted initiative and %d of single policies",
		len(names), len(initiativeTemplates), len(policyTemplates)), nil
}

func checkInitiative(ctx context.Context, s *subject) (verdict, error) {
	names, err := s.templates(ctx)
	if err != nil {
		return verdict{}, err
	}
	var wrong problems
	total := 0
	for _, t := range initiativeTemplates {
		found := t.among(names)
		if len(found) == 0 {
			wrong.add("no template for %s", t.policy)
			continue
		}
		count, err := s.constraints(ctx, found)
		if err != nil {
			return verdict{}, err
		}
		if count == 0 {
			wrong.add("%s has no constraint", strings.Join(found, ", "))
		}
		total += count
	}
	return wrong.verdict(policyHint, "%d templates with %d constraints", len(initiativeTemplates), total), nil
}

// constraints counts the constraints of templates. Gatekeeper makes a kind of each template and calls its resource like the
// template.
func (s *subject) constraints(ctx context.Context, templates []string) (int, error) {
	count := 0
	for _, name := range templates {
		list, err := s.Dynamic.Resource(constraintsResources.WithResource(name)).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("constraints of %s: %w", name, err)
		}
		count += len(list.Items)
	}
	return count, nil
}
