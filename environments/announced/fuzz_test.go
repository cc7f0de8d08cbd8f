package announced_test

import (
	"strings"
	"testing"

	"purposeagent/environments/announced"
)

// FuzzPicture holds that what passes holds nothing that runs or loads.
func FuzzPicture(f *testing.F) {
	for _, seed := range []string{`<svg><rect fill="red"/></svg>`, `<svg><script/></svg>`, `<svg onload="x()"/>`, `<svg><use href="http://x"/></svg>`,
		`<svg><use href="#a"/></svg>`, `<svg fill="url(#a) url(http://x)"/>`, `<svg style="background:url(x)"/>`, `<!DOCTYPE svg><svg/>`, `<p/>`, `<svg/><script/>`, `text<svg/>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, svg string) {
		if announced.Picture(svg) != nil {
			return
		}
		lower := strings.ToLower(svg)
		for _, bad := range []string{"<script", "<foreignobject", "<iframe", "<image", "javascript:", "<!doctype"} {
			if found := strings.Contains(lower, bad); found && !strings.Contains(lower, "<!--") && !strings.Contains(lower, "cdata") {
				t.Errorf("accepted %q", svg)
			}
		}
	})
}
