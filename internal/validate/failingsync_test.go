package validate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What Flux lacks, has too much of, or has not done yet is named.
func TestFluxFailures(t *testing.T) {
	const source, sync = "flux-system/bootstrap", "flux-system/bootstrap-unified"
	const falco, virtual = "flux-system/bootstrap-falco", "flux-system/bootstrap-virtual-nodes"
	applied := func(l *lab, revision string) {
		for _, name := range []string{sync, falco, virtual} {
			l.set("Kustomization", name, "status.lastAppliedRevision", revision)
		}
	}
	unready := []any{map[string]any{"type": "Ready", "status": "False", "message": "no route\nto host"}}
	set := func(kind, name, path string, value any) func(*lab) {
		return func(l *lab) { l.set(kind, name, path, value) }
	}
	requireFailures(t, []failure{
		{"missing controller", "flux-controllers", func(l *lab) { l.remove("Deployment", "flux-system/source-controller") },
			"deployment source-controller is missing", nil},
		{"missing agent", "flux-controllers", func(l *lab) { l.remove("Deployment", "flux-system/fluxconfig-agent") },
			"deployment fluxconfig-agent is missing", nil},
		{"down", "flux-controllers", set("Deployment", "flux-system/kustomize-controller", "status.conditions",
			[]any{map[string]any{"type": "Available", "status": "False"}}), "deployment kustomize-controller is not available", nil},
		{"unneeded", "flux-absent", func(l *lab) { l.add("apps/v1", "Deployment", "flux-system/helm-controller", nil) },
			"deployment helm-controller is there", nil},
		{"no source", "git-repository", func(l *lab) { l.remove("GitRepository", source) },
			"GitRepository flux-system/bootstrap is missing", nil},
		{"no kind of source", "git-repository", func(l *lab) { l.unknown = append(l.unknown, "GitRepository") },
			"GitRepository flux-system/bootstrap is missing", nil},
		{"unready source", "git-repository", set("GitRepository", source, "status.conditions", unready),
			"it is not ready: no route to host", nil},
		{"suspended source", "git-repository", set("GitRepository", source, "spec.suspend", true), "it is suspended", nil},
		{"old source", "git-repository", set("GitRepository", source, "metadata.generation", int64(9)),
			"Flux has seen generation 2 of 9", nil},
		{"other repository", "git-repository", set("GitRepository", source, "spec.url", "https://github.com/mallory/platform"),
			"its url is https://github.com/mallory/platform, not https://github.com/contoso/platform", nil},
		{"other branch", "git-repository", set("GitRepository", source, "spec.ref.branch", "dev"),
			`its branch is "dev", not "main"`, nil},
		{"other commit", "git-repository", func(l *lab) { l.options.Revision = "fedcba" },
			"it is at commit " + commit + ", not fedcba", nil},
		{"revision of a tag", "git-repository", func(l *lab) {
			l.set("GitRepository", source, "status.artifact.revision", "v1@sha1:"+commit)
			applied(l, "v1@sha1:"+commit)
		}, "its revision v1@sha1:" + commit + " is none of branch main", nil},
		{"nothing fetched", "git-repository", func(l *lab) {
			l.set("GitRepository", source, "status.artifact", map[string]any{})
			applied(l, "")
		}, "it has fetched nothing yet", nil},
		{"no kustomization", "kustomization", func(l *lab) { l.remove("Kustomization", sync) },
			"Kustomization flux-system/bootstrap-unified is missing", nil},
		{"no Falco", "kustomization", func(l *lab) { l.remove("Kustomization", falco) },
			"no Kustomization applies cluster-manifests/falco-system", nil},
		{"Falco is not applied", "kustomization", set("Kustomization", falco, "status.conditions", unready),
			"bootstrap-falco: it is not ready: no route to host", nil},
		{"unready sync", "kustomization", set("Kustomization", sync, "status.conditions", unready),
			"it is not ready: no route to host", nil},
		{"no condition", "kustomization", set("Kustomization", sync, "status.conditions", []any{}), "no condition Ready", nil},
		{"suspended sync", "kustomization", set("Kustomization", sync, "spec.suspend", true), "it is suspended", nil},
		{"old sync", "kustomization", set("Kustomization", sync, "metadata.generation", int64(4)),
			"Flux has seen generation 3 of 4", nil},
		{"other path", "kustomization", set("Kustomization", sync, "spec.path", "./else"), "its path is ./else", nil},
		{"behind", "kustomization", set("Kustomization", sync, "status.lastAppliedRevision", "main@sha1:0"),
			`it has applied "main@sha1:0", the source is at "main@sha1:` + commit, nil},
		{"not applied", "kustomization", set("Kustomization", sync, "status.inventory.entries", []any{
			map[string]any{"id": "_a0005-i__Namespace"},
		}), "ClusterRole platform:viewer is not in its inventory", nil},
	})
}

