// Package browsertest looks at pages in a real Chromium, for tests. They are skipped where there is none.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Variable names the browser's program, in place of the first that is found on the PATH.
const Variable = "CHROMIUM"

// patience is for slow machines; a page is there in a second or two.
const patience = 90 * time.Second

// View is how a page is looked at.
type View struct {
	Width, Height int64
	Dark          bool
	Print         bool
}

// Tab is an open page, and what happened in it.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu                 sync.Mutex
	requests, problems []string
}

// browser finds the program to run.
func browser(t testing.TB) string {
	t.Helper()
	if program := os.Getenv(Variable); program != "" {
		return program
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	t.Skip("no Chromium on the PATH, and " + Variable + " is not set: nobody has looked at the page")
	return ""
}

// Open opens a URL in a browser of its own.
func Open(t testing.TB, url string, view View) *Tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
	)
	ctx, cancelTime := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancelTime)
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancelBrowser)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(cancelTab)
	// Closing in order takes the browser's profile away, which it otherwise may still be writing.
	t.Cleanup(func() { require.NoError(t, chromedp.Cancel(ctx)) })
	tab := &Tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, tab.listen)
	tab.run(network.Enable(), log.Enable(), emulation.SetDeviceMetricsOverride(view.Width, view.Height, 1, view.Width < 600), view.media(),
		chromedp.Navigate(url), chromedp.WaitReady("body"))
	return tab
}

func (v View) media() chromedp.Action {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	media := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
	if v.Print {
		media = media.WithMedia("print")
	}
	return media
}

func (tab *Tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tab.requests = append(tab.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		tab.problems = append(tab.problems, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		tab.problems = append(tab.problems, "console "+e.Type.String())
	case *log.EventEntryAdded:
		tab.problems = append(tab.problems, e.Entry.Level.String()+": "+e.Entry.Text)
	}
}

func (tab *Tab) run(actions ...chromedp.Action) {
	tab.t.Helper()
	require.NoError(tab.t, chromedp.Run(tab.ctx, actions...))
}

// Eval runs a script in the page and reads its value.
func (tab *Tab) Eval(script string, value any) {
	tab.t.Helper()
	tab.run(chromedp.Evaluate(script, value))
}

// Screenshot writes what is in view, or the whole page, as PNG.
func (tab *Tab) Screenshot(file string, whole bool) {
	tab.t.Helper()
	var picture []byte
	tab.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		picture, err = page.CaptureScreenshot().WithCaptureBeyondViewport(whole).Do(ctx)
		return err
	}))
	require.NoError(tab.t, os.WriteFile(file, picture, 0o600))
}

// Requests are the URLs that the page has asked for, itself included.
func (tab *Tab) Requests() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.requests...)
}

// Problems are errors and messages of the page and about it, such as what its security policy forbids.
func (tab *Tab) Problems() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.problems...)
}
