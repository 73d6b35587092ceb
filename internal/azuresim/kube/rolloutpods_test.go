package kube

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Nodes take pods by selector, required affinity and taints.
func TestCanSchedule(t *testing.T) {
	system := map[string]any{"name": "npsystem", "mode": "System", "nodeTaints": []any{"CriticalAddonsOnly=true:NoSchedule", "a=b:PreferNoSchedule"}}
	user := map[string]any{"name": "npuser", "mode": "User", "nodeLabels": map[string]any{"pci-scope": "in-scope", "cores": "8"}}
	terms := func(term map[string]any) map[string]any {
		return map[string]any{"affinity": map[string]any{"nodeAffinity": map[string]any{"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{
			"nodeSelectorTerms": []any{term},
		}}}}
	}
	affinity := func(key, operator string, values ...any) map[string]any {
		return terms(map[string]any{"matchExpressions": []any{map[string]any{"key": key, "operator": operator, "values": []any(values)}}})
	}
	fields := func(operator string, names ...any) map[string]any {
		return terms(map[string]any{"matchFields": []any{map[string]any{"key": "metadata.name", "operator": operator, "values": []any(names)}}})
	}
	for _, c := range []struct {
		name         string
		spec         map[string]any
		system, user bool
	}{
		{"anything", map[string]any{}, false, true},
		{"a toleration of everything", map[string]any{"tolerations": []any{map[string]any{"operator": "Exists"}}}, true, true},
		{"a toleration with a value", map[string]any{"tolerations": []any{map[string]any{"key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule"}}}, true, true},
		{"a toleration of another value", map[string]any{"tolerations": []any{map[string]any{"key": "CriticalAddonsOnly", "value": "false"}}}, false, true},
		{"a toleration of another effect", map[string]any{"tolerations": []any{map[string]any{"key": "CriticalAddonsOnly", "operator": "Exists", "effect": "NoExecute"}}}, false, true},
		{"Linux", map[string]any{"nodeSelector": map[string]any{"kubernetes.io/os": "linux"}}, false, true},
		{"Windows", map[string]any{"nodeSelector": map[string]any{"kubernetes.io/os": "windows"}}, false, false},
		{"one of two scopes", affinity("pci-scope", "In", "in-scope", "out-of-scope"), false, true},
		{"another scope", affinity("pci-scope", "In", "out-of-scope"), false, false},
		{"not that scope", affinity("pci-scope", "NotIn", "in-scope"), false, false},
		{"any scope", affinity("pci-scope", "Exists"), false, true},
		{"no scope", affinity("pci-scope", "DoesNotExist"), false, false},
		{"more than", affinity("cores", "Gt", "4"), false, true},
		{"not more than", affinity("cores", "Gt", "8"), false, false},
		{"less than", affinity("cores", "Lt", "9"), false, true},
		{"a node by name", fields("In", "another"), false, false},
		{"all nodes but one", fields("NotIn", "another"), false, true},
		{"a term without a condition", terms(map[string]any{}), false, false},
	} {
		for _, pool := range []struct {
			pool map[string]any
			want bool
		}{{system, c.system}, {user, c.user}} {
			fits, err := canSchedule(pool.pool, c.spec)
			require.NoError(t, err, c.name)
			assert.Equal(t, pool.want, fits, c.name)
		}
	}
	for name, spec := range map[string]map[string]any{
		"an unknown operator": affinity("cores", "AtLeast", "4"),
		"no number":           affinity("cores", "Gt", "many"),
		"no list":             {"tolerations": "all"},
	} {
		_, err := canSchedule(user, spec)
		assert.Error(t, err, name)
	}
}
