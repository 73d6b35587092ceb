package browsertest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// views are the sizes and schemes in which a page has to be right.
var views = []View{
	{Width: 1440, Height: 1000}, {Width: 1440, Height: 1000, Dark: true}, {Width: 360, Height: 740}, {Width: 360, Height: 740, Dark: true},
}

// Check holds the report's page against what every reader may expect of it: it is complete, asks for nothing else, raises no
// error, fits the screen and follows the colour scheme, can be filtered, unfolds where links lead, and can be printed.
func Check(t *testing.T, url string) {
	t.Helper()
	for _, view := range views {
		t.Run(fmt.Sprintf("%d wide, dark %v", view.Width, view.Dark), func(t *testing.T) {
			tab := Open(t, url, view)
			checkContent(t, tab)
			checkLayout(t, tab, view)
			checkFilter(t, tab)
			checkLinks(t, tab)
			assert.Equal(t, []string{url}, tab.Requests(), "the page asks for nothing but itself")
			assert.Empty(t, tab.Problems())
		})
	}
	t.Run("printed", func(t *testing.T) {
		checkPrint(t, Open(t, url, View{Width: 1000, Height: 1000, Dark: true, Print: true}))
	})
}

func checkContent(t *testing.T, tab *Tab) {
	var heading string
	tab.Eval(`document.querySelector("h1").textContent`, &heading)
	assert.Contains(t, heading, "Stack ")
	var bare, unnamed []string
	tab.Eval(`[...document.querySelectorAll("table")].filter(t => !t.caption || !t.querySelector("th[scope=col]")).map(t => t.outerHTML.slice(0, 80))`, &bare)
	assert.Empty(t, bare, "tables have captions and scopes")
	tab.Eval(`[...document.querySelectorAll("[role=region], nav, section")].filter(e => !e.getAttribute("aria-label") && !document.getElementById(e.getAttribute("aria-labelledby"))).map(e => e.outerHTML.slice(0, 80))`, &unnamed)
	assert.Empty(t, unnamed, "landmarks have names")
	var sections int
	tab.Eval(`[...document.querySelectorAll("nav a")].filter(a => document.querySelector(a.hash + " h2")).length`, &sections)
	assert.Equal(t, 9, sections, "the table of contents leads to every section")
	var words int
	tab.Eval(`document.querySelectorAll("#topology svg text").length`, &words)
	assert.Greater(t, words, 20, "the picture is drawn")
}

func checkLayout(t *testing.T, tab *Tab, view View) {
	var over int
	tab.Eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &over)
	assert.LessOrEqual(t, over, 0, "the document does not scroll sideways")
	var letters float64
	tab.Eval(`Math.min(...[...document.querySelectorAll("svg text")].map(t => t.getBoundingClientRect().height))`, &letters)
	assert.Greater(t, letters, 10.0, "the picture can be read")
	var brightness float64
	tab.Eval(`getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3`, &brightness)
	assert.Equal(t, view.Dark, brightness < 128, "the page follows the colour scheme")
	var outside []string
	tab.Eval(`[...document.querySelectorAll("svg text")].filter(t => {
		const box = t.parentElement.querySelector("rect").getBoundingClientRect(), own = t.getBoundingClientRect();
		return own.right > box.right + 1 || own.left < box.left - 1 || own.bottom > box.bottom + 1;
	}).map(t => t.textContent)`, &outside)
	assert.Empty(t, outside, "words of the picture stay in their boxes")
}

func checkFilter(t *testing.T, tab *Tab) {
	const shown = `[...document.querySelectorAll("#resource-table tbody tr")].filter(r => !r.hidden)`
	var all, some int
	tab.Eval(shown+`.length`, &all)
	tab.Eval(`words.value = "firewall"; words.dispatchEvent(new Event("input", {bubbles: true})); `+shown+`.length`, &some)
	assert.Greater(t, some, 0)
	assert.Less(t, some, all)
	var strangers int
	tab.Eval(shown+`.filter(r => !r.textContent.toLowerCase().includes("firewall")).length`, &strangers)
	assert.Zero(t, strangers)
	tab.Eval(`words.value = ""; words.dispatchEvent(new Event("input", {bubbles: true})); `+shown+`.length`, &some)
	assert.Equal(t, all, some)
}

func checkLinks(t *testing.T, tab *Tab) {
	var broken []string
	tab.Eval(`[...document.querySelectorAll("a[href^='#']")].filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)`, &broken)
	assert.Empty(t, broken, "links lead somewhere")
	var twice int
	tab.Eval(`(() => { const ids = [...document.querySelectorAll("[id]")].map(e => e.id); return ids.length - new Set(ids).size; })()`, &twice)
	assert.Zero(t, twice, "ids are unique")
	var open bool
	tab.Eval(`(() => { location.hash = document.querySelector(".matrix td a").hash; dispatchEvent(new Event("hashchange"));
		return document.getElementById(location.hash.slice(1)).closest("details").open; })()`, &open)
	assert.True(t, open, "a link into a folded list unfolds it")
}

func checkPrint(t *testing.T, tab *Tab) {
	var boxes []string
	tab.Eval(`[...new Set([...document.querySelectorAll(".scroll")].map(e => getComputedStyle(e).overflowX))]`, &boxes)
	assert.Equal(t, []string{"visible"}, boxes, "nothing scrolls on paper")
	var contents, paper string
	tab.Eval(`getComputedStyle(document.querySelector("nav")).display`, &contents)
	assert.Equal(t, "none", contents)
	tab.Eval(`getComputedStyle(document.body).backgroundColor`, &paper)
	assert.Equal(t, "rgb(255, 255, 255)", paper, "paper is white, whatever the scheme")
	var folded int
	tab.Eval(`(dispatchEvent(new Event("beforeprint")), document.querySelectorAll("details:not([open])").length)`, &folded)
	assert.Zero(t, folded, "everything is unfolded on paper")
}
