package azuresim

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
)

// noticeOfEnd is how long before Azure switches an API version off the test below fails: time for a change, a release, and updates of
// all stacks.
const noticeOfEnd = 120 * 24 * time.Hour

// apiUse is an API version by which the program manages or looks up resources of a type.
type apiUse struct{ armType, version string }

// apiUses are those of all types and functions of azure-native that the program may ask for: what typetoken or the recorded answers do not
// name fails in its own tests.
func apiUses(t *testing.T) []apiUse {
	t.Helper()
	server, err := newServer(Options{})
	require.NoError(t, err)
	catalog := server.catalog()
	token := regexp.MustCompile(`azure-native:([a-z]+)/v(\d{4})(\d\d)(\d\d)([a-z]*):(\w+)`)
	var uses []apiUse
	for _, file := range []string{"typetoken/typetoken.go", "recording/monitor.go"} {
		for _, match := range token.FindAllStringSubmatch(readFile(t, filepath.Join("..", filepath.FromSlash(file))), -1) {
			name := strings.Replace(match[0], ":listManagedClusterUserCredentials", ":ManagedCluster", 1)
			version := strings.TrimSuffix(strings.Join(match[2:5], "-")+"-"+match[5], "-")
			kind, err := catalog.KindOf(name)
			if err != nil {
				kind, err = catalog.KindOfLookup(name)
			}
			require.NoError(t, err)
			uses = append(uses, apiUse{kind.ARMType(), version})
		}
	}
	require.Greater(t, len(uses), 50)
	return append(uses, apiUse{"Microsoft.Security/pricings", "2024-01-01"}) // in the template of governance/defender.go
}

// ending are the uses that Azure is going to refuse within the notice.
func ending(uses []apiUse, now time.Time) []apiUse {
	return slices.DeleteFunc(slices.Clone(uses), func(use apiUse) bool {
		end, published := azurefacts.APIVersionEnd(use.armType, use.version)
		return !published || now.Before(end.Add(-noticeOfEnd))
	})
}

// The end of each API version in use was looked for, and none is near: 120 days are left to release another one.
func TestAPIVersionsInUse(t *testing.T) {
	uses := apiUses(t)
	for _, use := range uses {
		_, known := azurefacts.APIVersionOf(use.armType, use.version)
		assert.True(t, known, "%s by %s: look for the end of this API version, and enter it in internal/azurefacts/data/apiversions",
			use.armType, use.version)
	}
	assert.Empty(t, ending(uses, time.Now()), "Azure is going to refuse these: move to a later API version, as the vault did (decision 63)")

	before := []apiUse{{"Microsoft.KeyVault/vaults", "2023-07-01"}, {"Microsoft.Network/virtualNetworks", "2024-05-01"}}
	lastDay := time.Date(2027, time.February, 27, 0, 0, 0, 0, time.UTC).Add(-noticeOfEnd)
	assert.Empty(t, ending(before, lastDay.Add(-time.Second)))
	assert.Equal(t, before[:1], ending(before, lastDay), "the version that the vault had")
}

// A version that is written out, in a template or for az rest, is one whose end was looked for.
func TestWrittenAPIVersions(t *testing.T) {
	known := map[string]bool{}
	for _, row := range azurefacts.APIVersions() {
		known[row.Version] = row.Version != ""
	}
	mention, date := regexp.MustCompile(`(?i)api[-_]?version`), regexp.MustCompile(`\b20\d\d-[01]\d-[0-3]\d(-preview)?\b`)
	// The simulator, what is written from documents, tests, and the API of GitHub.
	elsewhere := []string{"azuresim", "azurefacts", "azurenative", "tests", "testdata", "decisions", "github"}
	root, found := filepath.Join("..", ".."), 0
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if strings.HasPrefix(entry.Name(), ".") && name != root || slices.Contains(elsewhere, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		written := slices.Contains([]string{".go", ".sh", ".md"}, filepath.Ext(name)) && entry.Name() != "CHANGELOG.md"
		if !written || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(name)
		for _, line := range strings.Split(string(content), "\n") {
			if version := date.FindString(line); version != "" && mention.MatchString(line) {
				found++
				assert.True(t, known[version], "%s: %s", name, strings.TrimSpace(line))
			}
		}
		return err
	}))
	assert.GreaterOrEqual(t, found, 2, "the image template's run, and the Defender plans")
}
