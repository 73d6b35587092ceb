package engine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/report"
	"aks-regulated-pulumi/internal/report/browsertest"
)

// notMetByDev are the requirements that a development stack does not meet: a web application firewall that only detects, logs for 90
// days, alerts without a receiver.
var notMetByDev = []string{"6.4.2", "10.4.1.1", "10.5.1", "10.7.2", "12.10.5"}

// reportOf is the page about a deployed stack, with the export that it is made from.
func (s *engineStack) reportOf(t *testing.T) (page string, export *report.Export) {
	t.Helper()
	exported, err := s.runner.Export(context.Background())
	require.NoError(t, err)
	export, err = report.Read(bytes.NewReader(exported))
	require.NoError(t, err)
	var rendered bytes.Buffer
	require.NoError(t, report.Render(&rendered, export))
	return rendered.String(), export
}

// The report about a deployed development stack has every resource once and no secret, knows each identity, role and effect, and
// calls exactly that unmet which such a stack does not do.
func TestEngineReport(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	page, export := stack.reportOf(t)
	for i := range export.Resources {
		r := &export.Resources[i]
		assert.Equal(t, 1, strings.Count(page, `<tr id="`+r.Anchor()+`">`), r.URN)
	}
	for _, secret := range stack.madeUp(t) {
		assert.NotContains(t, page, secret)
	}
	assert.NotContains(t, page, "ciphertext")
	for _, unknown := range []string{"which is not in this state", "that of the definition", "neither in this state nor among the built-in ones"} {
		assert.NotContains(t, page, unknown)
	}
	var unmet []string
	for _, row := range strings.Split(page, `<tr id="pci-`)[1:] {
		number, rest, _ := strings.Cut(row, `"`)
		row, _, _ = strings.Cut(rest, "</tr>")
		if strings.Contains(row, "not met by this stack") {
			unmet = append(unmet, number)
		}
	}
	assert.Equal(t, notMetByDev, unmet)

	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o600))
	browsertest.Check(t, "file://"+file)
}

// A weakened control shows in the next report: it reads the state, not what the program means to do.
func TestEngineReportFollowsTheStack(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	page, _ := stack.reportOf(t)
	assert.Contains(t, page, "Defender&#39;s plans are set to Standard.")
	stack.reopen(t, map[string]any{"defender.enabled": false, "monitoring.alertEmails": []string{"security@example.com"}})
	stack.up(t)
	page, _ = stack.reportOf(t)
	assert.Contains(t, page, "No plan of Microsoft Defender for Cloud is set by this stack.")
	assert.Contains(t, page, "Alerts tell an action group.")
}
