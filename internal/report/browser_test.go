package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/report/browsertest"
)

// picturesVariable names a folder for pictures of the page, to look at after a change of its style.
const picturesVariable = "REPORT_PICTURES"

// Readers see a complete page in a real browser: on a desk, on a phone, in the dark and on paper.
func TestPageInABrowser(t *testing.T) {
	export := devExport(t)
	if file := os.Getenv(exportVariable); file != "" {
		opened, err := os.Open(file)
		require.NoError(t, err)
		defer opened.Close()
		export, err = Read(opened)
		require.NoError(t, err)
	}
	var page bytes.Buffer
	require.NoError(t, Render(&page, export))
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, page.Bytes(), 0o600))
	url := "file://" + file
	browsertest.Check(t, url)
	if folder := os.Getenv(picturesVariable); folder != "" {
		takePictures(t, url, folder)
	}
}

func takePictures(t *testing.T, url, folder string) {
	views := map[string]browsertest.View{
		"desk-light": {Width: 1440, Height: 1000}, "desk-dark": {Width: 1440, Height: 1000, Dark: true},
		"phone-light": {Width: 360, Height: 740}, "phone-dark": {Width: 360, Height: 740, Dark: true},
		"print": {Width: 1000, Height: 1400, Print: true}, "unfolded": {Width: 1440, Height: 1000},
	}
	for name, view := range views {
		tab := browsertest.Open(t, url, view)
		if name == "unfolded" {
			tab.Eval(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil)
		}
		for _, section := range []string{
			"top", "topology", "flows", "decisions-22", "other-ports", "hosts", "egress", "roles", "permissions", "policies", "images", "logging", "pci", "resources",
		} {
			tab.Eval(`(document.getElementById("`+section+`") || document.body).scrollIntoView()`, nil)
			tab.Screenshot(filepath.Join(folder, name+"-"+section+".png"), false)
		}
	}
}
