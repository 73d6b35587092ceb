package offline

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each resource stands once, below its component, whatever the order in which the engine came to them.
func TestWriteTree(t *testing.T) {
	const prefix = "urn:pulumi:dev::p::"
	stack, hub, vnet := prefix+"pulumi:pulumi:Stack::p-dev", prefix+"p:net:Hub::hub", prefix+"p:net:Hub$az:VNet::hub::vnet"
	result := &Result{Steps: []Step{
		{URN: vnet, Type: "az:VNet", Op: "create-replacement", Parent: hub},
		{URN: stack, Type: "pulumi:pulumi:Stack", Op: "same"},
		{URN: hub, Type: "p:net:Hub", Op: "update", Parent: stack},
		{URN: vnet, Type: "az:VNet", Op: "replace", Parent: hub},
		{URN: prefix + "az:Orphan::o", Type: "az:Orphan", Op: "delete", Parent: prefix + "p:net:Gone::gone"},
	}}
	var b strings.Builder
	require.NoError(t, result.WriteTree(&b))
	assert.Equal(t, ""+
		"    pulumi:pulumi:Stack p-dev\n"+
		" ~    p:net:Hub hub\n"+
		" +-     az:VNet hub::vnet\n"+
		" -  az:Orphan o\n", b.String())
}
