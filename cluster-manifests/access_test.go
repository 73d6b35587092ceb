package clustermanifests_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	rbacv1 "k8s.io/api/rbac/v1"
)

// grants are who has which role where, the cluster being nowhere in particular.
func grants(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	add := func(where, name string, role rbacv1.RoleRef, subjects []rbacv1.Subject) {
		if assert.Len(t, subjects, 1, name) {
			found[where+"/"+name] = role.Name + " for " + subjects[0].Kind + " " + subjects[0].Name
		}
	}
	for _, binding := range all[rbacv1.RoleBinding](t, "RoleBinding") {
		add(binding.Namespace, binding.Name, binding.RoleRef, binding.Subjects)
	}
	for _, binding := range all[rbacv1.ClusterRoleBinding](t, "ClusterRoleBinding") {
		add("", binding.Name, binding.RoleRef, binding.Subjects)
	}
	return found
}

// The configured groups have the roles that the reference had only as comments, and no subject is bound to cluster-admin: that comes
// from the cluster's Entra profile.
func TestGroupsHaveTheirRoles(t *testing.T) {
	values := map[string]string{}
	for _, role := range []string{"namespace_admin", "namespace_editor", "namespace_viewer", "cluster_viewer"} {
		values[role], sample[role+"_group"] = sample[role+"_group"], role
	}
	t.Cleanup(func() {
		for role, value := range values {
			sample[role+"_group"] = value
		}
	})
	want := map[string]string{
		"/aksrbac-cluster-viewer":            "view for Group cluster_viewer",
		"/traefik-ingress-cluster":           "traefik-ingress-cluster for ServiceAccount traefik-ingress-controller",
		"a0005-i/traefik-ingress-controller": "traefik-ingress-namespace for ServiceAccount traefik-ingress-controller",

		"/virtualnode-infra":                "virtualnode-infra for ServiceAccount virtual-node2-helm",
		"a0005-o/virtualnode-namespace":     "virtualnode-namespace for ServiceAccount virtual-node2-helm",
		"default/virtualnode-events":        "virtualnode-events for ServiceAccount virtual-node2-helm",
		"kube-system/virtualnode-bootstrap": "virtualnode-bootstrap for ServiceAccount virtual-node2-helm",
		"/" + controllerRole:                controllerRole + " for ServiceAccount virtual-node-admission-controller",
		"vn2/" + controllerRole:             controllerRole + " for ServiceAccount virtual-node-admission-controller",
	}
	for _, namespace := range []string{"a0005-i", "a0005-o", "cluster-baseline-settings"} {
		want[namespace+"/namespace-admin"] = "admin for Group namespace_admin"
		want[namespace+"/namespace-editor"] = "edit for Group namespace_editor"
		want[namespace+"/namespace-viewer"] = "view for Group namespace_viewer"
	}
	assert.Empty(t, cmp.Diff(want, grants(t)))
}

// Across the cluster Traefik reads nodes and ingress classes; services and secrets only where its role is bound.
func TestTraefikReadsOnlyWhatItRoutesTo(t *testing.T) {
	read := []string{"get", "list", "watch"}
	want := map[string][]rbacv1.PolicyRule{
		"traefik-ingress-cluster": {
			{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingressclasses"}, Verbs: read},
			{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: read},
		},
		"traefik-ingress-namespace": {
			{APIGroups: []string{""}, Resources: []string{"services", "secrets"}, Verbs: read},
			{APIGroups: []string{"discovery.k8s.io"}, Resources: []string{"endpointslices"}, Verbs: read},
			{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingresses"}, Verbs: read},
			{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingresses/status"}, Verbs: []string{"update"}},
		},
	}
	found := map[string][]rbacv1.PolicyRule{}
	for _, role := range all[rbacv1.ClusterRole](t, "ClusterRole") {
		if strings.HasPrefix(role.Name, "traefik-") {
			found[role.Name] = role.Rules
		}
	}
	assert.Empty(t, cmp.Diff(want, found))
}
