package clustermanifests_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// documented are the rows of the first table of a section of the document on security, each as its cells.
func documented(t *testing.T, heading string) [][]string {
	t.Helper()
	content, err := os.ReadFile("../docs/security.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(content), "\n## "+heading+"\n")
	require.True(t, found, "there is no section %q", heading)
	_, table, found := strings.Cut(section, "|---|")
	require.True(t, found, "section %q has no table", heading)
	var rows [][]string
	for _, line := range strings.Split(table, "\n")[1:] {
		if !strings.HasPrefix(line, "| ") {
			break
		}
		rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
	}
	return rows
}

func quoted(name string) string { return "`" + name + "`" }

// An auditor reads of every namespace which pod security standard it enforces.
func TestSecurityDocumentListsNamespaces(t *testing.T) {
	want := map[string]string{quoted("kube-system"): "none"}
	for _, namespace := range all[corev1.Namespace](t, "Namespace") {
		level, enforced := namespace.Labels["pod-security.kubernetes.io/enforce"]
		if !enforced {
			level = namespace.Labels["pod-security.kubernetes.io/warn"] + ", not enforced"
		}
		want[quoted(namespace.Name)] = level
	}
	found := map[string]string{}
	for _, cells := range documented(t, "Namespaces") {
		found[cells[0]] = cells[1]
	}
	assert.Empty(t, cmp.Diff(want, found))
}

// An auditor reads every network policy, as it is deployed, and no other.
func TestSecurityDocumentListsNetworkPolicies(t *testing.T) {
	var want, found []string
	for _, policy := range all[networkingv1.NetworkPolicy](t, policyKind) {
		want = append(want, policyRow(policy))
	}
	for _, cells := range documented(t, "Network policies") {
		found = append(found, strings.Join(cells, " | "))
	}
	slices.Sort(want)
	slices.Sort(found)
	assert.Empty(t, cmp.Diff(want, found))
}

// policyRow is a policy as a row of the document: namespace, name, pods, what may come in, what may go out. A direction that it is not
// about has a dash.
func policyRow(policy *networkingv1.NetworkPolicy) string {
	about := func(direction networkingv1.PolicyType, rules []string) string {
		switch {
		case !slices.Contains(policy.Spec.PolicyTypes, direction):
			return "-"
		case len(rules) == 0:
			return "nothing"
		}
		return strings.Join(rules, "; ")
	}
	var in, out []string
	for _, rule := range policy.Spec.Ingress {
		in = append(in, portList(rule.Ports)+" from "+peerList(rule.From))
	}
	for _, rule := range policy.Spec.Egress {
		out = append(out, portList(rule.Ports)+" to "+peerList(rule.To))
	}
	return strings.Join([]string{
		quoted(policy.Namespace), quoted(policy.Name), podsOf(&policy.Spec.PodSelector),
		about(networkingv1.PolicyTypeIngress, in), about(networkingv1.PolicyTypeEgress, out),
	}, " | ")
}

func podsOf(selector *metav1.LabelSelector) string {
	if len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
		return "all"
	}
	return quoted(metav1.FormatLabelSelector(selector))
}

func portList(ports []networkingv1.NetworkPolicyPort) string {
	if len(ports) == 0 {
		return "everything"
	}
	var listed []string
	for _, port := range ports {
		listed = append(listed, fmt.Sprintf("%s %s", *port.Protocol, port.Port))
	}
	// The port of the repository may be that of the API server.
	return strings.Join(slices.Compact(listed), ", ")
}

// ownName is the label by which policies find a namespace.
var ownName = regexp.MustCompile(`^kubernetes\.io/metadata\.name=(.*)$`)

func peerList(peers []networkingv1.NetworkPolicyPeer) string {
	if len(peers) == 0 {
		return "anywhere"
	}
	var listed []string
	for _, peer := range peers {
		switch {
		case peer.IPBlock != nil:
			listed = append(listed, strings.Join(append([]string{peer.IPBlock.CIDR}, peer.IPBlock.Except...), " without "))
		case peer.NamespaceSelector == nil:
			listed = append(listed, podsOf(peer.PodSelector))
		default:
			namespace := ownName.ReplaceAllString(metav1.FormatLabelSelector(peer.NamespaceSelector), "$1")
			pods := "all"
			if peer.PodSelector != nil {
				pods = podsOf(peer.PodSelector)
			}
			listed = append(listed, pods+" of "+quoted(namespace))
		}
	}
	return strings.Join(listed, ", ")
}
