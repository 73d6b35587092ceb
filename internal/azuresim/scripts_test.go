package azuresim

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/scripts"
	"aks-regulated-pulumi/internal/tree"
)

// startScripts is a lab in which scripts can run; the returned function runs one for real and gives its outputs.
func startScripts(t *testing.T, opts Options) (*lab, func(name, content string, change func(object)) (object, error)) {
	l := newBench().deploy(start(t, opts))
	l.must("virtualmachineimages:VirtualMachineImageTemplate", newBench().template())
	base := l.script(nil)
	return l, func(name, content string, change func(object)) (object, error) {
		script := with(with(base, "scriptContent", content), "scriptName", name)
		if change != nil {
			change(script)
		}
		_, outputs, err := l.create("resources:AzureCliScript", script)
		made, _ := tree.At(outputs, "outputs").(object)
		return made, err
	}
}

const output = `echo "{\"said\": \"$1\"}" >"$AZ_SCRIPTS_OUTPUT_PATH"`

// A script is checked against Azure's limits before it runs.
func TestScriptRules(t *testing.T) {
	_, run := startScripts(t, Options{})
	for name, c := range map[string]struct {
		property string
		value    any
		says     string
	}{
		"another kind":      {"kind", "AzurePowerShell", "DeploymentScriptInvalid"},
		"no version":        {"azCliVersion", "latest", "DeploymentScriptInvalid"},
		"kept too shortly":  {"retentionInterval", "PT59M", "DeploymentScriptInvalidRetentionInterval"},
		"kept too long":     {"retentionInterval", "PT27H", "DeploymentScriptInvalidRetentionInterval"},
		"runs too long":     {"timeout", "P2D", "DeploymentScriptInvalidTimeout"},
		"no duration":       {"timeout", "an hour", "DeploymentScriptInvalidTimeout"},
		"nothing to run":    {"scriptContent", "", "no scriptContent"},
		"nobody to run as":  {"identity", object{}, "InvalidIdentity"},
		"a name with space": {"scriptName", "a b", "InvalidResourceName"},
	} {
		_, err := run("x", "true", func(o object) { o[c.property] = c.value })
		assert.ErrorContains(t, err, c.says, name)
	}
}

// A container mounts its storage with a shared key: where a policy takes that away, the script fails after minutes, whatever it does.
func TestScriptStorage(t *testing.T) {
	_, run := startScripts(t, Options{SharedKeysOff: true})
	_, err := run("keys", "true", nil)
	assert.ErrorContains(t, err, "KeyBasedAuthenticationNotPermitted")
	account := object{"storageAccountName": "stscripts", "storageAccountKey": "a2V5"}
	_, err = run("own", "true", func(o object) { o["storageAccountSettings"] = account })
	assert.NoError(t, err, "an account of one's own, which no policy has changed")
	_, err = run("keyless", "true", func(o object) { o["storageAccountSettings"] = object{"storageAccountName": "stscripts"} })
	assert.ErrorContains(t, err, "DeploymentScriptStorageAccountInvalidAccessKey")
	_, err = run("private", "true", func(o object) {
		o["containerSettings"] = object{"subnetIds": array{object{"id": snetID}}}
	})
	assert.ErrorContains(t, err, "needs a storage account")
	_, err = run("undelegated", "true", func(o object) {
		o["storageAccountSettings"], o["containerSettings"] = account, object{"subnetIds": array{object{"id": snetID}}}
	})
	assert.ErrorContains(t, err, "SubnetDelegationMissing")
}

