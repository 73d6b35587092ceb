package azuresim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// What the engine was told of is there after a crash, even one in the middle of a save, and so is what comes after it.
func TestCrash(t *testing.T) {
	l := hub(t)
	crashed := func() string {
		t.Helper()
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Dir(l.server.subscription.StateFile()))))
		return filepath.Join(dir, filepath.Base(l.server.subscription.StateFile()))
	}
	require.NoError(t, l.delete("network:NetworkSecurityGroup", netID+"networkSecurityGroups/nsg-west"))
	file := crashed()
	journal, err := os.ReadFile(file + arm.JournalSuffix)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file+arm.JournalSuffix, append(journal, `{"number":999,"rec`...), 0o600))
	again := start(t, Options{StateFile: file})
	assert.Equal(t, l.read(netID+"virtualNetworks/na"), again.read(netID+"virtualNetworks/na"))
	assert.Nil(t, again.read(netID+"networkSecurityGroups/nsg-west"))
	again.must("network:RouteTable", in(object{"routeTableName": "after"}))

	// A crash between writing the file and removing the journal: nothing old comes back.
	l = again
	kept, err := os.ReadFile(file + arm.JournalSuffix)
	require.NoError(t, err)
	require.NoError(t, again.server.Close())
	require.NoError(t, os.WriteFile(file+arm.JournalSuffix, []byte(strings.ReplaceAll(string(kept), "after", "before")), 0o600))
	last := start(t, Options{StateFile: file})
	assert.NotNil(t, last.read(netID+"routeTables/after"))
	assert.Nil(t, last.read(netID+"routeTables/before"))
	require.NoError(t, last.server.Close())
	require.NoError(t, os.WriteFile(file+arm.JournalSuffix, []byte("{\n"), 0o600))
	_, err = Start(Options{StateFile: file})
	assert.ErrorContains(t, err, "is damaged")
}

// A save costs what has changed, not what there is; what changes nothing writes nothing, and a closed simulator leaves one file.
func TestSavesWhatChanged(t *testing.T) {
	l := hub(t)
	file := l.server.subscription.StateFile()
	size := func() int64 {
		info, err := os.Stat(file + arm.JournalSuffix)
		require.NoError(t, err)
		return info.Size()
	}
	before := size()
	l.must("network:RouteTable", in(object{"routeTableName": "small"}))
	after := size()
	assert.Less(t, after-before, int64(2048))
	l.server.Resources()
	_, err := l.server.subscription.Read(t.Context(), "Microsoft.Network/routeTables", netID+"routeTables/small")
	require.NoError(t, err)
	assert.Equal(t, after, size())
	require.NoError(t, l.server.Close())
	assert.NoFileExists(t, file+arm.JournalSuffix)
	assert.FileExists(t, file)
}
