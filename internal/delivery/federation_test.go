package delivery

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// While an update runs there is always a fresh token in the file, and none after it.
func TestFederation(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("audience") != audience || r.URL.Query().Get("api") != "2" || r.Header.Get("Authorization") != "Bearer request" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `{"value": "token %d"}`, asked.Add(1))
	}))
	defer server.Close()
	f := &Federation{RequestURL: server.URL + "?api=2", RequestToken: "request", ClientID: "c", TenantID: "t", SubscriptionID: "s",
		Renewal: 10 * time.Millisecond, Log: &bytes.Buffer{}}
	environment, stop, err := f.Start(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"ARM_USE_OIDC=true", "ARM_CLIENT_ID=c", "ARM_TENANT_ID=t", "ARM_SUBSCRIPTION_ID=s"}, environment[1:])
	file, found := strings.CutPrefix(environment[0], "AZURE_FEDERATED_TOKEN_FILE=")
	require.True(t, found)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Eventually(t, func() bool {
		token, err := os.ReadFile(file)
		return err == nil && string(token) >= "token 3"
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, stop())
	assert.NoFileExists(t, file)
}

// Without a first token nothing starts, and the request's own token is not in the message.
func TestFederationFails(t *testing.T) {
	for status, body := range map[int]string{http.StatusForbidden: "", http.StatusOK: "{}"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		_, _, err := (&Federation{RequestURL: server.URL, RequestToken: "request-token"}).Start(t.Context())
		require.ErrorContains(t, err, "get a token from GitHub")
		assert.NotContains(t, err.Error(), "request-token")
		server.Close()
	}
}

// The request's token goes to GitHub and nowhere else, not along a redirect either.
func TestFederationFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer server.Close()
	_, _, err := (&Federation{RequestURL: server.URL, RequestToken: "request-token"}).Start(t.Context())
	require.ErrorContains(t, err, "status 302")
}

// Only a job that may have an identity, of an environment that has a client, is federated.
func TestFederationFromEnvironment(t *testing.T) {
	names := []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AZURE_CLIENT_ID"}
	for _, name := range names {
		t.Setenv(name, "x")
	}
	require.NotNil(t, FederationFromEnvironment(nil))
	for _, name := range names {
		t.Setenv(name, "")
		assert.Nil(t, FederationFromEnvironment(nil), name)
		t.Setenv(name, "x")
	}
}
