package validate

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failure is one thing that is wrong in a cluster.
type failure struct {
	name  string
	check string
	wrong func(*lab)
	// want is part of the check's details.
	want string
	// also are checks that the same thing makes fail.
	also []string
}

// requireFailures changes one thing at a time: exactly the check for it fails, with a line that names it.
func requireFailures(t *testing.T, failing []failure) {
	t.Helper()
	for _, tt := range failing {
		t.Run(tt.check+" "+tt.name, func(t *testing.T) {
			l := newLab(t)
			tt.wrong(l)
			report, err := l.run()
			require.NoError(t, err)
			found := failures(report)
			assert.ElementsMatch(t, append([]string{tt.check}, tt.also...), slices.Collect(maps.Keys(found)), "%v", found)
			assert.Contains(t, found[tt.check], "failed: ")
			assert.Contains(t, found[tt.check], tt.want)
			assert.NotContains(t, found[tt.check], "\n")
		})
	}
}

// Who or what is on the way to the API server is seen.
func TestAccessFailures(t *testing.T) {
	requireFailures(t, []failure{
		{"public address", "api-private", func(l *lab) { l.options.Resolver = addresses{"10.240.8.4", "20.1.2.3"} },
			"resolves to the public address 20.1.2.3", nil},
		{"other network", "api-private", func(l *lab) { l.options.Resolver = addresses{"10.241.8.4"} },
			"10.241.8.4, outside the stamp's 10.240.0.0/16", nil},
		{"literal address", "api-private", func(l *lab) { l.config.Host = "https://20.1.2.3" }, "public address 20.1.2.3", nil},
		{"public name", "api-private", func(l *lab) { l.config.Host = "https://aks-test.hcp.eastus2.azmk8s.io:443" },
			"aks-test.hcp.eastus2.azmk8s.io is a name in public DNS", nil},
		{"no address", "api-private", func(l *lab) { l.options.Resolver = addresses{} }, "does not resolve", nil},
		{"no host", "api-private", func(l *lab) { l.config.Host = "https://" }, "no host name", nil},
		{"certificate", "api-sign-in", func(l *lab) { l.config.CertData = []byte("x") }, "has a client certificate", nil},
		{"token", "api-sign-in", func(l *lab) { l.config.BearerToken = "x" }, "has a token", nil},
		{"password", "api-sign-in", func(l *lab) { l.config.Username = "x" }, "has a password", nil},
		{"no command", "api-sign-in", func(l *lab) { l.config.ExecProvider = nil }, "runs no sign-in command", nil},
		{"local administrator", "api-sign-in", func(l *lab) { l.user.Groups = []string{localAdministrators} },
			"ops@contoso.com is in system:masters", nil},
	})
}

// Nodes that are missing, misplaced, outdated or without their labels are named.
func TestNodeFailures(t *testing.T) {
	const node = "aks-npinscope01-0"
	taint := func(key string) []any { return []any{map[string]any{"key": key, "effect": "NoSchedule"}} }
	requireFailures(t, []failure{
		{"too few", "nodes-ready", func(l *lab) { l.remove("Node", "aks-npinscope01-1") }, "pool npinscope01 has 1 nodes, not 2 to 3",
			[]string{"daemonsets"}},
		{"too many", "nodes-ready", func(l *lab) { l.expected.NodePools[1].MaxCount, l.expected.NodePools[1].MinCount = 1, 1 },
			"pool npinscope01 has 2 nodes, not 1 to 1", nil},
		{"unready", "nodes-ready", func(l *lab) {
			l.set("Node", node, "status.conditions", []any{map[string]any{"type": "Ready", "status": "False", "message": "no disk"}})
		}, node + " of pool npinscope01 is not ready: no disk", nil},
		{"silent", "nodes-ready", func(l *lab) { l.set("Node", node, "status.conditions", []any{}) }, "has not reported yet", nil},
		{"cordoned", "nodes-ready", func(l *lab) { l.set("Node", node, "spec.unschedulable", true) },
			node + " of pool npinscope01 is cordoned", nil},
		{"unknown pool", "nodes-ready", func(l *lab) { l.add("v1", "Node", "stranger", nil) }, `1 nodes are in pool ""`,
			[]string{"daemonsets", "nodes-version"}},
		{"one zone", "nodes-zones", func(l *lab) { l.label("Node", "aks-npinscope01-1", labelZone, "eastus2-1") },
			"pool npinscope01 uses 1 zones, not 2", nil},
		{"no zone", "nodes-zones", func(l *lab) { l.label("Node", "aks-npsystem-1", labelZone, "0") },
			`node aks-npsystem-1 is in zone "0", none of 1, 2, 3`, nil},
		{"other minor", "nodes-version", func(l *lab) { l.set("Node", node, "status.nodeInfo.kubeletVersion", "v1.34.9") },
			node + " runs v1.34.9, not 1.35", nil},
		{"other patch", "nodes-version", func(l *lab) { l.set("Node", node, "status.nodeInfo.kubeletVersion", "v1.35.3") },
			"nodes run different versions: v1.35.2, v1.35.3", nil},
		{"other scope", "nodes-scope", func(l *lab) { l.label("Node", node, labelScope, "out-of-scope") },
			node + ` of pool npinscope01 has the label pci-scope=out-of-scope, not "in-scope"`, []string{"daemonsets"}},
		{"open system pool", "nodes-scope", func(l *lab) { l.set("Node", "aks-npsystem-0", "spec.taints", taint("other")) },
			"aks-npsystem-0 of pool npsystem lacks the taint CriticalAddonsOnly", nil},
	})
	requirePassed(t, "nodes-ready", func(l *lab) {
		l.set("Node", node, "spec.unschedulable", true)
		l.set("Node", node, "spec.taints", taint(autoscalerTaints[0]))
	})
}