// A script gets its variables and arguments, calls az under its identity, and what it says on failure is the error.
func TestScriptRuns(t *testing.T) {
	l, run := startScripts(t, Options{})
	for _, c := range []struct {
		name, content string
		change        func(object)
		said, fails   string
	}{
		{"arguments", output, func(o object) { o["arguments"] = `"two words" three` }, "two words", ""},
		{"no outputs", "true", nil, "", ""},
		{"variables", `set -- "$SECRET"; ` + output, func(o object) {
			o["environmentVariables"] = array{object{"name": "SECRET", "secureValue": "hush"}}
		}, "hush", ""},
		{"az", `set -- "$(az rest -m get -u "$TEMPLATE_ID?api-version=1" --query properties.provisioningState -o tsv)"; ` + output, nil, "Succeeded", ""},
		{"an argument of two lines", `az rest --method get --url "a
b?api-version=1"`, nil, "", "the resource a\nb was not found"},
		{"an unknown option", `az rest --bogus 1`, nil, "", `cannot use argument "--bogus"`},
		{"another command", `az vm list`, nil, "", `does not know "vm list"`},
		{"another method", `az rest --method delete --url "$TEMPLATE_ID?api-version=1"`, nil, "", "cannot delete"},
		{"no version", `az rest --url "$TEMPLATE_ID"`, nil, "", "MissingApiVersionParameter"},
		{"no such action", `az rest --method post --url "$TEMPLATE_ID/cancel?api-version=1"`, nil, "", "has no action"},
		{"no permission", `az rest --url "/subscriptions/` + arm.SubscriptionID + `/resourceGroups/rg?api-version=1"`, nil, "", "does not have authorization"},
		{"sleep", `sleep 1m 0.5`, nil, "", ""},
		{"no end", `while true; do sleep 60; done`, nil, "", "timed out after 1h30m"},
		{"a bad sleep", `sleep long`, nil, "", `invalid time interval "long"`},
		{"a failure", `echo "it broke" >&2; exit 3`, nil, "", "exit status 3: it broke"},
		{"outputs that are no object", `echo hello >"$AZ_SCRIPTS_OUTPUT_PATH"`, nil, "", "not a JSON object"},
		{"a stolen token", `AZURESIM_TOKEN=guess az rest`, nil, "", "no script runs with this token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := arm.GUID(c.name)
			outputs, err := run(name, c.content, c.change)
			id := groupID + "/providers/Microsoft.Resources/deploymentScripts/" + name
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				assert.Equal(t, arm.StateFailed, l.read(id).State, "Azure keeps the record of a script that failed")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.said, tree.Text(outputs, "said"))
		})
	}
	assert.Empty(t, l.server.scripts.Sessions, "a token ends with its script")
}

// A script that failed runs again at the next update, one that succeeded only if it changed.
func TestScriptRunsAgain(t *testing.T) {
	l, run := startScripts(t, Options{})
	marks := filepath.Join(t.TempDir(), "marks")
	count := func() int {
		content, _ := os.ReadFile(marks)
		return len(content)
	}
	const id = groupID + "/providers/Microsoft.Resources/deploymentScripts/again"
	_, err := run("again", "printf x >>"+marks+"; exit 1", nil)
	require.Error(t, err)
	script := l.read(id).Inputs
	require.Error(t, l.update("resources:AzureCliScript", id, script))
	assert.Equal(t, 2, count())
	script["scriptContent"] = "printf x >>" + marks
	require.NoError(t, l.update("resources:AzureCliScript", id, script))
	require.NoError(t, l.update("resources:AzureCliScript", id, with(script, "timeout", "PT2H")))
	assert.Equal(t, 3, count())
	require.NoError(t, l.update("resources:AzureCliScript", id, with(script, "forceUpdateTag", "1")))
	assert.Equal(t, 4, count())
}

// Scripts run beside each other, each under its own identity and in its own directory.
func TestScriptsTogether(t *testing.T) {
	_, run := startScripts(t, Options{})
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			name := "script" + strconv.Itoa(i)
			outputs, err := run(name, `sleep 1; pwd >where; set -- "$NAME"; `+output, func(o object) {
				o["environmentVariables"] = array{object{"name": "NAME", "value": name}}
			})
			assert.NoError(t, err)
			assert.Equal(t, name, tree.Text(outputs, "said"))
		})
	}
	all.Wait()
}

