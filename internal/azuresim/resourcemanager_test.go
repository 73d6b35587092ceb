package azuresim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// caller calls the simulated Resource Manager over HTTP, as who deploys.
type caller struct {
	t     *testing.T
	token string
	now   time.Time
}

func (l *lab) caller() *caller { return &caller{t: l.t, token: l.server.scripts.Manager.Token()} }

// call sends a request to where the token says; it returns status, body and location.
func (c *caller) call(method, path string, body any) (int, object, string) {
	c.t.Helper()
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(c.token, ".")[1])
	require.NoError(c.t, err)
	var audience struct{ Aud string }
	require.NoError(c.t, json.Unmarshal(claims, &audience))
	encoded, err := json.Marshal(body)
	require.NoError(c.t, err)
	address := path
	if strings.HasPrefix(path, "/") {
		address = strings.TrimSuffix(audience.Aud, "/") + path
	}
	request, err := http.NewRequest(method, address, strings.NewReader(string(encoded)))
	require.NoError(c.t, err)
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	c.now, err = http.ParseTime(response.Header.Get("Date"))
	require.NoError(c.t, err)
	var answer object
	_ = json.NewDecoder(response.Body).Decode(&answer) // an answer may be empty
	return response.StatusCode, answer, response.Header.Get("Location")
}

// Who deploys runs a template and polls it, with the token of the login and on the simulated clock; without that token nothing is answered.
func TestResourceManagerRunsTemplates(t *testing.T) {
	l := newBench().deploy(start(t, Options{}))
	l.must("virtualmachineimages:VirtualMachineImageTemplate", newBench().template())
	c := l.caller()
	const version = "?api-version=" + apiVersion
	status, _, _ := c.call(http.MethodPost, templateID+"/run"+version, nil)
	require.Equal(t, http.StatusAccepted, status)
	state, began := "", c.now
	for range 200 {
		_, body, _ := c.call(http.MethodGet, templateID+version, nil)
		if state = tree.Text(body, "properties", "lastRunStatus", "runState"); state != "Running" {
			break
		}
	}
	assert.Equal(t, "Succeeded", state)
	assert.Less(t, c.now.Sub(began), 2*time.Hour)
	assert.Equal(t, 1, l.server.ImageBuilds())
	for _, refused := range []struct {
		method, path string
		status       int
		code         string
	}{
		{http.MethodGet, templateID, 400, "MissingApiVersionParameter"}, {http.MethodGet, templateID + "x" + version, 404, "ResourceNotFound"},
		{http.MethodDelete, templateID + version, 400, "InvalidAction"}, {http.MethodGet, "/operations/none", 404, "NotFound"},
		{http.MethodPost, templateID + "x/importImage" + version, 404, "ResourceNotFound"},
	} {
		status, body, _ := c.call(refused.method, refused.path, object{})
		assert.Equal(t, refused.status, status, refused.path)
		assert.Equal(t, refused.code, tree.Text(body, "error", "code"), refused.path)
	}
	c.token += "x"
	status, body, _ := c.call(http.MethodGet, templateID+version, nil)
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Equal(t, "AuthenticationFailed", tree.Text(body, "error", "code"))
}

// A collection is listed for who may read its members, an empty one as well; one of nothing that exists is not there.
func TestResourceManagerLists(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	c := l.caller()
	const version = "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
	assigned := map[string][]string{registryID: nil}
	for _, r := range l.server.Resources() {
		if r.Type == "Microsoft.Authorization/roleAssignments" {
			scope := resourceid.Parent(r.ID)
			assigned[scope] = append(assigned[scope], r.ID)
		}
	}
	require.Greater(t, len(assigned), 1)
	for scope, ids := range assigned {
		status, body, _ := c.call(http.MethodGet, scope+version, nil)
		require.Equal(t, http.StatusOK, status)
		var listed []string
		for _, item := range tree.List(body, "value") {
			listed = append(listed, tree.Text(item, "id"))
			assert.NotEmpty(t, tree.Text(item, "properties", "principalId"))
		}
		assert.ElementsMatch(t, ids, listed, scope)
	}
	status, body, _ := c.call(http.MethodGet, templateID+"x"+version, nil)
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "ResourceNotFound", tree.Text(body, "error", "code"))
}

// Who deploys imports an image, which takes a while, and promotes it within the registry; a source that is not there is refused.
func TestResourceManagerImports(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	c := l.caller()
	request := func(source object, target string) (int, object) {
		status, body, location := c.call(http.MethodPost, registryID+"/importImage?api-version=2023-07-01", object{
			"source": source, "targetTags": array{target}, "mode": "Force",
		})
		for status == http.StatusAccepted {
			status, body, _ = c.call(http.MethodGet, location, nil)
		}
		return status, body
	}
	digest := "sha256:" + strings.Repeat("ab", 32)
	status, _ := request(object{"registryUri": "docker.io", "sourceImage": "library/busybox@" + digest}, "quarantine/library/busybox:1")
	require.Equal(t, http.StatusOK, status)
	status, _ = request(object{"resourceId": registryID, "sourceImage": "quarantine/library/busybox@" + digest}, "live/library/busybox:1")
	require.Equal(t, http.StatusOK, status)
	first, _ := tree.List(l.read(registryID).Contents, "imports")[0].(object)
	assert.Equal(t, arm.DeployerObjectID, first["principal"])
	status, body := request(object{"resourceId": registryID, "sourceImage": "quarantine/none@" + digest}, "live/none:1")
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "ManifestUnknown", tree.Text(body, "error", "code"))
}
