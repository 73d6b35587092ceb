package armclient

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func tokenFor(audience string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"aud":%q}`, audience))) + ".signature"
}

// client calls a manager whose answers come one after the other, the last one for ever.
func client(t *testing.T, answers ...http.HandlerFunc) (*Client, *[]string) {
	t.Helper()
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		w.Header().Set("Retry-After-Ms", "1")
		answers[min(len(calls), len(answers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return &Client{token: func() (string, error) { return tokenFor(server.URL + "/"), nil }, http: server.Client()}, &calls
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

// A token goes to Resource Manager: the public one, or the one that it is for, but never unencrypted to another computer.
func TestEndpoint(t *testing.T) {
	for audience, want := range map[string]string{
		"https://management.azure.com/":        "https://management.azure.com",
		"https://management.core.windows.net/": "https://management.azure.com",
		"https://management.usgovcloudapi.net": "https://management.usgovcloudapi.net",
		"797f4846-ba00-4fd7-ba43-dac1f8f63013": "https://management.azure.com",
		"http://127.0.0.1:4711/":               "http://127.0.0.1:4711",
		"http://management.example.com":        "https://management.azure.com",
		"http://169.254.169.254/metadata":      "https://management.azure.com",
	} {
		assert.Equal(t, want, endpointOf(tokenFor(audience)), audience)
	}
	assert.Equal(t, publicEndpoint, endpointOf("opaque"))
	assert.NoError(t, mayGoTo("https://management.azure.com/operations/1", "opaque"))
	for _, elsewhere := range []string{"https://example.com/operations/1", "http://management.azure.com/1", "http://127.0.0.1:1/1", "://"} {
		assert.Error(t, mayGoTo(elsewhere, "opaque"), elsewhere)
	}
}

// What is read is tried again where that helps, and what asks for an action never, since it may have begun.
func TestRetries(t *testing.T) {
	c, calls := client(t, status(503, ""), status(429, "slow down"), status(200, `{"name": "one"}`))
	answer, err := c.Get(context.Background(), "/subscriptions/s?api-version=1")
	require.NoError(t, err)
	assert.Equal(t, "one", answer.Body["name"])
	require.Len(t, *calls, 3)
	assert.Contains(t, (*calls)[2], "GET /subscriptions/s?api-version=1 Bearer e30.")

	c, calls = client(t, status(503, ""))
	_, err = c.Get(context.Background(), "/x")
	require.ErrorContains(t, err, "503")
	assert.Len(t, *calls, 5)

	c, calls = client(t, status(503, ""))
	_, err = c.Post(context.Background(), "/x/run", map[string]string{"a": "b"})
	require.Error(t, err)
	assert.Len(t, *calls, 1)
}

// A refusal has Azure's code and message, and nothing of the token.
func TestRefusal(t *testing.T) {
	c, calls := client(t, status(403, `{"error": {"code": "AuthorizationFailed", "message": "no right"}}`))
	_, err := c.Get(context.Background(), "/x")
	var refusal *Error
	require.True(t, errors.As(err, &refusal))
	assert.Equal(t, &Error{403, "AuthorizationFailed", "no right"}, refusal)
	assert.NotContains(t, err.Error(), "signature")
	assert.Len(t, *calls, 1)
	c.token = func() (string, error) { return "", errors.New("no login") }
	_, err = c.Get(context.Background(), "/x")
	assert.ErrorContains(t, err, "no login")
}

// Time is that of Resource Manager, and a wait ends with the context.
func TestPause(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	c, calls := client(t, func(w http.ResponseWriter, _ *http.Request) {
		at = at.Add(15 * time.Second)
		w.Header().Set("Date", at.Format(http.TimeFormat))
	})
	require.NoError(t, c.Pause(context.Background(), time.Minute))
	assert.Len(t, *calls, 5)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, c.Wait(ended, nil, time.Hour), context.Canceled)
	for name, want := range map[string]time.Duration{"Retry-After": 7 * time.Second, "Retry-After-Ms": 7 * time.Millisecond} {
		assert.Equal(t, want, pauseOf(http.Header{name: {"7"}}), name)
	}
	assert.Zero(t, pauseOf(http.Header{"Retry-After": {"tomorrow"}}))
}
