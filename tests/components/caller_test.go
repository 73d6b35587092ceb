package components

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	nethttp "net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/typetoken"
)

var byCaller = settings{"scripts.runBy": "caller"}

// manager is Azure Resource Manager as the caller sees it.
type manager struct {
	*httptest.Server
	mu sync.Mutex
	// calls are the requests, without their bodies; bodies those of POST.
	calls  []string
	bodies []object
	// answer returns status and body of a request.
	answer func(call string, seen int) (int, any)
}

func newManager(t *testing.T, answer func(call string, seen int) (int, any)) *manager {
	t.Helper()
	m := &manager{answer: answer}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

// token is a token for the manager.
func (m *manager) token() string {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"aud":"` + m.URL + `/"}`))
	return "e30." + claims + ".secret-part"
}

func (m *manager) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	call := r.Method + " " + r.URL.RequestURI()
	seen := 0
	for _, before := range m.calls {
		if before == call {
			seen++
		}
	}
	m.calls = append(m.calls, call)
	var body object
	if json.NewDecoder(r.Body).Decode(&body) == nil {
		m.bodies = append(m.bodies, body)
	}
	status, answer := m.answer(call, seen)
	w.Header().Set("Retry-After-Ms", "1")
	if status == nethttp.StatusAccepted {
		w.Header().Set("Location", m.URL+"/operations/"+fmt.Sprint(len(m.calls)))
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// runHook registers a program, and then runs what it would do before it makes a resource.
func runHook(t *testing.T, azure *manager, register func(*testing.T, *recordingMonitor, settings) error, s settings, name string) (*recordingMonitor, error) {
	t.Helper()
	m := &recordingMonitor{recording.Monitor{Token: azure.token()}}
	m.Finally = func() error {
		for hook, run := range m.Hooks {
			if strings.HasPrefix(hook, name) && strings.HasSuffix(hook, "-run") {
				return run(context.Background())
			}
		}
		return fmt.Errorf("no hook %s: %v", name, slices.Collect(maps.Keys(m.Hooks)))
	}
	return m, register(t, m, s)
}

// The caller's build needs neither script nor identity nor role, and is noted in the state under a name that changes with the template.
func TestCallerBuild(t *testing.T) {
	m := deployImage(t, byCaller)
	for _, script := range m.OfType(typetoken.Script) {
		assert.NotEqual(t, buildName, script.Name)
	}
	assertFamily(t, m, "aksregulated:imagebuilder:Build", buildName, typetoken.UUID+" jumpbox-build")
	done := m.one(t, typetoken.UUID, buildName)
	template := m.one(t, typetoken.ImageTemplate, templateName)
	assert.Equal(t, template.ID, done.Inputs["keepers"].(object)["templateId"])
	for _, earlier := range []registration{template, m.one(t, typetoken.Peering, "imagebuilder-from-hub"), m.one(t, typetoken.RuleGroup, "imagebuilder-egress")} {
		assertWaits(t, m, done, earlier)
	}
	other := deployImage(t, settings{"scripts.runBy": "caller", "imageBuilder.vmSize": "Standard_D4ds_v5"})
	assert.NotEqual(t, done.URN, other.one(t, typetoken.UUID, buildName).URN)
}

// template answers as an image template whose last run goes through states, one for each look after it was started.
func templateStates(states ...string) func(string, int) (int, any) {
	started, looks := false, 0
	return func(call string, _ int) (int, any) {
		if strings.HasPrefix(call, "POST ") {
			started = true
			return nethttp.StatusAccepted, nil
		}
		state, start := states[0], "before"
		if started {
			looks++
			state, start = states[min(looks, len(states)-1)], "after"
		}
		status := object{"runState": state, "startTime": start, "message": "the customizer failed"}
		if state == "" {
			status = object{}
		}
		return nethttp.StatusOK, object{"properties": object{"lastRunStatus": status, "exactStagingResourceGroup": "/subscriptions/s/resourceGroups/IT_one"}}
	}
}

// A build is started once and waited for; one that has succeeded is left alone, and a failed one fails the update with Azure's words.
func TestCallerRunsTheTemplate(t *testing.T) {
	for name, test := range map[string]struct {
		states []string
		starts int
		says   []string
	}{
		"never built":   {[]string{"", "Running", "Running", "Succeeded"}, 1, nil},
		"built before":  {[]string{"Succeeded"}, 0, nil},
		"failed before": {[]string{"Failed", "Running", "Succeeded"}, 1, nil},
		"fails":         {[]string{"", "Running", "Failed"}, 1, []string{"image build Failed", "the customizer failed", "IT_one"}},
	} {
		t.Run(name, func(t *testing.T) {
			azure := newManager(t, templateStates(test.states...))
			_, err := runHook(t, azure, runImage, byCaller, "jumpbox-build")
			assert.Equal(t, test.starts, strings.Count(strings.Join(azure.calls, "\n"), "POST "))
			if test.says == nil {
				require.NoError(t, err)
				return
			}
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
			assert.NotContains(t, err.Error(), "secret-part", "a token is in no message")
		})
	}
}

// The caller imports each image to quarantine/ and promotes it to live/, by digest both times, and signs in to Docker Hub only.
func TestCallerImports(t *testing.T) {
	s := settings{"scripts.runBy": "caller", "registry.images": otherImages["registry.images"]}
	for key, value := range hubLogin {
		s[key] = value
	}
	pending := false // each import is under way for one look
	azure := newManager(t, func(call string, _ int) (int, any) {
		if strings.HasPrefix(call, "POST ") {
			pending = true
			return nethttp.StatusAccepted, nil
		}
		if pending {
			pending = false
			return nethttp.StatusAccepted, nil
		}
		return nethttp.StatusOK, nil
	})
	m, err := runHook(t, azure, runRegistry, s, "registry-import")
	require.NoError(t, err)
	assert.Empty(t, m.OfType(typetoken.Script))
	require.Len(t, azure.bodies, 8, "two imports for each of four images")
	assert.Equal(t, object{
		"mode": "Force", "targetTags": list{"quarantine/library/traefik:v3.7.13"},
		"source": object{"registryUri": "docker.io", "sourceImage": "library/traefik@" + digestOf(traefikImage), "credentials": object{"username": "someone", "password": hubToken}},
	}, azure.bodies[0])
	assert.Equal(t, object{
		"mode": "Force", "targetTags": list{"live/library/traefik:v3.7.13"},
		"source": object{"resourceId": stampRegistryID, "sourceImage": "quarantine/library/traefik@" + digestOf(traefikImage)},
	}, azure.bodies[1])
	assert.NotContains(t, azure.bodies[6]["source"], "credentials", "only Docker Hub gets its token")
	assertNowhere(t, m, hubToken)
}

// An import that lastingly fails fails the update, with the image and what Azure said.
func TestCallerImportFails(t *testing.T) {
	azure := newManager(t, func(call string, seen int) (int, any) {
		if strings.HasPrefix(call, "POST ") {
			return nethttp.StatusNotFound, object{"error": object{"code": "ManifestUnknown", "message": "no such image"}}
		}
		return nethttp.StatusOK, nil
	})
	azure.Config.Handler = dated(azure)
	_, err := runHook(t, azure, runRegistry, byCaller, "registry-import")
	require.ErrorContains(t, err, traefikImage+": import into quarantine/")
	require.ErrorContains(t, err, "ManifestUnknown: no such image")
	assert.Len(t, azure.bodies, 5)
}

// dated lets ten minutes pass at the manager with every answer.
func dated(m *manager) nethttp.Handler {
	at := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		at = at.Add(10 * time.Minute)
		w.Header().Set("Date", at.Format(nethttp.TimeFormat))
		m.ServeHTTP(w, r)
	})
}
