package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const marker = "<!-- marker -->"

var (
	bot    = User{Login: Bot, Type: "Bot"}
	person = User{Login: "somebody", Type: "User"}
)

// others are more comments than one page has, with the marker in all the places where it does not count.
func others() []comment {
	comments := make([]comment, perPage+50)
	for i := range comments {
		comments[i] = comment{int64(i + 1), fmt.Sprint("comment ", i), person}
	}
	comments[3].Body = marker + "\nforged"
	comments[4] = comment{5, "quotes\n" + marker, bot}
	comments[5] = comment{6, marker + "\nforged", User{Login: Bot, Type: "User"}}
	comments[6] = comment{7, marker + "\nanother app", User{Login: "other[bot]", Type: "Bot"}}
	return comments
}

// There is one comment: it is created once, found again behind any number of others, updated in place, and left alone if it says
// the same. No other author's comment is touched, whatever it begins with.
func TestPutComment(t *testing.T) {
	f, client := newFake(t)
	f.comments = others()
	outcome, err := client.PutComment(t.Context(), 7, marker, marker+"\nnew", false)
	require.NoError(t, err)
	assert.Equal(t, Nothing, outcome)
	assert.Empty(t, f.bodies)

	outcome, err = client.PutComment(t.Context(), 7, marker, marker+"\nnew", true)
	require.NoError(t, err)
	assert.Equal(t, Created, outcome)
	assert.Equal(t, "POST /repos/owner/name/issues/7/comments", f.calls[len(f.calls)-1])
	assert.JSONEq(t, `{"body": "<!-- marker -->\nnew"}`, f.bodies[0])

	f.comments = append(f.comments, comment{4711, marker + "\nnew", bot})
	outcome, err = client.PutComment(t.Context(), 7, marker, marker+"\nnew", true)
	require.NoError(t, err)
	assert.Equal(t, Unchanged, outcome)
	assert.Len(t, f.bodies, 1)

	outcome, err = client.PutComment(t.Context(), 7, marker, marker+"\nnewer", false)
	require.NoError(t, err)
	assert.Equal(t, Updated, outcome)
	assert.Equal(t, "PATCH /repos/owner/name/issues/comments/4711", f.calls[len(f.calls)-1])
}

// A full last page is followed by one more look, and a list without end ends.
func TestPages(t *testing.T) {
	f, client := newFake(t)
	f.comments = make([]comment, perPage)
	_, err := client.PutComment(t.Context(), 7, marker, "", false)
	require.NoError(t, err)
	assert.Len(t, f.calls, 2)
	f.comments = make([]comment, perPage*(maxPages+1))
	_, err = client.PutComment(t.Context(), 7, marker, "", true)
	require.ErrorContains(t, err, "more than 5000 elements")
	assert.Empty(t, f.bodies)
}

// There is one issue for each marker: opened, updated in place, and closed with a reason when there is no more to say.
func TestIssues(t *testing.T) {
	f, client := newFake(t)
	want := Issue{Marker: marker, Label: "drift", Title: "Drift", Body: marker + "\nbody"}
	drift := []label{{"drift"}}
	f.issues = []issue{{1, "Drift", marker + "\nbody", person, drift, nil},
		{2, "Drift", marker + "\nbody", bot, drift, map[string]any{"url": "x"}},
		{3, "Drift", "<!-- marker -west -->\nbody", bot, drift, nil}}
	outcome, err := client.PutIssue(t.Context(), want)
	require.NoError(t, err)
	assert.Equal(t, Created, outcome)
	assert.JSONEq(t, `{"title": "Drift", "body": "<!-- marker -->\nbody", "labels": ["drift"]}`, f.bodies[0])

	outcome, err = client.CloseIssue(t.Context(), marker, "gone")
	require.NoError(t, err)
	assert.Equal(t, Nothing, outcome)

	f.issues = append(f.issues, issue{4, "Drift", marker + "\nbody", bot, []label{{"Drift"}}, nil})
	outcome, err = client.PutIssue(t.Context(), want)
	require.NoError(t, err)
	assert.Equal(t, Unchanged, outcome)
	want.Body += " changed"
	outcome, err = client.PutIssue(t.Context(), want)
	require.NoError(t, err)
	assert.Equal(t, Updated, outcome)
	assert.Equal(t, "PATCH /repos/owner/name/issues/4", f.calls[len(f.calls)-1])
	assert.JSONEq(t, `{"title": "Drift", "body": "<!-- marker -->\nbody changed"}`, f.bodies[len(f.bodies)-1], "its labels stay as they are")

	outcome, err = client.CloseIssue(t.Context(), marker, "gone")
	require.NoError(t, err)
	assert.Equal(t, Closed, outcome)
	assert.Equal(t, []string{"POST /repos/owner/name/issues/4/comments", "PATCH /repos/owner/name/issues/4"}, f.calls[len(f.calls)-2:])
	assert.JSONEq(t, `{"state": "closed", "state_reason": "completed"}`, f.bodies[len(f.bodies)-1])
}