// requirePassed changes something with which a check still passes.
func requirePassed(t *testing.T, check string, change func(*lab)) {
	t.Helper()
	l := newLab(t)
	change(l)
	report, err := l.run(check)
	require.NoError(t, err)
	assert.Empty(t, failures(report))
}

// Without zones there is nothing to be spread over.
func TestNoZones(t *testing.T) {
	l := newLab(t)
	for i := range l.expected.NodePools {
		l.expected.NodePools[i].Zones = nil
	}
	report, err := l.run("nodes-zones")
	require.NoError(t, err)
	assert.Equal(t, "skipped: no zones are configured", failures(report)["nodes-zones"])
}

// Namespaces that are missing, going, or without their pod security standard are named; more of them is no failure.
func TestNamespaceFailures(t *testing.T) {
	requireFailures(t, []failure{
		{"missing", "namespaces", func(l *lab) { l.remove("Namespace", "cluster-baseline-settings") },
			"namespace cluster-baseline-settings is missing", []string{"manifests-present"}},
		{"missing system", "namespaces", func(l *lab) { l.remove("Namespace", "gatekeeper-system") },
			"namespace gatekeeper-system is missing", nil},
		{"going", "namespaces", func(l *lab) { l.set("Namespace", "a0005-i", "status.phase", "Terminating") },
			"namespace a0005-i is Terminating", nil},
		{"other standard", "pod-security", func(l *lab) {
			l.label("Namespace", "a0005-i", labelsPodSecurity+"enforce", "privileged")
		}, "Namespace a0005-i has pod-security.kubernetes.io/enforce=privileged, not restricted", nil},
	})
	l := newLab(t)
	l.add("v1", "Namespace", "team-x", map[string]any{"status": map[string]any{"phase": "Active"}})
	report, err := l.run("namespaces")
	require.NoError(t, err)
	assert.Contains(t, report.Checks[0].Details, "besides team-x")
	assert.Equal(t, Passed, report.Checks[0].Result)
}

// A policy that is not there, or does not refuse what it must, is named.
func TestPolicyFailures(t *testing.T) {
	accept := func(wanted string) func(*lab) {
		return func(l *lab) { l.refuse = except(wanted, nil) }
	}
	requireFailures(t, []failure{
		{"no Gatekeeper", "constraint-templates", func(l *lab) { l.removeKind("ConstraintTemplate") }, "no constraint template",
			[]string{"restricted-initiative"}},
		{"one missing", "constraint-templates", func(l *lab) { l.remove("ConstraintTemplate", "k8sazurev1blockdefault") },
			"17 templates, but none for block-default-namespace", nil},
		{"one of the initiative", "constraint-templates", func(l *lab) { l.remove("ConstraintTemplate", "k8sazurev3noprivilege") },
			"none for container-no-privilege.", []string{"restricted-initiative"}},
		{"no constraint", "restricted-initiative", func(l *lab) {
			l.remove("K8sAzureAllowedSeccomp", "azurepolicy-k8sazureallowedseccomp")
		}, "k8sazureallowedseccomp has no constraint", nil},
		{"images", "policies-enforced", accept("allowedimages"), "an image of docker.io is accepted", nil},
		{"default", "policies-enforced", accept("blockdefault"), "a pod in default is accepted", nil},
		{"load balancers", "policies-enforced", accept("loadbalancer"), "a public load balancer is accepted", nil},
		{"ingress", "policies-enforced", accept("https"), "an ingress that allows HTTP is accepted", nil},
		{"automount", "policies-enforced", accept("automount"), "a pod with API credentials is accepted", nil},
		{"other policy", "policies-enforced", func(l *lab) {
			l.refuse = except("automount", gatekeeper("k8sazurev1podenforcelabels", "Label missing"))
		}, "a pod with API credentials is refused by another policy: admission webhook", nil},
		{"quota only", "policies-enforced", func(l *lab) { l.refuse = except("blockdefault", exceededQuota) },
			"a pod in default is refused, but by no policy: pods", nil},
		{"no permission", "policies-enforced", func(l *lab) { l.refuse = except("allowedimages", noPermission) },
			"not allowed: try an image of docker.io: pods is forbidden", nil},
	})
	requirePassed(t, "policies-enforced", func(l *lab) { l.refuse = except("https", byAdmission) })
}