// Objects are looked for in Flux's inventory under the names that Flux gives them.
func TestInventoryID(t *testing.T) {
	l := newLab(t)
	assert.Equal(t, "_platform__viewer_rbac.authorization.k8s.io_ClusterRole", inventoryID(l.find("ClusterRole", "platform:viewer")))
	assert.Equal(t, "_ingress__Namespace", inventoryID(l.find("Namespace", "ingress")))
	assert.Equal(t, "ingress_traefik_apps_Deployment", inventoryID(l.find("Deployment", "ingress/traefik")))
}

// Objects of the manifests that are missing or different are named.
func TestObjectFailures(t *testing.T) {
	requireFailures(t, []failure{
		{"missing", "manifests-present", func(l *lab) { l.remove("ClusterRole", "platform:viewer") },
			"ClusterRole platform:viewer is missing", nil},
		{"missing kind", "manifests-present", func(l *lab) { l.removeKind("SecretProviderClass") },
			"SecretProviderClass ingress/ingress-tls: the cluster lacks kind SecretProviderClass.secrets-store.csi.x-k8s.io",
			[]string{"secret-provider-class"}},
		{"quota missing", "quotas", func(l *lab) { l.remove("ResourceQuota", "a0005-i/default") },
			"ResourceQuota a0005-i/default is missing", []string{"manifests-present"}},
		{"quota higher", "quotas", func(l *lab) {
			l.set("ResourceQuota", "a0005-i/default", "spec.hard", map[string]any{
				"requests.cpu": "0.5", "pods": "11", "services.loadbalancers": "0",
			})
		}, "ResourceQuota a0005-i/default has pods=11, not 10", nil},
		{"quota lower", "quotas", func(l *lab) {
			l.set("ResourceQuota", "a0005-i/default", "spec.hard", map[string]any{
				"requests.cpu": "0.5", "pods": "10", "services.loadbalancers": "0", "secrets": "1",
			})
		}, "ResourceQuota a0005-i/default limits secrets besides", nil},
		{"quota open", "quotas", func(l *lab) {
			l.set("ResourceQuota", "a0005-i/default", "spec.hard", map[string]any{
				"requests.cpu": "0.5", "pods": "10",
			})
		}, "ResourceQuota a0005-i/default lacks services.loadbalancers", nil},
		{"limits", "quotas", func(l *lab) {
			l.set("LimitRange", "a0005-i/default", "spec.limits", []any{map[string]any{
				"type": "Container", "max": map[string]any{"cpu": "4", "memory": "200Mi"},
				"default": map[string]any{"cpu": "100m", "memory": "200Mi"},
			}})
		}, "LimitRange a0005-i/default Container max has cpu=4, not 1", nil},
		{"policy open to all", "network-policies", func(l *lab) {
			l.set("NetworkPolicy", "a0005-i/default", "spec.ingress", []any{map[string]any{}})
		}, "NetworkPolicy a0005-i/default is not as in the manifests; namespace a0005-i has no policy that denies Ingress", nil},
		{"policy missing", "network-policies", func(l *lab) { l.remove("NetworkPolicy", "ingress/default") },
			"NetworkPolicy ingress/default is missing; namespace ingress has no policy that denies Ingress",
			[]string{"manifests-present"}},
		{"policy for few", "network-policies", func(l *lab) {
			l.set("NetworkPolicy", "flux-system/default", "spec.podSelector", map[string]any{
				"matchLabels": map[string]any{"app": "source-controller"},
			})
		}, "namespace flux-system has no policy that denies Egress of all pods", nil},
		{"egress open", "network-policies", func(l *lab) {
			l.set("NetworkPolicy", "cluster-baseline-settings/default", "spec.egress", []any{map[string]any{}})
		}, "namespace cluster-baseline-settings has no policy that denies Egress of all pods", nil},
		{"policy for every address", "network-policies", func(l *lab) {
			l.add("networking.k8s.io/v1", "NetworkPolicy", "ingress/the-world", map[string]any{
				"spec": map[string]any{"podSelector": map[string]any{}, "policyTypes": []any{"Ingress"}, "ingress": []any{map[string]any{
					"from": []any{map[string]any{"ipBlock": map[string]any{"cidr": "0.0.0.0/0"}}},
				}}},
			})
		}, "NetworkPolicy ingress/the-world lets everything through", nil},
		{"policy that undoes the denial", "network-policies", func(l *lab) {
			l.add("networking.k8s.io/v1", "NetworkPolicy", "ingress/anything-goes", map[string]any{
				"spec": map[string]any{"podSelector": map[string]any{}, "policyTypes": []any{"Egress"}, "egress": []any{map[string]any{}}},
			})
		}, "NetworkPolicy ingress/anything-goes lets everything through", nil},
		{"agents", "agent-configuration", func(l *lab) {
			l.set("ConfigMap", "kube-system/container-azm-ms-agentconfig", "data.schema-version", "v2")
		}, "ConfigMap kube-system/container-azm-ms-agentconfig differs in data.schema-version", nil},
	})
	requirePassed(t, "network-policies", func(l *lab) {
		// As an API server answers: defaults filled in.
		l.set("NetworkPolicy", "a0005-i/allow-dns", "spec.egress", []any{map[string]any{
			"to": []any{map[string]any{"namespaceSelector": map[string]any{
				"matchLabels": map[string]any{"kubernetes.io/metadata.name": "kube-system"},
			}}},
			"ports": []any{map[string]any{"protocol": "UDP", "port": int64(53)}, map[string]any{"protocol": "TCP", "port": int64(53)}},
		}})
	})
}