// An issue that was given other labels is still the one there is, behind any number of others: it gets its label again
// beside those, no second one is opened, and it is closed like any other.
func TestRelabelledIssue(t *testing.T) {
	for name, body := range map[string]string{"the same to say": marker + "\nbody", "something else to say": marker + "\nother"} {
		t.Run(name, func(t *testing.T) {
			f, client := newFake(t)
			f.issues = make([]issue, perPage)
			f.issues = append(f.issues, issue{4, "Drift", marker + "\nbody", bot, []label{{"security"}, {"triaged"}}, nil})
			outcome, err := client.PutIssue(t.Context(), Issue{Marker: marker, Label: "drift", Title: "Drift", Body: body})
			require.NoError(t, err)
			assert.Equal(t, Updated, outcome)
			assert.Equal(t, "PATCH /repos/owner/name/issues/4", f.calls[len(f.calls)-1])
			var sent struct{ Labels []string }
			require.NoError(t, json.Unmarshal([]byte(f.bodies[len(f.bodies)-1]), &sent))
			assert.ElementsMatch(t, []string{"security", "triaged", "drift"}, sent.Labels, "labels that are sent replace all")

			outcome, err = client.CloseIssue(t.Context(), marker, "gone")
			require.NoError(t, err)
			assert.Equal(t, Closed, outcome)
		})
	}
}

// GitHub's rate limits are waited for as it says, its passing failures are tried again where that is safe, and neither for ever.
func TestRetries(t *testing.T) {
	reset := strconv.Itoa(1000 + 30)
	tests := map[string]struct {
		failure func(http.ResponseWriter)
		times   int
		waited  []time.Duration
		want    string
	}{
		"retry after":          {refuse(429, "slow", "Retry-After", "7"), 1, []time.Duration{7 * time.Second}, ""},
		"secondary limit":      {refuse(403, "slow", "Retry-After", "3"), 2, []time.Duration{3 * time.Second, 3 * time.Second}, ""},
		"primary limit":        {refuse(403, "slow", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset), 1, []time.Duration{31 * time.Second}, ""},
		"no hint":              {refuse(429, "slow"), 1, []time.Duration{time.Minute}, ""},
		"bad gateway":          {refuse(502, "bad"), 1, []time.Duration{5 * time.Second}, ""},
		"too long":             {refuse(429, "slow", "Retry-After", "3600"), 1, nil, "429 Too Many Requests: slow; GitHub asks to wait 1h0m0s"},
		"for ever":             {refuse(502, "bad"), 9, slices.Repeat([]time.Duration{5 * time.Second}, 3), "502 Bad Gateway: bad"},
		"forbidden":            {refuse(403, "Resource not accessible by integration"), 1, nil, "GitHub: GET /repos/owner/name/pulls/7: 403 Forbidden: Resource not accessible by integration"},
		"not found":            {refuse(404, "Not Found"), 1, nil, "404 Not Found: Not Found"},
		"an answer of a proxy": {func(w http.ResponseWriter) { http.Error(w, "<html>", 400) }, 1, nil, "400 Bad Request: <html>"},
		"no JSON":              {func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, 1, nil, "the answer to GET"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, client := newFake(t)
			for range tt.times {
				f.failures = append(f.failures, tt.failure)
			}
			pull, err := client.PullRequest(t.Context(), 7)
			assert.Equal(t, tt.waited, f.waited)
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "abc", pull.Head.SHA)
		})
	}
}

// What creates something is not sent twice after an error that may have come too late: two comments are worse than none.
func TestNoSecondCreation(t *testing.T) {
	f, client := newFake(t)
	f.failures = []func(http.ResponseWriter){func(w http.ResponseWriter) { fmt.Fprint(w, "[]") }, refuse(502, "bad")}
	_, err := client.PutComment(t.Context(), 7, marker, marker, true)
	require.ErrorContains(t, err, "POST /repos/owner/name/issues/7/comments: 502")
	assert.Len(t, f.calls, 2)
	assert.Empty(t, f.waited)
}

// A token goes to the API and nowhere else: not along a redirect, and not to an address that a repository's name makes up.
func TestTokenStays(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	f, client := newFake(t)
	f.failures = []func(http.ResponseWriter){refuse(302, "", "Location", elsewhere.URL)}
	_, err := client.PullRequest(t.Context(), 7)
	require.ErrorContains(t, err, "302 Found")
	for _, name := range []string{"", "owner", "owner/name/x", "owner/na?me", "../name", "owner/..", "owner/name#"} {
		client.Repository = name
		_, err = client.PullRequest(t.Context(), 7)
		require.ErrorContains(t, err, "expected owner/name", name)
	}
	assert.Len(t, f.calls, 1)
}

// A change from another repository is a fork's, also if that is gone.
func TestFork(t *testing.T) {
	_, client := newFake(t)
	pull, err := client.PullRequest(t.Context(), 7)
	require.NoError(t, err)
	assert.False(t, pull.Fork("owner/name"), "GitHub does not tell upper from lower case")
	assert.True(t, pull.Fork("other/name"))
	pull.Head.Repo = nil
	assert.True(t, pull.Fork("owner/name"))
}
