package devcerts

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
)

// A stack that sets nothing gets both certificates for its names, as secrets, and one operator.
func TestSupplyEverything(t *testing.T) {
	dir := t.TempDir()
	supplied, err := supply("p", map[string]string{
		"p:gateway": `{"hostName": "shop.example.org"}`,
		"p:ingress": `{"domain": "in.example.org"}`,
	}, dir, noon)
	require.NoError(t, err)
	listener, err := parseListener(supplied.Secret["certificates.listener"])
	require.NoError(t, err)
	assert.Equal(t, []string{"shop.example.org"}, listener.DNSNames)
	ingress, err := parseIngress(supplied.Secret["certificates.ingress"])
	require.NoError(t, err)
	assert.Equal(t, []string{"*.in.example.org"}, ingress.DNSNames)
	assert.Len(t, supplied.Secret, 2)

	operators, ok := supplied.Plain["operators"].(map[string]any)
	require.True(t, ok)
	assert.Len(t, operators, 1)
	assert.Contains(t, operators[Operator], "ssh-ed25519 ")
	for _, file := range []string{listenerFile, ingressFile, operatorFile, operatorKeyFile} {
		info, err := os.Stat(filepath.Join(dir, file))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
}

// What a stack sets stays its own, even if it is wrong: the program reports that.
func TestSupplyOnlyWhatIsMissing(t *testing.T) {
	both := []string{"certificates.ingress", "certificates.listener"}
	tests := map[string]struct {
		config map[string]string
		secret []string
		plain  []string
	}{
		"all set": {
			config: map[string]string{"p:certificates": `{"listener":"","ingress":"x"}`, "p:operators": "{}", "p:bootstrap": `{"repositoryUrl":""}`},
		},
		"one set": {
			config: map[string]string{"p:certificates": `{"listener":"x"}`},
			secret: both[:1], plain: []string{"bootstrap", "operators"},
		},
		"other project": {
			config: map[string]string{"q:operators": "{}"},
			secret: both, plain: []string{"bootstrap", "operators"},
		},
		"no object": {
			config: map[string]string{"p:gateway": "[]", "p:ingress": `{"domain": "..", "other": 1}`, "p:operators": "x", "p:bootstrap": "[]"},
			secret: both,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			supplied, err := supply("p", test.config, t.TempDir(), noon)
			require.NoError(t, err)
			assert.ElementsMatch(t, test.secret, keys(supplied.Secret))
			assert.ElementsMatch(t, test.plain, keys(supplied.Plain))
		})
	}
}

// What a stack says about Flux stays beside the repository that it is given.
func TestSuppliedRepository(t *testing.T) {
	supplied, err := supply("p", map[string]string{"p:bootstrap": `{"branch":"production","waitMinutes":60}`}, t.TempDir(), noon)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"branch": "production", "waitMinutes": 60.0, "repositoryUrl": RepositoryURL,
	}, supplied.Plain["bootstrap"])
}

// Virtual nodes run offline without digests of their own; what a stack pins stays, and one without virtual nodes gets none.
func TestSuppliedDigests(t *testing.T) {
	for value, want := range map[string]any{
		`{"enabled":true,"nodes":2}`:                 map[string]any{"enabled": true, "nodes": 2.0, "imageDigests": Digests()},
		`{"enabled":true,"imageDigests":{"aci":""}}`: nil,
		`{"enabled":false}`:                          nil,
	} {
		supplied, err := supply("p", map[string]string{"p:virtualNodes": value}, t.TempDir(), noon)
		require.NoError(t, err)
		assert.Equal(t, want, supplied.Plain["virtualNodes"], value)
	}
}

func keys[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return names
}

// Runs of one stack see the same certificates and operator, so that nothing changes between them, until the certificates
// are for other names, about to expire, or damaged.
func TestSupplyKeeps(t *testing.T) {
	dir := t.TempDir()
	at := func(now time.Time, config map[string]string) *offline.Supplied {
		supplied, err := supply("p", config, dir, now)
		require.NoError(t, err)
		return supplied
	}
	first := at(noon, nil)
	assert.Equal(t, first, at(noon.AddDate(0, 0, 334), nil))

	late := at(noon.AddDate(0, 0, 336), nil)
	assert.NotEqual(t, first.Secret["certificates.listener"], late.Secret["certificates.listener"])
	assert.NotEqual(t, first.Secret["certificates.ingress"], late.Secret["certificates.ingress"])
	assert.Equal(t, first.Plain, late.Plain)
	assert.Equal(t, late, at(noon.AddDate(0, 0, 337), nil))

	moved := at(noon, map[string]string{"p:ingress": `{"domain": "in.example.org"}`})
	assert.NotEqual(t, late.Secret, moved.Secret)
	renamed := at(noon, map[string]string{"p:gateway": `{"hostName": "shop.example.org"}`})
	assert.NotEqual(t, moved.Secret, renamed.Secret)

	before := at(noon, nil)
	for _, file := range []string{listenerFile, ingressFile, operatorKeyFile} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte("-----BEGIN"), 0o600))
		after := at(noon, nil)
		assert.NotEqual(t, before, after, file)
		before = after
	}
}

// A directory that cannot be written is an error that says what was to be kept there.
func TestSupplyNowhere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, err := supply("p", nil, missing, noon)
	assert.ErrorContains(t, err, "throw-away certificates: ")
	_, err = supply("p", map[string]string{"p:certificates": `{"listener":"a","ingress":"b"}`}, missing, noon)
	assert.ErrorContains(t, err, "throw-away operator: ")
}
