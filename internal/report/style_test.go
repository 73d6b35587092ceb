package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// colorPairs are the colours of words and of what is behind them.
var colorPairs = [][2]string{
	{"fg", "bg"}, {"fg", "card"}, {"fg", "net"}, {"fg", "hub"}, {"fg", "sub"}, {"fg", "warn-bg"},
	{"muted", "bg"}, {"muted", "card"}, {"muted", "net"}, {"muted", "hub"}, {"muted", "sub"}, {"muted", "warn-bg"},
	{"link", "bg"}, {"link", "card"}, {"link", "warn-bg"},
	{"good-fg", "good-bg"}, {"bad-fg", "bad-bg"}, {"warn-fg", "warn-bg"}, {"good-fg", "bg"}, {"bad-fg", "bg"},
}

// shapePairs are the colours of what carries meaning without words, and of what is beside it.
var shapePairs = [][2]string{
	{"inside", "sub"}, {"unrouted", "sub"}, {"exposed", "sub"}, {"link", "bg"}, {"inside", "bg"}, {"unrouted", "bg"}, {"exposed", "bg"}, {"edge", "bg"},
}

// Words can be read in the light, in the dark and on paper: contrast is at least 4.5 to 1, and 3 to 1 for shapes.
func TestContrast(t *testing.T) {
	style, err := pageFiles.ReadFile("page/style.css")
	require.NoError(t, err)
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(style), -1)
	require.Len(t, schemes, 3, "light, dark, paper")
	for i, scheme := range schemes {
		colors := map[string]string{}
		for _, c := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(scheme[1], -1) {
			colors[c[1]] = c[2]
		}
		for _, pair := range colorPairs {
			assert.GreaterOrEqual(t, contrast(t, colors, pair), 4.5, "scheme %d: %s on %s", i, pair[0], pair[1])
		}
		for _, pair := range shapePairs {
			assert.GreaterOrEqual(t, contrast(t, colors, pair), 3.0, "scheme %d: %s beside %s", i, pair[0], pair[1])
		}
	}
}

// contrast is the ratio that WCAG 2 defines.
func contrast(t *testing.T, colors map[string]string, pair [2]string) float64 {
	t.Helper()
	a, b := luminance(t, colors[pair[0]]), luminance(t, colors[pair[1]])
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func luminance(t *testing.T, color string) float64 {
	t.Helper()
	require.Len(t, color, 6, "a colour is missing")
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		value, err := strconv.ParseUint(color[2*i:2*i+2], 16, 8)
		require.NoError(t, err)
		channel := float64(value) / 255
		if channel <= 0.04045 {
			channel /= 12.92
		} else {
			channel = math.Pow((channel+0.055)/1.055, 2.4)
		}
		sum += weight * channel
	}
	return sum
}

// Every colour is one of the schemes', so that none is forgotten in the dark.
func TestColorsAreVariables(t *testing.T) {
	style, err := pageFiles.ReadFile("page/style.css")
	require.NoError(t, err)
	for _, line := range strings.Split(string(style), "\n") {
		if !strings.Contains(line, "--bg:") && !strings.Contains(line, "--good-fg:") && !strings.Contains(line, "--net:") {
			assert.NotRegexp(t, `#[0-9a-fA-F]{3,6}\b[^{]*;|rgb\(`, line)
		}
	}
}

// What the page needs is in it: focus can be seen, both schemes and paper have their rules.
func TestStyle(t *testing.T) {
	style, err := pageFiles.ReadFile("page/style.css")
	require.NoError(t, err)
	for _, want := range []string{":focus-visible", "prefers-color-scheme: dark", "@media print", "details::details-content", "min-width: var(--natural)"} {
		assert.Contains(t, string(style), want)
	}
}
