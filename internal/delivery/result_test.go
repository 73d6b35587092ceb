package delivery

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const head = "0123456789abcdef0123456789abcdef01234567"

// What is written is what is read.
func TestResultRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	want := &Result{Stack: "dev", Operation: OperationPreview, Simulated: true, Empty: true, OK: true,
		Counts: map[string]int{"create": 2}, Resources: []Resource{{Type: "a:b:C", Name: "c", Op: "create"}}, Text: "<+ & ü>"}
	require.NoError(t, want.Write(dir))
	got, err := ReadResult(dir, "dev")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, err = ReadResult(dir, "prod")
	assert.ErrorIs(t, err, fs.ErrNotExist, "no result is no forged one")

	request := &Request{PullRequest: 7, Head: head, Environments: []string{"dev"}}
	require.NoError(t, request.Write(dir))
	read, err := ReadRequest(dir)
	require.NoError(t, err)
	assert.Equal(t, request, read)
}

// A forged result is refused with a reason, whatever part of it is forged.
func TestForgedResults(t *testing.T) {
	valid := func(field string) string {
		return `{"stack": "dev", "operation": "preview", "simulated": true, "ok": true, "text": ""` + field + `}`
	}
	tests := map[string]struct{ content, want string }{
		"unknown field":      {valid(`, "approved": true`), `unknown field "approved"`},
		"second document":    {valid("") + valid(""), "more than one document"},
		"no JSON":            {"dev", "invalid character"},
		"wrong type":         {`{"stack": 5}`, "cannot unmarshal"},
		"other stack":        {`{"stack": "prod", "operation": "preview", "ok": true}`, `is of stack "prod"`},
		"unknown operation":  {`{"stack": "dev", "operation": "destroy", "ok": true}`, `operation "destroy" is unknown`},
		"unknown count":      {valid(`, "counts": {"@all": 1}`), `operation "@all" is unknown`},
		"negative count":     {valid(`, "counts": {"create": -1}`), "-1 resources to create"},
		"large count":        {valid(`, "counts": {"create": 100001}`), "100001 resources to create"},
		"unknown change":     {valid(`, "resources": [{"type": "a", "name": "b", "op": "x"}]`), `operation "x" is unknown`},
		"long name":          {valid(`, "resources": [{"type": "a", "op": "same", "name": "` + strings.Repeat("n", 1024) + `"}]`), "more than 1024 bytes"},
		"many resources":     {valid(`, "resources": [` + strings.Repeat(`{"op": "same"},`, maxResources) + `{"op": "same"}]`), "5001 resources"},
		"ok with an error":   {valid(`, "error": "no"`), "contradict"},
		"failed without one": {`{"stack": "dev", "operation": "preview", "ok": false}`, "contradict"},
		"an empty Azure":     {`{"stack": "dev", "operation": "preview", "ok": true, "empty": true}`, "only the simulated Azure"},
		"long text":          {`{"stack": "dev", "operation": "preview", "ok": true, "text": "` + strings.Repeat("t", maxTextBytes+1) + `"}`, "text of"},
		"long error":         {`{"stack": "dev", "operation": "preview", "error": "` + strings.Repeat("e", maxErrorBytes+1) + `"}`, "error of"},
		"large file":         {strings.Repeat(" ", maxFileBytes+1), "at most"},
		"no UTF-8":           {"\xff", "not UTF-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, "dev.json", tt.content)
			_, err := ReadResult(dir, "dev")
			assert.ErrorContains(t, err, tt.want)
		})
	}
	dir := t.TempDir()
	writeFile(t, dir, "dev.json", valid(""))
	_, err := ReadResult(dir, "dev")
	assert.NoError(t, err, "or the table would prove nothing")
}

// No name leads out of the directory, and no link either.
func TestResultsStayInTheirDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, stack := range []string{"../dev", "", "Dev", "a/b", "-x", "@me", strings.Repeat("a", 32)} {
		_, err := ReadResult(dir, stack)
		assert.ErrorContains(t, err, "stack name", stack)
	}
	writeFile(t, dir, "elsewhere", `{"stack": "dev", "operation": "preview", "ok": true}`)
	require.NoError(t, os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "dev.json")))
	_, err := ReadResult(dir, "dev")
	assert.ErrorContains(t, err, "regular file")
}

// A forged request names no other page, commit or file.
func TestForgedRequests(t *testing.T) {
	many := strings.Repeat(`"dev",`, maxEnvironments) + `"dev"`
	tests := map[string]struct{ content, want string }{
		"no pull request":   {`{"pullRequest": 0, "head": "` + head + `"}`, "0 is no pull request"},
		"negative":          {`{"pullRequest": -1, "head": "` + head + `"}`, "-1 is no pull request"},
		"text":              {`{"pullRequest": "1/merge", "head": "` + head + `"}`, "cannot unmarshal"},
		"no commit":         {`{"pullRequest": 1, "head": "main"}`, `head "main" is no commit`},
		"stack name":        {`{"pullRequest": 1, "head": "` + head + `", "environments": ["a|b"]}`, `stack name "a|b"`},
		"many environments": {fmt.Sprintf(`{"pullRequest": 1, "head": "%s", "environments": [%s]}`, head, many), "21 environments"},
		"unknown field":     {`{"pullRequest": 1, "head": "` + head + `", "fork": false}`, "unknown field"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, RequestFile, tt.content)
			_, err := ReadRequest(dir)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
