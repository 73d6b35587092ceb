package recovery

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
)

const (
	group    = "/subscriptions/0a52ce00-0000-4000-8000-0000005ab5c7/resourceGroups/rg"
	template = group + "/providers/Microsoft.VirtualMachineImages/imageTemplates/t"
	script   = group + "/providers/Microsoft.Resources/deploymentScripts/s"
	provider = "urn:pulumi:dev::p::pulumi:providers:azure-native::default"
)

// pretend is a CLI that has a state, and an Azure that has resources by id.
type pretend struct {
	t     *testing.T
	state string
	azure map[string]object
	asked int
	// saved is the state that was imported; empty if none was.
	saved object
}

func (p *pretend) run(_ context.Context, env []string, stdin io.Reader, args ...string) ([]byte, error) {
	switch strings.Join(args[:2], " ") {
	case "stack export":
		return []byte(p.state), nil
	case "stack import":
		p.saved = nil
		decoder := json.NewDecoder(stdin)
		decoder.UseNumber()
		return nil, decoder.Decode(&p.saved)
	}
	p.asked++
	dir := strings.TrimPrefix(env[0], "PULUMI_BACKEND_URL=file://")
	file := filepath.Join(dir, ".pulumi", "stacks", "p", "dev.json")
	content, err := os.ReadFile(file)
	require.NoError(p.t, err)
	var scratch checkpoint
	require.NoError(p.t, json.Unmarshal(content, &scratch))
	var left []object
	for _, r := range scratch.Checkpoint.Latest.Resources {
		if outputs, exists := p.azure[resource{r}.id()]; exists {
			r["outputs"] = outputs
			left = append(left, r)
			if states, many := outputs["states"].([]string); many {
				outputs["provisioningState"] = states[min(p.asked, len(states))-1]
			}
		}
	}
	scratch.Checkpoint.Latest.Resources = left
	content, err = json.Marshal(scratch)
	require.NoError(p.t, err)
	return nil, os.WriteFile(file, content, 0o600)
}

// known is a resource of the state, with more about it.
func known(token, name, id string, more object) object {
	r := object{"urn": "urn:pulumi:dev::p::" + token + "::" + name, "type": token, "custom": true, "id": id, "provider": provider + "::1"}
	for key, value := range more {
		r[key] = value
	}
	return r
}

func (p *pretend) recover(pending []any, planned []Planned, resources ...object) *Report {
	p.t.Helper()
	list := []any{object{"urn": provider, "type": "pulumi:providers:azure-native", "custom": true, "id": "1"},
		known(typetoken.ResourceGroup, "rg", group, object{"inputs": object{"resourceGroupName": "rg", "big": json.Number("9007199254740993")}})}
	for _, r := range resources {
		list = append(list, r)
	}
	content, err := json.Marshal(object{"version": 3, "deployment": object{"manifest": object{}, "resources": list, "pending_operations": pending}})
	require.NoError(p.t, err)
	p.state = string(content)
	stack := &Stack{Name: "dev", CLI: p.run, Every: 1, Preview: func(context.Context) ([]Planned, error) {
		left := planned
		planned = nil // what was added is not planned any more
		return left, nil
	}}
	report, err := stack.Run(p.t.Context())
	require.NoError(p.t, err)
	return report
}

// after is a resource of the state that was written, by its logical name.
func (p *pretend) after(name string) resource {
	for _, element := range asObject(p.saved["deployment"])["resources"].([]any) {
		if r := (resource{asObject(element)}); r.name() == name {
			return r
		}
	}
	return resource{}
}

func operationOn(kind string, r object) any { return object{"type": kind, "resource": r} }

// A state in order is neither read from Azure nor written.
func TestNothingToDo(t *testing.T) {
	p := &pretend{t: t}
	assert.True(t, p.recover(nil, nil).Clean())
	assert.Nil(t, p.saved)
	assert.Zero(t, p.asked)
}

// Azure is asked until it has finished. The new resource takes the place of the one that it replaces, keeps its inputs with their secrets,
// and has Azure's outputs.
func TestReplacementThatWasInterrupted(t *testing.T) {
	hidden := object{signature: secretSignature, "ciphertext": "v1:x"}
	p := &pretend{t: t, azure: map[string]object{script: {"states": []string{"Running", "Running", "Succeeded"}, "outputs": "done", "content": "plain"}}}
	noted := known(typetoken.Script, "s", "", object{"inputs": object{"resourceGroupName": "rg", "scriptName": "s", "content": hidden}})
	report := p.recover([]any{operationOn(creating, noted)}, nil, known(typetoken.Script, "s", script, object{"pendingReplacement": true}))
	assert.Len(t, report.Adopted, 1)
	assert.Equal(t, 3, p.asked)
	made := p.after("s")
	assert.Equal(t, script, made.id())
	assert.False(t, made.is("pendingReplacement"))
	assert.Equal(t, "done", made.outputs()["outputs"])
	assert.Equal(t, hidden, made.outputs()["content"], "secret among the inputs, secret among the outputs")
	encoded, err := json.Marshal(p.saved)
	require.NoError(t, err)
	assert.Contains(t, string(encoded), "9007199254740993", "numbers stay as they are")
	assert.NotContains(t, string(encoded), "pending_operations")
}

