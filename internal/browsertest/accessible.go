package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed axe-4.14.1.min.js
var axe string

// Violation is a rule of WCAG that a page breaks.
type Violation struct {
	ID     string
	Impact string
	Help   string
	Nodes  []struct {
		Target         []any
		FailureSummary string
	}
}

// wcag is what axe-core runs: the rules of WCAG 2.2, A and AA.
const wcag = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}`

// contrast is the one rule that depends on the theme.
const contrast = `{type: "rule", values: ["color-contrast"]}`

// Accessible fails the test for each rule of WCAG 2.2 A and AA that axe-core
// finds broken in the page that is shown; what names the page in the message.
func Accessible(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	audit(t, ctx, what, wcag)
}

// Contrast is Accessible for a page that has another theme since: it looks at
// the colours alone, which takes a fraction of the time.
func Contrast(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	audit(t, ctx, what, contrast)
}

func audit(t *testing.T, ctx context.Context, what, rules string) {
	t.Helper()
	var there bool
	var raw string
	await := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	if Run(t, ctx, chromedp.Evaluate(`!!window.axe`, &there)); !there {
		Run(t, ctx, chromedp.Evaluate(axe+";0", nil))
	}
	Run(t, ctx, chromedp.Evaluate(`axe.run(document, {runOnly: `+rules+`, resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, &raw, await))
	var violations []Violation
	if err := json.Unmarshal([]byte(raw), &violations); err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		for i, n := range v.Nodes {
			if i == 3 {
				t.Errorf("%s: %s: and %d more places", what, v.ID, len(v.Nodes)-i)
				break
			}
			t.Errorf("%s: %s (%s): %s at %v: %s", what, v.ID, v.Impact, v.Help, n.Target, strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
	}
}
