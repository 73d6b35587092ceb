package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake answers like GitHub's API on one repository, page by page.
type fake struct {
	*httptest.Server
	comments []comment
	issues   []issue
	// calls are method and path with query, in order; bodies what was sent with those that write.
	calls, bodies []string
	// failures are answered first.
	failures []func(http.ResponseWriter)
	waited   []time.Duration
}

func newFake(t *testing.T) (*fake, *Client) {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f, &Client{BaseURL: f.URL, Token: "t", Repository: "owner/name",
		Wait: func(_ context.Context, d time.Duration) error {
			f.waited = append(f.waited, d)
			return nil
		},
		Now: func() time.Time { return time.Unix(1000, 0) },
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	if len(f.failures) > 0 {
		fail := f.failures[0]
		f.failures = f.failures[1:]
		fail(w)
		return
	}
	if r.Header.Get("Authorization") != "Bearer t" || r.Header.Get("X-GitHub-Api-Version") != apiVersion {
		refuse(http.StatusUnauthorized, "Bad credentials")(w)
		return
	}
	if r.Method != http.MethodGet {
		var body json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			refuse(http.StatusBadRequest, "Problems parsing JSON")(w)
			return
		}
		f.bodies = append(f.bodies, string(body))
		fmt.Fprint(w, "{}")
		return
	}
	switch path := strings.TrimPrefix(r.URL.Path, "/repos/owner/name"); {
	case path == "/pulls/7":
		fmt.Fprint(w, `{"number": 7, "state": "open", "head": {"sha": "abc", "repo": {"full_name": "Owner/Name"}}}`)
	case path == "/issues/7/comments":
		list(w, r, f.comments)
	case path == "/issues" && r.URL.Query().Get("state") == "open":
		issues := f.issues
		if want := r.URL.Query().Get("labels"); want != "" {
			issues = slices.DeleteFunc(slices.Clone(issues), func(i issue) bool { return !slices.Contains(i.Labels, label{want}) })
		}
		list(w, r, issues)
	default:
		refuse(http.StatusNotFound, "Not Found")(w)
	}
}

func list[T any](w http.ResponseWriter, r *http.Request, all []T) {
	var page, size int
	_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
	_, _ = fmt.Sscan(r.URL.Query().Get("per_page"), &size)
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	_ = json.NewEncoder(w).Encode(all[from:to])
}

func refuse(status int, message string, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
	}
}