// Agents and pods that do not run, run elsewhere, or run other images are named.
func TestWorkloadFailures(t *testing.T) {
	const agent = "cluster-baseline-settings/agent"
	requireFailures(t, []failure{
		{"not tolerated", "daemonsets", func(l *lab) {
			l.set("DaemonSet", agent, "status", counts("desiredNumberScheduled", 4, "numberReady", 4))
		}, "DaemonSet " + agent + " wants 4 pods for 7 nodes", nil},
		{"not ready", "daemonsets", func(l *lab) { l.set("DaemonSet", agent, "status.numberReady", int64(6)) },
			"DaemonSet " + agent + " is ready on 6 of 7 nodes", nil},
		{"replica", "deployments", func(l *lab) { l.set("Deployment", "ingress/traefik", "status.availableReplicas", int64(1)) },
			"Deployment ingress/traefik has 1 of 2 replicas available", nil},
		{"old replicas", "deployments", func(l *lab) { l.set("Deployment", "ingress/traefik", "status.updatedReplicas", int64(1)) },
			"has 1 of 2 replicas up to date", nil},
		{"unseen", "deployments", func(l *lab) { l.set("Deployment", "ingress/traefik", "metadata.generation", int64(5)) },
			"has changes that no controller has seen", nil},
		{"other registry", "images-live", func(l *lab) {
			l.addPod("a0005-i/web", "aks-npinscope01-0", "docker.io/library/web:1", "", nil)
		}, "pod a0005-i/web runs docker.io/library/web:1, not from acrtest.azurecr.io/live/", nil},
		{"quarantine", "images-live", func(l *lab) {
			l.addPod("a0005-i/web", "aks-npinscope01-0", "acrtest.azurecr.io/quarantine/web:1@sha256:0", "", nil)
		}, "pod a0005-i/web runs acrtest.azurecr.io/quarantine/", nil},
		{"tag", "images-live", func(l *lab) {
			l.addPod("a0005-i/web", "aks-npinscope01-0", "acrtest.azurecr.io/live/web:1", "", nil)
		}, "pod a0005-i/web runs acrtest.azurecr.io/live/web:1 without a digest", nil},
		{"init container", "images-live", func(l *lab) {
			l.set("Pod", "ingress/traefik-0", "spec.initContainers", []any{map[string]any{"name": "a", "image": "x:1"}})
		}, "pod ingress/traefik-0 runs x:1", nil},
		{"other node", "placement", func(l *lab) { l.set("Pod", "ingress/traefik-0", "spec.nodeName", "aks-npinscope01-0") },
			"pod ingress/traefik-0 selects out-of-scope, is labelled out-of-scope and runs on in-scope node aks-npinscope01-0", nil},
		{"other label", "placement", func(l *lab) { l.label("Pod", "ingress/traefik-0", labelScope, "in-scope") },
			"is labelled in-scope", nil},
	})
	requirePassed(t, "images-live", func(l *lab) {
		l.addPod("a0005-i/web", "aks-npinscope01-0", "docker.io/library/web:1", "", nil)
		l.set("Pod", "a0005-i/web", "status.phase", "Succeeded")
	})
}
