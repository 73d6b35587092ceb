package azuresim

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/provider"
)

func randomURN(kind string) string {
	lower := strings.ToLower(kind[:1]) + kind[1:]
	return string(resource.NewURN("dev", "lab", "", tokens.Type("random:index/"+lower+":"+kind), "r"))
}

// draw creates a random resource and returns its id and outputs, secrets marked.
func (l *lab) draw(kind string, inputs object) (string, resource.PropertyMap, error) {
	properties, err := provider.Encode(inputs)
	require.NoError(l.t, err)
	response, err := l.random.Create(context.Background(), &pulumirpc.CreateRequest{Urn: randomURN(kind), Properties: properties})
	if err != nil {
		return "", nil, err
	}
	outputs, err := plugin.UnmarshalProperties(response.GetProperties(), plugin.MarshalOptions{KeepSecrets: true})
	require.NoError(l.t, err)
	return response.GetId(), outputs, nil
}

// A random value has the form that pulumi-random gives it.
func TestRandomValues(t *testing.T) {
	l := start(t, Options{})
	seen := map[string]bool{}
	for range 20 {
		id, outputs, err := l.draw("RandomUuid", object{})
		require.NoError(t, err)
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		assert.Equal(t, id, outputs["result"].StringValue())
		assert.False(t, seen[id], "drawn twice")
		seen[id] = true

		_, outputs, err = l.draw("RandomInteger", object{"min": -3.0, "max": 3.0})
		require.NoError(t, err)
		assert.LessOrEqual(t, outputs["result"].NumberValue(), 3.0)
		assert.GreaterOrEqual(t, outputs["result"].NumberValue(), -3.0)

		_, outputs, err = l.draw("RandomString", object{
			"length": 8.0, "minUpper": 2.0, "minNumeric": 3.0, "minSpecial": 1.0, "overrideSpecial": "_", "lower": false,
		})
		require.NoError(t, err)
		drawn := outputs["result"].StringValue()
		assert.Len(t, drawn, 8)
		for class, least := range map[string]int{"[A-Z]": 2, "[0-9]": 3, "_": 1} {
			assert.GreaterOrEqual(t, len(regexp.MustCompile(class).FindAllString(drawn, -1)), least, "%s in %s", class, drawn)
		}
		assert.NotRegexp(t, "[a-z]", drawn)
		assert.True(t, outputs["special"].BoolValue(), "defaults are told")
	}
	id, outputs, err := l.draw("RandomId", object{"byteLength": 4.0, "prefix": "p-"})
	require.NoError(t, err)
	assert.Equal(t, "p-"+id, outputs["b64Url"].StringValue())
	fromHex, err := strconv.ParseUint(strings.TrimPrefix(outputs["hex"].StringValue(), "p-"), 16, 64)
	require.NoError(t, err)
	assert.Equal(t, "p-"+strconv.FormatUint(fromHex, 10), outputs["dec"].StringValue())
	id, outputs, err = l.draw("RandomPassword", object{"length": 20.0})
	require.NoError(t, err)
	assert.Equal(t, "none", id, "the id tells nothing of the password")
	require.True(t, outputs["result"].IsSecret())
	assert.Len(t, outputs["result"].SecretValue().Element.StringValue(), 20)
	for kind, inputs := range map[string]object{
		"RandomString": {"length": 2.0, "minUpper": 3.0}, "RandomInteger": {"min": 2.0, "max": 1.0}, "RandomId": {"byteLength": 0.0},
	} {
		_, _, err := l.draw(kind, inputs)
		assert.Error(t, err, kind)
	}
	_, err = l.random.Check(context.Background(), &pulumirpc.CheckRequest{Urn: randomURN("RandomDice")})
	assert.ErrorContains(t, err, "does not know resource type")
}

// A value stays for as long as no input changes, the keepers included, and is drawn again then.
func TestRandomStability(t *testing.T) {
	l := start(t, Options{})
	inputs := func(keeper string) object { return object{"length": 8.0, "keepers": object{"for": keeper}} }
	for _, c := range []struct {
		name     string
		now      object
		replaces []string
	}{
		{"the same", inputs("a"), nil},
		{"another keeper", inputs("b"), []string{"keepers"}},
		{"no keeper", object{"length": 8.0}, []string{"keepers"}},
		{"another length", with(inputs("a"), "length", 9.0), []string{"length"}},
	} {
		old, err := provider.Encode(inputs("a"))
		require.NoError(t, err)
		now, err := provider.Encode(c.now)
		require.NoError(t, err)
		response, err := l.random.Diff(context.Background(), &pulumirpc.DiffRequest{Urn: randomURN("RandomString"), OldInputs: old, News: now})
		require.NoError(t, err)
		assert.Equal(t, c.replaces, response.GetReplaces(), c.name)
	}
	_, outputs, err := l.draw("RandomUuid", object{})
	require.NoError(t, err)
	state, err := plugin.MarshalProperties(outputs, plugin.MarshalOptions{})
	require.NoError(t, err)
	read, err := l.random.Read(context.Background(), &pulumirpc.ReadRequest{Urn: randomURN("RandomUuid"), Id: "x", Properties: state})
	require.NoError(t, err)
	assert.Equal(t, state.AsMap(), read.GetProperties().AsMap(), "a refresh changes nothing")
	imported, err := l.random.Read(context.Background(), &pulumirpc.ReadRequest{Urn: randomURN("RandomUuid"), Id: roleGUID})
	require.NoError(t, err)
	assert.Equal(t, roleGUID, imported.GetProperties().AsMap()["result"])
	_, err = l.random.Read(context.Background(), &pulumirpc.ReadRequest{Urn: randomURN("RandomPassword"), Id: "none"})
	assert.ErrorContains(t, err, "cannot be imported")
}
