package components

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeAzImport answers az acr import: of the calls with FAIL in them, as many fail first as FLAKY has lines.
const fakeAzImport = `echo "$*" >>"$CALLS"
case "$*" in *"$FAIL"*) if [ -s "$FLAKY" ]; then sed -i 1d "$FLAKY"; echo "ERROR: ${SAYS:-not now}" >&2; exit 1; fi ;; esac
case "$*" in "acr import "*) ;; *) exit 9 ;; esac`

// A role that Azure does not know yet gets ten minutes, and a source that limits what it gives half an hour; both only so long.
func TestImportImagesPatience(t *testing.T) {
	for says, test := range map[string]struct {
		sleep  string
		sleeps int
	}{
		"(AuthorizationFailed) The client does not have authorization": {"sleep 30", 20},
		"TOOMANYREQUESTS: You have reached your pull rate limit.":      {"sleep 300", 6},
	} {
		t.Run(says, func(t *testing.T) {
			t.Setenv("SAYS", says)
			run := runImport(t, nil, "quarantine/library/traefik:", test.sleeps)
			require.NoError(t, run.err, run.said)
			assert.Equal(t, test.sleeps, strings.Count(strings.Join(run.calls, "\n"), test.sleep))
			run = runImport(t, nil, "quarantine/library/traefik:", test.sleeps+1)
			require.Error(t, run.err)
			assert.Contains(t, run.said, says)
		})
	}
}

// importRun is what the script did.
type importRun struct {
	err            error
	said, reported string
	calls          []string
}

func runImport(t *testing.T, s settings, fail string, failures int) importRun {
	t.Helper()
	script := importScript(t, s)
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	require.NoError(t, os.WriteFile(file("flaky"), []byte(strings.Repeat("fail\n", failures)), 0o600))
	environment := scriptVariables(script)
	environment["AZ_SCRIPTS_OUTPUT_PATH"], environment["CALLS"] = file("output"), file("calls")
	environment["FAIL"], environment["FLAKY"], environment["SAYS"] = fail, file("flaky"), os.Getenv("SAYS")
	said, err := shell(t, []string{"bash"}, script.Inputs["scriptContent"].(string),
		map[string]string{"az": fakeAzImport, "sleep": `echo "sleep $*" >>"$CALLS"`}, environment)
	reported, _ := os.ReadFile(file("output"))
	calls, readErr := os.ReadFile(file("calls"))
	require.NoError(t, readErr)
	return importRun{err, said, string(reported), strings.Split(strings.TrimSpace(string(calls)), "\n")}
}

// twoImports are the calls for one image: into quarantine/, then from there to live/, both times the very same digest.
func twoImports(source, repository, tag, digest, credentials string) []string {
	return []string{
		fmt.Sprintf("acr import --name %s --resource-group %s --source %s@%s --image quarantine/%s:%s%s --force",
			stampRegistryName, workloadGroup, source, digest, repository, tag, credentials),
		fmt.Sprintf("acr import --name %s --resource-group %s --registry %s --source quarantine/%s@%s --image live/%s:%s --force",
			stampRegistryName, workloadGroup, stampRegistryID, repository, digest, repository, tag),
	}
}

func bootstrapImports(credentials string) []string {
	var calls []string
	for _, image := range []struct{ repository, tag, reference string }{
		{"library/traefik", "v3.7.13", traefikImage},
		{"falcosecurity/falco", "0.45.0", falcoImage},
		{"library/busybox", "1.37.0", busyboxImage},
	} {
		_, digest, _ := strings.Cut(image.reference, "@")
		calls = append(calls, twoImports("docker.io/"+image.repository, image.repository, image.tag, digest, credentials)...)
	}
	return calls
}

// The script is one that its interpreter can read.
func TestImportImagesIsBash(t *testing.T) {
	script := importScript(t, nil).Inputs["scriptContent"].(string)
	assert.True(t, strings.HasPrefix(script, "#!/bin/bash\n"))
	assertSyntax(t, "bash", script)
}

// Each image goes to quarantine/ first and from there to live/, by digest both times.
func TestImportImages(t *testing.T) {
	run := runImport(t, otherImages, "", 0)
	require.NoError(t, run.err, run.said)
	assert.Equal(t, append(bootstrapImports(""),
		twoImports("ghcr.io/someone/agents/scanner", "someone/agents/scanner", "2.1", otherDigest, "")...), run.calls)
	assert.JSONEq(t, `{"images": 4}`, run.reported)
	assert.Contains(t, run.said, "live/library/traefik:v3.7.13")
}

// Docker Hub gets its credentials and no other registry does; none of what the script says shows them.
func TestImportImagesSignsInToDockerHub(t *testing.T) {
	s := settings{"registry.images": otherImages["registry.images"]}
	for key, value := range hubLogin {
		s[key] = value
	}
	for name, failures := range map[string]int{"imports": 0, "imports that fail": 1000} {
		t.Run(name, func(t *testing.T) {
			run := runImport(t, s, "someone/agents", failures)
			assert.Equal(t, failures == 0, run.err == nil, run.said)
			assert.Equal(t, append(bootstrapImports(" --username someone --password "+hubToken),
				twoImports("ghcr.io/someone/agents/scanner", "someone/agents/scanner", "2.1", otherDigest, "")[0]), run.calls[:7])
			assert.NotContains(t, run.said+run.reported, hubToken)
		})
	}
}

// An import that fails is tried again after a while.
func TestImportImagesTriesAgain(t *testing.T) {
	run := runImport(t, nil, "live/falcosecurity/falco:", 4)
	require.NoError(t, run.err, run.said)
	want := bootstrapImports("")
	var calls []string
	for i, call := range want {
		if i == 3 {
			for range 4 {
				calls = append(calls, call, "sleep 30")
			}
		}
		calls = append(calls, call)
	}
	assert.Equal(t, calls, run.calls)
	assert.JSONEq(t, `{"images": 3}`, run.reported)
}

// An image that cannot be imported fails the script, which says what the image is and how far it came.
func TestImportImagesFails(t *testing.T) {
	tests := map[string]struct {
		fail, said string
		calls      int // up to and including the five tries, and the four waits between them
	}{
		"from its source": {"quarantine/falcosecurity/falco:", falcoImage + ": import into quarantine/ failed.", 2 + 9},
		"to live":         {"live/library/busybox:", busyboxImage + ": promotion to live/ failed.", 5 + 9},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			run := runImport(t, nil, test.fail, 1000)
			require.Error(t, run.err)
			assert.Contains(t, run.said, test.said)
			assert.Contains(t, run.said, "ERROR: not now", "what Azure said")
			assert.Len(t, run.calls, test.calls)
			assert.Empty(t, run.reported)
		})
	}
}