// A secret variable reaches the script and nothing else: neither the state file nor what is read back. The engine's own copy
// survives a refresh.
func TestScriptSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l, run := startScripts(t, Options{StateFile: file})
	secret := object{"environmentVariables": array{object{"name": "SECRET", "secureValue": "hush"}}}
	var sent object
	outputs, err := run("secret", `set -- "${#SECRET}"; `+output, func(o object) {
		o["environmentVariables"] = secret["environmentVariables"]
		o["location"] = "eastus2"
		sent = o
	})
	require.NoError(t, err)
	assert.Equal(t, "4", tree.Text(outputs, "said"))
	assert.NotContains(t, savedText(t, file), "hush")
	id := groupID + "/providers/Microsoft.Resources/deploymentScripts/secret"
	inputs, outputs, err := l.readBack("resources:AzureCliScript", id, sent)
	require.NoError(t, err)
	assert.Empty(t, diff.Compare(sent, inputs))
	assert.NotContains(t, allText(outputs), "hush")
}

func allText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case object:
		all := ""
		for _, item := range v {
			all += allText(item)
		}
		return all
	case array:
		all := ""
		for _, item := range v {
			all += allText(item)
		}
		return all
	}
	return ""
}

// A machine without bash says so, once.
func TestScriptNeedsBash(t *testing.T) {
	_, run := startScripts(t, Options{})
	t.Setenv("PATH", t.TempDir())
	_, err := run("x", "true", nil)
	assert.ErrorContains(t, err, "deployment scripts need bash")
}

// A script that waits longer than its timeout ends with everything it started, and so does one when the simulator stops. Then
// Azure knows it as failed.
func TestScriptEnds(t *testing.T) {
	l, _ := startScripts(t, Options{})
	host := l.server.scripts
	patient, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	real := time.Now()
	_, err := host.Run(patient, object{"scriptContent": "while true; do :; done & wait"}, "", time.Hour)
	require.ErrorContains(t, err, "stopped along with the simulator")
	assert.Less(t, time.Since(real), 10*time.Second)
	assert.Equal(t, scripts.MaxScriptTime, host.ScriptTimeout(time.Hour))

	file := filepath.Join(t.TempDir(), "azure.json")
	l, run := startScripts(t, Options{StateFile: file})
	ended := make(chan error)
	go func() { _, err := run("endless", "while true; do sleep 0; done", nil); ended <- err }()
	const id = groupID + "/providers/Microsoft.Resources/deploymentScripts/endless"
	eventually(t, "the script runs", func() bool { return l.read(id) != nil })
	require.NoError(t, l.server.Close())
	require.Error(t, <-ended)
	again := start(t, Options{StateFile: file})
	assert.Equal(t, arm.StateFailed, again.read(id).State)
	assert.Contains(t, again.read(id).Run.Failure, "the simulator stopped")
	script := again.read(id).Inputs
	script["scriptContent"] = "true"
	require.NoError(t, again.update("resources:AzureCliScript", id, script), "the next update repairs it")

	port := host.Listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, host.Close())
	_, err = net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	assert.Error(t, err, "nobody listens any longer")
	_, err = os.Stat(host.Dir)
	assert.ErrorIs(t, err, os.ErrNotExist)
	host.Listener, _ = net.Listen("tcp", "127.0.0.1:0") // for the lab to close
}

// A script's time runs on the simulated clock.
func TestScriptTimeout(t *testing.T) {
	for _, c := range []struct {
		scale   float64
		timeout time.Duration
		want    time.Duration
	}{{0, time.Hour, scripts.MaxScriptTime}, {60, time.Hour, time.Minute}, {1e6, time.Hour, scripts.MinScriptTime}} {
		host := &scripts.Host{Subscription: &arm.Subscription{Clock: arm.NewClock(c.scale, arm.Epoch)}}
		assert.Equal(t, c.want, host.ScriptTimeout(c.timeout))
	}
}