// What Azure cannot update is replaced if it has failed, and taken as it is if it has ended well after the engine gave up.
func TestTypesThatAzureDoesNotUpdate(t *testing.T) {
	left := func() object {
		return known(typetoken.ImageTemplate, "t", template, object{"initErrors": []any{"gave up"}, "outputs": object{"provisioningState": "Creating"}})
	}
	p := &pretend{t: t, azure: map[string]object{template: {"provisioningState": "Failed"}}}
	assert.Len(t, p.recover(nil, nil, left()).Replaced, 1)
	assert.True(t, p.after("t").is("taint"))

	p = &pretend{t: t, azure: map[string]object{template: {"provisioningState": "Succeeded"}}}
	assert.Len(t, p.recover(nil, nil, left()).Adopted, 1)
	assert.Nil(t, p.after("t").object["initErrors"])
	assert.Equal(t, "succeeded", p.after("t").provisioning())
}

// A lost template or script keeps the program's inputs, since no update could send a difference; one with hidden inputs is replaced.
func TestLostTypesThatAzureDoesNotUpdate(t *testing.T) {
	plan := func(token, name string, inputs object) Planned {
		return Planned{
			Op: "create", URN: "urn:pulumi:dev::p::" + token + "::" + name, Type: token, Provider: provider + "::unknown", Inputs: inputs,
			Parent: "urn:pulumi:dev::p::" + typetoken.ResourceGroup + "::rg",
		}
	}
	p := &pretend{t: t, azure: map[string]object{
		template: {"provisioningState": "Succeeded", "identity": object{"a": object{}}}, script: {"provisioningState": "Succeeded"},
	}}
	report := p.recover(nil, []Planned{
		plan(typetoken.ImageTemplate, "t", object{"resourceGroupName": "rg", "imageTemplateName": "t", "identity": []any{"a"}, "omitted": true}),
		plan(typetoken.Script, "s", object{"resourceGroupName": "rg", "scriptName": "s", "environmentVariables": secretText}),
	})
	assert.Len(t, report.Adopted, 2)
	assert.Equal(t, object{"resourceGroupName": "rg", "imageTemplateName": "t", "identity": []any{"a"}, "omitted": true}, p.after("t").inputs())
	assert.False(t, p.after("t").is("taint"))
	assert.True(t, p.after("s").is("taint"))
	assert.Equal(t, []string{"urn:pulumi:dev::p::" + typetoken.ResourceGroup + "::rg"}, texts(p.after("s").object["dependencies"]))
}

// The advice comes where a recovery helps, and nowhere else.
func TestAdvice(t *testing.T) {
	assert.Contains(t, Advice([]string{"cannot create already existing resource '/x'"}, false, "make recover"), `run "make recover"`)
	assert.Contains(t, Advice([]string{"error reading from server: EOF"}, false, "make recover"), "make recover", "the plugin ended with the answers")
	assert.Contains(t, Advice(nil, true, "make recover"), "make recover")
	assert.Empty(t, Advice([]string{`Status=403 Code="RequestDisallowedByPolicy"`}, false, "make recover"))
}

// What Azure never returns, such as the value of a vault's secret, is not among the outputs, or the next refresh would find that it is gone.
// What it returns beside that stays secret.
func TestOutputsOfSecretsAreAzures(t *testing.T) {
	encrypted := object{signature: secretSignature, "ciphertext": "c"}
	made := resource{object{"inputs": object{"properties": object{"value": encrypted}, "tags": encrypted}}}
	found := resource{object{"outputs": object{"properties": object{"secretUri": "u"}, "tags": encrypted, "name": "n"}}}
	assert.Equal(t, object{"properties": secret(object{"secretUri": "u"}), "tags": encrypted, "name": "n"}, outputsOf(made, found))
}

// What another provider makes is looked for in the subscription of that provider.
func TestOtherSubscription(t *testing.T) {
	const other = "urn:pulumi:dev::p::pulumi:providers:azure-native::subscription-4e3c1b0a-0000-4000-8000-00000000a0b1"
	hub := strings.Replace(group, "0a52ce00-0000-4000-8000-0000005ab5c7", "4e3c1b0a-0000-4000-8000-00000000a0b1", 1)
	p := &pretend{t: t, azure: map[string]object{hub: {"provisioningState": "Succeeded"}, group: {"provisioningState": "Succeeded"}}}
	noted := known(typetoken.ResourceGroup, "hub", "", object{"provider": other + "::2", "inputs": object{"resourceGroupName": "rg"}})
	report := p.recover([]any{operationOn(creating, noted)}, nil, object{
		"urn": other, "type": "pulumi:providers:azure-native", "custom": true, "id": "2",
		"inputs": object{"subscriptionId": "4e3c1b0a-0000-4000-8000-00000000a0b1"},
	})
	assert.Len(t, report.Adopted, 1)
	assert.Equal(t, hub, p.after("hub").id())
}
