// Package browsertest drives a real Chromium in tests.
package browsertest

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take on a busy machine.
const patience = 60 * time.Second

// New returns a tab of a fresh browser, closed with the test. A missing
// browser fails the test, and so does whatever a page throws.
func New(t *testing.T) context.Context {
	t.Helper()
	path := Path()
	if path == "" {
		t.Fatal("this test needs Chromium; scripts/setup-tests.sh installs it")
	}
	allocated, cancelAllocator := chromedp.NewExecAllocator(context.Background(), Options(path)...)
	// The driver is older than the browser and complains about events it does not know.
	ctx, cancel := chromedp.NewContext(allocated, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to go
		cancel()
		cancelAllocator()
	})
	chromedp.ListenTarget(ctx, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the page threw: %v", thrown.ExceptionDetails)
		}
	})
	// A browser that never began can't be waited for at the end. It lives as long
	// as the context of this call.
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// Path returns where a Chromium is, or "".
func Path() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// Options are the flags with which a browser stays by itself: no network but
// what the page asks for, no first-run pages, its own empty profile.
func Options(path string) []chromedp.ExecAllocatorOption {
	return append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
}

// Run does the actions and fails the test if one of them fails.
func Run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := Try(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// Try does the actions. The time they have counts from here and not from the
// start of the test, which may have waited long for something else.
func Try(ctx context.Context, actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// Holds waits until an expression is true in the page, whichever page that is
// by then: a navigation under way is no failure.
func Holds(expression string) chromedp.Action { return HoldsWithin(patience, expression) }

// HoldsWithin is Holds for what takes longer, such as the words of a model.
func HoldsWithin(patience time.Duration, expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		deadline := time.Now().Add(patience)
		for {
			var ok bool
			err := chromedp.Evaluate(expression, &ok).Do(ctx)
			switch {
			case err == nil && ok:
				return nil
			case time.Now().After(deadline):
				return fmt.Errorf("%s never held: %w", expression, err)
			}
			if err := chromedp.Sleep(20 * time.Millisecond).Do(ctx); err != nil {
				return err
			}
		}
	})
}
